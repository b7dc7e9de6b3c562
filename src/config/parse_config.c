/* SPDX-License-Identifier: MIT */
/*
 * parse_config.c: turns a configuration and inline routes into a table image, step by step:
 *
 *   sources.c         finds the files and checks that they may be read
 *   dependencies.c    records the state of the files and directories
 *   lexer.c           bytes to tokens
 *   grammar.c         tokens to sound statements (says why there are two parsers)
 *   confuse.c         statements to values, by libconfuse
 *   config_options.c  the table of options
 *   route_block.c     the options of a route
 *   settings.c        all other options
 *   user_names.c      user names to ids
 *   service_names.c   names of services to ports
 *   inline_routes.c   UNHAIRPIN_ROUTES
 *   faults.c          reports
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "config.h"

/* Reads all files. Returns true if the main file exists but is empty. */
static bool read_files(struct uh_config *config)
{
	bool empty = false;
	size_t size;

	if (config->request->file)
		uh_source_add(config, config->request->file, NULL, 0);
	while (config->sources.next < config->sources.count && !config->failure) {
		bool main_file = config->sources.next == 0;
		const char *text = uh_source_read(config, &size);

		if (text && !uh_file_parse(config, text, size))
			empty |= main_file;
	}
	return empty;
}

/* Returns the image, or NULL after a fault or failure. */
static void *build(struct uh_config *config, size_t *size)
{
	bool empty = false;
	unsigned before;

	config->builder = uh_builder_new(&config->report);
	if (!config->builder) {
		uh_fail(config, ENOMEM);
		return NULL;
	}
	uh_dependency_add_off(config);
	uh_settings_begin(&config->settings);
	before = config->errors;
	/* Inline routes come last, because they override the files. */
	empty = read_files(config) && before == config->errors;
	if (!uh_inline_parse(config, config->request->inline_routes) && empty) {
		config->file = config->request->file;
		uh_fault(config, 0, "no routes; expected at least one route section");
	}
	uh_settings_finish(config);
	if (config->failure || !uh_dependencies_write(config, config->builder))
		return NULL;
	/* Called even after faults, because it reports further ones, such as loops. */
	return uh_builder_finish(config->builder, size);
}

/*
 * Replaces an image that must not be used (may be NULL) by one that has only the sources, if
 * the request asks for that and the faults are the configuration's. Else returns NULL.
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
	uh_dependencies_free(&config->dependencies);
	uh_accounts_free(config->accounts);
	uh_service_names_free(&config->services);
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
