/* SPDX-License-Identifier: MIT */
/* unit_files.c: whether a unit sees the preload object, its configuration and the compiler. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/install_paths.h"
#include "command/inspect/preload_list.h"
#include "kernel_cover.h"
#include "load/cache.h"
#include "load/find_compiler.h"
#include "program.h"
#include "unit_subject.h"

enum { EXPLANATION = 4 * PATH_MAX + 256 };

/* The calls that start the compiler (load/run_compiler.c): systemd-analyze(1), syscall-filter.
 */
static const struct uh_call compiler_calls[] = {
    {{"clone", "@process", "@system-service", "@known"}},
    {{"wait4", "@process", "@system-service", "@known"}},
    {{"memfd_create", "@ipc", "@system-service", "@known"}},
    {{"ppoll", "@io-event", "@system-service", "@known"}},
};

/*
 * Writes why the unit does not see a file that it needs, and the remedy. Returns false if it
 * sees the file. *severity: of the finding.
 */
static bool explain_place(const struct uh_unit_subject *subject, const char *path,
			  const char *effect, char text[EXPLANATION],
			  enum uh_severity *severity)
{
	struct uh_unit_place place;

	uh_unit_place(&subject->unit, path, &place);
	*severity = UH_FAULT;
	if (place.hidden_by && strcmp(place.hidden_by, "RootImage") == 0) {
		*severity = UH_NOTE;
		snprintf(text, EXPLANATION,
			 "RootImage= is not looked into; if the image has no %s, %s; add "
			 "BindReadOnlyPaths=%s",
			 path, effect, path);
	} else if (place.hidden_by) {
		snprintf(text, EXPLANATION, "%s= hides %s, so %s; add BindReadOnlyPaths=%s%s",
			 place.hidden_by, path, effect, path,
			 strcmp(place.hidden_by, "ProtectHome") == 0
			     ? ", with ProtectHome=tmpfs"
			     : "");
	} else if (access(place.here, F_OK) == 0) {
		return false;
	} else if (strcmp(place.here, path) != 0) {
		snprintf(text, EXPLANATION,
			 "has no %s in its root directory (%s), so %s; add "
			 "BindReadOnlyPaths=%s",
			 path, place.here, effect, path);
	} else {
		snprintf(text, EXPLANATION,
			 "%s does not exist, so %s; correct the path, or install it", path,
			 effect);
	}
	return true;
}

/* Reports whether the unit sees a file that ld.so needs. Returns true if it does. */
static bool report_needed(const struct uh_unit_subject *subject, const char *path)
{
	char text[EXPLANATION];
	enum uh_severity severity;

	if (!explain_place(subject, path, "ld.so does not load the preload object", text,
			   &severity))
		return true;
	if (severity == UH_FAULT)
		uh_doctor_uncaught(subject->report, subject->name, "%s", text);
	else
		uh_doctor_print(subject->report, severity, subject->name, "%s", text);
	return false;
}

/* Reports what keeps ld.so from loading the object at a path. */
static void report_loading(const struct uh_unit_subject *subject, const char *path)
{
	char where[PATH_MAX];

	if (!report_needed(subject, path))
		return;
	if (uh_unit_forbids_code(&subject->unit, path))
		uh_doctor_uncaught(subject->report, subject->name,
				   "NoExecPaths= forbids ld.so to load %s; add ExecPaths=%s",
				   path, path);
	if (subject->user_known &&
	    uh_socket_access("", path, &subject->client.identity, where) == UH_FORBIDDEN)
		uh_doctor_uncaught(subject->report, subject->name,
				   "user %u may not read %s because of the mode of %s; change "
				   "the mode, or install the object in /usr/lib",
				   subject->client.identity.user, path, where);
}

void uh_unit_report_object(const struct uh_unit_subject *subject)
{
	const char *preload = subject->environment.preload ? subject->environment.preload : "";
	struct uh_preload_word word;
	char path[PATH_MAX];

	if (!uh_is_global() && uh_unit_report_starter(subject))
		return;
	if (uh_preload_list_find(preload, strlen(preload), &word)) {
		uh_doctor_print(subject->report, UH_OK, subject->name,
				"LD_PRELOAD names the preload object");
		snprintf(path, sizeof(path), "%.*s", (int)word.length, preload + word.start);
		/* ld.so looks for a name in directories, and replaces $LIB: ld.so(8). */
		if (*path == '/' && !strchr(path, '$'))
			report_loading(subject, path);
	} else if (!uh_is_global()) {
		uh_doctor_uncaught(
		    subject->report, subject->name,
		    "does not load the preload object; add "
		    "Environment=LD_PRELOAD=%s, or run 'unhairpin global enable'",
		    uh_installed_object_path());
	} else if (report_needed(subject, "/etc/ld.so.preload")) {
		report_loading(subject, uh_installed_object_path());
	}
}

void uh_unit_report_configuration(const struct uh_unit_subject *subject)
{
	const char *file = uh_unit_environment_get(&subject->environment, "UNHAIRPIN_CONF");
	char text[EXPLANATION];
	enum uh_severity severity;

	if (!file && access(UH_DEFAULT_CONF, F_OK) != 0)
		return;
	if (!file)
		file = UH_DEFAULT_CONF;
	if (*file == '/' && strcmp(file, "/dev/null") != 0 &&
	    explain_place(subject, file, "the unit has none of its routes", text, &severity))
		uh_doctor_print(subject->report, severity, subject->name, "%s", text);
}

/* A unit with a compiled form of its routes does not start the compiler now. */
void uh_unit_report_compiler(const struct uh_unit_subject *subject)
{
	enum uh_severity severity = subject->examination->is_compiled ? UH_NOTE : UH_FAULT;
	const char *effect = subject->examination->is_compiled
				 ? "so changed routes wait for 'unhairpin compile'"
				 : "and no compiled form is up to date";
	char path[PATH_MAX], text[256];
	struct uh_unit_place place;

	if (!subject->examination->table ||
	    uh_find_compiler(subject->examination->object_path, false, path, sizeof(path)) != 0)
		return;
	uh_unit_place(&subject->unit, path, &place);
	if (uh_unit_forbids_calls(subject, compiler_calls,
				  sizeof(compiler_calls) / sizeof(*compiler_calls), text,
				  sizeof(text)))
		uh_doctor_print(subject->report, severity, subject->name,
				"SystemCallFilter= forbids %s, which start the compiler of "
				"routes, %s; add SystemCallFilter=@process @ipc @io-event, or "
				"keep the compiled form up to date by unhairpin-compile.path",
				text, effect);
	if (place.hidden_by || access(place.here, X_OK) != 0)
		uh_doctor_print(subject->report, severity, subject->name,
				"%s= hides the compiler of routes, %s; add "
				"BindReadOnlyPaths=%s",
				place.hidden_by ? place.hidden_by : "RootDirectory", effect,
				path);
	else if (uh_unit_forbids_code(&subject->unit, path))
		uh_doctor_print(subject->report, severity, subject->name,
				"NoExecPaths= forbids the compiler of routes, %s; add "
				"ExecPaths=%s",
				effect, path);
}
