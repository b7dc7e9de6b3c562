/* SPDX-License-Identifier: MIT */
/*
 * report.h: the findings of `unhairpin doctor`, and of `unhairpin run` about its program.
 * Nothing in this folder is async-signal-safe.
 */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>

/* UH_CAUGHT is a note in place of a fault: the kernel back end catches the program. */
enum uh_severity { UH_OK, UH_NOTE, UH_CAUGHT, UH_FAULT };

struct uh_kernel_cover;

struct uh_doctor_report {
	bool faults_only; /* print only faults, and what is in place of one, on stderr; else
			   * print all findings on stdout */
	bool json;	  /* print each finding on stdout as a JSON object */
	unsigned faults;  /* number of faults so far */
	const struct uh_kernel_cover *kernel; /* of the subject (kernel_cover.h), or NULL */
};

/*
 * Prints one finding on a line of its own: "ok: ", "note: " or "fault: ", then "SUBJECT: " and
 * the text, which says what was found, why, and what to do. As JSON it is one object a line
 * with the members "severity" ("ok", "note" or "fault"), "subject" (the file, program, process,
 * unit, socket or setting that was examined) and "text", all of them strings.
 */
void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
