/* SPDX-License-Identifier: MIT */
/*
 * kernel_table.h: the routes in the form that the kernel's programs (src/bpf) search.
 *
 * The table is one array of rows of 32 bytes, and a row is referred to by its index. Numbers
 * have the machine's byte order. Every address of both families lies in one interval, and every
 * port of an interval in one segment, so that two binary searches find the answer:
 *
 *    header | prefilter | intervals | segments | cells | targets | users | routes | texts
 *
 *  interval: the addresses up to the next interval's first, with a run of segments
 *  segment:  the ports up to the next segment's first, with a chain of cells for each protocol
 *  cell:     an answer for certain users, or for everyone; a chain is a run of cells
 *
 * Nothing in here depends on libc: the kernel's programs include it.
 */
#ifndef UH_KERNEL_TABLE_H
#define UH_KERNEL_TABLE_H

#include <stdint.h>

#define UH_KERNEL_TABLE_VERSION 1u

/* The rows of fixed places. */
#define UH_HEADER_ROW 0u
#define UH_ORIGIN_ROW 1u
#define UH_PREFILTER_ROW 2u
#define UH_PREFILTER_ROWS 512u /* 65,536 bits for each family */
#define UH_FIRST_INTERVAL_ROW (UH_PREFILTER_ROW + UH_PREFILTER_ROWS)

/* The most steps of a binary search, and the most cells of a chain: the kernel wants bounds. */
#define UH_SEARCH_STEPS 24u
#define UH_CHAIN_MAX 16u

/* The answer of a cell. */
enum uh_cell_action {
	UH_CELL_PASS,	/* to the original address */
	UH_CELL_TARGET, /* to the target */
	UH_CELL_FAIL,	/* the call fails with the cell's error */
};

/* The conditions of a target. Bits. */
enum uh_row_target_flags {
	UH_ON_LOOPBACK = 1, /* the address is this host's in every network name space */
	UH_ON_THIS_HOST =
	    2, /* the address is an interface's in the loader's network name space */
};

/*
 * The first of a run of rows that are sorted by key: an interval by its first address, a
 * segment by its first port (in low), a user by the id (in low). An address is its 16 bytes,
 * big-endian, as two numbers.
 */
struct uh_keyed_row {
	uint64_t high, low;
	union {
		struct {
			uint32_t segment, segments; /* of an interval */
		};
		struct {
			uint32_t tcp, udp; /* of a segment: the first cell, or 0 for no route */
		};
		uint32_t included; /* of a user: 0 if the cell is not for this user */
	};
	uint32_t unused[2];
};

struct uh_header_row {
	uint32_t version;
	uint32_t intervals;	/* from UH_FIRST_INTERVAL_ROW on */
	uint32_t route, routes; /* each has two rows */
	uint32_t text, text_bytes;
	uint32_t rows;
	uint32_t carried; /* how many of the routes the kernel carries */
};

/* The source of the table, which `kernel reload` reads again. */
struct uh_origin_row {
	uint64_t
	    network;	 /* cookie of the loader's network name space (SO_NETNS_COOKIE), or 0 */
	uint64_t loaded; /* seconds since 1970 */
	uint32_t file,
	    routes; /* text offsets: the configuration's path, and the routes beside it */
	uint32_t optional; /* 1: no fault if the file is missing */
	uint32_t unused;
};

struct uh_cell_row {
	uint32_t route;		 /* the route's counters, or 0 */
	uint32_t user, users;	 /* the sorted users; no users: the cell is for everyone */
	uint32_t ipv4, ipv6;	 /* the first target of each family, or 0 */
	uint8_t action;		 /* enum uh_cell_action */
	uint8_t includes_others; /* the users that are not listed are included */
	uint8_t ipv6_first;	 /* of the two targets the IPv6 one is the first */
	uint8_t asks;		 /* to the original address if nobody listens at the target */
	uint8_t has_next;	 /* the next row is the next cell of the chain */
	uint8_t unused;
	/* errno of UH_CELL_FAIL, and of UH_CELL_TARGET if no target is for the call; 0: the
	 * call goes to the original address then */
	uint16_t error;
	uint32_t unused_too;
};

struct uh_target_row {
	uint64_t high, low;
	uint16_t port;	/* 0 keeps the port that was asked for */
	uint16_t flags; /* enum uh_row_target_flags */
	uint32_t unused[3];
};

/* The counters of a route. The kernel's programs add to each atomically. */
struct uh_count_row {
	uint64_t routed;     /* connect() calls that went to the target */
	uint64_t unanswered; /* those left to the original address, because nobody listens */
	uint64_t failed;     /* those that the route "refuse" failed, and datagrams */
	uint64_t datagrams;  /* sendto() and sendmsg() that went to the target */
};

/* Behind the counters: the route. */
struct uh_route_row {
	uint64_t id;	     /* equal in every table (struct uh_table_route) */
	uint32_t text;	     /* text offset of the destination with protocol and conditions */
	uint32_t file, line; /* text offset of the file, and the line */
	uint32_t targets;    /* text offset of the targets, plus 1; 0 in an older table */
	uint32_t unused[2];
};

union uh_row {
	uint64_t word[4];
	struct uh_header_row header;
	struct uh_origin_row origin;
	struct uh_keyed_row keyed;
	struct uh_cell_row cell;
	struct uh_target_row target;
	struct uh_count_row count;
	struct uh_route_row route;
	char text[32];
};
_Static_assert(sizeof(union uh_row) == 32, "rows are indexed by the kernel");

#endif
