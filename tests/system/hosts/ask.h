/* SPDX-License-Identifier: MIT */
/* ask.h: one question to a web server, as the programs of test_hosts.sh ask it. */
#ifndef UH_ASK_H
#define UH_ASK_H

/*
 * Gets /who from ADDRESS:PORT. Puts "PORT ADDRESS:PORT WORD\n" into line (256 bytes): what was
 * asked for, getpeername's answer, and the server's. Returns 0, or an errno with the reason in
 * line.
 */
int ask(const char *address, int port, char *line);

#endif
