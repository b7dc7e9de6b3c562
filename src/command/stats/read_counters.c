/* SPDX-License-Identifier: MIT */
/*
 * read_counters.c: reads the counter files of all users, which are not trusted, and sums them
 * up.
 */
#include "read_counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter_slots.h"
#include "command/cli/diag.h"
#include "base/hash_map.h"

struct entry {
	struct uh_counter_total sum; /* first: the total's address is the entry's */
	UT_hash_handle hh;
};

struct uh_counter_totals {
	struct entry *entries[UH_COUNTED_BY];
	struct uh_counter_total **list;
};

struct uh_counter_totals *uh_counter_totals_new(void)
{
	return calloc(1, sizeof(struct uh_counter_totals));
}

void uh_counter_totals_free(struct uh_counter_totals *sums)
{
	if (!sums)
		return;
	for (int by = 0; by < UH_COUNTED_BY; by++)
		UH_HASH_FREE(sums->entries[by], free);
	free(sums->list);
	free(sums);
}

/* Copies a text of at most size - 1 bytes, which may lack its NUL. */
static void copy_printable(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i + 1 < size && from[i]; i++)
		to[i] = (char)(from[i] < ' ' || from[i] > '~' ? '?' : from[i]);
}

/* Returns the total, or NULL if memory ran out. */
static struct uh_counter_total *find(struct uh_counter_totals *sums, enum uh_counted_by by,
				     const char *route, const char *target)
{
	struct uh_counter_name name = {{0}, {0}};
	struct entry *entry;

	copy_printable(name.route, route, sizeof(name.route));
	copy_printable(name.target, target, sizeof(name.target));
	HASH_FIND(hh, sums->entries[by], &name, sizeof(name), entry);
	if (entry)
		return &entry->sum;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->sum.name = name;
	entry->sum.by = by;
	HASH_ADD(hh, sums->entries[by], sum.name, sizeof(name), entry);
	if (entry->hh.tbl)
		return &entry->sum;
	free(entry);
	return NULL;
}

bool uh_counter_totals_add(struct uh_counter_totals *sums, const struct uh_counter_slot *slot)
{
	struct uh_counter_total *sum;

	if (!slot->route.id)
		return true;
	sum = find(sums, UH_BY_PRELOAD, slot->route.text, slot->route.target);
	if (!sum)
		return false;
	sum->connections += uh_counter_slot_connections(slot);
	sum->fallbacks += slot->fallbacks;
	if (slot->last_used[0] > (int64_t)sum->last_used)
		sum->last_used = (uint64_t)slot->last_used[0];
	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++)
		sum->failure[i] += slot->failure[i];
	return true;
}

/* Returns the total after adding to its connections, or NULL if memory ran out. */
static struct uh_counter_total *add_kernel(struct uh_counter_totals *sums, const char *route,
					   const char *target, uint64_t connections)
{
	struct uh_counter_total *sum = find(sums, UH_BY_KERNEL, route, target);

	if (sum)
		sum->connections += connections;
	return sum;
}

/* The kernel does not count by errno: its failures are among the others. */
bool uh_counter_totals_add_kernel(struct uh_counter_totals *sums, const char *route,
				  const char *targets, const struct uh_count_row *count)
{
	uint64_t routed = count->routed + count->datagrams;
	struct uh_counter_total *sum;

	if (routed && !add_kernel(sums, route, targets, routed))
		return false;
	if (count->unanswered) {
		sum = add_kernel(sums, route, "original", count->unanswered);
		if (!sum)
			return false;
		sum->fallbacks += count->unanswered;
	}
	if (count->failed) {
		sum = add_kernel(sums, route, "refuse", count->failed);
		if (!sum)
			return false;
		sum->failure[UH_COUNTER_ERRORS - 1] += count->failed;
	}
	return true;
}

void uh_counter_totals_begin(struct uh_counter_totals *sums)
{
	for (int by = 0; by < UH_COUNTED_BY; by++)
		for (struct entry *entry = sums->entries[by]; entry; entry = entry->hh.next) {
			struct uh_counter_total fresh = {.name = entry->sum.name,
							 .by = entry->sum.by,
							 .before = entry->sum.connections};

			entry->sum = fresh;
		}
}

/*
 * Opens a counter file, which is named after its owner: the user id in decimal. Returns -1 if
 * it is something else.
 */
static int open_counters(int directory, const char *name, int flags)
{
	int fd =
	    openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	char owner[16];

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == sizeof(struct uh_counter_file)) {
		snprintf(owner, sizeof(owner), "%u", (unsigned)status.st_uid);
		if (strcmp(name, owner) == 0)
			return fd;
	}
	close(fd);
	return -1;
}

