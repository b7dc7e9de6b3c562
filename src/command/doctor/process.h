/* SPDX-License-Identifier: MIT */
/* process.h: examines a running process. */
#ifndef UH_PROCESS_H
#define UH_PROCESS_H

#include <sys/types.h>

#include "configuration.h"

/* Reports whether the connections of a process are routed, and why not. */
void uh_doctor_process(struct uh_examination *examination, pid_t pid);

#endif
