/* SPDX-License-Identifier: MIT */
/* verdict.h: the last line of `unhairpin doctor`. */
#ifndef UH_VERDICT_H
#define UH_VERDICT_H

#include "configuration.h"

/*
 * Prints "verdict: connections of SUBJECT are routed", "… are partly routed: REASON" or "… are
 * not routed: REASON", by the findings of the examination. As JSON it is a finding with the
 * severity "verdict" and a member "verdict": "routed", "partly" or "not routed".
 */
void uh_doctor_verdict(const struct uh_examination *examination);

#endif
