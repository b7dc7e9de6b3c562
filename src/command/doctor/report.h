/* SPDX-License-Identifier: MIT */
/* report.h: the findings of `unhairpin doctor`, and of `unhairpin run` about its program. */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>

enum uh_severity { UH_OK, UH_NOTE, UH_FAULT };

struct uh_doctor_report {
	bool faults_only; /* print only faults, on stderr; else print all findings on stdout */
	unsigned faults;  /* number of faults so far */
};

/*
 * Prints one finding: "ok: ", "note: " or "fault: " and the text, which says what was found,
 * why, and what to do.
 */
void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
