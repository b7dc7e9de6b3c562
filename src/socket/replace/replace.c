/* SPDX-License-Identifier: MIT */
/*
 * replace.c: puts another socket under the program's descriptor.
 *
 * dup3(2), not close and dup: the number is never free in between, so no other thread can be
 * given it. The program's socket ends when its last number has been taken over, not before the
 * new one is connected and prepared.
 *
 * Another thread may close the number meanwhile and open a file under it. The kernel has no
 * call that replaces one certain file, so a number is looked at right before dup3(2), and a
 * copy that is made in between tells afterwards what was replaced: a file that isn't the
 * program's socket is put back. Between the copy and dup3(2), two system calls in a row,
 * nothing can be had.
 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>

#include "copy_options.h"
#include "process/descriptors.h"
#include "epoll_registrations.h"
#include "epoll_sets.h"
#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "temporary_fds.h"

int uh_new_socket(int domain, int type, int protocol)
{
	return uh_above_stdio(
	    uh_libc_socket()(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

/* O_CLOEXEC for a number that has FD_CLOEXEC, 0, or -1 with errno. */
static int exec_flag(int number)
{
	int flags = uh_libc_fcntl()(number, F_GETFD);

	if (flags < 0)
		return -1;
	return (flags & FD_CLOEXEC) ? O_CLOEXEC : 0;
}

/* The file that dup3(2) has replaced was not the program's: it gets its number again, unless
 * that stands for a third one by now. */
static void put_back(int number, int spare, int flag, uint64_t fresh)
{
	if (uh_socket_identity(number) == fresh)
		uh_libc_dup3()(spare, number, flag);
}

/*
 * dup3(2) over a number that stands for the socket of identity old. Returns false with errno if
 * that fails, or with EBADF if the number stands for another file. Without a descriptor to
 * spare nobody can tell afterwards.
 */
static bool exchange(int number, int fresh, uint64_t old)
{
	int flag = exec_flag(number), spare;
	bool done;

	if (flag < 0)
		return false;
	spare = uh_temporary_copy(number, old);
	done = uh_libc_dup3()(fresh, number, flag) >= 0;
	if (spare < 0)
		return done;
	if (done && uh_socket_identity(spare) != old) {
		put_back(number, spare, flag, uh_socket_identity(fresh));
		done = false;
		errno = EBADF;
	}
	uh_temporary_close(spare);
	return done;
}

/* Puts fresh under one number, which keeps its places in epoll sets; or changes nothing, with
 * errno: EBADF if the number has not the socket of identity old. */
static bool take_over(int number, int fresh, uint64_t old)
{
	struct uh_registrations registrations;
	bool done = false;
	int error;

	if (!uh_epoll_take_out(number, &registrations))
		return false;
	errno = EBADF;
	if (uh_socket_identity(number) == old)
		done = exchange(number, fresh, old);
	error = errno;
	uh_epoll_put_back(number, &registrations);
	uh_fd_add_hint(number, UH_HINT_ROUTED);
	errno = error;
	return done;
}

/* Takes fresh's place under every number that has the socket of identity. */
struct copies {
	uint64_t identity;
	int fresh;
	int refused; /* a number that could not be taken over, or -1 */
	bool found;
};

static bool take_over_copy(int fd, void *context)
{
	struct copies *copies = context;

	if (fd == copies->fresh || uh_socket_identity(fd) != copies->identity)
		return true;
	copies->found = true;
	/* Another thread may have closed it meanwhile. */
	if (!take_over(fd, copies->fresh, copies->identity) &&
	    uh_socket_identity(fd) == copies->identity)
		copies->refused = fd;
	return copies->refused < 0;
}

static bool take_over_all(struct copies *copies)
{
	uh_each_descriptor(take_over_copy, copies);
	return copies->refused < 0;
}

/*
 * dup(2) before connect(2): the copy is the same socket, so it is to be connected too. old is
 * the identity of the program's socket. All or none: where one can't be taken over, it still
 * has that socket, and gives it back to the others (to fresh as well, which is closed then).
 */
static bool take_over_copies(int number, int fresh, uint64_t old)
{
	struct copies copies = {.identity = old, .fresh = fresh, .refused = -1};
	struct copies back = {.identity = uh_socket_identity(fresh), .refused = -1};
	int error;

	if (take_over_all(&copies)) {
		if (!copies.found)
			uh_fd_remove_hint(number, UH_HINT_COPIED);
		return true;
	}
	error = errno;
	back.fresh = copies.refused;
	uh_each_descriptor(take_over_copy, &back);
	errno = error;
	return false;
}

bool uh_prepare(const struct uh_socket *socket, int fresh, struct uh_record *record)
{
	if (!uh_record_put(socket->fd, record)) {
		errno = ENOMEM;
		return false;
	}
	uh_copy_options(socket, fresh, record->identity);
	return true;
}

/* fresh is non-blocking from its making; other flags are the program's. */
int uh_give_flags(const struct uh_socket *socket, int fresh)
{
	int flags = uh_libc_fcntl()(socket->fd, F_GETFL),
	    given = flags & (O_NONBLOCK | O_APPEND);

	if (flags < 0)
		return -1;
	uh_copy_owner(socket, fresh, flags);
	uh_copy_shutdown(socket, fresh);
	if (given != O_NONBLOCK && uh_libc_fcntl()(fresh, F_SETFL, given) != 0)
		return -1;
	return flags;
}

bool uh_replace(int fd, uint64_t identity, int fresh, int flags)
{
	bool copied = uh_fd_has_hint(fd, UH_HINT_COPIED);

	if (!take_over(fd, fresh, identity))
		return false;
	if (copied && !take_over_copies(fd, fresh, identity))
		return false;
	if (flags & O_ASYNC) /* last: SIGIO tells the number that it was switched on under */
		uh_libc_fcntl()(fd, F_SETFL, flags);
	if (uh_fd_has_hint(fd, UH_HINT_OPTIONS))
		uh_forget_copied_options(fd);
	uh_temporary_close(fresh);
	return true;
}

bool uh_replace_described(const struct uh_socket *socket, int fresh, int flags)
{
	if (!socket->is_new || flags & O_NONBLOCK)
		uh_epoll_sets_discover();
	return uh_replace(socket->fd, socket->identity, fresh, flags);
}
