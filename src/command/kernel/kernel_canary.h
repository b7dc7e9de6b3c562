/* SPDX-License-Identifier: MIT */
/*
 * kernel_canary.h: tries the kernel's programs out in a cgroup of their own, before they are
 * attached to any other.
 */
#ifndef UH_KERNEL_CANARY_H
#define UH_KERNEL_CANARY_H

#include "command/canary/canary.h"
#include "flatten/flatten.h"

/*
 * Attaches the programs to a new cgroup below the mount of cgroups, and lets a child process
 * connect and send datagrams there, with routes of its own and without any. The child has a new
 * network name space and a time limit, and the programs end with it. The cgroup is removed; if
 * this process is killed meanwhile, an empty one is left, which the next call takes.
 *
 * Prints nothing. Returns false if a call did not behave as expected, or could not be tried.
 * SIGCHLD has its default action afterwards. Not async-signal-safe.
 */
bool uh_kernel_canary(struct uh_verdict *verdict);

/* kernel_canary_rows.c */

/*
 * The routes: two destinations that are nobody's (RFC 5737, RFC 3849), and their targets, at
 * ports that hardly any route of this machine has.
 */
#define UH_CANARY_IPV4 "192.0.2.1"
#define UH_CANARY_IPV6 "2001:db8::1"
#define UH_CANARY_ASKED_PORT 443
#define UH_CANARY_TARGET_IPV4 "127.85.72.1"
#define UH_CANARY_TARGET_IPV6 "::1"
#define UH_CANARY_TARGET_PORT 1

/* Makes the rows of these routes, of any protocol. Returns false with errno. The caller frees
 * rows->row. */
bool uh_kernel_canary_rows(struct uh_rows *rows);

/* kernel_canary_calls.c */

/*
 * Connects and sends datagrams to addresses with a route, with none, and of this host. The
 * network name space must be one of this process alone, with nothing but the loopback
 * interface. routed tells whether the table has the routes; otherwise it is empty. Returns
 * false if a call did not behave as expected. verdict->fault is then the reason, and while the
 * calls are made it names the one that has not ended.
 */
bool uh_kernel_canary_calls(bool routed, struct uh_verdict *verdict);

#endif
