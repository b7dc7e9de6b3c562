/* SPDX-License-Identifier: MIT */
/* variables.h: unhairpin's environment variables. */
#ifndef UH_VARIABLES_H
#define UH_VARIABLES_H

#include "report.h"

/* Removes blanks and quotes around our variables, for this process and its children. */
void uh_variables_clean(void);

/* Warns of variables that programs ignore because their values are wrong. */
void uh_variables_warn(void);

/*
 * Reports a variable ("NAME=value", with a clean value) that is ignored or switches routing
 * off, and quotes in LD_PRELOAD. where names the environment in findings.
 */
void uh_doctor_variable(struct uh_doctor_report *report, const char *where,
			const char *variable);

#endif
