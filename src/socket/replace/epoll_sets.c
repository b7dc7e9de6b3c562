/* SPDX-License-Identifier: MIT */
/*
 * epoll_sets.c: a lock-free table of the descriptors that are epoll sets.
 *
 * Each place is one word: the set's id in the upper half, its descriptor + 1 in the lower half,
 * or 0 if the place is free. An entry is added by compare-and-swap from 0, and removed by
 * compare-and-swap to 0 if it is unchanged. Another id for the same descriptor is one store.
 *
 * Our epoll_create(2) and epoll_ctl(2) add the sets that they see. Other sets are found by
 * testing each descriptor with kcmp(2). A seccomp filter may end the process for kcmp(2); under
 * a filter /proc is read, which shows only sets that have a registration.
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

/* FEW: places in static memory. MORE: places in memory that is mapped when needed. */
enum { BUILT_IN = 256, MAPPED = 65536 };

/* id << 32 | descriptor + 1; 0: free */
typedef _Atomic uint64_t place;

UH_LARGE static place built_in[BUILT_IN];
static _Atomic(place *) mapped_places;
static atomic_int end;		 /* no place from here on is in use */
static atomic_bool overflowed;	 /* a set could not be added */
static _Atomic uint32_t last_id; /* even numbers: the lowest bit is UH_EPOLL_SET_FOUND */

static place *place_at(int i)
{
	place *there = atomic_load(&mapped_places);

	return i < BUILT_IN ? &built_in[i] : there ? &there[i - BUILT_IN] : NULL;
}

static uint64_t word_of(int number, uint32_t id)
{
	return (uint64_t)id << 32 | (uint32_t)(number + 1);
}

static int number_in(uint64_t word)
{
	return (int)(uint32_t)word - 1;
}

/* Returns the place of a descriptor and its word in *word; NULL if it is not in the table. */
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

/* Returns false if there is no memory. */
static bool map_places(void)
{
	int saved = errno;
	place *none = NULL, *mapped;

	if (atomic_load(&mapped_places))
		return true;
	mapped = mmap(NULL, MAPPED * sizeof(place), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (mapped == MAP_FAILED)
		return false;
	if (!atomic_compare_exchange_strong(&mapped_places, &none, mapped))
		munmap(mapped, MAPPED * sizeof(place));
	return true;
}

static void add(uint64_t word)
{
	for (int i = 0; i < BUILT_IN + MAPPED && (i < BUILT_IN || map_places()); i++) {
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(place_at(i), &none, word)) {
			for (int old = atomic_load(&end); old <= i;)
				if (atomic_compare_exchange_weak(&end, &old, i + 1))
					break;
			return;
		}
	}
	atomic_store(&overflowed, true);
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
	return !atomic_load(&overflowed);
}

/* The kernel's struct statx (linux/stat.h), which old libcs lack. */
struct kind {
	uint32_t unused[7];
	uint16_t mode, rest[113];
};
static_assert(sizeof(struct kind) == 256, "statx(2) writes so much");

/*
 * Returns false if statx(2) fails. The system call is used because ThreadSanitizer reports
 * libc's fstat(2) on a descriptor that another thread has just opened as a race.
 */
static bool has_type(int fd)
{
	enum { TYPE = 1 };
	struct kind kind;

	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, TYPE, &kind) == 0 &&
	       kind.mode & S_IFMT;
}

/*
 * An epoll set is a file without a type (anon_inode in linux/fs/anon_inodes.c). That is tested
 * first because it is cheap.
 */
static bool test_descriptor(int fd, void *found)
{
	uint64_t word;

	if (has_type(fd) || find(fd, &word) || !uh_epoll_kernel_is_set(fd))
		return true;
	uh_epoll_set_used(fd);
	*(bool *)found = true;
	return true;
}

/*
 * SO_TYPE is tested first because most descriptors are sockets. A set without registrations is
 * not found.
 */
static bool test_descriptor_filtered(int fd, void *unused)
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

static atomic_bool search_wanted = true;

void uh_epoll_sets_doubt(void)
{
	atomic_store(&search_wanted, true);
}

/*
 * The number of descriptors at the latest search, and the calls that made no search since. Up
 * to SO_FEW descriptors are searched at every call.
 */
static atomic_uint descriptors, skipped_searches;
enum { ALWAYS_SEARCHED = 64 };

/* With many descriptors, one call in every (descriptors / 8) makes a search. */
static bool is_due(void)
{
	unsigned count = atomic_load(&descriptors);

	return atomic_exchange(&search_wanted, false) || count <= ALWAYS_SEARCHED ||
	       atomic_fetch_add(&skipped_searches, 1) >= count / 8;
}

void uh_epoll_sets_discover(void)
{
	static atomic_bool searched, found_later; /* later searches found more sets */
	bool found = false;
	int saved = errno;

	if (uh_is_confined())
		return;
	if (uh_is_filtered()) {
		if (atomic_exchange(&search_wanted, false))
			uh_each_descriptor(test_descriptor_filtered, NULL);
	} else if (atomic_load(&found_later) || is_due()) {
		atomic_store(&skipped_searches, 0);
		atomic_store(&descriptors, uh_each_descriptor(test_descriptor, &found));
		if (atomic_exchange(&searched, true) && found)
			atomic_store(&found_later, true);
	}
	errno = saved;
}
