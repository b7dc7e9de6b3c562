/* SPDX-License-Identifier: MIT */
/* compiled.c: examines the compiler of routes and the compiled routes. */
#include "compiled.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/command.h"
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
		uh_doctor_print(report, UH_OK, "%s: compiles routes, as the object reads them",
				path);
	else if (end == UH_COMPILE_NOT_STARTED)
		uh_doctor_print(report, UH_FAULT, "%s: can't be started: %s; give it mode 755",
				path, strerror(code));
	else if (end == UH_COMPILE_TOO_SLOW)
		uh_doctor_print(
		    report, UH_FAULT,
		    "%s: no end after %d ms, with no route to compile; install it again", path,
		    UH_COMPILE_LIMIT);
	else if (end == UH_COMPILE_DONE)
		uh_doctor_print(
		    report, UH_FAULT,
		    "%s: gives nothing that this version can read; install object and "
		    "compiler of one version",
		    path);
	else
		uh_doctor_print(report, UH_FAULT, "%s: ended with %s %d; install it again",
				path, end == UH_COMPILE_EXITED ? "status" : "signal", code);
}

void uh_doctor_compiler(struct uh_doctor_report *report, const char *object)
{
	char path[PATH_MAX];
	int error = uh_find_compiler(object, false, path, sizeof(path));

	if (error == EPERM)
		uh_doctor_print(report, UH_FAULT,
				"%s: is not used, as somebody but root%s can write it; make it "
				"root's, with mode 755",
				path, geteuid() == 0 ? "" : " and this user");
	else if (error)
		uh_doctor_print(
		    report, UH_FAULT,
		    "%s: %s; install the compiler of routes there, or beside the object", path,
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
	    [UH_CACHE_ABSENT] = "not there, or not for the user to read",
	    [UH_CACHE_REFUSED] = "no regular file that only root, or the user, can write",
	    [UH_CACHE_DAMAGED] = "damaged, or made by another version",
	    [UH_CACHE_OTHERS] = "made from another configuration, or other routes",
	    [UH_CACHE_STALE] = "older than the text",
	};

	if (state == UH_CACHE_FRESH)
		uh_doctor_print(report, UH_OK, "%s: the compiled form of %s, and fresh", path,
				name);
	else
		uh_doctor_print(report, state == UH_CACHE_DAMAGED ? UH_FAULT : UH_NOTE,
				"%s: %s, so it is not used for %s", path, text[state], name);
	return state == UH_CACHE_FRESH;
}

static void report_none_compiled(struct uh_doctor_report *report, const char *name,
				 const struct uh_origin *origin)
{
	const char *file = origin->inline_routes ? "" : name;

	uh_doctor_print(
	    report, UH_NOTE,
	    "%s: no fresh compiled form: the first connection of each process starts "
	    "the compiler, about a millisecond; %s%s'",
	    name, *file ? "run 'unhairpin compile " : "start programs by 'unhairpin run", file);
}

/* The order is that of the preload object's search (preload/load_routes.c). */
void uh_doctor_compiled(struct uh_doctor_report *report, const struct uh_table_request *source,
			const char *handed_over, uid_t user)
{
	const char *name = source->shown ? source->shown : source->file;
	struct uh_origin origin;
	char path[PATH_MAX];
	enum uh_cache_state state;

	uh_table_request_origin(source, &origin);
	if (!origin.inline_routes && (!origin.file || access(origin.file, F_OK) != 0))
		return;
	if (handed_over && *handed_over == '/' &&
	    report_form(report, name, handed_over, verify_as(user, handed_over, &origin)))
		return;
	if (!origin.inline_routes && uh_cache_path(origin.file, path, sizeof(path))) {
		state = verify_as(user, path, &origin);
		if (state != UH_CACHE_ABSENT && report_form(report, name, path, state))
			return;
	}
	report_none_compiled(report, name, &origin);
}
