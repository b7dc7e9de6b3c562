/* SPDX-License-Identifier: MIT */
/* epoll_kernel.c: reads epoll sets by kcmp(2) and from /proc/thread-self/fdinfo. */
#include "epoll_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/own_fd.h"
#include "process/seccomp_filter.h"
#include "base/format.h"
#include "libc/libc.h"
#include "process/proc_lines.h"

/* Returns 0 if slot is fd's registration, else more than 0; -1 with errno. */
static long compare_slot(int fd, struct kcmp_epoll_slot *slot)
{
	pid_t self = (pid_t)syscall(SYS_gettid); /* a thread may have its own table */

	return syscall(SYS_kcmp, self, self, KCMP_EPOLL_TFD, (long)fd, slot);
}

/*
 * A set may contain the same number several times, for files of which copies exist elsewhere.
 * toff selects one of them (fs/eventpoll.c, get_epoll_tfile_raw_ptr). If one of them ends, all
 * behind it move forward by one: the search up can miss one of those, the search down can't.
 */
enum uh_membership uh_epoll_kcmp_find(int fd, int set)
{
	struct kcmp_epoll_slot slot = {.efd = (uint32_t)set, .tfd = (uint32_t)fd};
	long order;

	while ((order = compare_slot(fd, &slot)) > 0)
		slot.toff++;
	if (order < 0 && errno == ENOENT)
		while (order != 0 && slot.toff-- > 0)
			order = compare_slot(fd, &slot);
	if (order == 0)
		return UH_REGISTERED;
	if (order > 0 || errno == ENOENT)
		return UH_NOT_REGISTERED;
	if (errno == EBADF) /* of set, or of fd if another thread has closed it */
		return uh_libc_fcntl()(set, F_GETFD) < 0 ? UH_NO_EPOLL_SET : UH_NOT_REGISTERED;
	return errno == EINVAL ? UH_NO_EPOLL_SET : UH_CANNOT_TELL;
}

/* A line of fdinfo (fs/eventpoll.c, ep_show_fdinfo). */
struct line {
	int fd;
	struct epoll_event event;
	uint64_t inode;
};

/*
 * Parses the number that follows name in a line. Returns false, and 0 in *number, if name is
 * missing.
 */
static bool find_number(const char *line, const char *name, int base, uint64_t *number)
{
	const char *at = strstr(line, name);

	*number = at ? strtoull(at + strlen(name), NULL, base) : 0;
	return at;
}

static bool parse_line(const char *text, struct line *line)
{
	uint64_t number, events, data;

	if (strncmp(text, "tfd:", 4) != 0 || !find_number(text, "tfd:", 10, &number) ||
	    !find_number(text, "events:", 16, &events) ||
	    !find_number(text, "data:", 16, &data) ||
	    !find_number(text, "ino:", 16, &line->inode))
		return false;
	line->fd = (int)number;
	line->event = (struct epoll_event){.events = (uint32_t)events, .data.u64 = data};
	return true;
}

/* Returns false if fdinfo can't be read. */
static bool each_fdinfo_line(int set, bool (*visit)(const char *line, void *context),
			     void *context)
{
	char name[24], buffer[160]; /* the kernel's lines take at most 120 bytes */
	bool read;
	int info;

	if (uh_is_confined())
		return false;
	uh_format(name, sizeof(name), "fdinfo/%d", set);
	info = uh_open_proc_self(name, O_RDONLY);
	if (info < 0)
		return false;
	read = uh_each_line(info, buffer, sizeof(buffer), visit, context);
	uh_close(info);
	return read;
}

struct search {
	struct line wanted;
	bool found;
};

/* The inode must match too: the line may be about an earlier file of that number. */
static bool match_line(const char *text, void *context)
{
	struct search *search = context;
	struct line line;

	if (!parse_line(text, &line) || line.fd != search->wanted.fd ||
	    line.inode != search->wanted.inode)
		return true;
	search->wanted = line;
	search->found = true;
	return false;
}

/* noinline, so that its stack frame is gone while the file is read. */
__attribute__((noinline)) static bool read_inode(int fd, uint64_t *inode)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return false;
	*inode = status.st_ino;
	return true;
}

enum uh_membership uh_epoll_fdinfo_find(int fd, int set, struct epoll_event *event)
{
	struct search search = {.wanted = {.fd = fd}};

	if (uh_is_confined() || !read_inode(fd, &search.wanted.inode) ||
	    !each_fdinfo_line(set, match_line, &search))
		return UH_CANNOT_TELL;
	*event = search.wanted.event;
	return search.found ? UH_REGISTERED : UH_NOT_REGISTERED;
}

static bool match_any(const char *text, void *found)
{
	struct line line;

	*(bool *)found = parse_line(text, &line);
	return !*(bool *)found;
}

bool uh_epoll_fdinfo_is_set(int number)
{
	bool found = false;

	each_fdinfo_line(number, match_any, &found);
	return found;
}

bool uh_epoll_is_set(int number)
{
	enum uh_membership membership = uh_epoll_kcmp_find(number, number);

	return membership == UH_NOT_REGISTERED ||
	       (membership == UH_CANNOT_TELL && uh_epoll_fdinfo_is_set(number));
}

struct each {
	void (*visit)(int fd, const struct epoll_event *event, void *context);
	void *context;
};

static bool visit_registration(const char *text, void *context)
{
	const struct each *each = context;
	struct line line;

	if (parse_line(text, &line))
		each->visit(line.fd, &line.event, each->context);
	return true;
}

void uh_epoll_fdinfo_each(int set,
			  void (*visit)(int fd, const struct epoll_event *event, void *context),
			  void *context)
{
	struct each each = {visit, context};

	each_fdinfo_line(set, visit_registration, &each);
}
