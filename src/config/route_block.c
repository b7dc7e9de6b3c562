/* SPDX-License-Identifier: MIT */
/* route_block.c: checks and collects the options of one route until its section is complete. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "table/path_template.h"

void uh_route_block_reset(struct uh_config *config)
{
	struct uh_route_block *block = &config->block;

	for (size_t i = 0; i < block->programs.count; i++)
		free((char *)block->programs.text[i]);
	free(block->programs.text);
	free(block->users.user);
	free(block->peer_users.user);
	block->programs = (struct uh_texts){0};
	block->users = block->peer_users = (struct uh_users){0};
	block->proxy_protocol = UH_PROXY_OFF;
	block->targets = 0;
	block->protocol = UH_TCP;
	block->on_failure = UH_ORIGINAL;
	block->disabled = block->replaces = false;
	block->faulty = false;
}

static void warn_if_doubtful(struct uh_config *config, unsigned line, const char *text)
{
	char why[UH_WHY];

	if (uh_route_text_is_doubtful(text, why))
		uh_warn(config, line, "%s", why);
}

/*
 * Returns a destination or target with its port as a number: text itself, or numeric
 * (UH_NUMERIC bytes). Returns NULL after a report.
 */
static const char *replace_service(struct uh_config *config, unsigned line, const char *text,
				   enum uh_protocol protocol, char *numeric)
{
	const char *replaced;
	char why[UH_WHY];

	if (!config->services.read && uh_has_service_name(text))
		uh_dependency_add_path(config, UH_SERVICES, UH_SOURCE_OTHER);
	replaced = uh_service_names_replace(&config->services, text, protocol, numeric, why);
	if (!replaced && errno == ENOMEM)
		uh_fail(config, ENOMEM);
	else if (!replaced)
		uh_fault(config, line, "%s", why);
	return replaced;
}

/*
 * Parses a target with or without the name of a service. The protocol of the route may follow,
 * so that both ports of a service are kept.
 */
static bool read_target(struct uh_config *config, unsigned line, const char *value)
{
	struct uh_route_block *block = &config->block;
	struct uh_target *target = &block->target[block->targets], udp;
	char numeric[UH_NUMERIC], why[UH_WHY];
	const char *text = replace_service(config, line, value, UH_TCP, numeric);

	if (!text)
		return false;
	if (!uh_target_parse(text, target, why)) {
		uh_fault(config, line, "%s", why);
		return false;
	}
	block->udp_port[block->targets] = 0;
	if (text != value && (text = replace_service(config, line, value, UH_UDP, numeric)) &&
	    uh_target_parse(text, &udp, why))
		block->udp_port[block->targets] = udp.ip.port;
	return true;
}

bool uh_route_block_target(struct uh_config *config, unsigned line, const char *value)
{
	struct uh_route_block *block = &config->block;

	if (block->targets == UH_TARGETS_MAX) {
		uh_fault(config, line, "one target too many: \"%s\"; expected at most %d",
			 value, UH_TARGETS_MAX);
	} else if (read_target(config, line, value)) {
		block->targets++;
		warn_if_doubtful(config, line, value);
		return true;
	}
	block->faulty = true;
	return false;
}

/*
 * Warns of a Unix path that seems to contain a second target. In a file the path is everything
 * between the quotes.
 */
static void warn_of_second(struct uh_config *config, unsigned line, const char *value)
{
	const char *end = uh_target_find_second(value);

	if (!end)
		return;
	while (end > value && strchr(" \t", end[-1]))
		end--;
	uh_warn(config, line,
		"\"%s\" is the path of one socket; expected a list, as in {\"%.*s\", "
		"\"…\"}, if more targets are meant",
		value, (int)(end - value), value);
}

void uh_route_block_to(struct uh_config *config, unsigned line, const char *value)
{
	if (uh_route_block_target(config, line, value))
		warn_of_second(config, line, value);
}

void uh_route_block_protocol(struct uh_config *config, unsigned line, const char *value)
{
	static const char *const words[] = {"tcp", "udp", "any", NULL};
	static const enum uh_protocol protocols[] = {UH_TCP, UH_UDP, UH_ANY};
	int i = uh_word_parse(config, line, "protocol", value, words, "tcp, udp or any");

	if (i < 0)
		config->block.faulty = true;
	else
		config->block.protocol = protocols[i];
}

