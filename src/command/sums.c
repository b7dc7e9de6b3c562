/* SPDX-License-Identifier: MIT */
/* sums.c: reads users' files of counters, which are not trusted, and adds them up. */
#include "sums.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "hash.h"

struct entry {
	struct uh_sum sum; /* first, so that an entry is found from it */
	UT_hash_handle hh;
};

struct uh_sums {
	struct entry *entries;
	struct uh_sum **list;
};

struct uh_sums *uh_sums_new(void)
{
	return calloc(1, sizeof(struct uh_sums));
}

void uh_sums_free(struct uh_sums *sums)
{
	if (!sums)
		return;
	UH_HASH_FREE(sums->entries, free);
	free(sums->list);
	free(sums);
}

static struct entry *find(struct uh_sums *sums, const char *text)
{
	struct entry *entry;

	HASH_FIND_STR(sums->entries, text, entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	strcpy(entry->sum.text, text);
	HASH_ADD_STR(sums->entries, sum.text, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

/* A route that nobody has described has a number still. */
static void name_of(const struct uh_stats_slot *slot, char text[UH_STATS_TEXT + 1])
{
	if (slot->described)
		snprintf(text, UH_STATS_TEXT + 1, "%.*s", UH_STATS_TEXT, slot->text);
	else
		snprintf(text, UH_STATS_TEXT + 1, "route %016" PRIx64, slot->id);
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void add_failure(struct uh_sum *sum, uint64_t failure)
{
	int error = UH_STATS_ERROR(failure), i = 0;

	if (!failure)
		return;
	while (i < UH_SUM_ERRORS - 1 && sum->failure[i].count && sum->failure[i].error != error)
		i++;
	sum->failure[i].error = i < UH_SUM_ERRORS - 1 ? error : UH_STATS_OTHERS;
	sum->failure[i].count += UH_STATS_COUNT(failure);
	sum->failed += UH_STATS_COUNT(failure);
}

bool uh_sums_add(struct uh_sums *sums, const struct uh_stats_slot *slot)
{
	char text[UH_STATS_TEXT + 1];
	struct entry *entry;
	struct uh_sum *sum;

	if (!slot->id)
		return true;
	name_of(slot, text);
	entry = find(sums, text);
	if (!entry)
		return false;
	sum = &entry->sum;
	sum->connections += slot->connections;
	sum->fallbacks += slot->fallbacks;
	if (slot->last_used > sum->last_used)
		sum->last_used = slot->last_used;
	for (int i = 0; i < UH_STATS_ERRORS; i++)
		add_failure(sum, slot->failure[i]);
	return true;
}

void uh_sums_begin(struct uh_sums *sums)
{
	for (struct entry *entry = sums->entries; entry; entry = entry->hh.next) {
		struct uh_sum fresh = {.before = entry->sum.connections};

		memcpy(fresh.text, entry->sum.text, sizeof(fresh.text));
		entry->sum = fresh;
	}
}

/* A number without leading zeros is the name that a user's file has. */
static bool is_owners_name(const char *name, uid_t owner)
{
	char expected[16];

	snprintf(expected, sizeof(expected), "%u", (unsigned)owner);
	return strcmp(name, expected) == 0;
}

/* -1 for what is no file of counters. */
static int open_counters(int directory, const char *name, int flags)
{
	int fd =
	    openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == sizeof(struct uh_stats) && is_owners_name(name, status.st_uid))
		return fd;
	close(fd);
	return -1;
}

/* Copied, not mapped: its owner may cut it short at any time. */
static bool add_file(struct uh_sums *sums, int fd, struct uh_stats *room, uint64_t *unplaced)
{
	if (pread(fd, room, sizeof(*room), 0) != (ssize_t)sizeof(*room) ||
	    room->mark != UH_STATS_MARK)
		return true;
	*unplaced += room->unplaced;
	for (int i = 0; i < UH_STATS_SLOTS; i++)
		if (!uh_sums_add(sums, &room->slot[i]))
			return false;
	return true;
}

static DIR *open_directory(const char *directory)
{
	DIR *opened = opendir(directory);

	if (!opened)
		uh_error("%s: %s; nothing is counted without it: see unhairpin(1)", directory,
			 strerror(errno));
	return opened;
}

bool uh_sums_read(struct uh_sums *sums, const char *directory, uint64_t *unplaced)
{
	DIR *opened = open_directory(directory);
	struct uh_stats *room = opened ? malloc(sizeof(*room)) : NULL;
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

/* Over all but the mark. A count that is under way may be lost, or be the first of the new. */
static bool reset_file(int fd)
{
	static const struct uh_stats zero;
	const size_t from = offsetof(struct uh_stats, unplaced);

	return pwrite(fd, (const char *)&zero + from, sizeof(zero) - from, (off_t)from) ==
	       (ssize_t)(sizeof(zero) - from);
}

bool uh_sums_reset(const char *directory)
{
	DIR *opened = open_directory(directory);
	const struct dirent *file;
	bool good = opened;

	while (opened && (file = readdir(opened))) {
		int fd = open_counters(dirfd(opened), file->d_name, O_WRONLY);

		if (fd < 0)
			continue;
		if (!reset_file(fd)) {
			uh_error("%s/%s: %s", directory, file->d_name, strerror(errno));
			good = false;
		}
		close(fd);
	}
	if (opened)
		closedir(opened);
	return good;
}

static int compare(const void *a, const void *b)
{
	const struct uh_sum *first = *(struct uh_sum *const *)a;
	const struct uh_sum *second = *(struct uh_sum *const *)b;

	if (first->connections != second->connections)
		return first->connections > second->connections ? -1 : 1;
	return strcmp(first->text, second->text);
}

struct uh_sum *const *uh_sums_finish(struct uh_sums *sums, size_t *count)
{
	struct entry *entry;
	/* One more: realloc(0) may be NULL. */
	struct uh_sum **list =
	    realloc(sums->list, (HASH_COUNT(sums->entries) + 1) * sizeof(*list));

	*count = 0;
	if (!list)
		return NULL;
	sums->list = list;
	for (entry = sums->entries; entry; entry = entry->hh.next)
		if (entry->sum.connections)
			list[(*count)++] = &entry->sum;
	qsort(list, *count, sizeof(*list), compare);
	return list;
}
