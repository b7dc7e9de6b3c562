/* SPDX-License-Identifier: MIT */
/*
 * replace.c: puts another socket under the program's descriptor.
 *
 * dup3(2), not close and dup: the number is never free in between, so no other thread can be
 * given it. The program's socket ends when its last number has been taken over, not before the
 * new one is connected and prepared.
 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>

#include "carry.h"
#include "descriptors.h"
#include "epoll_sets.h"
#include "libc.h"
#include "notes.h"

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

/* Puts fresh under one number, which keeps its places in epoll sets; or changes nothing, with
 * errno. */
static bool take_over(int number, int fresh)
{
	struct uh_registrations registrations;
	int flag = exec_flag(number), error;
	bool done;

	if (flag < 0 || !uh_epoll_take_out(number, &registrations))
		return false;
	done = uh_libc_dup3()(fresh, number, flag) >= 0;
	error = errno;
	uh_epoll_put_back(number, &registrations);
	uh_note_hint(number, UH_HINT_ROUTED);
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

	if (fd == copies->fresh || uh_identity(fd) != copies->identity)
		return true;
	copies->found = true;
	/* Another thread may have closed it meanwhile. */
	if (!take_over(fd, copies->fresh) && uh_identity(fd) == copies->identity)
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
	struct copies back = {.identity = uh_identity(fresh), .refused = -1};
	int error;

	if (take_over_all(&copies)) {
		if (!copies.found)
			uh_note_clear(number, UH_HINT_COPIED);
		return true;
	}
	error = errno;
	back.fresh = copies.refused;
	uh_each_descriptor(take_over_copy, &back);
	errno = error;
	return false;
}

bool uh_prepare(int fd, int fresh, struct uh_record *record)
{
	record->identity = uh_identity(fresh);
	if (!uh_record_put(fd, record)) {
		errno = ENOMEM;
		return false;
	}
	if (uh_note_has(fd, UH_HINT_OPTIONS)) {
		uh_carry_protocol_options(fd, fresh, record->identity);
		uh_carry_socket_options(fd, fresh, record->identity);
	}
	return true;
}

/* fresh is non-blocking from its making; other flags are the program's. */
int uh_give_flags(int fd, int fresh)
{
	int flags = uh_libc_fcntl()(fd, F_GETFL), given = flags & (O_NONBLOCK | O_APPEND);

	if (flags < 0)
		return -1;
	uh_carry_owner(fd, fresh, flags);
	if (given != O_NONBLOCK && uh_libc_fcntl()(fresh, F_SETFL, given) != 0)
		return -1;
	return flags;
}

bool uh_replace(int fd, int fresh, int flags)
{
	bool copied = uh_note_has(fd, UH_HINT_COPIED);
	uint64_t identity = copied ? uh_identity(fd) : 0;

	if (!take_over(fd, fresh))
		return false;
	if (identity && !take_over_copies(fd, fresh, identity))
		return false;
	if (flags & O_ASYNC) /* last: SIGIO tells the number that it was switched on under */
		uh_libc_fcntl()(fd, F_SETFL, flags);
	if (uh_note_has(fd, UH_HINT_OPTIONS))
		uh_carried(fd);
	uh_close(fresh);
	return true;
}

bool uh_replace_described(const struct uh_socket *socket, int fresh, int flags)
{
	if (!socket->made_here || flags & O_NONBLOCK)
		uh_epoll_sets_discover();
	return uh_replace(socket->fd, fresh, flags);
}