void uh_route_block_on_failure(struct uh_config *config, unsigned line, const char *value)
{
	static const char *const words[] = {"original", "refuse", NULL};
	int i = uh_word_parse(config, line, "on_failure", value, words, "original or refuse");

	if (i < 0)
		config->block.faulty = true;
	else
		config->block.on_failure = i ? UH_REFUSE : UH_ORIGINAL;
}

/*
 * True if a "[" is never closed, so that it only matches itself. The program named "[" does not
 * count.
 */
static bool has_open_set(const char *glob)
{
	for (; *glob; glob++) {
		if (*glob == '\\' && glob[1])
			glob++;
		else if (*glob == '[' && glob[1]) {
			const char *first = glob + 1 + (glob[1] == '!' || glob[1] == '^');
			const char *end = *first ? strchr(first + 1, ']') : NULL;

			if (!end)
				return true;
			glob = end;
		}
	}
	return false;
}

/* True if another path begins behind a separator. */
static bool has_second_path(const char *glob)
{
	for (const char *at = glob; (at = strpbrk(at, " \t,;:|")); at++)
		if (at > glob && at[strspn(at, " \t,;:|")] == '/')
			return true;
	return false;
}

/* Returns why a glob matches no program, or probably not the intended one; or NULL. */
static const char *doubt_of_program(const char *glob)
{
	char last = glob[strlen(glob) - 1];

	if (strchr(" \t\r\n", *glob) || strchr(" \t\r\n", last))
		return "begins or ends with a blank; expected none";
	if (last == '/')
		return "is a directory, and matches no program; expected \"/directory/*\"";
	if (strchr(glob, '/') ? has_second_path(glob) : strpbrk(glob, " \t,;|") != NULL)
		return "is one program; expected a list, as in {\"curl\", \"wget\"}, if more "
		       "are "
		       "meant";
	if (strchr(glob, '/') && !strchr("/*?[\\", *glob))
		return "matches no program, as their paths begin with \"/\"; expected an "
		       "absolute path, or a name";
	if (has_open_set(glob))
		return "has a \"[\" that is never closed; expected \"]\", or \"\\[\" for the "
		       "byte";
	return NULL;
}

void uh_route_block_programs(struct uh_config *config, unsigned line, const char *value)
{
	struct uh_route_block *block = &config->block;
	struct uh_texts *programs = &block->programs;
	const char **text, *glob = value + (value[0] == '!'), *doubt;

	if (!*glob) {
		uh_fault(config, line,
			 "empty program \"%s\"; expected a name or path, or a glob", value);
		block->faulty = true;
		return;
	}
	doubt = doubt_of_program(glob);
	if (doubt)
		uh_warn(config, line, "program \"%s\" %s", value, doubt);
	text = uh_array_grow(programs->text, programs->count, sizeof(*text));
	if (text) {
		programs->text = text;
		text[programs->count] = strdup(value);
	}
	if (text && text[programs->count])
		programs->count++;
	else
		uh_fail(config, ENOMEM);
}

/* name is the option's value without a leading "!". */
static void add_user(struct uh_config *config, unsigned line, const char *name, bool excluded,
		     struct uh_users *users)
{
	struct uh_user one = {.excluded = excluded};
	struct uh_user *user;

	if (!uh_user_find(config, line, name, &one.id)) {
		config->block.faulty = true;
		return;
	}
	user = uh_array_grow(users->user, users->count, sizeof(*user));
	if (!user) {
		uh_fail(config, ENOMEM);
		return;
	}
	users->user = user;
	user[users->count++] = one;
}

void uh_route_block_users(struct uh_config *config, unsigned line, const char *value)
{
	bool excluded = value[0] == '!';

	add_user(config, line, value + excluded, excluded, &config->block.users);
}

void uh_route_block_peer_user(struct uh_config *config, unsigned line, const char *value)
{
	if (value[0] != '!') {
		add_user(config, line, value, false, &config->block.peer_users);
		return;
	}
	uh_fault(config, line,
		 "peer_user \"%s\" excludes a user; expected the users that may run the "
		 "target, without \"!\"",
		 value);
	config->block.faulty = true;
}

