/* SPDX-License-Identifier: MIT */
/*
 * image.h: the bytes of a table image, which the builder writes and look-ups read.
 *
 * The image has no pointers: it has offsets from its start, fixed widths, a mark for the byte
 * order, and checksums. So it is the same in anonymous memory and in a mapped file.
 *
 *    header | prefix lengths | prefilter | slots (hash index) | nodes | segments | cells |
 *    routes | targets | conditions | users | sources | texts
 *
 *  prefilter: a bit for each value of an address's first 16 bits that a route can match
 *  node:      one (prefix length, address), or one name by its key, with a run of segments;
 *             or a stand-in address, which refers to its name
 *  segment:   the ports from .first up to the next segment's .first, with a list of cells
 *  cell:      a route, and the next, less specific, cell of the same node (lists share tails)
 *  source:    a file or directory that the routes were read from, with its state at that time
 */
#ifndef UH_IMAGE_H
#define UH_IMAGE_H

#include "base/address.h"
#include "base/file_stamp.h"

#define UH_IMAGE_MARK "UNHAIRPN" /* eight bytes, no NUL */
#define UH_IMAGE_VERSION 9u
#define UH_IMAGE_ORDER 0x01020304u /* another number on a machine of the other byte order */
#define UH_IMAGE_ALIGN 32u	   /* bytes of a line; front and image consist of whole lines */
#define UH_IMAGE_SMALL ((size_t)256 * 1024) /* up to here opening verifies all: 20 µs */

#define UH_NONE UINT32_MAX /* no index */

enum uh_section {
	UH_LENGTHS,   /* uint8_t: the distinct prefix lengths, falling */
	UH_PREFILTER, /* struct uh_prefilter_word */
	UH_SLOTS, /* struct uh_index_slot: open addressing, a power of two, at most half full */
	UH_NODES, /* struct uh_node */
	UH_SEGMENTS,   /* struct uh_segment */
	UH_CELLS,      /* struct uh_cell */
	UH_ROUTES,     /* struct uh_table_route, in falling specificity over the whole table */
	UH_TARGETS,    /* struct uh_table_target */
	UH_CONDITIONS, /* struct uh_condition */
	UH_USERS,      /* struct uh_user */
	UH_SOURCES,    /* struct uh_table_source */
	UH_TEXTS,      /* char: texts with their NULs, and the templates of Unix paths */
	UH_SECTIONS,
};

/* A section: its offset in bytes from the image's start, and its number of items. */
struct uh_span {
	uint32_t offset, count;
};

/*
 * The prefilter: one bit for each value of an address's first 16 bits, 1 if some route can
 * match such an address. Most connections of a program go to networks without any route and end
 * here. There are two sets, IPv4 first, then IPv6. The image holds them in words of eight
 * bytes, and only words that are not zero.
 */
#define UH_PREFILTER_SET 8192u /* bytes */
#define UH_PREFILTER_WORDS (2 * (UH_PREFILTER_SET / sizeof(uint64_t)))

struct uh_prefilter_word {
	unsigned char byte[sizeof(uint64_t)];
	uint32_t index; /* of the word, below UH_PREFILTER_WORDS; rises from item to item */
	uint32_t unused;
};

/*
 * A slot of the hash index. tag holds hash bits that did not choose the slot, so that a probe
 * seldom needs to read a node that is another one.
 */
struct uh_index_slot {
	uint32_t tag;
	uint32_t node; /* UH_NONE: the slot is free */
};

/*
 * One (prefix length, address) and its segments. A name has its key as the address, a prefix
 * length as in struct uh_destination, and its text, with "*." if it is a wildcard. A stand-in
 * has its name as text, and no segments.
 */
struct uh_node {
	struct uh_address address;
	uint32_t segment, segments;
	uint32_t prefix_length;
	uint32_t text; /* the name, or UH_NONE */
};

/*
 * Prefix lengths of names, which are more specific than those of addresses, 0 to 128 (of IPv4
 * 96 to 128): of a wildcard, and of an exact name.
 */
#define UH_WILDCARD_NAME 128 /* plus the number of labels behind "*.", 1 to 126 */
#define UH_EXACT_NAME 255

/* The prefix lengths of a stand-in node: of an exact name, and of a wildcard's block. */
#define UH_STAND_IN 256u
#define UH_STAND_IN_BLOCK 257u

/*
 * The ports from first to the next segment's first. The node's m segments are the leaves, at
 * positions m to 2m - 1, of a binary tree in which the parent of position p is p / 2; the inner
 * positions are 1 to m - 1. The routes for a port are the lists at the positions on the path
 * from its leaf up to 1. A range of ports is entered at no more than 2 log2(m) positions, so
 * overlapping ranges do not multiply.
 */
struct uh_segment {
	uint32_t first;
	uint32_t leaf;	/* the list of cells at position m + i, or UH_NONE */
	uint32_t inner; /* the list of cells at position i (none at 0), or UH_NONE */
};

