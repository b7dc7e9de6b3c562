/* SPDX-License-Identifier: MIT */
/* compiled.c: examines the compiler of routes and the compiled routes. */
#include "compiled.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "load/cache.h"
#include "load/find_compiler.h"
#include "load/run_compiler.h"

/*
 * Runs the compiler as the preload object does, with no route to compile. *reads: this version
 * can read the result.
 */
static enum uh_compile_end try_compiler(const char *path, bool *reads, int *code)
{
	const struct uh_compile request = {
	    .compiler = path, .inline_routes = "", .limit_ms = UH_COMPILE_LIMIT};
	struct uh_compiled compiled;
	enum uh_compile_end end;
	size_t size;

	end = uh_run_compiler(&request, &compiled);
	size = uh_image_size(compiled.bytes, compiled.size);
	*reads = size > 0 && uh_table_open(compiled.bytes, size);
	*code = compiled.code;
	uh_cache_unmap(&(struct uh_cache){.image = compiled.bytes, .size = compiled.size});
	return end;
}

static void report_trial(struct uh_doctor_report *report, const char *path)
{
	bool reads;
	int code;
	enum uh_compile_end end = try_compiler(path, &reads, &code);

	if (end == UH_COMPILE_DONE && reads)
		uh_doctor_print(report, UH_OK, path,
				"compiles routes that the preload object can load");
	else if (end == UH_COMPILE_NOT_STARTED)
		uh_doctor_print(report, UH_FAULT, path,
				"cannot be started: %s; set its mode to 755", strerror(code));
	else if (end == UH_COMPILE_TOO_SLOW)
		uh_doctor_print(report, UH_FAULT, path,
				"did not end in %d ms, although it had no route to compile; "
				"install it again",
				UH_COMPILE_LIMIT);
	else if (end == UH_COMPILE_DONE)
		uh_doctor_print(report, UH_FAULT, path,
				"has output that this version cannot read; install object and "
				"compiler of one version");
	else
		uh_doctor_print(report, UH_FAULT, path, "%s %d; install it again",
				end == UH_COMPILE_EXITED ? "failed with exit status"
							 : "was killed by signal",
				code);
}

void uh_doctor_compiler(struct uh_doctor_report *report, const char *object)
{
	char path[PATH_MAX];
	int error = uh_find_compiler(object, false, path, sizeof(path));

	if (error == EPERM)
		uh_doctor_print(report, UH_FAULT, path,
				"is not used, because users other than root%s can write it; "
				"make root its owner and set its mode to 755",
				geteuid() == 0 ? "" : " and this user");
	else if (error)
		uh_doctor_print(
		    report, UH_FAULT, path,
		    "%s; install the compiler of routes there, or beside the preload object",
		    strerror(error));
	else
		report_trial(report, path);
}

/*
 * Verifies a compiled form as a user, because trust in a file depends on the user who reads it.
 */
static enum uh_cache_state verify_as(uid_t user, const char *path,
				     const struct uh_origin *origin)
{
	uid_t own = geteuid();
	bool changed = user != own && seteuid(user) == 0;
	enum uh_cache_state state = uh_cache_verify(path, origin);

	if (changed && seteuid(own) != 0)
		uh_error("seteuid(%u): %s", own, strerror(errno));
	return state;
}

/* Reports one compiled form. Returns true if programs use it. */
static bool report_form(struct uh_doctor_report *report, const char *name, const char *path,
			enum uh_cache_state state)
{
	static const char *const text[] = {
	    [UH_CACHE_ABSENT] = "missing, or not readable by the user",
	    [UH_CACHE_REFUSED] = "not a regular file that only root or the user can write",
	    [UH_CACHE_DAMAGED] = "damaged, or made by another version",
	    [UH_CACHE_OTHERS] = "made from another configuration or other routes",
	    [UH_CACHE_STALE] = "older than the configuration",
	};

	if (state == UH_CACHE_FRESH)
		uh_doctor_print(report, UH_OK, path, "up-to-date compiled form of %s", name);
	else
		uh_doctor_print(report, state == UH_CACHE_DAMAGED ? UH_FAULT : UH_NOTE, path,
				"%s, so it is not used for %s", text[state], name);
	return state == UH_CACHE_FRESH;
}

static void report_none_compiled(struct uh_doctor_report *report, const char *name,
				 const struct uh_origin *origin)
{
	const char *file = origin->inline_routes ? "" : name;

	uh_doctor_print(
	    report, UH_NOTE, name,
	    "no up-to-date compiled form, so the first connection of each process starts the "
	    "compiler (about a millisecond); %s%s'",
	    *file ? "run 'unhairpin compile " : "start programs with 'unhairpin run", file);
}

/* The order is that of the preload object's search (preload/load_routes.c). */
bool uh_doctor_compiled(struct uh_doctor_report *report, const struct uh_table_request *source,
			const char *handed_over, uid_t user)
{
	const char *name = source->shown ? source->shown : source->file;
	struct uh_origin origin;
	char path[PATH_MAX];
	enum uh_cache_state state;

	uh_table_request_origin(source, &origin);
	if (!origin.inline_routes && (!origin.file || access(origin.file, F_OK) != 0))
		return false;
	if (handed_over && *handed_over == '/' &&
	    report_form(report, name, handed_over, verify_as(user, handed_over, &origin)))
		return true;
	if (!origin.inline_routes && uh_cache_path(origin.file, path, sizeof(path))) {
		state = verify_as(user, path, &origin);
		if (state != UH_CACHE_ABSENT && report_form(report, name, path, state))
			return true;
	}
	report_none_compiled(report, name, &origin);
	return false;
}
