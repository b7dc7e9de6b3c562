/* SPDX-License-Identifier: MIT */
/* copy_options.h: carries what the program set on one socket over to another. */
#ifndef UH_COPY_OPTIONS_H
#define UH_COPY_OPTIONS_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"

/*
 * Gives `to` the options of the program's socket, with the values that the kernel has now, and
 * remembers in the record of identity those that `to` has none of the kind of: the options that
 * were noted under its number and, unless nobody but this process and number can have set any,
 * all that are not as on a new socket of the kind. For the latter a socket is made and closed.
 * errno is not kept. Async-signal-safe.
 */
void uh_copy_options(const struct uh_socket *socket, int to, uint64_t identity);

/*
 * The way back: gives `to`, a socket of the kind that the program made, the options that were
 * set on the stand-in `from` and those that are remembered in its record. As above.
 */
void uh_copy_options_back(int from, int to, const struct uh_record *record);

/*
 * Copies owner and signal of O_ASYNC, if flags (F_GETFL) have it, they were noted, or another
 * process or number can have set them. As above.
 */
void uh_copy_owner(const struct uh_socket *socket, int to, int flags);

/* Forgets the protocols' options that were noted: they have been carried. */
void uh_forget_copied_options(int number);

#endif
