/* SPDX-License-Identifier: MIT */
/* read.c: finds out what there is to read, and reads it: the cache, or the text by the parser.
 */
#include "read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "environment.h"
#include "handler.h"
#include "loader.h"
#include "logging.h"
#include "report.h"

static bool is_off(void)
{
	const char *off = uh_variable("UNHAIRPIN");

	return off && strcmp(off, "off") == 0;
}

bool uh_may_have_routes(void)
{
	int saved = errno;
	bool may =
	    !is_off() && (uh_variable("UNHAIRPIN_CONF") || uh_variable("UNHAIRPIN_ROUTES") ||
			  access(UH_DEFAULT_CONF, F_OK) == 0);

	errno = saved;
	return may;
}

bool uh_reads_no_file(void)
{
	const char *file = uh_variable("UNHAIRPIN_CONF");

	return is_off() || (file && (*file != '/' || strcmp(file, "/dev/null") == 0));
}

/* False when there is nothing to read after all, or nothing that may be. */
static bool ask_for(struct uh_parse_request *request)
{
	const char *file = uh_variable("UNHAIRPIN_CONF");

	*request = (struct uh_parse_request){
	    .version = UH_PARSER_VERSION,
	    .file = file ? file : UH_DEFAULT_CONF,
	    .optional = !file,
	    .inline_routes = uh_variable("UNHAIRPIN_ROUTES"),
	    .check_owner = true,
	    .secure = getauxval(AT_SECURE),
	};
	if (*request->file != '/') {
		uh_report(UH_LOG_ERROR, "UNHAIRPIN_CONF=%s: expected an absolute path",
			  request->file);
		return false;
	}
	if (strcmp(request->file, "/dev/null") == 0)
		request->file = NULL;
	if (request->inline_routes && *request->inline_routes)
		return true;
	return request->file && !(request->optional && access(request->file, F_OK) != 0);
}

/* What is wrong with a cache that is there; once, as nothing changes by telling it again. */
static void tell_cache(const struct uh_parse_request *request, enum uh_cache_state state)
{
	static const char *const texts[] = {
	    [UH_CACHE_REFUSED] = "is not used: expected a file that only root can write%s",
	    [UH_CACHE_DAMAGED] = "is not used: damaged, or made by another version",
	    [UH_CACHE_OTHERS] = "is not used: made from another configuration",
	    [UH_CACHE_STALE] = "is not used: older than the configuration",
	};
	static bool told[UH_CACHE_FRESH];
	char path[4096], text[UH_WHY];

	if (state == UH_CACHE_ABSENT || state == UH_CACHE_FRESH || told[state] ||
	    !uh_cache_path(request->file, path, sizeof(path)))
		return;
	told[state] = true;
	snprintf(text, sizeof(text), texts[state],
		 request->secure ? "" : ", or this program's user");
	uh_report(state <= UH_CACHE_DAMAGED ? UH_LOG_WARNING : UH_LOG_DEBUG, "%s %s", path,
		  text);
}

/* The cache holds what the file says and no more: routes from a variable need the parser. */
static enum uh_cache_state map_cache(const struct uh_parse_request *request,
				     struct uh_mapped *mapped)
{
	enum uh_cache_state state;

	*mapped = (struct uh_mapped){0};
	if (!request->file || (request->inline_routes && *request->inline_routes))
		return UH_CACHE_ABSENT;
	state = uh_cache_map(request->file, request->secure, mapped);
	tell_cache(request, state);
	return state;
}

/* why: of the parser; NULL where it may not be loaded now. */
static enum uh_read failed(struct uh_read_how how, const char *why)
{
	if (how.failure_told)
		return UH_READ_FAILED;
	if (!why)
		uh_report(UH_LOG_WARNING, "the configuration is not read in a signal handler, "
					  "but later; one that is compiled would be");
	else if (errno == ELIBACC)
		uh_report(UH_LOG_ERROR, "no routes are read: the parser can't be loaded: %s",
			  why);
	else
		uh_report(UH_LOG_ERROR, "no routes are read: no memory or no descriptor left");
	return UH_READ_FAILED;
}

static void keep_quiet(void *context, bool warning, const char *file, unsigned line,
		       const char *text)
{
	(void)context;
	(void)warning;
	(void)file;
	(void)line;
	(void)text;
}

/* Reads the text. *faulty or *routes gets the table. */
static enum uh_read parse(const struct uh_parse_request *asked, struct uh_read_how how,
			  struct uh_mapped *routes, struct uh_mapped *faulty)
{
	struct uh_parse_request request = *asked;
	struct uh_mapped read = {0};
	bool has_faults = false;
	char why[UH_WHY];

	if (uh_in_handler(how.mask))
		return failed(how, NULL);
	request.faulty = &has_faults;
	request.report.fault = how.faults_told ? keep_quiet : uh_log_fault;
	read.image = uh_load_table(NULL, &request, &read.size, why);
	if (!read.image)
		return failed(how, why);
	read.table = uh_table_open(read.image, read.size);
	if (!read.table) {
		uh_mapped_drop(&read);
		errno = ELIBACC;
		return failed(how, "it is of another version");
	}
	*(has_faults ? faulty : routes) = read;
	return has_faults ? UH_READ_FAULTS : UH_READ_ROUTES;
}

enum uh_read uh_read(struct uh_read_how how, struct uh_mapped *routes, struct uh_mapped *faulty)
{
	struct uh_parse_request request;
	struct uh_mapped cache;
	enum uh_read read;

	*routes = *faulty = (struct uh_mapped){0};
	if (!uh_may_have_routes())
		return UH_READ_NOTHING;
	if (how.first)
		uh_log_by(NULL);
	if (!ask_for(&request))
		return UH_READ_NOTHING;
	if (map_cache(&request, &cache) == UH_CACHE_FRESH) {
		*routes = cache;
		return UH_READ_ROUTES;
	}
	read = parse(&request, how, routes, faulty);
	if (read == UH_READ_FAULTS && how.first)
		*routes = cache;
	else
		uh_mapped_drop(&cache);
	return read;
}
