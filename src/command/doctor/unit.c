/* SPDX-License-Identifier: MIT */
/* unit.c: examines a systemd unit. systemd need not run. */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/variable.h"
#include "command/cli/install_paths.h"
#include "command/inspect/preload_list.h"
#include "command/inspect/unit_file.h"
#include "kernel_cover.h"
#include "program.h"
#include "unix_targets.h"
#include "variables.h"

struct subject {
	struct uh_examination *examination;
	struct uh_doctor_report *report;
	const struct uh_unit *unit;
	const char *name;
	char preload[PATH_MAX], conf[PATH_MAX], routes[8192], compiled[PATH_MAX];
};

/*
 * A setting that hides paths from a service. paths is NULL if the setting's value lists the
 * paths.
 */
struct hiding {
	const char *key;
	const char *const *paths;
	const char *remedy;
};

static const char *const temporary[] = {"/tmp", "/var/tmp", NULL};
static const char *const homes[] = {"/home", "/root", "/run/user", NULL};
static const struct hiding hidings[] = {
    {"PrivateTmp", temporary, "move the socket to /run"},
    {"ProtectHome", homes, "move the socket to /run"},
    {"InaccessiblePaths", NULL, "take the path out of it"},
    {"TemporaryFileSystem", NULL, "add BindPaths= for the socket's directory"},
};

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0' || length == 1);
}

/*
 * Checks whether a setting's list of paths covers path. Each entry may have "-" or "+" before
 * it, and options after a colon.
 */
static bool is_in_value(const struct uh_unit *unit, const char *key, const char *path)
{
	char word[PATH_MAX];
	const char *value;

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));)
		while (uh_unit_word(&value, word, sizeof(word))) {
			word[strcspn(word, ":")] = '\0';
			if (is_below(path, word + strspn(word, "-+")))
				return true;
		}
	return false;
}

static bool hides(const struct uh_unit *unit, const struct hiding *hiding, const char *path)
{
	const char *value = uh_unit_value(unit, hiding->key);
	const char *const *hidden = hiding->paths;

	if (!hidden)
		return is_in_value(unit, hiding->key, path);
	if (!uh_unit_is_true(unit, hiding->key) &&
	    !(value && (strcmp(value, "tmpfs") == 0 || strcmp(value, "disconnected") == 0)))
		return false;
	while (*hidden && !is_below(path, *hidden))
		hidden++;
	return *hidden;
}

/* Reports the settings that hide one Unix target from the service. */
static void examine_target(void *context, const char *route, const char *path)
{
	const struct subject *subject = context;
	const struct uh_unit *unit = subject->unit;
	const char *root = uh_unit_value(unit, "RootDirectory");
	char full[PATH_MAX];

	if (*path == '@') {
		if (uh_unit_is_true(unit, "PrivateNetwork"))
			uh_doctor_print(subject->report, UH_FAULT, subject->name,
					"PrivateNetwork= hides unix:%s, a target of route %s, "
					"because it is an abstract name; use a path",
					path, route);
		return;
	}
	for (size_t i = 0; i < sizeof(hidings) / sizeof(*hidings); i++)
		if (hides(unit, &hidings[i], path))
			uh_doctor_print(subject->report, UH_FAULT, subject->name,
					"%s= hides unix:%s, a target of route %s; %s",
					hidings[i].key, path, route, hidings[i].remedy);
	if (root && snprintf(full, sizeof(full), "%s%s", root, path) < PATH_MAX &&
	    access(full, F_OK) != 0 && !is_in_value(unit, "BindPaths", path) &&
	    !is_in_value(unit, "BindReadOnlyPaths", path))
		uh_doctor_print(subject->report, UH_FAULT, subject->name,
				"RootDirectory=%s does not contain unix:%s, a target of route "
				"%s; add BindPaths= for its directory",
				root, path, route);
}

static void has_unix_target(void *context, const char *route, const char *path)
{
	(void)route;
	(void)path;
	*(bool *)context = true;
}

/*
 * Returns true if a list like RestrictAddressFamilies= excludes a word. "~" before the first
 * assignment makes it a list of exclusions; in later assignments it removes words.
 */
static bool leaves_out(const struct uh_unit *unit, const char *key, const char *wanted)
{
	bool given = false, inverted = false, listed = false;
	const char *value;
	char word[128];

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));) {
		bool removes = *value == '~';

		if (!given)
			inverted = removes;
		given = true;
		value += removes;
		while (uh_unit_word(&value, word, sizeof(word)))
			if (strncmp(word, wanted, strlen(wanted)) == 0 &&
			    (word[strlen(wanted)] == '\0' || word[strlen(wanted)] == ':'))
				listed = removes == inverted;
	}
	return given && listed == inverted;
}

/* Reports system calls that the unit forbids. Only Unix targets need them. */
static void report_system_calls(const struct subject *subject)
{
	static const char *const call[] = {"socket", "connect", "dup3", "@network-io"};
	const char *filter = uh_unit_value(subject->unit, "SystemCallFilter");

	if (leaves_out(subject->unit, "RestrictAddressFamilies", "AF_UNIX"))
		uh_doctor_print(subject->report, UH_FAULT, subject->name,
				"RestrictAddressFamilies= excludes AF_UNIX, so Unix targets "
				"cannot be reached; add AF_UNIX");
	for (size_t i = 0; filter && *filter == '~' && i < sizeof(call) / sizeof(*call); i++)
		if (leaves_out(subject->unit, "SystemCallFilter", call[i]))
			uh_doctor_print(subject->report, UH_FAULT, subject->name,
					"SystemCallFilter= forbids %s, which a routed "
					"connection needs; allow it",
					call[i]);
	if (filter && *filter != '~')
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"SystemCallFilter= allows only what it lists; @system-service "
				"and @network-io have all that a routed connection needs");
}

