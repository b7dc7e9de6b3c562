/* SPDX-License-Identifier: MIT */
/*
 * load_routes.c: finds the configuration and turns it into a table.
 *
 * Usually there is a compiled form: the one that `unhairpin run` hands over, or the cache
 * beside the configuration. If none is fresh, the compiler of routes is started.
 */
#include "load_routes.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler_protocol.h"
#include "process/environment.h"
#include "base/errno_name.h"
#include "process/seccomp_filter.h"
#include "load/find_compiler.h"
#include "base/large.h"
#include "observe/log_setup.h"
#include "process/object_path.h"
#include "observe/log.h"
#include "load/run_compiler.h"

/*
 * Only a thread with the turn (turn.h) uses this buffer. It is not on the stack, which may be
 * small.
 */
UH_LARGE static char path[PATH_MAX];

static bool is_off(void)
{
	const char *off = uh_environment_get("UNHAIRPIN");

	return off && strcmp(off, "off") == 0;
}

bool uh_may_have_routes(void)
{
	int saved = errno;
	bool may = !is_off() && (uh_environment_get("UNHAIRPIN_CONF") ||
				 uh_environment_get("UNHAIRPIN_ROUTES") ||
				 access(UH_DEFAULT_CONF, F_OK) == 0);

	errno = saved;
	return may;
}

void uh_routes_tell_missing(void)
{
	if (!is_off() && !uh_environment_get("UNHAIRPIN_CONF"))
		uh_log(UH_LOG_DEBUG, "no configuration at " UH_DEFAULT_CONF);
}

bool uh_routes_have_no_file(void)
{
	const char *file = uh_environment_get("UNHAIRPIN_CONF");
	const char *routes = uh_environment_get("UNHAIRPIN_ROUTES");

	/* Inline routes alone can be switched off by a file. */
	return is_off() || (file && (*file != '/' ||
				     (strcmp(file, "/dev/null") == 0 && !(routes && *routes))));
}

/*
 * Fills *request from the variables. False if there is nothing to read, or nothing that may be
 * read.
 */
static bool ask_for(struct uh_compile *request)
{
	const char *file = uh_environment_get("UNHAIRPIN_CONF");
	const char *inline_routes = uh_environment_get("UNHAIRPIN_ROUTES");

	*request = (struct uh_compile){
	    .file = file ? file : UH_DEFAULT_CONF,
	    .optional = !file,
	    .inline_routes = inline_routes && *inline_routes ? inline_routes : NULL,
	    .secure = getauxval(AT_SECURE),
	};
	if (*request->file != '/') {
		uh_log(UH_LOG_ERROR,
		       "no routes are read: UNHAIRPIN_CONF=%s; expected an absolute path",
		       request->file);
		return false;
	}
	if (strcmp(request->file, "/dev/null") == 0)
		request->file = NULL;
	return request->inline_routes ||
	       (request->file && !(request->optional && access(request->file, F_OK) != 0));
}

/*
 * Reports once that a compiled form exists and is not used. The form that was handed over may
 * be meant for the program's parent and is no reason for a warning.
 */
static void tell_unused(enum uh_cache_state state, bool handed_over, bool secure)
{
	static const char *const texts[] = {
	    [UH_CACHE_REFUSED] = "expected a file that only root can write",
	    [UH_CACHE_DAMAGED] = "damaged, or of another version; run unhairpin compile",
	    [UH_CACHE_OTHERS] = "made from another configuration",
	    [UH_CACHE_STALE] = "older than the configuration",
	};
	static bool told[UH_CACHE_FRESH];
	bool quiet = handed_over || state > UH_CACHE_DAMAGED;

	if (state == UH_CACHE_ABSENT || state == UH_CACHE_FRESH || told[state])
		return;
	told[state] = true;
	uh_log(quiet ? UH_LOG_DEBUG : UH_LOG_WARNING, "%s is not used: %s%s", path,
	       texts[state],
	       state == UH_CACHE_REFUSED && !secure ? ", or this program's user" : "");
}

/*
 * Maps the file at path. Returns true if it is fresh. A stale one is kept in *mapped if nothing
 * is there yet.
 */
static bool map_one(const struct uh_compile *request, bool handed_over, struct uh_cache *mapped)
{
	const struct uh_origin origin = {request->file, request->inline_routes,
					 request->secure};
	struct uh_cache found;
	enum uh_cache_state state = uh_cache_map(path, &origin, &found);

	tell_unused(state, handed_over, request->secure);
	if (state == UH_CACHE_FRESH || !mapped->table) {
		uh_cache_unmap(mapped);
		*mapped = found;
	} else {
		uh_cache_unmap(&found);
	}
	return state == UH_CACHE_FRESH;
}

/* Returns true and the fresh compiled form in *mapped; otherwise *mapped may be a stale one. */
static bool map_compiled(const struct uh_compile *request, struct uh_cache *mapped)
{
	const char *handed_over = uh_environment_get("UNHAIRPIN_COMPILED");

	*mapped = (struct uh_cache){0};
	if (handed_over && *handed_over == '/' && strlen(handed_over) < sizeof(path)) {
		strcpy(path, handed_over);
		if (map_one(request, true, mapped))
			return true;
	}
	return !request->inline_routes && request->file &&
	       uh_cache_path(request->file, path, sizeof(path)) &&
	       map_one(request, false, mapped);
}

