/* SPDX-License-Identifier: MIT */
/*
 * specimen.h: an image with items in every section, a function that calls every look-up, and
 * one that damages an image.
 */
#ifndef UH_TEST_SPECIMEN_H
#define UH_TEST_SPECIMEN_H

#include "table/section.h"
#include "table/verify.h"
#include "table/name_answer.h"
#include "made.h"

static inline uid_t nobody(void)
{
	return 65534;
}

/* Makes an image with items in every section. */
static inline struct made *specimen(void)
{
	return MADE_OF(
	    {"203.0.113.1:443", "unix:/run/x unix:@n 192.0.2.7:80", .programs = {"a", "!b"}},
	    {"203.0.113.1:440-450", .users = {{1, 0}, {65534, 0}}, .user_count = 2},
	    {"203.0.113.1:445-460", "unix:/run/%a/%p"}, {"203.0.113.1"},
	    {"203.0.113.0/24", "direct"},
	    {"2001:db8::/32", "unix:/y", .users = {{1, 1}}, .user_count = 1,
	     .peers = {{0, 0}, {33, 0}}, .peer_count = 2},
	    {"[2001:db8::1]:80", .programs = {"/bin/*"}}, {"api.example.com:443"},
	    {"api.example.com:80", "192.0.2.9"}, {"*.svc.example.com", "192.0.2.9"},
	    {"www.example.com", "direct"}, {"mail.example.com", "refuse"});
}

/* Reads the description of each route, and the sources. */
static inline size_t read_all(const struct uh_table *table)
{
	char text[512];
	size_t found = 0;

	for (uint32_t i = 0; i < uh_table_routes(table) && i < 64; i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		if (route)
			uh_table_describe(table, route, text, sizeof(text));
		found += route ? strlen(text) : 0;
	}
	for (uint32_t i = 0; i < uh_table_sources(table) && i < 64; i++) {
		const struct uh_table_source *source = uh_table_source(table, i);

		found += source ? strlen(uh_table_text(table, source->path)) : 0;
	}
	return found;
}

/* Looks up a name, and the routes of its stand-in. */
static inline size_t ask_name(const struct uh_table *table, const char *name,
			      const struct uh_self *self)
{
	struct uh_answer answer = uh_table_answer(table, name, UH_ANY, self);
	struct uh_endpoint endpoint = {.port = 443};
	size_t found = answer.kind;

	for (int family = 0; family < UH_FAMILIES; family++) {
		const char *stands_for;

		endpoint.address = uh_table_stand_in(table, name, (enum uh_family)family, 0);
		stands_for = uh_table_stands_for(table, &endpoint.address);
		found += stands_for ? strlen(stands_for) : 0;
		found += uh_table_find(table, &endpoint, UH_TCP, self) != NULL;
	}
	return found;
}

/*
 * Calls every function that reads from a table. The results do not matter, but each call must
 * return.
 */
static inline size_t exercise(const struct uh_table *table)
{
	static const char *const address[] = {"203.0.113.1", "203.0.113.9", "2001:db8::1",
					      "::"};
	static const char *const names[] = {"api.example.com", "a.svc.example.com", "nowhere"};
	static const unsigned port[] = {0, 80, 443, 447, 455, 65535};
	unsigned char *verdict = calloc(1, uh_table_conditions(table) / 8 + 1);
	struct uh_self self = {verdict, nobody, false};
	const struct uh_table_route *route[16];
	size_t found = read_all(table);

	uh_table_judge_programs(table, "/bin/a", verdict);
	found += strlen(uh_table_text(table, uh_table_settings(table)->log_to));
	for (int i = 0; i < 4 * 6; i++) {
		struct uh_endpoint endpoint = made_endpoint(address[i / 6], port[i % 6]);
		size_t count =
		    uh_table_find_all(table, NULL, &endpoint, UH_TCP, &self, route, 16);

		for (size_t j = 0; j < count && j < 16; j++) {
			found += strlen(uh_table_text(table, route[j]->text));
			found += strlen(uh_table_text(table, route[j]->file));
			for (uint32_t k = 0; k < route[j]->peer_count; k++)
				found += uh_table_peers(table, route[j])[k].id;
			for (uint32_t k = 0; k < route[j]->targets; k++) {
				const struct uh_table_target *target =
				    uh_table_target(table, route[j], k);
				char path[UH_PATH_MAX + 1];

				if (target->kind == UH_TARGET_UNIX)
					found += uh_table_path(table, target, &endpoint, path);
			}
		}
	}
	for (int i = 0; i < 3; i++)
		found += ask_name(table, names[i], &self);
	free(verdict);
	return found;
}

static uint64_t random_state = 1;

static inline uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

/*
 * Writes one or two odd values into the header or behind the front, and seals the image again
 * if it still has a front.
 */
static inline void spoil(unsigned char *image, size_t size)
{
	static const uint32_t odd[] = {0, 1, 7, 127, 0x7fffffff, UH_NONE - 1, UH_NONE};
	size_t front = uh_image_front_size((const struct uh_table *)(const void *)image);

	for (uint32_t n = 1 + random_below(2); n > 0; n--) {
		bool in_header = random_below(4) == 0;
		size_t first = in_header ? offsetof(struct uh_table, section) : front;
		size_t last = in_header ? sizeof(struct uh_table) : size;
		size_t at = first + random_below((uint32_t)(last - first) / 4) * 4;
		uint32_t value = odd[random_below(7)];

		if (random_below(2))
			value = random_below((uint32_t)size);
		memcpy(image + at, &value, 4);
	}
	front = uh_image_front_size((const struct uh_table *)(const void *)image);
	if (front % UH_IMAGE_ALIGN == 0 && front <= size)
		uh_image_seal((struct uh_table *)(void *)image);
}

#endif
