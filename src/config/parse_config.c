/* SPDX-License-Identifier: MIT */
/*
 * parse_config.c: uh_parse_config: all that was asked for, into one table image.
 *
 *   sources.c   which files, and may they be read; dependencies.c notes how they were
 *   lexer.c     bytes to tokens
 *   grammar.c      tokens to sound statements
 *   confuse.c   statements to values, by libconfuse
 *   config_options.c   the table: which option's value goes where
 *   route_block.c     values of a route        settings.c   all others
 *   user_names.c     user names to ids        inline_routes.c     UNHAIRPIN_ROUTES
 *   faults.c     reports
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "config.h"

/* Returns whether the main file was there, but with nothing in it. */
static bool read_files(struct uh_config *config)
{
	bool empty = false;
	size_t size;

	if (config->request->file)
		uh_source_add(config, config->request->file, NULL, 0);
	while (config->sources.next < config->sources.count && !config->failure) {
		bool main_file = config->sources.next == 0;
		char *text = uh_source_read(config, &size);

		if (text && !uh_file_parse(config, text, size))
			empty |= main_file;
		free(text);
	}
	return empty;
}

/* Returns the image, or NULL after a fault or a failure. */
static void *build(struct uh_config *config, size_t *size)
{
	bool empty = false;
	unsigned before;

	config->builder = uh_builder_new(&config->report);
	if (!config->builder) {
		uh_fail(config, ENOMEM);
		return NULL;
	}
	uh_settings_begin(&config->settings);
	before = config->errors;
	/* Inline routes come last: they override what the files say. */
	empty = read_files(config) && before == config->errors;
	if (!uh_inline_parse(config, config->request->inline_routes) && empty) {
		config->file = config->request->file;
		uh_fault(config, 0, "no routes; expected at least one route section");
	}
	uh_settings_finish(config);
	if (config->failure || !uh_dependencies_write(config, config->builder))
		return NULL;
	/* Even after faults: it reports more of them, the loops. */
	return uh_builder_finish(config->builder, size);
}

/*
 * In place of an image that may not be used, which may be NULL: one that holds the sources
 * alone, where that is asked for and the faults are the configuration's; else NULL.
 */
static void *without_routes(struct uh_config *config, void *image, size_t *size)
{
	struct uh_builder *builder = NULL;

	if (image)
		munmap(image, *size);
	image = NULL;
	if (config->errors && config->request->faulty)
		builder = uh_builder_new(&config->report);
	if (builder && uh_dependencies_write(config, builder))
		image = uh_builder_finish(builder, size);
	uh_builder_free(builder);
	if (image)
		*config->request->faulty = true;
	return image;
}

static void clean_up(struct uh_config *config)
{
	uh_builder_free(config->builder);
	uh_sources_free(&config->sources);
	uh_dependencies_free(&config->watches);
	uh_accounts_free(config->accounts);
	free(config->settings.log_to);
	free(config->settings.publics);
}

void *uh_parse_config(const struct uh_parse_request *request, size_t *size)
{
	struct uh_config config = {0};
	void *image;

	uh_faults_begin(&config, request);
	image = build(&config, size);
	if (!image)
		uh_fail(&config, errno);
	if (config.errors || config.failure)
		image = without_routes(&config, image, size);
	clean_up(&config);
	errno = config.failure && !config.errors ? config.failure : EINVAL;
	return image;
}
