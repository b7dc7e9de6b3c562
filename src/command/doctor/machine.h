/* SPDX-License-Identifier: MIT */
/* machine.h: examines what all programs of this machine share. */
#ifndef UH_MACHINE_H
#define UH_MACHINE_H

#include "configuration.h"

/*
 * Reports on the configuration of a program with these settings, and then on the preload
 * object, the compiler of routes and this machine.
 */
void uh_doctor_machine(struct uh_examination *examination,
		       const struct uh_program_settings *settings);

#endif
