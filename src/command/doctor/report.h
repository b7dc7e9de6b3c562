/* SPDX-License-Identifier: MIT */
/* report.h: what `unhairpin doctor` and `run` say about a program, in the same words. */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>

#include "command/inspect/elf_file.h"
#include "command/inspect/socket_access.h"

enum uh_doctor_verdict { UH_OK, UH_NOTE, UH_FAULT };

struct uh_doctor_report {
	bool faults_only; /* tell faults alone, and on stderr; else all, on stdout */
	unsigned faults;  /* how many there were */
};

/* Tells one, as "ok: ", "note: " or "fault: " and the text: what, why, and what to do. */
void uh_doctor_print(struct uh_doctor_report *findings, enum uh_doctor_verdict kind,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* program.c */

/* True when this machine's /etc/ld.so.preload has the object. */
bool uh_is_global(void);

/*
 * Tells whether a program (a path, or a name to be found in PATH) can be given the object, when
 * it's started by somebody. A script is followed to what runs it.
 */
void uh_doctor_program(struct uh_doctor_report *findings, const char *name,
		       const struct uh_elf *object, const struct uh_credentials *by);

/* The same for an ELF file that was read already; name is for people. */
void uh_doctor_elf(struct uh_doctor_report *findings, const char *name,
		   const struct uh_elf *elf, const struct uh_elf *object);

/* unix_targets.c */

struct uh_table_request;
struct uh_table;

/* Somebody who connects. */
struct uh_visitor {
	const char *name; /* for people */
	const char *root; /* what is / to him, as a path of ours; "" for the same */
	struct uh_credentials identity;
	bool other_network; /* he is in another network name space */
};

/* Tells of each Unix target in the table that the visitor can't connect to. */
void uh_doctor_unix_targets(struct uh_doctor_report *findings, const struct uh_table *table,
			    const struct uh_visitor *visitor);

/* Calls visit with the path of each Unix target ("@name" for an abstract one), once a route. */
void uh_each_unix_target(const struct uh_table *table,
			 void (*visit)(void *context, const char *route, const char *path),
			 void *context);

/* compiled.c */

/* Tells whether the compiler of routes that belongs to the object can be used here. It is run.
 */
void uh_doctor_compiler(struct uh_doctor_report *findings, const char *object);

/*
 * Tells which compiled form of the source programs use that run as that user and that have
 * handed_over (or NULL) as UNHAIRPIN_COMPILED. For another user than this one it takes root.
 */
void uh_doctor_compiled(struct uh_doctor_report *findings,
			const struct uh_table_request *source, const char *handed_over,
			uid_t user);

/* doctor.c, process.c, unit.c */

struct uh_examination {
	struct uh_doctor_report findings;
	const struct uh_table *table; /* or NULL: the configuration has faults */
	struct uh_elf object;
};

/* The variables of ours that a program is given: UNHAIRPIN_CONF, _ROUTES and _COMPILED, each
 * NULL for not set, and its effective user. */
struct uh_given {
	const char *file, *routes, *compiled;
	uid_t user;
};

/*
 * Takes a program's configuration for the rest. Tells its faults, or how many routes there are
 * and where they are compiled.
 */
void uh_examine_with(struct uh_examination *examination, const struct uh_given *given);

void uh_examine_process(struct uh_examination *examination, pid_t pid);

/* name is a path, or a name that is looked for where systemd does. */
void uh_examine_unit(struct uh_examination *examination, const char *name);

/*
 * variables.c: tells a variable of ours ("NAME=value", cleaned) that is wrong or turns
 * everything off, and quotes in LD_PRELOAD. where names their place, for people.
 */
void uh_doctor_variable(struct uh_doctor_report *findings, const char *where,
			const char *variable);

#endif
