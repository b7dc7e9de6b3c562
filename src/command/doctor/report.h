/* SPDX-License-Identifier: MIT */
/*
 * report.h: the findings of `unhairpin doctor`, and of `unhairpin run` about its program.
 * Nothing in this folder is async-signal-safe.
 */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UH_CAUGHT is a note in place of a fault: the kernel back end catches the program. A UH_PART
 * is a fault that concerns some connections, or one target; a UH_FAULT concerns all.
 */
enum uh_severity { UH_OK, UH_NOTE, UH_CAUGHT, UH_PART, UH_FAULT };

enum { UH_REASON = 512 }; /* the size of a reason's text */

struct uh_kernel_cover;

struct uh_doctor_report {
	bool faults_only; /* print only faults, and what is in place of one, on stderr; else
			   * print all findings on stdout */
	bool json;	  /* print each finding on stdout as a JSON object */
	unsigned faults;  /* number of faults so far */
	const struct uh_kernel_cover *kernel; /* of the subject (kernel_cover.h), or NULL */
	/* The first finding of each kind, without its remedy; "" if there is none. */
	char fault[UH_REASON], part[UH_REASON], caught[UH_REASON];
	unsigned char *unreachable; /* owned; 1 for each target that cannot be reached */
	size_t targets;		    /* the length of unreachable */
	unsigned missing;	    /* Unix targets that don't exist at the moment */
};

/*
 * Prints one finding on a line of its own: "ok: ", "note: " or "fault: ", then "SUBJECT: " and
 * the text, which says what was found, why, and after a semicolon what to do. As JSON it is one
 * object a line with the members "severity" ("ok", "note" or "fault"), "subject" (the file,
 * program, process, unit, socket or setting that was examined) and "text", all of them strings.
 */
void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Notes that a target of the table, by its index there, cannot be reached. */
void uh_doctor_unreachable(struct uh_doctor_report *report, uint32_t target);

#endif
