/* SPDX-License-Identifier: MIT */
/*
 * table.h: the routes as one immutable image without pointers, searched in place.
 *
 * The image is the same in anonymous memory and in a mapped file: offsets from its start, fixed
 * widths, a byte-order mark, a checksum. A look-up costs one hash probe for each distinct
 * prefix length that the routes use, and a binary search among the port segments of one
 * address; the number of routes does not enter.
 *
 *   header | prefix lengths | beginnings of addresses | slots (hash index) | nodes | segments |
 *   cells | routes | targets | conditions | users | sources | texts
 *
 * beginnings: a bit for each first 16 bits of an address that any route can hold
 * node:    one (prefix length, address), or one name by its key; owns a run of segments. Or a
 *          stand-in address, which leads to its name
 * segment: the ports from .first up to the next segment's .first; its candidates are a list of
 * cells cell:    a route and the next, less specific, cell of the same node (lists share their
 * tails)
 * source:  a file or directory that the configuration was read from, as it was then
 */
#ifndef UH_TABLE_H
#define UH_TABLE_H

#include <sys/types.h>

#include "route.h"
#include "base/file_stamp.h"

#define UH_NONE UINT32_MAX    /* no index */
#define UH_COMPILE_LIMIT 1000 /* ms; compile_limit's default */

struct uh_table; /* the image's header; the fields stay in src/core */

/* One route in the image. Text fields are offsets for uh_table_text. */
struct uh_table_route {
	uint64_t id;		   /* of what it is for: the same in every table, and never 0 */
	uint32_t text, file, line; /* the destination as written, and where: file and line */
	uint32_t target, targets;  /* first target and how many */
	uint32_t programs;	   /* condition index for uh_self.programs, or UH_NONE */
	uint32_t users, user_count;
	uint32_t peers, peer_count; /* who may run a Unix target: items of the same section */
	uint8_t protocol, on_failure, proxy_protocol;
	uint8_t unused;
	uint32_t unused_too;
};

/* One target in the image. path is an offset of path_length bytes. */
struct uh_table_target {
	struct uh_address address;
	uint32_t scope_id;
	uint32_t path;
	uint16_t port;
	uint8_t kind, path_length;
};

/* A network of either family, as routes have them. */
struct uh_prefix {
	struct uh_address address;
	uint32_t prefix_length;
};

/* The longest prefixes that leave room for stand-in addresses. */
#define UH_POOL_MAX_V4 (UH_V4_PREFIX + 24)
#define UH_POOL_MAX_V6 96

enum uh_family { UH_IPV4, UH_IPV6, UH_FAMILIES };

/* The settings of the configuration that the preload object itself needs. */
struct uh_table_settings {
	struct uh_prefix stand_in[UH_FAMILIES]; /* where stand-in addresses come from */
	uint32_t log_to;			/* text: "journal", "stderr" or a path */
	uint32_t publics;  /* text: addresses that are this host's elsewhere, blanks between */
	int32_t log_level; /* enum uh_log_level (log_level.h) */
	uint32_t backlog_wait_ms; /* how long a blocking connect waits for a full backlog */
	uint32_t backlog_wait_nonblocking_ms;
	uint32_t retry_after_ms;   /* how long a target rests that did not answer, at first */
	uint32_t retry_limit_ms;   /* and at most */
	uint32_t log_limit;	   /* lines of a process in ten seconds; 0: no limit */
	uint32_t stats;		   /* not 0: connections are counted */
	uint32_t compile_limit_ms; /* how long a program waits for the compiler of routes */
	uint32_t write_cache;	/* not 0: a compiler that root starts leaves the cache behind */
	uint32_t inline_routes; /* text: those of UNHAIRPIN_ROUTES in it */
};

enum uh_source_kind {
	UH_SOURCE_MAIN,	 /* the configuration file itself; at most one */
	UH_SOURCE_FILE,	 /* one that it includes */
	UH_SOURCE_OTHER, /* what need not be trusted: a directory that was searched, /etc/passwd
			  */
};

/* What a table depends on. path is a text. */
struct uh_table_source {
	struct uh_stamp stamp;
	uint32_t path;
	uint32_t kind;
};

/*
 * Who asks. matches_programs[i / 8] >> (i % 8) & 1 says whether condition i is true of this
 * program. Where a function below takes one, NULL stands for somebody whom every condition is
 * true of.
 */
struct uh_self {
	const unsigned char *matches_programs;
	uid_t (*effective_user)(void); /* asked only when a candidate has users; geteuid(2) */
};

/*
 * Returns an image of size bytes as a table, or NULL with errno EINVAL when it may not be
 * searched: another version or byte order, another size than the header says, a section that
 * does not lie in the image, or damage. Damage is looked for where look-ups depend on it (the
 * front: header, prefix lengths, beginnings), and in an image of up to 256 KiB everywhere; what
 * is damaged behind the front of a larger one is never read beyond the image, and counts as no
 * match where it shows. The table lives as long as the image does. Async-signal-safe.
 */
const struct uh_table *uh_table_open(const void *image, size_t size);

/*
 * The bytes of the image that the first size bytes begin with, or 0 if they are none of this
 * version, or not all of it. Async-signal-safe.
 */
size_t uh_image_size(const void *bytes, size_t size);

/* True when no byte of the table's image is damaged; reads all of them. Async-signal-safe. */
bool uh_table_sound(const struct uh_table *table);