/*
 * systemd replaces "%" and a letter by a specifier, and "%%" by a percent sign
 * (systemd.unit(5)). Reports the specifiers that a template of ours has too, and undoes the
 * doubling.
 */
static void expand_percents(const struct subject *subject, char *variable)
{
	char *to = variable;

	for (const char *from = variable; *from; *to++ = *from++) {
		if (*from != '%')
			continue;
		if (from[1] == 'p' || from[1] == 'a')
			uh_doctor_print(subject->report, UH_FAULT, subject->name,
					"Environment= has %%%c, which systemd itself replaces; "
					"write %%%%%c",
					from[1], from[1]);
		from += from[1] == '%';
	}
	*to = '\0';
}

static void copy_value(const char *variable, const char *name, char *text, size_t size)
{
	size_t length = strlen(name);

	if (strncmp(variable, name, length) == 0 && variable[length] == '=')
		snprintf(text, size, "%s", variable + length + 1);
}

static void read_environment(struct subject *subject)
{
	char variable[sizeof(subject->routes)];
	const char *value;

	for (size_t i = 0; (value = uh_unit_next(subject->unit, "Environment", &i));)
		while (uh_unit_word(&value, variable, sizeof(variable))) {
			uh_variable_clean(variable);
			if (strncmp(variable, "UNHAIRPIN_ROUTES=", 17) == 0)
				expand_percents(subject, variable);
			uh_doctor_variable(subject->report, subject->name, variable);
			copy_value(variable, "LD_PRELOAD", subject->preload,
				   sizeof(subject->preload));
			copy_value(variable, "UNHAIRPIN_CONF", subject->conf,
				   sizeof(subject->conf));
			copy_value(variable, "UNHAIRPIN_ROUTES", subject->routes,
				   sizeof(subject->routes));
			copy_value(variable, "UNHAIRPIN_COMPILED", subject->compiled,
				   sizeof(subject->compiled));
		}
	if (uh_unit_value(subject->unit, "EnvironmentFile"))
		uh_doctor_print(
		    subject->report, UH_NOTE, subject->name,
		    "EnvironmentFile= is not read here; it may set the same variables");
}

static void report_environment(const struct subject *subject)
{
	struct uh_preload_word word;

	if (uh_preload_list_find(subject->preload, strlen(subject->preload), &word))
		uh_doctor_print(subject->report, UH_OK, subject->name,
				"LD_PRELOAD names the preload object");
	else if (!uh_is_global())
		uh_doctor_uncaught(
		    subject->report, subject->name,
		    "does not load the preload object; add "
		    "Environment=LD_PRELOAD=%s, or run 'unhairpin global enable'",
		    uh_installed_object_path());
}

/*
 * Finds the user of the service. DynamicUser= is a user without rights to others' files, as
 * nobody is.
 */
static bool find_user(const struct subject *subject, struct uh_credentials *identity)
{
	const char *user = uh_unit_value(subject->unit, "User");

	if (uh_unit_is_true(subject->unit, "DynamicUser"))
		user = "nobody";
	if (uh_credentials_of(user ? user : "root", identity))
		return true;
	uh_doctor_print(subject->report, UH_FAULT, subject->name,
			"User=%s does not exist on this machine; create it", user);
	return false;
}

/*
 * Examines the program: the first word of ExecStart=, without its prefixes: systemd.service(5).
 */
static void report_program(const struct subject *subject, const struct uh_credentials *identity)
{
	const char *value = uh_unit_value(subject->unit, "ExecStart");
	char program[PATH_MAX];

	if (!value || !uh_unit_word(&value, program, sizeof(program)))
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"has no ExecStart=, so its program is not checked");
	else
		uh_doctor_program(subject->report, program + strspn(program, "@-:+!|"),
				  &subject->examination->object, identity);
}

static const char *if_set(const char *text)
{
	return *text ? text : NULL;
}

static void examine(struct subject *subject)
{
	struct uh_client client = {.name = subject->name, .root = ""};
	bool any = false;

	read_environment(subject);
	report_environment(subject);
	bool known = find_user(subject, &client.identity);
	const struct uh_program_settings settings = {
	    if_set(subject->conf), if_set(subject->routes), if_set(subject->compiled),
	    known ? client.identity.user : geteuid()};
	uh_doctor_settings(subject->examination, &settings);
	if (known)
		report_program(subject, &client.identity);
	if (!subject->examination->table)
		return;
	uh_each_unix_target(subject->examination->table, has_unix_target, &any);
	if (any)
		report_system_calls(subject);
	uh_each_unix_target(subject->examination->table, examine_target, subject);
	if (known && !uh_unit_value(subject->unit, "RootDirectory"))
		uh_doctor_unix_targets(subject->report, subject->examination->table, &client);
}

void uh_doctor_unit(struct uh_examination *examination, const char *name)
{
	struct uh_unit unit = {0};
	struct uh_kernel_cover kernel;
	struct subject subject = {
	    .examination = examination,
	    .report = &examination->report,
	    .unit = &unit,
	    .name = name,
	};

	uh_kernel_cover_of_unit(&kernel, name, examination->table);
	examination->report.kernel = &kernel;
	if (strchr(name, '/') || access(name, F_OK) == 0 ? uh_unit_add(&unit, name)
							 : uh_unit_add_named(&unit, name))
		examine(&subject);
	else
		uh_doctor_print(&examination->report, UH_FAULT, name,
				"%s; give the path of the unit's file", strerror(errno));
	uh_unit_free(&unit);
	examination->report.kernel = NULL;
}
