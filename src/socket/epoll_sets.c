/* SPDX-License-Identifier: MIT */
/*
 * epoll_sets.c: an epoll set knows a file under a number, so a replaced file has to be
 * registered anew.
 *
 * Whether a number is registered in a set is asked of the kernel: by kcmp(2) (KCMP_EPOLL_TFD),
 * or where that may not be called by trying EPOLL_CTL_MOD with what was noted. With which
 * events and data is noted by our epoll_ctl(); a registration that went past it (libuv sends
 * batches through io_uring) is read from /proc/self/fdinfo, which costs time in proportion to
 * the set's size.
 */
#include "epoll_sets.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "format.h"
#include "libc.h"
#include "notes.h"

enum { SETS = 256 };

/* Numbers of epoll sets plus one; 0 is free. */
static atomic_int sets[SETS];
static atomic_int sets_end; /* places from here on are free */
static atomic_bool more;    /* there were more than SETS at once */

enum membership { IN, OUT, NOT_A_SET, UNKNOWN };

/*
 * A set may hold the same number twice, for a file that lives on elsewhere: toff counts through
 * them (fs/eventpoll.c, get_epoll_tfile_raw_ptr).
 */
static enum membership ask_kernel(int fd, int set)
{
	struct kcmp_epoll_slot slot = {.efd = (uint32_t)set, .tfd = (uint32_t)fd};
	pid_t self = getpid();
	long order;

	if (uh_is_confined())
		return UNKNOWN;
	do {
		order = syscall(SYS_kcmp, self, self, KCMP_EPOLL_TFD, (long)fd, &slot);
		slot.toff++;
	} while (order > 0);
	if (order == 0)
		return IN;
	if (errno == ENOENT)
		return OUT;
	return errno == EBADF || errno == EINVAL ? NOT_A_SET : UNKNOWN;
}

/* Gives the place of a number that is no epoll set any more to another one. */
static bool make_room(int set)
{
	for (int i = 0; i < SETS; i++) {
		int old = atomic_load(&sets[i]);

		if (ask_kernel(old - 1, old - 1) == NOT_A_SET &&
		    atomic_compare_exchange_strong(&sets[i], &old, set + 1))
			return true;
	}
	return false;
}

static void extend_to(int end)
{
	int old = atomic_load(&sets_end);

	while (old < end && !atomic_compare_exchange_weak(&sets_end, &old, end))
		;
}

/* Whether a number is among the sets, be it one still or not. */
static bool is_noted(int set)
{
	for (int i = 0, end = atomic_load_explicit(&sets_end, memory_order_relaxed); i < end;
	     i++)
		if (atomic_load_explicit(&sets[i], memory_order_relaxed) == set + 1)
			return true;
	return false;
}

void uh_epoll_set_copied(int from, int to)
{
	if (is_noted(from))
		uh_epoll_set_made(to);
}

void uh_epoll_set_made(int set)
{
	int saved = errno;

	if (is_noted(set))
		return;
	for (int i = 0; i < SETS; i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&sets[i], &none, set + 1)) {
			extend_to(i + 1);
			return;
		}
	}
	if (!make_room(set))
		atomic_store(&more, true);
	errno = saved;
}

/* The kernel's struct statx (linux/stat.h), which not every libc has. */
struct kind {
	uint32_t unused[7];
	uint16_t mode, more[113];
};
static_assert(sizeof(struct kind) == 256, "statx(2) writes so much");

/*
 * False if statx(2) can't tell. By the system call: a sanitizer takes a look by libc's fstat(2)
 * at a descriptor that another thread has just opened for a race.
 */
static bool has_type(int fd)
{
	enum { TYPE = 1 };
	struct kind kind;

	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, TYPE, &kind) == 0 &&
	       kind.mode & S_IFMT;
}

/*
 * The type comes first: it takes a fifth of the time, and only a file without one can be a set
 * (anon_inode in linux/fs/anon_inodes.c).
 */
static bool discover(int fd, void *context)
{
	char path[32], link[32];
	ssize_t length;

	(void)context;
	if (has_type(fd))
		return true;
	uh_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link));
	if (length == 22 && memcmp(link, "anon_inode:[eventpoll]", 22) == 0)
		uh_epoll_set_made(fd);
	return true;
}

void uh_epoll_sets_discover(void)
{
	static atomic_bool done;

	if (!uh_is_confined() && !atomic_exchange(&done, true))
		uh_each_descriptor(discover, NULL);
}

/* The number after a name in a line, or 0; false if the name is not there. */
static bool find_number(const char *line, const char *name, int base, uint64_t *number)
{
	const char *at = strstr(line, name);

	*number = at ? strtoull(at + strlen(name), NULL, base) : 0;
	return at;
}

/* Reads a line of /proc/self/fdinfo/SET (fs/eventpoll.c, ep_show_fdinfo). False if it is not
 * about fd under that inode. */
static bool parse_line(const char *line, int fd, uint64_t inode, struct epoll_event *event)
{
	uint64_t number, events, data, file;

	if (strncmp(line, "tfd:", 4) != 0 || !find_number(line, "tfd:", 10, &number) ||
	    !find_number(line, "events:", 16, &events) ||
	    !find_number(line, "data:", 16, &data) || !find_number(line, "ino:", 16, &file) ||
	    number != (unsigned)fd || file != inode)
		return false;
	event->events = (uint32_t)events;
	event->data.u64 = data;
	return true;
}

