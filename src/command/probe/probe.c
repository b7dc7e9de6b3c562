/* SPDX-License-Identifier: MIT */
/*
 * probe.c: `unhairpin probe`, which connects to the targets of routes and shows which answer.
 */
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/service_names.h"
#include "command/cli/options.h"
#include "command/cli/colour.h"
#include "command/cli/diag.h"
#include "command/cli/map_option.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "base/errno_name.h"
#include "command/cli/json.h"
#include "probe_targets.h"
#include "tls_answer.h"

enum { ALL_ANSWER = 0, SOME_DEAD = 1, FAILED = 2 };
enum { DEFAULT_TIMEOUT = 1000, MAX_TIMEOUT = 3600000 };

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	unsigned timeout_ms;
	bool originals, tls, json;
};

/* The settings that all lines of the output share. */
struct layout {
	const struct uh_table *table;
	unsigned timeout_ms;
	bool tls, json;
	int route, target; /* widths of these columns */
};

/* The result of one attempt. */
struct outcome {
	struct uh_timed_connect dial;
	bool tls_asked; /* and tls is the answer */
	struct uh_tls_answer tls;
	const char *tls_request; /* begins TLS at this port, which was not asked; or NULL */
};

static bool set_timeout(const struct uh_command *command, struct options *options)
{
	char *end;
	unsigned long number = strtoul(optarg, &end, 10);

	options->timeout_ms = (unsigned)number;
	if (optarg[0] >= '0' && optarg[0] <= '9' && !*end && number > 0 &&
	    number <= MAX_TIMEOUT)
		return true;
	uh_usage_error(command, "--timeout %s: expected milliseconds, 1 to %d", optarg,
		       MAX_TIMEOUT);
	return false;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case 'm':
		return uh_map_option_add(&options->routes, optarg, false);
	case UH_KEY_ORIGINAL:
		return options->originals = true;
	case UH_KEY_TLS:
		return options->tls = true;
	case UH_KEY_JSON:
		return options->json = true;
	case UH_KEY_NOHEADINGS:
		return true; /* there are no headings */
	default:
		return set_timeout(command, options);
	}
}

static const char *text_of(const struct layout *layout, const struct uh_probe_target *attempt)
{
	return uh_table_text(layout->table, attempt->route->text);
}

static void measure(struct layout *layout, const struct uh_probe_targets *attempts)
{
	for (size_t i = 0; i < attempts->count; i++) {
		int route = (int)strlen(text_of(layout, &attempts->attempt[i]));
		int target = (int)strlen(attempts->attempt[i].text);

		layout->route = route > layout->route ? route : layout->route;
		layout->target = target > layout->target ? target : layout->target;
	}
}

/* Prints the listener's user, by number if it has no name. */
static void show_peer(const struct uh_timed_connect *dial)
{
	const struct passwd *user = getpwuid(dial->user);

	if (user)
		printf("  %s, pid %d", user->pw_name, (int)dial->process);
	else
		printf("  user %u, pid %d", (unsigned)dial->user, (int)dial->process);
}

static bool has_tls(const struct outcome *outcome)
{
	return !outcome->tls.error && outcome->tls.speech == UH_SPEECH_TLS;
}

/* The answer to a ClientHello as a word. */
static const char *tls_word(const struct outcome *outcome)
{
	if (outcome->tls.error)
		return uh_error_name(outcome->tls.error);
	switch (outcome->tls.speech) {
	case UH_SPEECH_TLS:
		return "answered";
	case UH_SPEECH_CLOSED:
		return "closed";
	case UH_SPEECH_SILENT:
		return "silent";
	default:
		return "other";
	}
}

/* True if the server sent bytes that are not TLS. */
static bool speaks_other(const struct outcome *outcome)
{
	return outcome->tls_asked && strcmp(tls_word(outcome), "other") == 0;
}

