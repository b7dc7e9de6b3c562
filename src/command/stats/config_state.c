/* SPDX-License-Identifier: MIT */
/* config_state.c: reads the configuration, and hashes its text files. */
#include "config_state.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "config/parse_config.h"
#include "load/cache.h"

/* FNV-1a. Prometheus keeps numbers as doubles, which hold 48 bits exactly. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)
#define HASH_BITS 48

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * HASH_PRIME;
	return hash;
}

/* Adds the path, with its NUL, and the content. A file that cannot be read adds its path. */
static uint64_t hash_file(uint64_t hash, const char *path)
{
	FILE *file = fopen(path, "re");
	char part[4096];
	size_t size;

	hash = hash_bytes(hash, path, strlen(path) + 1);
	while (file && (size = fread(part, 1, sizeof(part), file)) > 0)
		hash = hash_bytes(hash, part, size);
	if (file)
		fclose(file);
	return hash;
}

static uint64_t hash_sources(const struct uh_table *table)
{
	uint64_t hash = HASH_START;

	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);

		if (source &&
		    (source->kind == UH_SOURCE_MAIN || source->kind == UH_SOURCE_FILE))
			hash = hash_file(hash, uh_table_text(table, source->path));
	}
	return (hash ^ hash >> HASH_BITS) & ((UINT64_C(1) << HASH_BITS) - 1);
}

static void take(struct uh_config_state *state, const struct uh_table *table)
{
	state->hash = hash_sources(table);
	state->routes = state->good ? uh_table_routes(table) : 0;
}

static void ignore_fault(void *context, const struct uh_fault *fault)
{
	(void)context, (void)fault;
}

static void parse(struct uh_config_state *state, const struct uh_table_request *source,
		  const struct uh_origin *origin)
{
	bool faulty = false;
	const struct uh_parse_request request = {
	    .file = origin->file,
	    .optional = source->optional,
	    .check_owner = true,
	    .faulty = &faulty,
	    .report = {ignore_fault, NULL},
	};
	size_t size;
	void *image = uh_parse_config(&request, &size);

	if (!image)
		return;
	state->good = !faulty;
	take(state, uh_table_open(image, size));
	munmap(image, size);
}

bool uh_config_state_read(struct uh_config_state *state)
{
	struct uh_table_request source = {.file = NULL};
	struct uh_origin origin;
	struct uh_cache cache;
	struct stat status;
	char path[PATH_MAX];

	*state = (struct uh_config_state){.good = false};
	if (!uh_table_request_default(&source))
		return false;
	uh_table_request_origin(&source, &origin);
	state->off = uh_routes_are_off(origin.file, path);
	if (!origin.file || !uh_cache_path(origin.file, path, sizeof(path))) {
		parse(state, &source, &origin);
		return true;
	}
	if (stat(path, &status) == 0)
		state->compiled = (uint64_t)status.st_mtime;
	state->good = uh_cache_map(path, &origin, &cache) == UH_CACHE_FRESH;
	if (state->good)
		take(state, cache.table);
	uh_cache_unmap(&cache);
	if (!state->good)
		parse(state, &source, &origin);
	return true;
}

static void put(FILE *out, const char *name, const char *help, uint64_t value)
{
	fprintf(out, "# HELP unhairpin_%s %s\n# TYPE unhairpin_%s gauge\n", name, help, name);
	fprintf(out, "unhairpin_%s %" PRIu64 "\n", name, value);
}

void uh_config_state_prometheus(FILE *out, const struct uh_config_state *state)
{
	put(out, "config_hash",
	    "A number of the text files of the configuration as they are now: equal on hosts "
	    "with the same files.",
	    state->hash);
	put(out, "last_reload_success",
	    "Whether the text of the configuration has no faults: 1 or 0. With faults, older "
	    "routes are in use.",
	    state->good);
	if (state->compiled)
		put(out, "last_reload_success_timestamp_seconds",
		    "When the configuration was last compiled, in seconds since 1970.",
		    state->compiled);
	put(out, "routes", "The routes of the configuration; 0 if it has faults.",
	    state->routes);
	put(out, "switched_off", "Whether unhairpin.off switches the routes off: 1 or 0.",
	    state->off);
}
