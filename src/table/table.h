/* SPDX-License-Identifier: MIT */
/*
 * table.h: the routes as one immutable image (image.h), searched in place.
 *
 * A look-up costs one hash probe for each distinct prefix length among the routes, and a binary
 * search among the port segments of one address. The number of routes does not matter.
 */
#ifndef UH_TABLE_H
#define UH_TABLE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "route.h"

#define UH_COMPILE_LIMIT 1000 /* ms: the default of compile_limit */

/*
 * The program on whose behalf the table is searched. matches_programs[i / 8] >> (i % 8) & 1
 * tells if condition i holds for it. The functions below take a NULL uh_self as a program for
 * which every condition holds.
 */
struct uh_self {
	const unsigned char *matches_programs;
	uid_t (*effective_user)(void); /* called only if a candidate has users; geteuid(2) */
	atomic_bool off; /* no route applies (uh_table_is_off); stand-ins are still known */
};

/*
 * Checks an image of size bytes and returns it as a table, or NULL with errno EINVAL if it must
 * not be searched: another version or byte order, a size other than the header says, a section
 * outside of the image, or damage. The checksum of the front (header, prefix lengths,
 * prefilter), on which look-ups rely, is always verified; in an image of up to 256 KiB the
 * checksum of the rest is verified as well. In a larger image, look-ups check each index behind
 * the front: damage never leads them out of the image, and a damaged item counts as no match.
 * The table lives as long as the image. Async-signal-safe.
 */
const struct uh_table *uh_table_open(const void *image, size_t size);

/*
 * Returns the size of the image at the beginning of bytes, or 0 if there is no complete image
 * of this version. Async-signal-safe.
 */
size_t uh_image_size(const void *bytes, size_t size);

/* True if both checksums are right; reads the whole image. Async-signal-safe. */
bool uh_table_sound(const struct uh_table *table);

/*
 * Finds the most specific route for a connection; NULL if none matches. protocol is UH_TCP or
 * UH_UDP. A stand-in address is looked up as its name. A route to "direct" is returned like any
 * other. Async-signal-safe: no lock, no allocation, no system call except self->effective_user.
 */
const struct uh_table_route *uh_table_find(const struct uh_table *table,
					   const struct uh_endpoint *destination,
					   enum uh_protocol protocol,
					   const struct uh_self *self);

/*
 * True if a connection must not be left to libc: a route matches, or the destination is an
 * address of the stand-in network, even if no route knows the stand-in. Sets *route to what
 * uh_table_find returns. With UH_ANY that is the route for a socket of either protocol, unless
 * its own protocol is the other one: then the caller searches again. Async-signal-safe.
 */
bool uh_table_concerns(const struct uh_table *table, const struct uh_endpoint *destination,
		       enum uh_protocol protocol, const struct uh_self *self,
		       const struct uh_table_route **route);

/*
 * Finds all matching routes: the winner first, then the routes that it shadows, in falling
 * specificity. Writes at most max of them into route[], and returns how many match in all. If
 * name is not NULL, it is a canonical name (hostname.h) to look up in place of the address.
 * Async-signal-safe.
 */
size_t uh_table_find_all(const struct uh_table *table, const char *name,
			 const struct uh_endpoint *destination, enum uh_protocol protocol,
			 const struct uh_self *self, const struct uh_table_route **route,
			 size_t max);

/*
 * The files and directories that the table was made from: their number, and the i-th, or NULL
 * if it is damaged. uh_table_text gives its path. Async-signal-safe.
 */
uint32_t uh_table_sources(const struct uh_table *table);
const struct uh_table_source *uh_table_source(const struct uh_table *table, uint32_t i);

/* Returns the words that are not zero, *count of them. Async-signal-safe. */
const struct uh_prefilter_word *uh_table_prefilter(const struct uh_table *table,
						   uint32_t *count);

/*
 * Returns the first 16 bits of an address as a number; of an IPv4 address its own first 16
 * bits.
 */
static inline uint32_t uh_prefilter_bit(const struct uh_address *address)
{
	const unsigned char *first = address->byte + (uh_address_is_v4(address) ? 12 : 0);

	return (uint32_t)first[0] << 8 | first[1];
}