static void show_tls(const struct outcome *outcome)
{
	if (outcome->tls_request)
		printf("  TLS: not asked, %s begins it", outcome->tls_request);
	else if (speaks_other(outcome))
		printf("  TLS: no, %s", uh_speech_text(outcome->tls.speech));
	else if (outcome->tls_asked)
		printf("  TLS: %s", tls_word(outcome));
}

static bool show(const struct layout *layout, const struct uh_probe_target *attempt,
		 const struct outcome *outcome)
{
	const struct uh_timed_connect *dial = &outcome->dial;

	printf("%-*s  %-*s  ", layout->route, text_of(layout, attempt), layout->target,
	       attempt->text);
	if (attempt->skipped) {
		printf("%s\n", attempt->skipped);
		return true;
	}
	uh_put_shade(stdout, dial->error || dial->wrong_peer ? UH_BAD : UH_GOOD);
	printf("%-26s", uh_timed_connect_text(dial));
	uh_put_shade(stdout, UH_PLAIN);
	printf(" %6.0f us", dial->microseconds);
	if (dial->has_peer)
		show_peer(dial);
	show_tls(outcome);
	if (attempt->original)
		printf("  the original");
	if (attempt->note)
		printf("  %s", attempt->note);
	printf("\n");
	return true;
}

static bool show_json(const struct layout *layout, const struct uh_probe_target *attempt,
		      const struct outcome *outcome)
{
	const struct uh_timed_connect *dial = &outcome->dial;
	const struct uh_table_route *route = attempt->route;
	const char *result = dial->wrong_peer ? "stranger"
			     : dial->error    ? uh_error_name(dial->error)
					      : "ok";
	bool tried = !attempt->skipped;
	char place[PATH_MAX + 16];

	snprintf(place, sizeof(place), route->line ? "%s:%u" : "%s",
		 uh_table_text(layout->table, route->file), (unsigned)route->line);
	return uh_json_print(
	    stdout,
	    json_pack("{s:o, s:o, s:o, s:s*, s:s*, s:o*, s:o*, s:o*, s:s*, s:s*}", "route",
		      uh_json_string(text_of(layout, attempt)), "place", uh_json_string(place),
		      attempt->original ? "original" : "target", uh_json_string(attempt->text),
		      "skipped", attempt->skipped, "result", tried ? result : NULL,
		      "microseconds", tried ? uh_json_decimal(dial->microseconds) : NULL,
		      "user", dial->has_peer ? json_integer(dial->user) : NULL, "pid",
		      dial->has_peer ? json_integer(dial->process) : NULL, "tls",
		      outcome->tls_asked     ? tls_word(outcome)
		      : outcome->tls_request ? "not asked"
					     : NULL,
		      "tls_detail",
		      speaks_other(outcome) ? uh_speech_text(outcome->tls.speech)
					    : outcome->tls_request));
}

/* connect() skips a Unix socket whose listener is not one of the route's peer_user. */
static bool is_stranger(const struct layout *layout, const struct uh_probe_target *attempt,
			const struct uh_timed_connect *dial)
{
	const struct uh_user *peer = uh_table_peers(layout->table, attempt->route);

	for (uint32_t i = 0; i < attempt->route->peer_count; i++)
		if (peer[i].id == dial->user)
			return false;
	return dial->has_peer && attempt->route->peer_count > 0;
}

/*
 * Asks a target that answered for TLS, if TLS is the custom at the port or the user named the
 * port. Originals and listeners that are not in peer_user are not asked.
 */
static void ask_tls(const struct layout *layout, const struct uh_probe_target *attempt,
		    struct outcome *outcome)
{
	enum uh_tls_port custom = uh_tls_port(attempt->port, &outcome->tls_request);

	if (custom == UH_TLS_ON_TURN || (custom == UH_TLS_NEVER && !attempt->named))
		return;
	const struct uh_tls_question question = {
	    .target = &attempt->target,
	    .name = *attempt->name ? attempt->name : NULL,
	    .proxy = attempt->target.kind == UH_TARGET_UNIX /* an IP target gets no header */
			 ? (enum uh_proxy_protocol)attempt->route->proxy_protocol
			 : UH_PROXY_OFF,
	    .timeout_ms = layout->timeout_ms,
	};

