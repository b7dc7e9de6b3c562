/* SPDX-License-Identifier: MIT */
/* unit_environment.h: the variables that a unit gives its programs. */
#ifndef UH_UNIT_ENVIRONMENT_H
#define UH_UNIT_ENVIRONMENT_H

#include "base/variable.h"
#include "command/inspect/unit_file.h"
#include "report.h"

/* The values of LD_PRELOAD and of our variables, by uh_variable_name[]; owned, or NULL. */
struct uh_unit_environment {
	char *preload, *value[UH_VARIABLES];
};

/*
 * Merges Environment=, EnvironmentFile= and UnsetEnvironment= as systemd.exec(5) says: a file
 * overrides Environment=, and what is unset last is gone. Reports variables that are ignored,
 * switch routing off or are not known here. name names the unit in findings.
 */
void uh_unit_environment_read(struct uh_unit_environment *environment,
			      struct uh_doctor_report *report, const char *name,
			      const struct uh_unit *unit);
void uh_unit_environment_free(struct uh_unit_environment *environment);

/* Returns the value of one of our variables, or NULL. */
const char *uh_unit_environment_get(const struct uh_unit_environment *environment,
				    const char *variable);

#endif