/*
 * Returns false if it is not a counter file. The file is copied, because its owner may truncate
 * it at any time, which would break a mapping.
 */
static bool read_file(int fd, struct uh_counter_file *room)
{
	return pread(fd, room, sizeof(*room), 0) == (ssize_t)sizeof(*room) &&
	       room->mark == UH_COUNTER_MARK;
}

static bool add_file(struct uh_counter_totals *sums, int fd, struct uh_counter_file *room,
		     uint64_t *unplaced)
{
	if (!read_file(fd, room))
		return true;
	*unplaced += room->unplaced;
	for (int i = 0; i < UH_COUNTER_SLOTS; i++)
		if (!uh_counter_totals_add(sums, &room->slot[i]))
			return false;
	return true;
}

static DIR *open_directory(const char *directory)
{
	DIR *opened = opendir(directory);

	if (!opened)
		uh_error("%s: %s; connections are counted only if it exists: see unhairpin(1)",
			 directory, strerror(errno));
	return opened;
}

bool uh_counter_totals_read(struct uh_counter_totals *sums, const char *directory,
			    uint64_t *unplaced)
{
	DIR *opened = open_directory(directory);
	struct uh_counter_file *room = opened ? malloc(sizeof(*room)) : NULL;
	const struct dirent *file;
	bool good = room;

	*unplaced = 0;
	while (good && (file = readdir(opened))) {
		int fd = open_counters(dirfd(opened), file->d_name, O_RDONLY);

		if (fd < 0)
			continue;
		good = add_file(sums, fd, room, unplaced);
		close(fd);
	}
	if (opened && !good)
		uh_error("%s: %s", directory, strerror(ENOMEM));
	free(room);
	if (opened)
		closedir(opened);
	return good;
}

/*
 * Sets the counters to zero. A route that was used since the last reset keeps its slot, because
 * a process in a sandbox cannot take another one. A count made meanwhile may be lost or
 * survive.
 */
static void set_to_zero(struct uh_counter_file *stats)
{
	stats->unplaced = 0;
	for (int i = 0; i < UH_COUNTER_SLOTS; i++) {
		struct uh_counter_slot fresh = {0};

		if (stats->slot[i].connections)
			fresh.route = stats->slot[i].route;
		stats->slot[i] = fresh;
	}
}

static bool reset_file(int fd, struct uh_counter_file *room)
{
	if (!read_file(fd, room))
		return true;
	set_to_zero(room);
	return pwrite(fd, room, sizeof(*room), 0) == (ssize_t)sizeof(*room);
}

bool uh_counter_totals_reset(const char *directory)
{
	DIR *opened = open_directory(directory);
	struct uh_counter_file *room = opened ? malloc(sizeof(*room)) : NULL;
	const struct dirent *file;
	bool good = room;

	while (room && (file = readdir(opened))) {
		int fd = open_counters(dirfd(opened), file->d_name, O_RDWR);

		if (fd < 0)
			continue;
		if (!reset_file(fd, room)) {
			uh_error("%s/%s: %s", directory, file->d_name, strerror(errno));
			good = false;
		}
		close(fd);
	}
	if (opened && !room)
		uh_error("%s", strerror(ENOMEM));
	free(room);
	if (opened)
		closedir(opened);
	return good;
}

static int compare(const void *a, const void *b)
{
	const struct uh_counter_total *first = *(struct uh_counter_total *const *)a;
	const struct uh_counter_total *second = *(struct uh_counter_total *const *)b;
	int order;

	if (first->connections != second->connections)
		return first->connections > second->connections ? -1 : 1;
	order = memcmp(&first->name, &second->name, sizeof(first->name));
	return order ? order : (int)first->by - (int)second->by;
}

struct uh_counter_total *const *uh_counter_totals_finish(struct uh_counter_totals *sums,
							 size_t *count)
{
	size_t most = 1; /* one element more, because realloc(0) may return NULL */
	struct uh_counter_total **list;

	for (int by = 0; by < UH_COUNTED_BY; by++)
		most += HASH_COUNT(sums->entries[by]);
	list = realloc(sums->list, most * sizeof(*list));
	*count = 0;
	if (!list)
		return NULL;
	sums->list = list;
	for (int by = 0; by < UH_COUNTED_BY; by++)
		for (struct entry *entry = sums->entries[by]; entry; entry = entry->hh.next)
			if (entry->sum.connections)
				list[(*count)++] = &entry->sum;
	qsort(list, *count, sizeof(*list), compare);
	return list;
}
