/* SPDX-License-Identifier: MIT */
/* tell.h: the log line for a connection that has a route. */
#ifndef UH_TELL_H
#define UH_TELL_H

#include "socket.h"

/* An uh_tell_function that writes to the log: at "debug" where a target took it, at "info"
 * where none did, at "warning" where no route knows a stand-in. */
uh_tell_function uh_tell;

#endif
