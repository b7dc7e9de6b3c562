/* SPDX-License-Identifier: MIT */
/* kernel_canary_rows.c: the canary's routes as rows. */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "build/builder.h"
#include "build/route_text.h"
#include "kernel_canary.h"

#define PORT(port) NUMBER(port)
#define NUMBER(port) ":" #port

static const struct {
	const char *destination, *target;
} routes[] = {
    {UH_CANARY_IPV4 PORT(UH_CANARY_ASKED_PORT),
     UH_CANARY_TARGET_IPV4 PORT(UH_CANARY_TARGET_PORT)},
    {"[" UH_CANARY_IPV6 "]" PORT(UH_CANARY_ASKED_PORT),
     "[" UH_CANARY_TARGET_IPV6 "]" PORT(UH_CANARY_TARGET_PORT)},
};

static bool add_routes(struct uh_builder *builder)
{
	char why[UH_WHY];

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		struct uh_target target;
		struct uh_route route = {
		    .protocol = UH_ANY,
		    .on_failure = UH_ORIGINAL,
		    .target = &target,
		    .targets = 1,
		    .text = routes[i].destination,
		};

		errno = EINVAL;
		if (!uh_destination_parse(route.text, &route.destination, why) ||
		    !uh_target_parse(routes[i].target, &target, why) ||
		    uh_builder_add(builder, &route, false) != 0)
			return false;
	}
	return true;
}

/* There is nothing to report: the routes are correct. */
static void ignore_fault(void *context, const struct uh_fault *fault)
{
	(void)context, (void)fault;
}

bool uh_kernel_canary_rows(struct uh_rows *rows)
{
	const struct uh_fault_reporter report = {ignore_fault, NULL};
	const struct uh_flatten_origin origin = {.file = NULL};
	struct uh_builder *builder = uh_builder_new(&report);
	void *image = NULL;
	const struct uh_table *table = NULL;
	size_t size;
	bool good;

	if (builder && add_routes(builder))
		image = uh_builder_finish(builder, &size);
	if (image)
		table = uh_table_open(image, size);
	good = table && uh_flatten(table, &origin, rows);
	uh_builder_free(builder);
	if (image)
		munmap(image, size);
	return good;
}
