/* SPDX-License-Identifier: MIT */
/* unit.h: examines a systemd unit. */
#ifndef UH_UNIT_H
#define UH_UNIT_H

#include "configuration.h"

/*
 * Reports whether the connections of a service, the examination's subject, will be routed, and
 * why not. The subject is the path of a unit file, or is looked up in systemd's directories.
 */
void uh_doctor_unit(struct uh_examination *examination);

#endif