/* Returns the offset of the set for the address's family, in bytes. */
static inline uint32_t uh_prefilter_offset(const struct uh_address *address)
{
	return uh_address_is_v4(address) ? 0 : UH_PREFILTER_SET;
}

/* The bytes of the image. */
size_t uh_table_size(const struct uh_table *table);

/* Returns the i-th target (0 to route->targets - 1) of a route. Async-signal-safe. */
const struct uh_table_target *uh_table_target(const struct uh_table *table,
					      const struct uh_table_route *route, uint32_t i);

/*
 * True if the connection goes to its original address: the route is NULL, or leads to "direct",
 * which is always a route's only target. Async-signal-safe.
 */
static inline bool uh_table_goes_direct(const struct uh_table *table,
					const struct uh_table_route *route)
{
	return !route || uh_table_target(table, route, 0)->kind == UH_TARGET_DIRECT;
}

/*
 * True if the route, which may be NULL, leads to "refuse", which is always a route's only
 * target. Its on_failure is UH_REFUSE. Async-signal-safe.
 */
static inline bool uh_table_refuses(const struct uh_table *table,
				    const struct uh_table_route *route)
{
	return route && uh_table_target(table, route, 0)->kind == UH_TARGET_REFUSE;
}

/*
 * Returns the i-th route (0 to uh_table_routes - 1), most specific first; NULL for UH_NONE, or
 * if the route is damaged. Async-signal-safe.
 */
const struct uh_table_route *uh_table_route(const struct uh_table *table, uint32_t i);

/*
 * Returns the route's peer_count users, one of whom must run its Unix target.
 * Async-signal-safe.
 */
const struct uh_user *uh_table_peers(const struct uh_table *table,
				     const struct uh_table_route *route);

/*
 * Returns the route's user_count users, or NULL if they are damaged. Async-signal-safe.
 */
const struct uh_user *uh_table_users(const struct uh_table *table,
				     const struct uh_table_route *route);

/* Returns the NUL-terminated text at offset. Async-signal-safe. */
const char *uh_table_text(const struct uh_table *table, uint32_t offset);

/*
 * Returns the template of a Unix target's path (path_template.h): path_length bytes.
 * Async-signal-safe.
 */
const char *uh_table_template(const struct uh_table *table,
			      const struct uh_table_target *target);

/*
 * Writes the path of a Unix target for a connection to asked into path (UH_PATH_MAX + 1 bytes),
 * with a NUL behind it. Returns its length without that NUL. The first byte of an abstract name
 * is a NUL. Async-signal-safe.
 */
size_t uh_table_path(const struct uh_table *table, const struct uh_table_target *target,
		     const struct uh_endpoint *asked, char *path);

/*
 * Copies a target of the table. A Unix target has the path for a connection to asked, or its
 * template if asked is NULL. Async-signal-safe.
 */
void uh_table_copy_target(const struct uh_table *table, const struct uh_table_target *from,
			  const struct uh_endpoint *asked, struct uh_target *to);

/* Returns the settings. Async-signal-safe. */
const struct uh_table_settings *uh_table_settings(const struct uh_table *table);

/*
 * Writes what a route matches into text of size bytes: the destination as written, the protocol
 * unless it is tcp, and the conditions. A longer text is cut. Async-signal-safe.
 */
void uh_table_describe(const struct uh_table *table, const struct uh_table_route *route,
		       char *text, size_t size);

/*
 * Writes a target as the configuration states it into text of size bytes: "unix:" and the
 * template, an address with or without a port, "direct" or "refuse". A longer text is cut.
 * Async-signal-safe.
 */
void uh_table_describe_target(const struct uh_table *table,
			      const struct uh_table_target *target, char *text, size_t size);

/* The number of routes and of program conditions. Async-signal-safe. */
uint32_t uh_table_routes(const struct uh_table *table);
uint32_t uh_table_conditions(const struct uh_table *table);

/*
 * Decides every program condition for an executable, in one pass, so that connect() never
 * matches a glob: sets or clears bit i of verdict ((conditions + 7) / 8 bytes) for condition i.
 * A condition is a list of globs (glob_match.h) on the executable's path or its last component;
 * "!glob" excludes; a list of exclusions alone matches all other programs. Not
 * async-signal-safe.
 */
void uh_table_judge_programs(const struct uh_table *table, const char *executable,
			     unsigned char *verdict);

#endif
