/* SPDX-License-Identifier: MIT */
/* tls.c: a library that takes nearly all the static TLS that a program has left for such. */
extern _Thread_local char static_tls[1500] __attribute__((tls_model("initial-exec")));
_Thread_local char static_tls[1500] = {1};
