/* SPDX-License-Identifier: MIT */
/* unit.c: examines a systemd unit. systemd need not run. */
#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/inspect/unit_search.h"
#include "command/inspect/unit_specifiers.h"
#include "kernel_cover.h"
#include "machine.h"
#include "program.h"
#include "unit_subject.h"
#include "verdict.h"

/* Adds a group, by name or number, to the rights of the unit. */
static void add_group(struct uh_credentials *identity, const char *name, bool is_main)
{
	const struct group *group = getgrnam(name);
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	if (!group && (*end || !*name))
		return;
	if (is_main)
		identity->main_group = group ? group->gr_gid : (gid_t)number;
	else if (identity->groups < UH_MOST_GROUPS)
		identity->group[identity->groups++] = group ? group->gr_gid : (gid_t)number;
}

static void read_groups(struct uh_unit_subject *subject)
{
	const struct uh_unit *unit = &subject->unit;
	const char *value = uh_unit_value(unit, "Group");
	char name[256];

	if (value) {
		uh_unit_expand(unit, value, name, sizeof(name));
		add_group(&subject->client.identity, name, true);
	}
	for (size_t i = 0; (value = uh_unit_next(unit, "SupplementaryGroups", &i));)
		while (uh_unit_next_word(unit, &value, name, sizeof(name)))
			add_group(&subject->client.identity, name, false);
}

/*
 * Finds the user of the service. A user that DynamicUser= makes has no rights to others' files,
 * as nobody has none.
 */
static void find_user(struct uh_unit_subject *subject)
{
	const char *value = uh_unit_value(&subject->unit, "User");
	char user[256] = "root";

	if (value)
		uh_unit_expand(&subject->unit, value, user, sizeof(user));
	subject->user_known = uh_credentials_of(user, &subject->client.identity);
	if (uh_unit_is_true(&subject->unit, "DynamicUser") && (!value || !subject->user_known))
		subject->user_known = uh_credentials_of("nobody", &subject->client.identity);
	if (subject->user_known)
		read_groups(subject);
	else
		uh_doctor_print(subject->report, UH_FAULT, subject->name,
				"User=%s does not exist on this machine; create it", user);
}

/* Finds the first word of ExecStart=, without its prefixes: systemd.service(5). */
static void find_program(struct uh_unit_subject *subject)
{
	const char *value = uh_unit_value(&subject->unit, "ExecStart");
	struct uh_unit_place place;
	char word[PATH_MAX];

	if (!value || !uh_unit_next_word(&subject->unit, &value, word, sizeof(word)))
		return;
	snprintf(subject->program, sizeof(subject->program), "%s",
		 word + strspn(word, "@-:+!|"));
	place.here[0] = '\0';
	if (*subject->program == '/')
		uh_unit_place(&subject->unit, subject->program, &place);
	else
		snprintf(place.here, sizeof(place.here), "%s", subject->program);
	if (!*place.here || !uh_program_executable(place.here, subject->executable))
		*subject->executable = '\0';
	if (*place.here)
		strcpy(subject->program, place.here);
}

/* Says for whom the answer is. A service that starts as root can change its user. */
static void report_subject(struct uh_unit_subject *subject)
{
	const struct uh_unit *unit = &subject->unit;
	const struct passwd *user =
	    subject->user_known ? getpwuid(subject->client.identity.user) : NULL;

	subject->examination->concerned = (struct uh_concerned){
	    *subject->executable ? subject->executable : NULL, subject->client.identity.user,
	    !subject->user_known || subject->client.identity.user == 0};
	uh_doctor_print(subject->report, UH_OK, subject->name,
			"examined as program %s of user %s, by unit file %s with %zu drop-in%s",
			*subject->program ? subject->program : "(unknown)",
			user ? user->pw_name : "?", unit->path, unit->drop_ins,
			unit->drop_ins == 1 ? "" : "s");
	if (strstr(unit->name, "@.service"))
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"is a template, so %%i is empty; name an instance to examine "
				"that one");
}

/*
 * Examines the configuration that the unit sees. The file of a unit with RootDirectory= is
 * below that.
 */
static void examine_machine(struct uh_unit_subject *subject)
{
	const struct uh_unit_environment *environment = &subject->environment;
	struct uh_program_settings settings = {
	    uh_unit_environment_get(environment, "UNHAIRPIN_CONF"),
	    uh_unit_environment_get(environment, "UNHAIRPIN_ROUTES"),
	    uh_unit_environment_get(environment, "UNHAIRPIN_COMPILED"),
	    subject->user_known ? subject->client.identity.user : geteuid(),
	};
	struct uh_unit_place place;

	if (settings.file && *settings.file == '/') {
		uh_unit_place(&subject->unit, settings.file, &place);
		if (*place.here && access(place.here, F_OK) == 0)
			settings.file = place.here;
	}
	uh_doctor_machine(subject->examination, &settings);
}

static void report_program(const struct uh_unit_subject *subject)
{
	if (!*subject->program)
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"has no ExecStart=, so its program is not checked");
	else if (subject->user_known)
		uh_doctor_program(subject->report, subject->program,
				  &subject->examination->object, &subject->client.identity);
}

static void examine(struct uh_unit_subject *subject)
{
	struct uh_kernel_cover kernel;

	find_user(subject);
	find_program(subject);
	report_subject(subject);
	uh_unit_environment_read(&subject->environment, subject->report, subject->name,
				 &subject->unit);
	examine_machine(subject);
	uh_kernel_cover_of_unit(&kernel, subject->name, subject->examination->table);
	subject->report->kernel = &kernel;
	uh_unit_report_object(subject);
	uh_unit_report_configuration(subject);
	uh_unit_report_compiler(subject);
	report_program(subject);
	if (subject->examination->table)
		uh_unit_report_targets(subject);
	subject->report->kernel = NULL;
}

void uh_doctor_unit(struct uh_examination *examination)
{
	const char *name = examination->subject;
	struct uh_unit_subject subject = {
	    .examination = examination,
	    .report = &examination->report,
	    .name = name,
	    .client = {.name = name, .root = ""},
	};
	bool is_file = strchr(name, '/') || access(name, F_OK) == 0;

	if (!(is_file ? uh_unit_add(&subject.unit, name)
		      : uh_unit_find(&subject.unit, "", name)))
		uh_doctor_print(&examination->report, UH_FAULT, name,
				"%s; give the path of the unit's file", strerror(errno));
	else if (subject.unit.masked)
		uh_doctor_print(&examination->report, UH_FAULT, name,
				"is masked by %s, so it cannot be started; run 'systemctl "
				"unmask %s'",
				subject.unit.path, name);
	else
		examine(&subject);
	uh_doctor_verdict(examination);
	uh_unit_environment_free(&subject.environment);
	uh_unit_free(&subject.unit);
}
