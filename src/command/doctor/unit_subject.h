/* SPDX-License-Identifier: MIT */
/* unit_subject.h: what the examinations of one unit share. */
#ifndef UH_UNIT_SUBJECT_H
#define UH_UNIT_SUBJECT_H

#include "command/inspect/unit_paths.h"
#include "configuration.h"
#include "unit_environment.h"

struct uh_unit_subject {
	struct uh_examination *examination;
	struct uh_doctor_report *report;
	struct uh_unit unit;
	const char *name; /* in findings */
	struct uh_unit_environment environment;
	struct uh_client client;
	bool user_known;
	char program[PATH_MAX];	   /* the path in ExecStart=, as the unit sees it; "" if none */
	char executable[PATH_MAX]; /* the path of its executable on this host; "" if unknown */
};

/* unit_files.c */

/*
 * Reports whether the unit's program loads the preload object: whether a setting names it, and
 * whether the unit can see and execute it.
 */
void uh_unit_report_object(const struct uh_unit_subject *subject);

/* Reports settings that hide the configuration, or forbid the compiler of routes. */
void uh_unit_report_configuration(const struct uh_unit_subject *subject);
void uh_unit_report_compiler(const struct uh_unit_subject *subject);

/* unit_starters.c */

/*
 * Reports if the unit's program does not pass the unit's variables to the programs it starts.
 * Returns true if the variables of the unit say nothing about the service.
 */
bool uh_unit_report_starter(const struct uh_unit_subject *subject);

/* unit_targets.c */

/* Reports the targets that the unit's settings or its user keep it from. */
void uh_unit_report_targets(const struct uh_unit_subject *subject);

/* Writes the system calls among a list that the unit forbids to text, with the effect. */
struct uh_call {
	const char *names[5]; /* the call, and the groups that have it; then NULL */
};
bool uh_unit_forbids_calls(const struct uh_unit_subject *subject, const struct uh_call *call,
			   size_t count, char *text, size_t size);

#endif
