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

/* Puts fresh under one number, which keeps its places in epoll sets. */
static bool take_over(int number, int fresh, bool close_on_exec)
{
	struct uh_registrations registrations;
	bool done;

	uh_epoll_take_out(number, &registrations);
	done = uh_libc_dup3()(fresh, number, close_on_exec ? O_CLOEXEC : 0) >= 0;
	uh_epoll_put_back(number, &registrations);
	uh_note_hint(number, UH_HINT_ROUTED);
	return done;
}

static bool is_close_on_exec(int fd)
{
	return uh_libc_fcntl()(fd, F_GETFD) & FD_CLOEXEC;
}

struct copies {
	uint64_t identity; /* of the program's socket */
	int number, fresh;
	bool found;
};

static bool take_over_copy(int fd, void *context)
{
	struct copies *copies = context;

	if (fd != copies->number && fd != copies->fresh && uh_identity(fd) == copies->identity)
		copies->found |= take_over(fd, copies->fresh, is_close_on_exec(fd));
	return true;
}

/* dup(2) before connect(2): the copy is the same socket, so it is to be connected too. */
static void take_over_copies(int number, int fresh)
{
	struct copies copies = {.number = number, .fresh = fresh};

	if (!uh_note_has(number, UH_HINT_COPIED))
		return;
	copies.identity = uh_identity(number);
	if (copies.identity)
		uh_each_descriptor(take_over_copy, &copies);
	if (!copies.found)
		uh_note_clear(number, UH_HINT_COPIED);
}

bool uh_prepare(const struct uh_socket *old, int fresh, struct uh_record *record)
{
	record->identity = uh_identity(fresh);
	if (!uh_record_put(old->fd, record)) {
		errno = ENOMEM;
		return false;
	}
	if (uh_note_has(old->fd, UH_HINT_OPTIONS)) {
		uh_carry_protocol_options(old->fd, fresh, record->identity);
		uh_carry_socket_options(old->fd, fresh, record->identity);
	}
	return true;
}

/* fresh is non-blocking from its making; other flags are the program's. */
bool uh_give_flags(const struct uh_socket *old, int fresh)
{
	int flags = old->flags & (O_NONBLOCK | O_APPEND);

	if (old->flags < 0) /* F_GETFL was refused */
		return false;
	uh_carry_owner(old->fd, fresh, old->flags);
	return flags == O_NONBLOCK || uh_libc_fcntl()(fresh, F_SETFL, flags) == 0;
}

bool uh_replace(const struct uh_socket *old, int fresh)
{
	take_over_copies(old->fd, fresh);
	if (!take_over(old->fd, fresh, is_close_on_exec(old->fd)))
		return false;
	if (old->flags &
	    O_ASYNC) /* last: SIGIO tells the number that it was switched on under */
		uh_libc_fcntl()(old->fd, F_SETFL, old->flags);
	if (uh_note_has(old->fd, UH_HINT_OPTIONS))
		uh_carried(old->fd);
	uh_close(fresh);
	return true;
}
