/* SPDX-License-Identifier: MIT */
/*
 * epoll_registrations.c: an epoll set knows a file under a number, so a replaced file has to be
 * registered anew.
 *
 * Whether a number is registered in a set is asked of the kernel by kcmp(2), and for which
 * events is noted by our epoll_ctl(2), unless registrations have been seen to go past it: then
 * /proc/thread-self/fdinfo tells. Under a seccomp filter, which may end the process for
 * kcmp(2), a note is put to the test by taking the number out. If there is none, adding the
 * number tells (EEXIST) in a process of one thread; where others may wait for events of that
 * set they would be given one that the program has not asked for, and that there is no note is
 * taken for the truth of a set that was made here.
 *
 * The socket leaves the set before it is replaced, because the kernel finds a registration by
 * number and file: once another file is under the number the old registration can't be removed,
 * and it stays as long as another process has a copy of the old file.
 */
#include "epoll_registrations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "epoll_kernel.h"
#include "epoll_notes.h"
#include "epoll_sets.h"
#include "epoll_swaps.h"
#include "process/seccomp_filter.h"
#include "process/signal_mask.h"
#include "libc/libc.h"

/* A registration was found that no call of ours has noted (io_uring, a raw system call). */
static atomic_bool past_us;

/* In glibc since 2.32; elsewhere a process counts as one of several threads. */
extern char __libc_single_threaded __attribute__((weak));

static bool has_one_thread(void)
{
	return &__libc_single_threaded && __libc_single_threaded;
}

/* A one-shot registration that has fired is disarmed, and only the kernel knows. */
static bool is_known(enum uh_epoll_noted noted, const struct epoll_event *event)
{
	return noted == UH_NOTED && !(event->events & EPOLLONESHOT);
}

/* The kernel has said that it is registered: for what? */
static enum uh_membership read_event(int fd, int set, enum uh_epoll_noted noted,
				     struct epoll_event *event)
{
	struct epoll_event told;

	if (noted == UH_NOT_NOTED)
		atomic_store(&past_us, true);
	if (is_known(noted, event) && !atomic_load(&past_us))
		return UH_REGISTERED;
	if (uh_epoll_info(fd, set, &told) == UH_REGISTERED)
		*event = told;
	else if (!is_known(noted, event))
		return UH_CANNOT_TELL;
	return UH_REGISTERED;
}

/* EPOLL_CTL_ADD fails if it is registered, and if not is undone before anybody sees it. */
static enum uh_membership try_to_add(int fd, int set)
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

static enum uh_membership find_unasked(int fd, int set, uint32_t id, enum uh_epoll_noted noted,
				       struct epoll_event *event)
{
	enum uh_membership membership = UH_CANNOT_TELL;

	if (is_known(noted, event))
		return UH_REGISTERED; /* or not any more, says EPOLL_CTL_DEL then */
	if (has_one_thread())
		membership = try_to_add(fd, set);
	else if (noted == UH_NOT_NOTED && !(id & UH_EPOLL_SET_FOUND) && !atomic_load(&past_us))
		return UH_NOT_REGISTERED;
	if (membership == UH_NOT_REGISTERED || membership == UH_NO_EPOLL_SET)
		return membership;
	return uh_epoll_info(fd, set, event);
}

static enum uh_membership find(int fd, int set, uint32_t id, struct epoll_event *event)
{
	enum uh_epoll_noted noted = uh_epoll_noted(fd, id, event);
	enum uh_membership membership =
	    uh_is_filtered() ? UH_CANNOT_TELL : uh_epoll_kernel_has(fd, set);

	if (membership == UH_REGISTERED)
		return read_event(fd, set, noted, event);
	if (membership == UH_CANNOT_TELL)
		return find_unasked(fd, set, id, noted, event);
	return membership;
}

static struct uh_registration *place(struct uh_registrations *registrations, int i)
{
	return i < UH_REGISTRATIONS_INLINE ? &registrations->built_in[i]
					   : &registrations->more[i - UH_REGISTRATIONS_INLINE];
}

/* False, with errno, without room for one more. */
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

/* A handler that leaves by siglongjmp(3) would lose the registrations, and one that calls
 * epoll_ctl(2) wait for its own thread: no signal comes while there are any. */
static bool remove_one(int fd, const struct uh_registration *found,
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

/* False if fd is registered there and may not be taken out, or that can't be told. */
static bool take_out_of(int set, uint32_t id, void *context)
{
	const struct search *search = context;
	struct uh_registration found = {.set = set};

	switch (find(search->fd, set, id, &found.event)) {
	case UH_REGISTERED:
		return remove_one(search->fd, &found, search->registrations);
	case UH_NO_EPOLL_SET:
		uh_epoll_set_gone(set, id);
		break;
	case UH_CANNOT_TELL:
		errno = ENOBUFS;
		return false;
	case UH_NOT_REGISTERED:
		break;
	}
	return true;
}

bool uh_epoll_take_out(int fd, struct uh_registrations *registrations)
{
	struct search search = {fd, registrations};
	int error;

	registrations->count = 0;
	registrations->more = NULL;
	registrations->swap = uh_swap_begin(fd);
	errno = ENOBUFS; /* if there are too many sets */
	if (uh_epoll_sets_each(take_out_of, &search))
		return true;
	error = errno;
	uh_epoll_put_back(fd, registrations);
	errno = error;
	return false;
}

void uh_epoll_put_back(int fd, struct uh_registrations *registrations)
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

static void learn_one(int fd, const struct epoll_event *event, void *id)
{
	struct epoll_event noted;

	if (uh_epoll_noted(fd, *(uint32_t *)id, &noted) != UH_NOTED)
		uh_epoll_note(fd, *(uint32_t *)id, event);
}

static bool learn_set(int set, uint32_t id, void *unused)
{
	(void)unused;
	uh_epoll_info_each(set, learn_one, &id);
	return true;
}

void uh_epoll_learn(void)
{
	int saved = errno;

	uh_epoll_sets_doubt();
	uh_epoll_sets_discover();
	uh_epoll_sets_each(learn_set, NULL);
	errno = saved;
}