/*
 * The most specific route for a connection, or NULL when none matches. protocol is UH_TCP or
 * UH_UDP. A stand-in address is looked up as its name. A route to "direct" is returned like any
 * other. Async-signal-safe: no lock, no
 * allocation, no system call but self->effective_user.
 */
const struct uh_table_route *uh_table_find(const struct uh_table *table,
					   const struct uh_endpoint *destination,
					   enum uh_protocol protocol,
					   const struct uh_self *self);

/*
 * True when a connection is not libc's own business: a route is for it, or it asks for a
 * stand-in address, whether any route knows that or not. Async-signal-safe.
 */
bool uh_table_concerns(const struct uh_table *table, const struct uh_endpoint *destination,
		       enum uh_protocol protocol, const struct uh_self *self);

/*
 * Like uh_table_find, but gives every matching route, the winner first, then those it shadows
 * in falling specificity: at most max of them into route[]. Returns how many match in all. With
 * self NULL all programs and users are taken as matching. name, where it is not NULL, is a
 * canonical name (hostname.h) to look up in the address's place.
 */
size_t uh_table_find_all(const struct uh_table *table, const char *name,
			 const struct uh_endpoint *destination, enum uh_protocol protocol,
			 const struct uh_self *self, const struct uh_table_route **route,
			 size_t max);

/*
 * What the table was made from. uh_table_source gives the i-th, its path by uh_table_text, or
 * NULL when it is damaged. Async-signal-safe.
 */
uint32_t uh_table_sources(const struct uh_table *table);
const struct uh_table_source *uh_table_source(const struct uh_table *table, uint32_t i);

/*
 * A bit for each value of an address's first 16 bits: 1 where some route can hold such an
 * address. Most connections of a program are to networks without any route, and end here. One
 * set for IPv4, one for IPv6 behind it. An image has eight bytes of a set at a time, and those
 * with a 1 alone.
 */
#define UH_PREFILTER_SET 8192u /* bytes */
#define UH_PREFILTER_WORDS (2 * (UH_PREFILTER_SET / sizeof(uint64_t)))

struct uh_prefilter_word {
	unsigned char byte[sizeof(uint64_t)];
	uint32_t word; /* which of UH_PREFILTER_WORDS; rises from one to the next */
	uint32_t unused;
};

/* All of them, *count many. Async-signal-safe. */
const struct uh_prefilter_word *uh_table_prefilter(const struct uh_table *table,
						   uint32_t *count);

/* The first 16 bits of an address, as a number; those of an IPv4 address are its own. */
static inline uint32_t uh_prefilter_bit(const struct uh_address *address)
{
	const unsigned char *first = address->byte + (uh_address_is_v4(address) ? 12 : 0);

	return (uint32_t)first[0] << 8 | first[1];
}

/* Where the set of the address's family begins. */
static inline uint32_t uh_prefilter_offset(const struct uh_address *address)
{
	return uh_address_is_v4(address) ? 0 : UH_PREFILTER_SET;
}

/* The bytes of the image. */
size_t uh_table_size(const struct uh_table *table);

/* The i-th target (0 to route->targets - 1) of a route. Async-signal-safe. */
const struct uh_table_target *uh_table_target(const struct uh_table *table,
					      const struct uh_table_route *route, uint32_t i);

/* True for a route to "direct", which is always its only target, and for none (NULL): the
 * connection goes where it asks to. Async-signal-safe. */
static inline bool uh_table_goes_direct(const struct uh_table *table,
					const struct uh_table_route *route)
{
	return !route || uh_table_target(table, route, 0)->kind == UH_TARGET_DIRECT;
}

/* The i-th route (0 to uh_table_routes - 1), most specific first; NULL for UH_NONE, or when it
 * is damaged. Async-signal-safe. */
const struct uh_table_route *uh_table_route(const struct uh_table *table, uint32_t i);

/* The route's peer_count users of whom one must run a Unix target. Async-signal-safe. */
const struct uh_user *uh_table_peers(const struct uh_table *table,
				     const struct uh_table_route *route);

/* The NUL-ended text at offset. Async-signal-safe. */
const char *uh_table_text(const struct uh_table *table, uint32_t offset);

/* The bytes of a Unix target's path (path_length of them, see struct uh_target). */
const char *uh_table_path(const struct uh_table *table, const struct uh_table_target *target);

/* The settings. Async-signal-safe. */
const struct uh_table_settings *uh_table_settings(const struct uh_table *table);

/*
 * Writes what a route is for, as people call it, into text of size bytes, cut where it is
 * longer: the destination as written, then the protocol if it is not tcp, and the conditions.
 * Async-signal-safe.
 */
void uh_table_describe(const struct uh_table *table, const struct uh_table_route *route,
		       char *text, size_t size);

/* How many routes and program conditions there are. Async-signal-safe. */
uint32_t uh_table_routes(const struct uh_table *table);
uint32_t uh_table_conditions(const struct uh_table *table);

/*
 * Decides all program conditions for an executable: sets or clears bit i of verdict (which
 * holds (conditions + 7) / 8 bytes) for each. A condition is a list of globs (glob_match.h) on
 * the executable's path or its last component; "!glob" excludes; a list of exclusions alone
 * matches all the others. Not async-signal-safe; done once, when the table is taken into use.
 */
void uh_table_judge_programs(const struct uh_table *table, const char *executable,
			     unsigned char *verdict);

#endif
