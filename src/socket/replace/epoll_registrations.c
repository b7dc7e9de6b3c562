/* SPDX-License-Identifier: MIT */
/*
 * epoll_registrations.c: moves epoll registrations from a socket to its replacement.
 *
 * The kernel identifies a registration by descriptor and file. It has to be removed before the
 * socket is replaced: afterwards it can't be removed any more, and it stays as long as another
 * process has a copy of the old socket. After the replacement it is added again.
 *
 * kcmp(2) says whether a descriptor is registered in a set. The notes of our epoll_ctl(2) say
 * for which events (epoll_notes.h). If registrations have been seen that bypassed our
 * epoll_ctl(2), /proc/thread-self/fdinfo says for which events.
 *
 * A seccomp filter may end the process for kcmp(2). Under a filter:
 *
 *   there is a note             remove the registration; that fails if it is gone
 *   no note, one thread         add it as a test: EEXIST says that it is registered
 *   no note, several threads    a test could give another thread an event that the program has
 *                               not asked for: if the set was made here, assume that it is not
 *                               registered; else read fdinfo
 */
#include "epoll_registrations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "epoll_kernel.h"
#include "epoll_notes.h"
#include "epoll_set_search.h"
#include "epoll_sets.h"
#include "epoll_swaps.h"
#include "process/seccomp_filter.h"
#include "process/interruption.h"
#include "process/single_threaded.h"
#include "libc/libc.h"

/*
 * True once a registration was found that bypassed our epoll_ctl(2) (io_uring, raw system
 * call).
 */
static atomic_bool bypassed;

/* Only the kernel knows whether a one-shot registration has fired and is disarmed. */
static bool is_reliable(enum uh_epoll_note_state noted, const struct epoll_event *event)
{
	return noted == UH_NOTED && !(event->events & EPOLLONESHOT);
}

/* Finds the events of a registration that the kernel has confirmed. */
static enum uh_membership find_events(int fd, int set, enum uh_epoll_note_state noted,
				      struct epoll_event *event)
{
	struct epoll_event told;

	if (noted == UH_NOT_NOTED)
		atomic_store(&bypassed, true);
	if (is_reliable(noted, event) && !atomic_load(&bypassed))
		return UH_REGISTERED;
	if (uh_epoll_fdinfo_find(fd, set, &told) == UH_REGISTERED)
		*event = told;
	else if (!is_reliable(noted, event))
		return UH_CANNOT_TELL;
	return UH_REGISTERED;
}

/*
 * Tests by EPOLL_CTL_ADD, which fails if fd is registered and is otherwise undone at once. The
 * process must have one thread.
 */
static enum uh_membership test_by_adding(int fd, int set)
{
	struct epoll_event event = {.data.u64 = (uint64_t)fd};

	if (uh_libc_epoll_ctl()(set, EPOLL_CTL_ADD, fd, &event) == 0) {
		uh_libc_epoll_ctl()(set, EPOLL_CTL_DEL, fd, &event);
		return UH_NOT_REGISTERED;
	}
	if (errno == EBADF || errno == EINVAL)
		return UH_NO_EPOLL_SET;
	return errno == EEXIST ? UH_REGISTERED : UH_CANNOT_TELL;
}

static enum uh_membership find_without_kcmp(int fd, int set, uint32_t id,
					    enum uh_epoll_note_state noted,
					    struct epoll_event *event)
{
	enum uh_membership membership = UH_CANNOT_TELL;

	if (is_reliable(noted, event))
		return UH_REGISTERED; /* if the note is stale, EPOLL_CTL_DEL fails later */
	if (uh_is_single_threaded())
		membership = test_by_adding(fd, set);
	else if (noted == UH_NOT_NOTED && !(id & UH_EPOLL_SET_FOUND) && !atomic_load(&bypassed))
		return UH_NOT_REGISTERED;
	if (membership == UH_NOT_REGISTERED || membership == UH_NO_EPOLL_SET)
		return membership;
	return uh_epoll_fdinfo_find(fd, set, event);
}

static enum uh_membership find_registration(int fd, int set, uint32_t id,
					    struct epoll_event *event)
{
	enum uh_epoll_note_state noted = uh_epoll_note_read(fd, id, event);
	enum uh_membership membership =
	    uh_is_filtered() ? UH_CANNOT_TELL : uh_epoll_kcmp_find(fd, set);

