/* SPDX-License-Identifier: MIT */
/* send_proxy_header.h: tells a target who calls. */
#ifndef UH_SEND_PROXY_HEADER_H
#define UH_SEND_PROXY_HEADER_H

#include "attempt.h"

/*
 * Sends the PROXY header, if the route has one, and completes record->local for it. False with
 * errno if the header can't be sent as a whole. Async-signal-safe.
 */
bool uh_send_proxy_header(const struct uh_target_attempt *attempt, int fresh,
			  struct uh_record *record);

#endif
