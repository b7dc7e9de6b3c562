/* SPDX-License-Identifier: MIT */
/*
 * confuse.c: has libconfuse parse the scanned text, and passes each value to its option. No
 * other file includes confuse.h.
 *
 * libconfuse compares the title of each section with those of all sections that it keeps, which
 * takes quadratic time. So a route is built as soon as its section is complete, and the section
 * is freed: libconfuse never keeps more than one.
 */
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_options.h"
#include "grammar.h"

/*
 * libconfuse's callbacks have no argument for a context. Its scanner is not reentrant anyway.
 */
static struct {
	struct uh_config *config;
	const struct uh_scan *scan;
	size_t routes; /* number of completed sections */
	size_t values; /* number of values that were read */
} reading;

/* A fault does not end the parse, so that one parse finds them all; a failure does. */
static int stop_on_failure(void)
{
	return reading.config->failure ? -1 : 0;
}

/*
 * libconfuse reports a fault. The grammar has found nearly all of them before; escapes that are
 * not bytes are left.
 */
static void on_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[UH_WHY];

	vsnprintf(text, sizeof(text), format, arguments);
	uh_fault(reading.config, (unsigned)cfg->line, "%s", text);
}

/* Faults are at the next value. libconfuse passes the values in the order of the text. */
static void place_value(void)
{
	const struct uh_scan *scan = reading.scan;
	size_t i = reading.values++;

	if (i < scan->values)
		uh_position_set(reading.config, scan->value[i].position, scan->value[i].line);
}

/* Called with each value as soon as it is read, while cfg->line is still its line. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct uh_parse_request *request = reading.config->request;
	const struct uh_config_option *table =
	    cfg_title(cfg) ? uh_route_options : uh_config_options;
	const struct uh_config_option *option =
	    uh_config_option_find(table, opt->name, strlen(opt->name));

	place_value();
	option->take(reading.config, (unsigned)cfg->line, value);
	if (table == uh_config_options && request->setting)
		request->setting(request->context, opt->name, reading.config->file,
				 (unsigned)cfg->line);
	*(const char **)result = value;
	return stop_on_failure();
}

static int on_function(cfg_t *cfg, cfg_opt_t *opt, int count, const char **argument)
{
	const struct uh_config_option *option =
	    uh_config_option_find(uh_config_options, opt->name, strlen(opt->name));

	for (int i = 0; i < count; i++) {
		place_value();
		option->take(reading.config, (unsigned)cfg->line, argument[i]);
	}
	return stop_on_failure();
}

/* Called when a section is complete. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct uh_scan_route *route = &reading.scan->route[reading.routes++];

	(void)cfg;
	reading.config->block.faulty |= route->faulty;
	uh_position_set(reading.config, route->position, route->line);
	uh_route_block_finish(reading.config, cfg_title(cfg_opt_getnsec(opt, 0)), route->line,
			      false);
	cfg_free_value(opt);
	return stop_on_failure();
}

static cfg_opt_t make_option(const struct uh_config_option *option, cfg_opt_t *inside)
{
	const int section = CFGF_MULTI | CFGF_TITLE;

	switch (option->form) {
	case UH_FORM_FUNCTION:
		return (cfg_opt_t)CFG_FUNC(option->name, on_function);
	case UH_FORM_SECTION:
		return (cfg_opt_t)CFG_SEC(option->name, inside, section);
	case UH_FORM_LIST:
		return (cfg_opt_t)CFG_STR_LIST_CB(option->name, NULL, CFGF_NODEFAULT, on_value);
	default:
		return (cfg_opt_t)CFG_STR_CB(option->name, NULL, CFGF_NODEFAULT, on_value);
	}
}

/*
 * Converts a table of options to libconfuse's form; inside is the table of a section's options.
 * cfg_init copies the result.
 */
static void make_options(const struct uh_config_option *table, cfg_opt_t *inside,
			 cfg_opt_t *options)
{
	size_t i = 0;

	for (; table[i].name; i++) {
		options[i] = make_option(&table[i], inside);
		if (table[i].form == UH_FORM_SECTION)
			options[i].validcb = on_section;
	}
	options[i] = (cfg_opt_t)CFG_END();
}

static cfg_t *make_parser(struct uh_config *config)
{
	cfg_opt_t inside[UH_OPTIONS_MAX + 1], outside[UH_OPTIONS_MAX + 1];
	cfg_t *cfg;

	make_options(uh_route_options, NULL, inside);
	make_options(uh_config_options, inside, outside);
	cfg = cfg_init(outside, CFGF_NONE);
	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	cfg->filename = strdup(config->file);
	return cfg;
}

/*
 * If libconfuse fails without a report, it has run out of memory. It may then hold pointers to
 * freed memory, so its structures are not freed.
 */
static void parse(struct uh_config *config, FILE *stream)
{
	unsigned errors = config->errors;
	cfg_t *cfg = make_parser(config);

	if (cfg && cfg_parse_fp(cfg, stream) != CFG_SUCCESS && errors == config->errors)
		uh_fail(config, ENOMEM);
	if (!cfg)
		uh_fail(config, ENOMEM);
	else if (config->failure != ENOMEM)
		cfg_free(cfg);
}

/*
 * Parses the scanned text, through a stream over it: the file is not read again, because it may
 * have changed.
 */
static void parse_scanned(struct uh_config *config, const struct uh_scan *scan)
{
	FILE *stream;

	if (!scan->length)
		return;
	stream = fmemopen(scan->text, scan->length, "r");
	if (!stream) {
		uh_fail(config, ENOMEM);
		return;
	}
	reading.config = config;
	reading.scan = scan;
	reading.routes = reading.values = 0;
	uh_route_block_reset(config);
	parse(config, stream);
	uh_route_block_reset(config);
	fclose(stream);
}

bool uh_file_parse(struct uh_config *config, const char *text, size_t size)
{
	struct uh_scan scan;
	bool blank;

	uh_scan(config, text, size, &scan);
	parse_scanned(config, &scan);
	blank = scan.blank;
	uh_scan_free(&scan);
	uh_position_set(config, (struct uh_position){NULL, NULL}, 0);
	return !blank;
}
