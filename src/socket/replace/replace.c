/* SPDX-License-Identifier: MIT */
/*
 * replace.c: puts another socket under the program's descriptor.
 *
 * dup3(2) replaces a descriptor atomically: the number is never free in between, so no other
 * thread can get it. The replacement is connected and has its options before it takes the
 * place; the program's own socket ends when its last descriptor has been replaced.
 *
 * Another thread may close the descriptor meanwhile and open another file under its number, and
 * the kernel can't replace a descriptor on the condition that it is a certain file. Therefore:
 *
 *   1. check that the descriptor has the program's socket
 *   2. copy the descriptor (spare)
 *   3. dup3(2) the replacement over it
 *   4. if spare is another file than the program's socket: dup3(2) spare back
 *
 * Only a change between 2 and 3, two consecutive system calls, goes unnoticed.
 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>

#include "copy_options.h"
#include "process/descriptors.h"
#include "process/own_fd.h"
#include "epoll_registrations.h"
#include "epoll_set_search.h"
#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "temporary_fds.h"
#include "socket/state/identity.h"

/* Returns O_CLOEXEC if the descriptor has FD_CLOEXEC, else 0; -1 with errno if it is closed. */
static int exec_flag(int number)
{
	int flags = uh_libc_fcntl()(number, F_GETFD);

	if (flags < 0)
		return -1;
	return (flags & FD_CLOEXEC) ? O_CLOEXEC : 0;
}

/*
 * dup3(2) has replaced another file than the program's socket: undo it, unless the number is a
 * third file by now.
 */
static void put_other_back(int number, int spare, int flag, uint64_t fresh)
{
	if (uh_socket_identity(number) == fresh)
		uh_libc_dup3()(spare, number, flag);
}

/*
 * Replaces the socket under one descriptor and keeps its epoll registrations. On failure
 * returns false with errno (EBADF if the descriptor doesn't have the socket with identity
 * `old`) and changes nothing. If there is no descriptor for spare, step 4 is left out.
 */
static bool replace_one(int number, int fresh, uint64_t old)
{
	struct uh_registrations registrations;
	int flag = -1, spare = -1, error;
	bool done = false;

	if (!uh_epoll_unregister(number, &registrations))
		return false;
	errno = EBADF;
	if (uh_socket_identity(number) == old)
		flag = exec_flag(number);
	if (flag >= 0) {
		spare = uh_temporary_copy(number, old);
		done = uh_libc_dup3()(fresh, number, flag) >= 0;
	}
	if (spare >= 0) {
		if (done && uh_socket_identity(spare) != old) {
			put_other_back(number, spare, flag, uh_socket_identity(fresh));
			done = false;
			errno = EBADF;
		}
		uh_temporary_close(spare);
	}
	error = errno;
	uh_epoll_register_again(number, &registrations);
	uh_fd_add_hint(number, UH_HINT_ROUTED);
	errno = error;
	return done;
}

/* A walk over all descriptors that replaces the socket with that identity by `fresh`. */
struct copies {
	uint64_t identity;
	int fresh;
	int failed; /* the descriptor that could not be replaced, or -1 */
	bool found;
};

static bool replace_copy(int fd, void *context)
{
	struct copies *copies = context;

	if (fd == copies->fresh || uh_socket_identity(fd) != copies->identity)
		return true;
	copies->found = true;
	/* no failure if another thread has closed it meanwhile */
	if (!replace_one(fd, copies->fresh, copies->identity) &&
	    uh_socket_identity(fd) == copies->identity)
		copies->failed = fd;
	return copies->failed < 0;
}

/*
 * A copy that the program made before connect(2) is the same socket, so it must be connected
 * too. Replaces all copies of the socket with identity `old`, or none: if one fails, it still
 * has the program's socket, which is then put back under the others. (That includes `fresh`,
 * which is thereby closed.)
 */
static bool replace_copies(int number, int fresh, uint64_t old)
{
	struct copies copies = {.identity = old, .fresh = fresh, .failed = -1};
	struct copies back = {.identity = uh_socket_identity(fresh), .failed = -1};
	int error;

	uh_each_descriptor(replace_copy, &copies);
	if (copies.failed < 0) {
		if (!copies.found)
			uh_fd_remove_hint(number, UH_HINT_COPIED);
		return true;
	}
	error = errno;
	back.fresh = copies.failed;
	uh_each_descriptor(replace_copy, &back);
	errno = error;
	return false;
}

bool uh_prepare_replacement(const struct uh_socket *socket, int fresh, struct uh_record *record)
{
	if (!uh_record_add(socket->fd, record)) {
		errno = ENOMEM;
		return false;
	}
	uh_copy_options(socket, fresh, record->identity);
	return true;
}

/* fresh was made non-blocking; the program's flags are set where they differ. */
int uh_copy_flags(const struct uh_socket *socket, int fresh)
{
	int flags = uh_libc_fcntl()(socket->fd, F_GETFL),
	    given = flags & (O_NONBLOCK | O_APPEND);

	if (flags < 0)
		return -1;
	uh_copy_async_owner(socket, fresh, flags);
	uh_copy_shutdown(socket, fresh);
	if (given != O_NONBLOCK && uh_libc_fcntl()(fresh, F_SETFL, given) != 0)
		return -1;
	return flags;
}

bool uh_replace(int fd, uint64_t identity, int fresh, int flags)
{
	bool copied = uh_fd_has_hint(fd, UH_HINT_COPIED);

	if (!replace_one(fd, fresh, identity))
		return false;
	if (copied && !replace_copies(fd, fresh, identity))
		return false;
	if (flags & O_ASYNC) /* last: SIGIO reports this descriptor */
		uh_libc_fcntl()(fd, F_SETFL, flags);
	if (uh_fd_has_hint(fd, UH_HINT_OPTIONS))
		uh_fd_remove_protocol_options(fd);
	uh_temporary_close(fresh);
	return true;
}

void uh_search_sets_of(const struct uh_socket *socket, int flags)
{
	if (!socket->is_new || flags & O_NONBLOCK)
		uh_epoll_sets_search();
}
