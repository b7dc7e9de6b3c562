/* SPDX-License-Identifier: MIT */
/* fuzz_text.c: parses destinations, targets and addresses, formats and parses them again. */
#include <arpa/inet.h>
#include <stdio.h>

#include "fuzz.h"
#include "base/hostname.h"
#include "base/log_level.h"
#include "base/variable.h"
#include "build/route_text.h"

/* A reason is a text that ends within its buffer. */
static void check_reason(bool parsed, const char *why)
{
	MUST(parsed || (*why && memchr(why, '\0', UH_WHY)));
}

static void try_address(const char *text)
{
	struct uh_address address, again;
	char *written = malloc(UH_ADDRESS_TEXT), bytes[16];
	bool known =
	    inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;

	MUST(uh_address_parse(text, &address) == known);
	if (known) {
		MUST(uh_address_parse(uh_address_format(&address, written), &again));
		MUST(memcmp(&address, &again, sizeof(address)) == 0);
		MUST(uh_address_is_v4(&address) == !strchr(written, ':'));
	}
	free(written);
}

/* The text of an endpoint is a target with the same port. */
static void try_endpoint(const struct uh_endpoint *endpoint, char *why)
{
	char *written = malloc(UH_ENDPOINT_TEXT);
	struct uh_target target;

	MUST(uh_target_parse(uh_endpoint_format(endpoint, written), &target, why));
	MUST(target.kind == UH_TARGET_IP && target.ip.port == endpoint->port);
	MUST(memcmp(&target.ip.address, &endpoint->address, sizeof(endpoint->address)) == 0);
	free(written);
}

/* True if the formatted target can be parsed again: no byte of it is escaped. */
static bool is_plain(const struct uh_target *target)
{
	for (size_t i = target->path[0] == '\0'; i < target->path_length; i++)
		if ((unsigned char)target->path[i] < ' ' || (signed char)target->path[i] < 0 ||
		    target->path[i] == 0x7f || target->path[i] == '\\')
			return false;
	return true;
}

static void try_target(const char *text, char *why)
{
	struct uh_target target, again;
	char *written = malloc(UH_TARGET_TEXT);
	bool parsed = uh_target_parse(text, &target, why);

	check_reason(parsed, why);
	if (!parsed) {
		free(written);
		return;
	}
	uh_target_format(&target, written);
	if (target.kind != UH_TARGET_UNIX || is_plain(&target)) {
		MUST(uh_target_parse(written, &again, why));
		MUST(memcmp(&target, &again, sizeof(target)) == 0);
	}
	if (target.kind == UH_TARGET_IP && target.ip.port)
		try_endpoint(&target.ip, why);
	free(written);
}

/* Formats a destination as a person would write it. */
static void write_destination(const struct uh_destination *destination, char *text, size_t size)
{
	bool v4 = uh_address_is_v4(&destination->address) &&
		  destination->prefix_length >= UH_V4_PREFIX;
	char address[UH_ADDRESS_TEXT], ports[16] = "";

	if (destination->first_port || destination->last_port != UINT16_MAX)
		snprintf(ports, sizeof(ports), ":%u-%u", destination->first_port,
			 destination->last_port);
	snprintf(text, size, v4 ? "%s/%u%s" : "[%s]/%u%s",
		 uh_address_format(&destination->address, address),
		 destination->prefix_length - (v4 ? UH_V4_PREFIX : 0U), ports);
}

/* The canonical form of a name is the same name. */
static void try_name(const char *text, const struct uh_destination *destination, char *why)
{
	struct uh_destination again;
	char *name = malloc(UH_NAME_MAX + 1), *same = malloc(UH_NAME_MAX + 1);

	MUST(uh_destination_name(text, name));
	MUST(uh_destination_parse(name, &again, why) && uh_destination_is_name(&again));
	MUST(again.prefix_length == destination->prefix_length);
	MUST(uh_destination_name(name, same) && strcmp(name, same) == 0);
	free(name);
	free(same);
}

static void try_destination(const char *text, char *why)
{
	struct uh_destination destination, again;
	struct uh_address masked;
	char written[128];
	bool parsed = uh_destination_parse(text, &destination, why);

	check_reason(parsed, why);
	if (!parsed)
		return;
	MUST(destination.first_port <= destination.last_port);
	if (uh_destination_is_name(&destination)) {
		try_name(text, &destination, why);
		return;
	}
	MUST(destination.prefix_length <= 128);
	masked = destination.address;
	uh_address_mask(&masked, destination.prefix_length);
	MUST(memcmp(&masked, &destination.address, sizeof(masked)) == 0);
	write_destination(&destination, written, sizeof(written));
	MUST(uh_destination_parse(written, &again, why));
	MUST(memcmp(&destination, &again, sizeof(again)) == 0);
}

/* A separator and a variable's value that are found lie in the text. */
static void try_doubts(const char *text, char *why)
{
	const char *end = text + strlen(text), *second = uh_target_find_second(text),
		   *value = text;
	size_t host = uh_hidden_port(text), length = uh_value_span(&value);
	int level;

	MUST(!uh_route_text_is_doubtful(text, why) || strlen(why) < UH_WHY);
	MUST(!host || text[host] == ':');
	MUST(!second || (second > text && second < end));
	MUST(value >= text && value <= end && length <= (size_t)(end - value));
	MUST(!uh_log_value_parse(text, &level, &value) ||
	     (level >= 0 && level <= UH_LOG_DEBUG));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *why = malloc(UH_WHY);

	MUST(why);
	why[0] = '\0';
	try_address(text);
	try_target(text, why);
	try_destination(text, why);
	try_doubts(text, why);
	MUST(uh_log_level_parse(text) <= UH_LOG_DEBUG);
	free(why);
	free(text);
	return 0;
}
