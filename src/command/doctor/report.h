/* SPDX-License-Identifier: MIT */
/* report.h: the findings of `unhairpin doctor`, and of `unhairpin run` about its program. */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>

#include "command/inspect/elf_file.h"
#include "command/inspect/socket_access.h"

enum uh_doctor_verdict { UH_OK, UH_NOTE, UH_FAULT };

struct uh_doctor_report {
	bool faults_only; /* print only faults, on stderr; else print all findings on stdout */
	unsigned faults;  /* number of faults so far */
};

/*
 * Prints one finding: "ok: ", "note: " or "fault: " and the text, which says what was found,
 * why, and what to do.
 */
void uh_doctor_print(struct uh_doctor_report *findings, enum uh_doctor_verdict kind,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* program.c */

/* Returns true if this machine's /etc/ld.so.preload names the object. Not async-signal-safe. */
bool uh_is_global(void);

/*
 * Reports whether a program can load the object if a user starts it. name is a path or is
 * looked up in PATH. If the program is a script, its interpreter is examined too.
 */
void uh_doctor_program(struct uh_doctor_report *findings, const char *name,
		       const struct uh_elf *object, const struct uh_credentials *by);

/*
 * Reports whether an ELF file that was read already can load the object. name is its name in
 * findings.
 */
void uh_doctor_elf(struct uh_doctor_report *findings, const char *name,
		   const struct uh_elf *elf, const struct uh_elf *object);

/* unix_targets.c */

struct uh_table_request;
struct uh_table;

/* The user and process whose access to sockets is checked. */
struct uh_visitor {
	const char *name; /* name in findings */
	const char *root; /* path of its root directory; "" for this process's */
	struct uh_credentials identity;
	bool other_network; /* it is in another network name space */
};

/* Reports each Unix target in the table that the client cannot connect to. */
void uh_doctor_unix_targets(struct uh_doctor_report *findings, const struct uh_table *table,
			    const struct uh_visitor *visitor);

/*
 * Calls visit for each Unix target of each route, with its path ("@name" for an abstract one).
 */
void uh_each_unix_target(const struct uh_table *table,
			 void (*visit)(void *context, const char *route, const char *path),
			 void *context);

/* compiled.c */

/* Runs the compiler of routes that belongs to the object, and reports whether it works. */
void uh_doctor_compiler(struct uh_doctor_report *findings, const char *object);

/*
 * Reports which compiled form of the source's routes a program uses that runs as user and has
 * handed_over (or NULL) as UNHAIRPIN_COMPILED. A user other than the effective one requires
 * root.
 */
void uh_doctor_compiled(struct uh_doctor_report *findings,
			const struct uh_table_request *source, const char *handed_over,
			uid_t user);

/* doctor.c, process.c, unit.c */

struct uh_examination {
	struct uh_doctor_report findings;
	const struct uh_table *table; /* NULL: not read, or faulty */
	struct uh_elf object;
};

/*
 * The settings in a program's environment (UNHAIRPIN_CONF, _ROUTES and _COMPILED, each NULL if
 * not set) and its effective user.
 */
struct uh_given {
	const char *file, *routes, *compiled;
	uid_t user;
};

/*
 * Loads a program's configuration, which later findings refer to. Reports its faults, or its
 * number of routes and their compiled form.
 */
void uh_examine_with(struct uh_examination *examination, const struct uh_given *given);

void uh_examine_process(struct uh_examination *examination, pid_t pid);

/* Examines a unit. name is a path, or is looked up in systemd's directories. */
void uh_examine_unit(struct uh_examination *examination, const char *name);

/*
 * variables.c: reports a variable ("NAME=value", with a clean value) that is ignored or
 * switches routing off, and quotes in LD_PRELOAD. where names the environment in findings.
 */
void uh_doctor_variable(struct uh_doctor_report *findings, const char *where,
			const char *variable);

#endif