static enum uh_routes_load no_compiler(struct uh_routes_load_how how, int error)
{
	if (how.failure_told)
		return UH_READ_FAILED;
	if (error == EPERM)
		uh_log(UH_LOG_ERROR,
		       "no routes are read: %s is not used: others can write it; give "
		       "it to root, with mode 755",
		       path);
	else
		uh_log(UH_LOG_ERROR,
		       "no routes are read: %s: %s; install the compiler of routes there, or "
		       "run unhairpin compile",
		       path, uh_error_name(error));
	return UH_READ_FAILED;
}

/*
 * Only an attempt would show whether the filter refuses clone(2) and wait4(2) or ends the
 * process for them.
 */
static enum uh_routes_load not_allowed(struct uh_routes_load_how how)
{
	if (!how.failure_told)
		uh_log(UH_LOG_ERROR,
		       "no routes are read: %s is not started, because the program's seccomp "
		       "filter may kill the program for it; run unhairpin compile",
		       path);
	return UH_READ_FAILED;
}

static enum uh_routes_load failed(struct uh_routes_load_how how, enum uh_compile_end end,
				  int code)
{
	static const char before[] = "no routes are read: ";

	if (how.failure_told)
		return UH_READ_FAILED;
	switch (end) {
	case UH_COMPILE_DONE:
		uh_log(UH_LOG_ERROR,
		       "%s%s printed nothing that this version can read; install library and "
		       "compiler in one version",
		       before, path);
		break;
	case UH_COMPILE_NOT_STARTED:
		uh_log(UH_LOG_ERROR,
		       "%s%s could not be started: %s; run unhairpin compile, whose routes are "
		       "read without it",
		       before, path, uh_error_name(code));
		break;
	case UH_COMPILE_TOO_SLOW:
		uh_log(UH_LOG_ERROR,
		       "%s%s took longer than %d ms; run unhairpin compile, or raise "
		       "compile_limit",
		       before, path, code);
		break;
	default:
		uh_log(UH_LOG_ERROR, "%s%s ended with %s %d; run unhairpin check", before, path,
		       end == UH_COMPILE_EXITED ? "status" : "signal", code);
	}
	return UH_READ_FAILED;
}

/*
 * Logs the faults that follow the image, up to the first incomplete one. Returns true if one of
 * them is an error.
 */
static bool tell_faults(const char *at, const char *end, bool quiet)
{
	enum { AT_MOST = 1 << 20 }; /* bytes, in case the program is not our compiler */
	bool errors = false;
	struct uh_compiler_fault said;

	if (end - at > AT_MOST)
		end = at + AT_MOST;
	for (size_t length; at < end && (size_t)(end - at) > sizeof(said); at += length + 1) {
		const char *file = at + sizeof(said);

		memcpy(&said, at, sizeof(said));
		at = file + strnlen(file, (size_t)(end - file)) + 1;
		if (at >= end)
			break;
		length = strnlen(at, (size_t)(end - at));
		if (at + length == end)
			break;
		errors |= !said.warning;
		if (!quiet)
			uh_log_fault(said.warning, *file ? file : NULL, said.line, at);
	}
	return errors;
}

/* Runs the compiler. *faulty or *routes gets the table. */
static enum uh_routes_load compile(struct uh_compile *request, struct uh_routes_load_how how,
				   struct uh_cache *routes, struct uh_cache *faulty)
{
	int error =
	    uh_find_compiler(uh_loaded_object_path(), request->secure, path, sizeof(path));
	struct uh_compiled compiled;
	struct uh_cache read;
	enum uh_compile_end end;
	size_t size;

	if (error)
		return no_compiler(how, error);
	if (!uh_may_start_process())
		return not_allowed(how);
	request->compiler = path;
	end = uh_run_compiler(request, &compiled);
	if (end != UH_COMPILE_DONE)
		return failed(how, end, compiled.code);
	read = (struct uh_cache){.image = compiled.bytes, .size = compiled.size};
	size = uh_image_size(compiled.bytes, compiled.size);
	read.table = size ? uh_table_open(compiled.bytes, size) : NULL;
	if (!read.table) {
		uh_cache_unmap(&read);
		return failed(how, end, 0);
	}
	if (tell_faults((char *)read.image + size, (char *)read.image + read.size,
			how.faults_told)) {
		*faulty = read;
		return UH_READ_FAULTS;
	}
	*routes = read;
	return UH_READ_ROUTES;
}

enum uh_routes_load uh_routes_load(struct uh_routes_load_how how, struct uh_cache *routes,
				   struct uh_cache *faulty)
{
	struct uh_compile request;
	struct uh_cache stale;
	enum uh_routes_load read;

	*routes = *faulty = (struct uh_cache){0};
	if (!uh_may_have_routes())
		return UH_READ_NOTHING;
	if (how.first)
		uh_log_set_up(NULL);
	if (!ask_for(&request))
		return UH_READ_NOTHING;
	if (map_compiled(&request, &stale)) {
		*routes = stale;
		return UH_READ_ROUTES;
	}
	if (how.paused) {
		uh_cache_unmap(&stale);
		return UH_READ_FAILED;
	}
	request.limit_ms =
	    stale.table ? uh_table_settings(stale.table)->compile_limit_ms : how.limit_ms;
	read = compile(&request, how, routes, faulty);
	if (read == UH_READ_FAULTS && how.first)
		*routes = stale;
	else
		uh_cache_unmap(&stale);
	return read;
}
