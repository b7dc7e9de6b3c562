/* SPDX-License-Identifier: MIT */
/* put_table.c: puts rows into the kernel, and takes the counts along. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash_map.h"
#include "command/attached/attachments.h"
#include "put_table.h"

/* The counters of a route in mapped rows. */
struct counters {
	uint64_t id;
	struct uh_count_row *count;
	UT_hash_handle hh;
};

static struct uh_rows map_rows(int fd, size_t rows)
{
	void *map =
	    mmap(NULL, rows * sizeof(union uh_row), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return (struct uh_rows){0};
	return (struct uh_rows){map, rows};
}

static void unmap_rows(struct uh_rows *rows)
{
	if (rows->row)
		munmap(rows->row, rows->count * sizeof(*rows->row));
}

/* Makes a map with these rows. Returns a descriptor, or -1 with errno. */
static int make_map(const struct uh_rows *rows, struct uh_rows *mapped)
{
	const struct bpf_map_create_opts options = {
	    .sz = sizeof(options), .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP};
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "uh_rows", sizeof(uint32_t),
				sizeof(*rows->row), (uint32_t)rows->count, &options);

	if (fd < 0)
		return -1;
	*mapped = map_rows(fd, rows->count);
	if (!mapped->row) {
		close(fd);
		return -1;
	}
	memcpy(mapped->row, rows->row, rows->count * sizeof(*rows->row));
	return fd;
}

static void add(uint64_t *to, uint64_t count)
{
	__atomic_fetch_add(to, count, __ATOMIC_RELAXED);
}

/* Adds the counts of one set of rows to the same routes of the other. Best effort: without
 * memory the counts begin anew. */
static void carry_counts(const struct uh_rows *from, const struct uh_rows *to)
{
	const struct uh_header_row *old = &from->row->header, *new = &to->row->header;
	struct counters *entries = calloc(new->routes + 1, sizeof(*entries));
	struct counters *map = NULL, *entry;

	for (uint32_t i = 0; entries && i < new->routes; i++) {
		entries[i].id = to->row[new->route + 2 * i + 1].route.id;
		entries[i].count = &to->row[new->route + 2 * i].count;
		HASH_ADD(hh, map, id, sizeof(entries[i].id), &entries[i]);
	}
	for (uint32_t i = 0; map && i < old->routes; i++) {
		const struct uh_count_row *count = &from->row[old->route + 2 * i].count;

		HASH_FIND(hh, map, &from->row[old->route + 2 * i + 1].route.id,
			  sizeof(uint64_t), entry);
		if (!entry)
			continue;
		add(&entry->count->routed, count->routed);
		add(&entry->count->unanswered, count->unanswered);
		add(&entry->count->failed, count->failed);
		add(&entry->count->datagrams, count->datagrams);
	}
	HASH_CLEAR(hh, map);
	free(entries);
}

/*
 * The update returns when no program uses the old rows any more: a change of a map of maps
 * waits for an RCU grace period (maybe_wait_bpf_programs() in linux/kernel/bpf/syscall.c).
 */
bool uh_kernel_table_put(int table, const struct uh_rows *rows)
{
	struct uh_attached_table old;
	struct uh_rows new;
	uint32_t slot = 0, value;
	int fd = make_map(rows, &new), result, error;

	if (fd < 0)
		return false;
	uh_attached_table_map(table, false, &old); /* without rows on failure */
	value = (uint32_t)fd;
	result = bpf_map_update_elem(table, &slot, &value, BPF_ANY);
	error = errno;
	if (result == 0 && old.rows.row)
		carry_counts(&old.rows, &new);
	uh_attached_table_close(&old);
	unmap_rows(&new);
	close(fd);
	errno = error;
	return result == 0;
}

bool uh_kernel_table_clear(int table)
{
	uint32_t slot = 0;

	return bpf_map_delete_elem(table, &slot) == 0 || errno == ENOENT;
}