	if (membership == UH_REGISTERED)
		return find_events(fd, set, noted, event);
	if (membership == UH_CANNOT_TELL)
		return find_without_kcmp(fd, set, id, noted, event);
	return membership;
}

static struct uh_registration *place(struct uh_registrations *registrations, int i)
{
	return i < UH_REGISTRATIONS_INLINE ? &registrations->built_in[i]
					   : &registrations->more[i - UH_REGISTRATIONS_INLINE];
}

/* Makes room for one more registration. Returns false with errno if there is none. */
static bool has_room(struct uh_registrations *registrations)
{
	void *mapped;

	if (registrations->count < UH_REGISTRATIONS_INLINE)
		return true;
	if (registrations->count == UH_REGISTRATIONS_INLINE + UH_REGISTRATIONS_MORE) {
		errno = ENOBUFS;
		return false;
	}
	if (registrations->more)
		return true;
	mapped = mmap(NULL, UH_REGISTRATIONS_MORE * sizeof(struct uh_registration),
		      PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		return false;
	registrations->more = mapped;
	return true;
}

/*
 * Signals are blocked while any registration is removed: a handler that leaves by siglongjmp(3)
 * would lose it, and one that calls epoll_ctl(2) would wait for its own thread.
 */
static bool remove_registration(int fd, const struct uh_registration *found,
				struct uh_registrations *registrations)
{
	struct epoll_event unused;

	if (!has_room(registrations))
		return false;
	if (registrations->count == 0)
		uh_block_signals(&registrations->signals);
	if (uh_libc_epoll_ctl()(found->set, EPOLL_CTL_DEL, fd, &unused) == 0) {
		*place(registrations, registrations->count++) = *found;
		return true;
	}
	if (registrations->count == 0)
		uh_restore_signals(&registrations->signals);
	return errno == ENOENT || errno == EBADF || errno == EINVAL;
}

struct search {
	int fd;
	struct uh_registrations *registrations;
};

/* Returns false if fd is registered in the set and can't be removed, or if nobody can tell. */
static bool remove_from_set(int set, uint32_t id, void *context)
{
	const struct search *search = context;
	struct uh_registration found = {.set = set};

	switch (find_registration(search->fd, set, id, &found.event)) {
	case UH_REGISTERED:
		return remove_registration(search->fd, &found, search->registrations);
	case UH_NO_EPOLL_SET:
		uh_epoll_set_remove(set, id);
		break;
	case UH_CANNOT_TELL:
		errno = ENOBUFS;
		return false;
	case UH_NOT_REGISTERED:
		break;
	}
	return true;
}

bool uh_epoll_unregister(int fd, struct uh_registrations *registrations)
{
	struct search search = {fd, registrations};
	int error;

	registrations->count = 0;
	registrations->more = NULL;
	registrations->swap = uh_swap_begin(fd);
	errno = ENOBUFS; /* for the case that there are too many sets */
	if (uh_epoll_sets_each(remove_from_set, &search))
		return true;
	error = errno;
	uh_epoll_register_again(fd, registrations);
	errno = error;
	return false;
}

void uh_epoll_register_again(int fd, struct uh_registrations *registrations)
{
	for (int i = 0; i < registrations->count; i++) {
		struct uh_registration *was = place(registrations, i);

		uh_libc_epoll_ctl()(was->set, EPOLL_CTL_ADD, fd, &was->event);
	}
	uh_swap_end(registrations->swap);
	if (registrations->count)
		uh_restore_signals(&registrations->signals);
	if (registrations->more)
		munmap(registrations->more,
		       UH_REGISTRATIONS_MORE * sizeof(struct uh_registration));
}

static void note_registration(int fd, const struct epoll_event *event, void *id)
{
	struct epoll_event noted;

	if (uh_epoll_note_read(fd, *(uint32_t *)id, &noted) != UH_NOTED)
		uh_epoll_note_write(fd, *(uint32_t *)id, event);
}

static bool note_set(int set, uint32_t id, void *unused)
{
	(void)unused;
	uh_epoll_fdinfo_each(set, note_registration, &id);
	return true;
}

void uh_epoll_note_all(void)
{
	int saved = errno;

	uh_epoll_sets_expect_more();
	uh_epoll_sets_search();
	uh_epoll_sets_each(note_set, NULL);
	errno = saved;
}