void uh_route_block_proxy_protocol(struct uh_config *config, unsigned line, const char *value)
{
	static const char *const words[] = {
	    [UH_PROXY_OFF] = "off", [UH_PROXY_V1] = "v1", [UH_PROXY_V2] = "v2", NULL};
	int i = uh_word_parse(config, line, "proxy_protocol", value, words, "off, v1 or v2");

	if (i < 0)
		config->block.faulty = true;
	else
		config->block.proxy_protocol = (enum uh_proxy_protocol)i;
}

static bool read_switch(struct uh_config *config, unsigned line, const char *name,
			const char *value)
{
	static const char *const words[] = {"off", "on", "no", "yes", NULL};
	int i = uh_word_parse(config, line, name, value, words, "on, off, yes or no");

	config->block.faulty |= i < 0;
	return i % 2;
}

void uh_route_block_enabled(struct uh_config *config, unsigned line, const char *value)
{
	config->block.disabled = !read_switch(config, line, "enabled", value);
}

void uh_route_block_override(struct uh_config *config, unsigned line, const char *value)
{
	config->block.replaces = read_switch(config, line, "override", value);
}

/* Adds a sound route, or only checks it. The builder itself reports a bad one (EINVAL) and a
 * contradiction (EEXIST). */
static void add(struct uh_config *config, const struct uh_route *route, bool overrides)
{
	int result = config->block.disabled ? uh_builder_check(config->builder, route)
					    : uh_builder_add(config->builder, route, overrides);

	if (result < 0 && errno == ENOMEM)
		uh_fail(config, errno);
}

/* Checks that need the whole route. */
static void check_targets(struct uh_config *config, unsigned line)
{
	struct uh_route_block *block = &config->block;
	bool udp_to_unix = false;

	for (size_t i = 0; i < block->targets && block->protocol == UH_UDP; i++)
		udp_to_unix |= block->target[i].kind == UH_TARGET_UNIX;
	if (block->faulty)
		return;
	if (!block->targets)
		uh_fault(config, line, "route without a target; expected to = \"TARGET\"");
	else if (udp_to_unix)
		uh_fault(
		    config, line,
		    "udp cannot go to a Unix socket; expected IP targets or protocol = tcp");
	block->faulty = !block->targets || udp_to_unix;
}

/* Gives targets with the name of a service the port of udp in a route for udp. */
static void set_udp_ports(struct uh_route_block *block)
{
	for (size_t i = 0; i < block->targets && block->protocol == UH_UDP; i++)
		if (block->udp_port[i])
			block->target[i].ip.port = block->udp_port[i];
}

/* Warns of "%a" in a route for a name: the address is a stand-in. */
static void warn_of_stand_in(struct uh_config *config, unsigned line,
			     const struct uh_destination *destination)
{
	const struct uh_route_block *block = &config->block;

	for (size_t i = 0; i < block->targets && uh_destination_is_name(destination); i++)
		if (uh_path_has(block->target[i].path, block->target[i].path_length, 'a'))
			uh_warn(config, line,
				"%%a in a route for a name is the name's stand-in address; "
				"expected a path without %%a");
}

void uh_route_block_finish(struct uh_config *config, const char *destination, unsigned line,
			   bool overrides)
{
	struct uh_route_block *block = &config->block;
	struct uh_route route = {.protocol = block->protocol,
				 .on_failure = block->on_failure,
				 .target = block->target,
				 .targets = block->targets,
				 .programs = block->programs,
				 .users = block->users,
				 .peer_users = block->peer_users,
				 .proxy_protocol = block->proxy_protocol,
				 .replaces = block->replaces,
				 .file = config->file,
				 .line = line,
				 .position = config->position};
	char numeric[UH_NUMERIC], why[UH_WHY];

	/* Destination and targets are both checked, so that one parse finds all faults. */
	check_targets(config, line);
	set_udp_ports(block);
	route.text = replace_service(config, line, destination, block->protocol, numeric);
	if (route.text && !uh_destination_parse(route.text, &route.destination, why))
		uh_fault(config, line, "%s", why);
	else if (route.text && !block->faulty) {
		add(config, &route, overrides);
		if (config->request->route)
			config->request->route(config->request->context, &route,
					       block->disabled);
	}
	warn_if_doubtful(config, line, destination);
	warn_of_stand_in(config, line, &route.destination);
	uh_route_block_reset(config);
}
