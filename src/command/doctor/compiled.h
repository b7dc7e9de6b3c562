/* SPDX-License-Identifier: MIT */
/* compiled.h: examines the compiler of routes and the compiled routes. */
#ifndef UH_COMPILED_H
#define UH_COMPILED_H

#include <stdbool.h>
#include <sys/types.h>

#include "report.h"

struct uh_table_request;

/* Runs the compiler of routes that belongs to the object, and reports whether it works. */
void uh_doctor_compiler(struct uh_doctor_report *report, const char *object);

/*
 * Reports which compiled form of the source's routes a program uses that runs as user and has
 * handed_over (or NULL) as UNHAIRPIN_COMPILED. A user other than the effective one requires
 * root. Returns true if there is one.
 */
bool uh_doctor_compiled(struct uh_doctor_report *report, const struct uh_table_request *source,
			const char *handed_over, uid_t user);

#endif
