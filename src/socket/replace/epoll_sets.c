/* SPDX-License-Identifier: MIT */
/*
 * epoll_sets.c: the numbers of epoll sets, in a lock-free table.
 *
 * Our epoll_create(2) and epoll_ctl(2) tell of them. Other sets have to be looked for
 * among the descriptors: kcmp(2) says what is a set. A seccomp filter may end the process for
 * that; there it is told by /proc, which has lines for what is registered in a set.
 */
#include "epoll_sets.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/descriptors.h"
#include "epoll_kernel.h"
#include "process/seccomp_filter.h"
#include "base/large.h"
#include "libc/libc.h"

/* MORE: numbers that there is room for in memory that is mapped for them. */
enum { FEW = 256, MORE = 65536 };

/* id << 32 | number + 1; 0 is free. */
typedef _Atomic uint64_t place;

UH_LARGE static place built_in[FEW];
static _Atomic(place *) more;
static atomic_int end;		 /* places from here on are free */
static atomic_bool overfull;	 /* one found no place */
static _Atomic uint32_t last_id; /* counts in steps of 2: UH_EPOLL_SET_FOUND is beside it */

static place *place_at(int i)
{
	place *there = atomic_load(&more);

	return i < FEW ? &built_in[i] : there ? &there[i - FEW] : NULL;
}

static uint64_t word_of(int number, uint32_t id)
{
	return (uint64_t)id << 32 | (uint32_t)(number + 1);
}

static int number_in(uint64_t word)
{
	return (int)(uint32_t)word - 1;
}

/* The place of a number, or NULL; its word in *word. */
static place *find(int number, uint64_t *word)
{
	for (int i = 0, stop = atomic_load_explicit(&end, memory_order_relaxed); i < stop;
	     i++) {
		place *at = place_at(i);

		*word = at ? atomic_load_explicit(at, memory_order_relaxed) : 0;
		if (number_in(*word) == number)
			return at;
	}
	return NULL;
}

/* False without memory. */
static bool map_more(void)
{
	int saved = errno;
	place *none = NULL, *mapped;

	if (atomic_load(&more))
		return true;
	mapped = mmap(NULL, MORE * sizeof(place), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (mapped == MAP_FAILED)
		return false;
	if (!atomic_compare_exchange_strong(&more, &none, mapped))
		munmap(mapped, MORE * sizeof(place));
	return true;
}

static void extend_to(int stop)
{
	int old = atomic_load(&end);

	while (old < stop && !atomic_compare_exchange_weak(&end, &old, stop))
		;
}

static void add(uint64_t word)
{
	for (int i = 0; i < FEW + MORE && (i < FEW || map_more()); i++) {
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(place_at(i), &none, word)) {
			extend_to(i + 1);
			return;
		}
	}
	atomic_store(&overfull, true);
}

static void set_id(int number, uint32_t id)
{
	uint64_t word;
	place *at = find(number, &word);

	if (at)
		atomic_store(at, word_of(number, id));
	else
		add(word_of(number, id));
}

static uint32_t next_id(void)
{
	return atomic_fetch_add(&last_id, 2) + 2;
}

void uh_epoll_set_made(int number)
{
	set_id(number, next_id());
}

uint32_t uh_epoll_set_used(int number)
{
	uint64_t word;
	uint32_t id;

	if (find(number, &word))
		return (uint32_t)(word >> 32);
	id = next_id() | UH_EPOLL_SET_FOUND;
	add(word_of(number, id));
	return id;
}

void uh_epoll_set_copied(int from, int to)
{
	uint64_t word;

	if (find(from, &word))
		set_id(to, (uint32_t)(word >> 32));
}

void uh_epoll_set_gone(int number, uint32_t id)
{
	uint64_t word;
	place *at = find(number, &word);

	if (at && word == word_of(number, id))
		atomic_compare_exchange_strong(at, &word, 0);
}

bool uh_epoll_set_lives(uint32_t id)
{
	for (int i = 0, stop = atomic_load(&end); i < stop; i++) {
		place *at = place_at(i);

		if (at && atomic_load(at) >> 32 == id)
			return true;
	}
	return false;
}

bool uh_epoll_sets_each(bool (*visit)(int number, uint32_t id, void *context), void *context)
{
	for (int i = 0, stop = atomic_load(&end); i < stop; i++) {
		place *at = place_at(i);
		uint64_t word = at ? atomic_load(at) : 0;

		if (word && !visit(number_in(word), (uint32_t)(word >> 32), context))
			return false;
	}
	return !atomic_load(&overfull);
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
 * Only a file without a type can be a set (anon_inode in linux/fs/anon_inodes.c), and asking
 * for that takes least time.
 */
static bool discover(int fd, void *found)
{
	uint64_t word;

	if (has_type(fd) || find(fd, &word) || !uh_epoll_kernel_is_set(fd))
		return true;
	uh_epoll_set_used(fd);
	*(bool *)found = true;
	return true;
}

/* Most descriptors are sockets. A set in which nothing is registered is not recognised. */
static bool discover_filtered(int fd, void *unused)
{
	int type;
	socklen_t size = sizeof(type);
	uint64_t word;

	(void)unused;
	if (uh_libc_getsockopt()(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 &&
	    errno == ENOTSOCK && !find(fd, &word) && uh_epoll_info_is_set(fd))
		uh_epoll_set_used(fd);
	return true;
}

static atomic_bool doubted = true;

void uh_epoll_sets_doubt(void)
{
	atomic_store(&doubted, true);
}

/* How many descriptors there were at the last look; what it costs to look at so few is not
 * worth thinking about. */
static atomic_uint descriptors, looks_left_out;
enum { SO_FEW = 64 };

/* The cost of looking at very many is spread over as many calls as an eighth of them. */
static bool is_due(void)
{
	unsigned count = atomic_load(&descriptors);

	return atomic_exchange(&doubted, false) || count <= SO_FEW ||
	       atomic_fetch_add(&looks_left_out, 1) >= count / 8;
}

void uh_epoll_sets_discover(void)
{
	static atomic_bool looked, surprised; /* sets came past us since the first look */
	bool found = false;
	int saved = errno;

	if (uh_is_confined())
		return;
	if (uh_is_filtered()) {
		if (atomic_exchange(&doubted, false))
			uh_each_descriptor(discover_filtered, NULL);
	} else if (atomic_load(&surprised) || is_due()) {
		atomic_store(&looks_left_out, 0);
		atomic_store(&descriptors, uh_each_descriptor(discover, &found));
		if (atomic_exchange(&looked, true) && found)
			atomic_store(&surprised, true);
	}
	errno = saved;
}
