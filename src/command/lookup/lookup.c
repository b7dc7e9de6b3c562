/* SPDX-License-Identifier: MIT */
/* lookup.c: `unhairpin lookup`, which asks the table what connect() would do. */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/map_option.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "print_answer.h"
#include "build/route_text.h"
#include "config/service_names.h"

enum { ALL_ROUTED = 0, SOME_DIRECT = 1, FAILED = 2 };

/* struct uh_self has a function without context for the user, like geteuid(2). */
static uid_t asking_user;

static uid_t get_asking_user(void)
{
	return asking_user;
}

/* The default program: no glob matches it, so only `!glob` conditions hold. */
#define UNNAMED_PROGRAM ""

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	const char *program;
	enum uh_protocol protocol;
	bool json;
};

static bool set_protocol(const struct uh_command *command, struct options *options)
{
	static const char *const names[] = {"tcp", "udp", NULL};
	int protocol = uh_option_choice(command, "-p ", optarg, names);

	options->protocol = protocol == 1 ? UH_UDP : UH_TCP;
	return protocol >= 0;
}

static bool set_user(const struct uh_command *command)
{
	char *end;
	const struct passwd *user = getpwnam(optarg);

	errno = 0;
	unsigned long id = user ? user->pw_uid : strtoul(optarg, &end, 10);
	if (!user &&
	    (optarg[0] < '0' || optarg[0] > '9' || *end || errno || id >= UINT32_MAX)) {
		uh_usage_error(command, "--user %s: expected the name or number of a user",
			       optarg);
		return false;
	}
	asking_user = (uid_t)id;
	return true;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case 'm':
		return uh_map_option_add(&options->routes, optarg, false);
	case 'p':
		return set_protocol(command, options);
	case UH_KEY_USER:
		return set_user(command);
	case UH_KEY_JSON:
		return options->json = true;
	case UH_KEY_NOHEADINGS:
		return true; /* there are no headings */
	default:
		options->program = optarg;
		return true;
	}
}

/*
 * Parses "ADDRESS:PORT" or "NAME:PORT" with the parser of routes, so that both accept the same.
 */
static bool read_destination(const char *text, enum uh_protocol protocol,
			     struct uh_lookup_destination *asked)
{
	struct uh_destination destination;
	char why[UH_WHY], *numeric = uh_service_name_replace(text, protocol, why);
	bool good = numeric && uh_destination_parse(numeric, &destination, why);

	if (!good)
		uh_error("%s: %s", text, why);
	else if (!uh_destination_name(numeric, asked->name))
		*asked->name = '\0';
	free(numeric);
	if (!good)
		return false;
	if (destination.first_port != destination.last_port ||
	    (destination.prefix_length != 128 && destination.prefix_length != UH_EXACT_NAME)) {
		uh_error(
		    "%s: expected ADDRESS:PORT, [IPV6]:PORT or NAME:PORT, with one address or "
		    "name and one port",
		    text);
		return false;
	}
	asked->text = text;
	asked->endpoint = (struct uh_endpoint){destination.address, 0, destination.first_port};
	return true;
}

/* Evaluates the `programs` conditions for the program. The verdict lives until exit. */
static bool set_asker(struct uh_lookup_question *question, const char *program)
{
	/* one byte more, because calloc(0) may return NULL */
	unsigned char *verdict = calloc(1, uh_table_conditions(question->table) / 8 + 1);

	if (!verdict) {
		uh_error("%s", strerror(errno));
		return false;
	}
	uh_table_judge_programs(question->table, program ? program : UNNAMED_PROGRAM, verdict);
	question->self = (struct uh_self){verdict, get_asking_user, false};
	return true;
}

static int answer(struct uh_lookup_question *question,
		  const struct uh_lookup_destination *asked, size_t count)
{
	int status = ALL_ROUTED;

	for (size_t i = 0; i < count; i++)
		if ((int)strlen(asked[i].text) > question->width)
			question->width = (int)strlen(asked[i].text);
	for (size_t i = 0; i < count; i++) {
		int routed = uh_print_answer(question, &asked[i]);

		if (routed < 0) {
			uh_error("%s: %s", asked[i].text, strerror(errno));
			return FAILED;
		}
		if (!routed)
			status = SOME_DIRECT;
	}
	return status;
}

static int look_up(struct options *options, const struct uh_lookup_destination *asked,
		   size_t count)
{
	struct uh_lookup_question question = {.protocol = options->protocol,
					      .json = options->json};

	if (!options->file && !uh_table_request_default(&options->source))
		return FAILED;
	options->source.routes = options->routes;
	options->source.check_owner = true; /* a program would check the owner, too */
	question.table = uh_table_load(&options->source);
	if (question.table)
		uh_note_missing(&options->source);
	if (!question.table || !set_asker(&question, options->program))
		return FAILED;
	question.self.off = uh_note_if_off(&options->source);
	return answer(&question, asked, count);
}

/* Parses all destinations before the first answer: a wrong one means no answer at all. */
static int read_and_look_up(struct options *options, char **text, size_t count)
{
	struct uh_lookup_destination *asked = calloc(count, sizeof(*asked));
	bool good = asked;

	if (!asked)
		uh_error("%s", strerror(errno));
	for (size_t i = 0; asked && i < count; i++)
		good = read_destination(text[i], options->protocol, &asked[i]) && good;
	int status = good ? look_up(options, asked, count) : FAILED;
	free(asked);
	return status;
}

int uh_command_lookup(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.protocol = UH_TCP};
	int key, status = FAILED;

	asking_user = geteuid();
	if (!uh_map_option_begin(&options.routes))
		return FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &options))
			goto out;
	if (key < 0)
		status = uh_option_status(command, key);
	else if (optind == argc)
		uh_usage_error(command, "expected ADDRESS:PORT, [IPV6]:PORT or NAME:PORT");
	else {
		uh_output_begin();
		status = read_and_look_up(&options, argv + optind, (size_t)(argc - optind));
		status = uh_output_end(status, FAILED);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}
