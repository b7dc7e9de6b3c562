/* SPDX-License-Identifier: MIT */
/* program.h: reports whether a program can load the preload object. */
#ifndef UH_PROGRAM_H
#define UH_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "command/inspect/elf_file.h"
#include "command/inspect/socket_access.h"
#include "report.h"

/* Returns true if this machine's /etc/ld.so.preload names the object. Not async-signal-safe. */
bool uh_is_global(void);

/*
 * Writes the path of the executable that runs if a program is started: name, or the program of
 * that name in PATH, without symbolic links; of a script its interpreter. Returns false if
 * there is none.
 */
bool uh_program_executable(const char *name, char executable[PATH_MAX]);

/*
 * Reports whether a program can load the object if a user starts it. name is a path or is
 * looked up in PATH. If the program is a script, its interpreter is examined too.
 */
void uh_doctor_program(struct uh_doctor_report *report, const char *name,
		       const struct uh_elf *object, const struct uh_credentials *by);

/*
 * Reports whether an ELF file that was read already can load the object. name is its name in
 * findings.
 */
void uh_doctor_elf(struct uh_doctor_report *report, const char *name, const struct uh_elf *elf,
		   const struct uh_elf *object);

#endif
