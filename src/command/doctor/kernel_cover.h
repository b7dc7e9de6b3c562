/* SPDX-License-Identifier: MIT */
/* kernel_cover.h: reports whether the kernel back end catches connections. */
#ifndef UH_KERNEL_COVER_H
#define UH_KERNEL_COVER_H

#include <limits.h>
#include <sys/types.h>

#include "configuration.h"

/* The effect that the kernel back end has, or could have, on the connections of one subject. */
struct uh_kernel_cover {
	char cgroup[PATH_MAX];	     /* the enabled one that has the subject, as shown; or "" */
	char command[NAME_MAX + 32]; /* the command that enables it; "" if that is no help */
};

/*
 * Finds the cover of a process (0: this one, and what it starts), or of a unit by its name:
 * that of its cgroup, or if the unit does not run of the cgroup in which systemd starts it.
 * table has the routes that the kernel would get; NULL: not known.
 */
void uh_kernel_cover_of_process(struct uh_kernel_cover *cover, pid_t process,
				const struct uh_table *table);
void uh_kernel_cover_of_unit(struct uh_kernel_cover *cover, const char *name,
			     const struct uh_table *table);

/*
 * Reports that the preload object does not catch the subject's connections. It is a fault, but
 * if the kernel catches them (report->kernel) a note. format says what was found, and after a
 * semicolon what to do.
 */
void uh_doctor_uncaught(struct uh_doctor_report *report, const char *subject,
			const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reports the attachments: which are broken, and which have older routes than the files. */
void uh_doctor_attachments(struct uh_examination *examination);

#endif