/*
 * A cell of a list of routes. Along the list the routes' index rises, so their specificity
 * falls, and the cells' own index falls.
 */
struct uh_cell {
	uint32_t route;
	uint32_t next; /* or UH_NONE */
};

/* A list of program globs: count texts, each behind the one before. */
struct uh_condition {
	uint32_t text, count;
};

/* Which sockets a route is for: a set of bits. */
enum uh_protocol { UH_TCP = 1, UH_UDP = 2, UH_ANY = 3 };

/* The fallback if no target answers: connect to the original address, or fail. */
enum uh_on_failure { UH_ORIGINAL, UH_REFUSE };

/* The form of the PROXY protocol header that a Unix target is sent first. */
enum uh_proxy_protocol { UH_PROXY_OFF, UH_PROXY_V1, UH_PROXY_V2 };

enum uh_target_kind { UH_TARGET_IP, UH_TARGET_UNIX, UH_TARGET_DIRECT, UH_TARGET_REFUSE };

#define UH_PATH_MAX 107 /* bytes of a Unix socket path without its NUL: unix(7) */

/*
 * The most bytes of a template (path_template.h) whose path has UH_PATH_MAX: a pair of bytes,
 * "%p", "%a" or "%%", becomes at least one byte.
 */
#define UH_TEMPLATE_MAX (2 * UH_PATH_MAX)

/* A route in the image. Texts are offsets for uh_table_text. */
struct uh_table_route {
	uint64_t id; /* identifies what the route matches: equal in every table, never 0 */
	uint32_t text, file, line; /* the destination as written, and its file and line */
	uint32_t target, targets;  /* index of the first target, and their number */
	uint32_t programs;	   /* index of the condition (uh_self), or UH_NONE */
	uint32_t users, user_count;
	uint32_t peers, peer_count; /* who may run a Unix target: also items of UH_USERS */
	uint8_t protocol, on_failure, proxy_protocol;
	uint8_t unused;
	uint32_t unused_too;
};

/* A target in the image. path is the offset of path_length bytes, a template. */
struct uh_table_target {
	struct uh_address address;
	uint32_t scope_id;
	uint32_t path;
	uint16_t port;
	uint8_t kind, path_length;
};

/* A user of a list, included or excluded. */
struct uh_user {
	uint32_t id;
	uint32_t excluded;
};

enum uh_source_kind {
	UH_SOURCE_MAIN,	 /* the main configuration file; at most one */
	UH_SOURCE_FILE,	 /* an included file */
	UH_SOURCE_OTHER, /* needs no trusted owner: a searched directory, /etc/passwd */
	UH_SOURCE_OFF, /* switches the routes off while it exists; has no stamp; exactly one */
};

/* A file or directory that the table depends on. path is a text. */
struct uh_table_source {
	struct uh_stamp stamp;
	uint32_t path;
	uint32_t kind;
};

/* A network of either family; IPv4 as in struct uh_destination. */
struct uh_prefix {
	struct uh_address address;
	uint32_t prefix_length;
};

/* The longest prefix that a network for stand-ins may have. */
#define UH_POOL_MAX_V4 (UH_V4_PREFIX + 24)
#define UH_POOL_MAX_V6 96

enum uh_family { UH_IPV4, UH_IPV6, UH_FAMILIES };

/* The settings that the preload object needs. */
struct uh_table_settings {
	struct uh_prefix stand_in[UH_FAMILIES]; /* the networks that stand-ins are taken from */
	uint32_t log_to;			/* text: "journal", "stderr" or a path */
	uint32_t publics;	  /* text: public addresses of this host, separated by blanks */
	int32_t log_level;	  /* enum uh_log_level (log_level.h) */
	uint32_t backlog_wait_ms; /* how long a blocking connect() waits for a full backlog */
	uint32_t backlog_wait_nonblocking_ms;
	uint32_t retry_after_ms; /* a target's first back-off after a failure */
	uint32_t retry_limit_ms; /* the longest back-off */
	uint32_t log_limit;	 /* lines that a process may log in ten seconds; 0: no limit */
	uint32_t stats;		 /* not 0: count connections */
	uint32_t compile_limit_ms; /* how long a program waits for unhairpin-compiler */
	uint32_t write_cache;	/* not 0: a compiler that runs as root also writes the cache */
	uint32_t inline_routes; /* text: the value of UNHAIRPIN_ROUTES */
};

/*
 * The header. The sections follow in the order of enum uh_section. The front is the header and
 * the sections before UH_SLOTS; look-ups rely on it. checksum covers the front from
 * checksum_all on, and checksum_all covers everything behind the front.
 */
struct uh_table {
	char mark[8];
	uint32_t version, byte_order;
	uint64_t size;
	uint64_t checksum;
	uint64_t checksum_all;
	uint32_t names; /* how many names have routes */
	struct uh_span section[UH_SECTIONS];
	struct uh_table_settings settings;
	uint8_t unused[28];
};

#endif