/*
 * Looks for fd, under the inode it has now, in the lines of an open fdinfo file. The kernel's
 * take up to 120 bytes; one that has no room here is passed over.
 */
static bool scan_lines(int info, int fd, uint64_t inode, struct epoll_event *event)
{
	char buffer[256];
	bool is_rest = false; /* of a line that had no room */
	size_t kept = 0;
	ssize_t got;

	while ((got = read(info, buffer + kept, sizeof(buffer) - 1 - kept)) > 0) {
		char *start = buffer, *end;

		buffer[kept + (size_t)got] = '\0';
		for (; (end = strchr(start, '\n')); start = end + 1) {
			*end = '\0';
			if (!is_rest && parse_line(start, fd, inode, event))
				return true;
			is_rest = false;
		}
		kept = strlen(start);
		if (kept == sizeof(buffer) - 1) {
			is_rest = true;
			kept = 0;
		}
		memmove(buffer, start, kept);
	}
	return false;
}

static bool read_registration(int fd, int set, struct epoll_event *event)
{
	char path[40];
	struct stat status;
	bool found;
	int info;

	if (uh_is_confined() || fstat(fd, &status) != 0)
		return false;
	uh_format(path, sizeof(path), "/proc/self/fdinfo/%d", set);
	info = uh_above_stdio(open(path, O_RDONLY | O_CLOEXEC));
	if (info < 0)
		return false;
	found = scan_lines(info, fd, status.st_ino, event);
	uh_close(info);
	return found;
}

/*
 * MOD with the very events that are set changes nothing, and fails where fd isn't registered.
 * Any other error (EINVAL for EPOLLEXCLUSIVE, a seccomp filter's) doesn't tell.
 */
static bool try_noted(int fd, int set, struct epoll_event *event)
{
	return uh_note_epoll_event(fd, set, event) &&
	       (uh_libc_epoll_ctl()(set, EPOLL_CTL_MOD, fd, event) == 0 ||
		(errno != ENOENT && errno != EBADF));
}

/*
 * What was noted, unless it may have changed since: a one-shot registration that has fired is
 * disarmed, and only the kernel knows.
 */
static bool noted_or_read(int fd, int set, struct epoll_event *event)
{
	bool noted = uh_note_epoll_event(fd, set, event);

	if (noted && !(event->events & EPOLLONESHOT))
		return true;
	return read_registration(fd, set, event) || noted;
}

static bool is_registered(int fd, int set, struct epoll_event *event)
{
	switch (ask_kernel(fd, set)) {
	case IN:
		return noted_or_read(fd, set, event);
	case UNKNOWN:
		return try_noted(fd, set, event) || read_registration(fd, set, event);
	default:
		return false;
	}
}

static struct uh_registration *place(struct uh_registrations *registrations, int i)
{
	return i < UH_REGISTRATIONS_FEW ? &registrations->few[i]
					: &registrations->more[i - UH_REGISTRATIONS_FEW];
}

/* False, with errno, without memory for one more. */
static bool has_room(struct uh_registrations *registrations)
{
	void *mapped;

	if (registrations->count < UH_REGISTRATIONS_FEW || registrations->more)
		return true;
	mapped = mmap(NULL, UH_REGISTRATIONS_MORE * sizeof(struct uh_registration),
		      PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		return false;
	registrations->more = mapped;
	return true;
}

/* False when fd is registered there and may not be taken out. */
static bool take_out_of(int fd, int set, struct uh_registrations *registrations)
{
	struct uh_registration found = {.set = set};

	if (registrations->count == UH_REGISTRATIONS_FEW + UH_REGISTRATIONS_MORE ||
	    !is_registered(fd, set, &found.event))
		return true;
	if (!has_room(registrations))
		return false;
	if (uh_libc_epoll_ctl()(set, EPOLL_CTL_DEL, fd, &found.event) != 0)
		return errno == ENOENT || errno == EBADF || errno == EINVAL;
	*place(registrations, registrations->count++) = found;
	return true;
}

struct search {
	int fd;
	struct uh_registrations *registrations;
	bool refused;
};

static bool take_out_of_any(int set, void *context)
{
	struct search *search = context;

	search->refused = !take_out_of(search->fd, set, search->registrations);
	return !search->refused;
}

static bool take_out_of_all(int fd, struct uh_registrations *registrations)
{
	struct search search = {fd, registrations, false};
	for (int i = 0, end = atomic_load(&sets_end); i < end; i++) {
		int set = atomic_load_explicit(&sets[i], memory_order_relaxed) - 1;

		if (set >= 0 && !take_out_of(fd, set, registrations))
			return false;
	}
	if (atomic_load_explicit(&more, memory_order_relaxed))
		uh_each_descriptor(take_out_of_any, &search);
	return !search.refused;
}

bool uh_epoll_take_out(int fd, struct uh_registrations *registrations)
{
	int error;

	registrations->count = 0;
	registrations->more = NULL;
	if (take_out_of_all(fd, registrations))
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
	if (registrations->more)
		munmap(registrations->more,
		       UH_REGISTRATIONS_MORE * sizeof(struct uh_registration));
}