	outcome->tls_asked = true;
	outcome->tls = uh_tls_ask(&question);
}

static struct outcome try_one(const struct layout *layout,
			      const struct uh_probe_target *attempt)
{
	struct outcome outcome = {0};

	if (attempt->skipped)
		return outcome;
	outcome.dial = uh_timed_connect(&attempt->target, layout->timeout_ms);
	outcome.dial.wrong_peer = is_stranger(layout, attempt, &outcome.dial);
	if (layout->tls && !attempt->original && !outcome.dial.error &&
	    !outcome.dial.wrong_peer)
		ask_tls(layout, attempt, &outcome);
	return outcome;
}

/*
 * Connects to each target and prints its line before the next attempt, which may take long. A
 * failed original does not change the exit status.
 */
static int try_all(struct layout *layout, const struct uh_probe_targets *attempts)
{
	int status = ALL_ANSWER;

	measure(layout, attempts);
	for (size_t i = 0; i < attempts->count; i++) {
		const struct uh_probe_target *attempt = &attempts->attempt[i];
		const struct outcome outcome = try_one(layout, attempt);

		if (!attempt->original && (outcome.dial.error || outcome.dial.wrong_peer ||
					   (outcome.tls_asked && !has_tls(&outcome))))
			status = SOME_DEAD;
		if (!(layout->json ? show_json : show)(layout, attempt, &outcome))
			return FAILED;
		fflush(stdout);
	}
	return status;
}

/* Adds the targets for one argument. Returns false on failure (reported). */
static bool choose_one(struct uh_probe_targets *attempts, const struct uh_table *table,
		       const struct options *options, const char *text)
{
	char why[UH_WHY], *numeric = uh_service_name_replace(text, UH_TCP, why);
	bool good =
	    numeric && uh_probe_targets_add_for(attempts, table, options->originals, numeric);

	if (!numeric)
		uh_error("%s: %s", text, why);
	free(numeric);
	return good;
}

/* Reads all arguments before any connection: a wrong one means that nothing is tried. */
static bool choose(struct uh_probe_targets *attempts, const struct uh_table *table,
		   const struct options *options, char **text)
{
	bool good = true;

	if (!*text)
		return uh_probe_targets_add_all(attempts, table, options->originals);
	for (; *text; text++)
		good = choose_one(attempts, table, options, *text) && good;
	return good;
}

/* Programs do without the default file, but a host that has lost it must not look healthy. */
static bool has_configuration(const struct uh_table_request *source)
{
	if (!source->optional || (source->routes && *source->routes) ||
	    access(source->file, F_OK) == 0)
		return true;
	uh_error("no configuration at %s", source->file);
	return false;
}

static int probe(struct options *options, char **text)
{
	struct layout layout = {
	    .timeout_ms = options->timeout_ms, .tls = options->tls, .json = options->json};
	struct uh_table_request *source = &options->source;
	struct uh_probe_targets attempts = {0};
	int status = FAILED;

	if (!uh_timed_connect_begin() || (!options->file && !uh_table_request_default(source)))
		return FAILED;
	source->routes = options->routes;
	source->check_owner = true; /* a program would check the owner, too */
	if (!has_configuration(source))
		return FAILED;
	uh_note_if_off(source);
	layout.table = uh_table_load(source);
	if (layout.table && uh_table_routes(layout.table) == 0 && !*text)
		uh_error("%s has no routes", source->shown ? source->shown : source->file);
	if (layout.table && choose(&attempts, layout.table, options, text))
		status = try_all(&layout, &attempts);
	free(attempts.attempt);
	return status;
}

int uh_command_probe(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.timeout_ms = DEFAULT_TIMEOUT};
	int key, status = FAILED;

	if (!uh_map_option_begin(&options.routes))
		return FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &options))
			goto out;
	if (key < 0) {
		status = uh_option_status(command, key);
	} else {
		uh_output_begin();
		status = uh_output_end(probe(&options, argv + optind), FAILED);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}
