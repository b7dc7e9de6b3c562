/* SPDX-License-Identifier: MIT */
/* peer_user.c: a Unix target that an unexpected user runs does not answer. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"

#define NOBODY 65534

/* Serves DIR/peer.sock as "hit" and as user; who may bind there is another matter. */
static pid_t serve_as(uid_t user)
{
	int listener = uh_unix_listener("peer.sock", 16), ready[2];
	pid_t child;
	char byte;

	SAME(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		if (user && setuid(user) < 0)
			_exit(1);
		if (listen(listener, 16) < 0 || write(ready[1], "x", 1) < 0)
			_exit(1);
		for (;;) {
			int fd = accept(listener, NULL, NULL);
			ssize_t got = read(fd, &byte, 1);

			if (got == 1 && send(fd, "hit\n", 4, MSG_NOSIGNAL) < 0)
				_exit(1);
			close(fd);
		}
	}
	close(ready[1]);
	close(listener);
	if (read(ready[0], &byte, 1) != 1)
		uh_skip("not permitted to change the user");
	close(ready[0]);
	return child;
}

static void end(pid_t server)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static void goes(uint16_t port, int flags, const char *where)
{
	int fd = uh_socket(flags);

	uh_connect_port(fd, port);
	TEXT(uh_who(fd), where);
	close(fd);
}

static void refused(uint16_t port, int flags)
{
	struct uh_peer peer = uh_public_port(port);
	int fd = uh_socket(flags);

	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	close(fd);
}

static void expected_user(void)
{
	pid_t server = serve_as(0);

	for (int i = 0; i < 3; i++) {
		goes(1101, 0, "hit");
		goes(1101, SOCK_NONBLOCK, "hit");
		goes(1103, 0, "hit");
		goes(1104, 0, "hit");
	}
	end(server);
}

static void unexpected_user(void)
{
	int before;
	pid_t server = serve_as(NOBODY);

	before = uh_count_descriptors();
	for (int i = 0; i < 3; i++) {
		goes(1101, 0, "decoy");
		goes(1101, SOCK_NONBLOCK, "decoy");
		refused(1102, 0);
		refused(1102, SOCK_NONBLOCK);
		goes(1103, 0, "hit");
		goes(1104, 0, "hit");
	}
	SAME(uh_count_descriptors(), before);
	end(server);
}

/* The next target of the list has no such terms: an address has no user. */
static void next_target(void)
{
	pid_t server = serve_as(NOBODY);

	goes(1105, 0, "hit");
	goes(1105, SOCK_NONBLOCK, "hit");
	end(server);
}

/* Once the right user is back, the target is used. */
static void user_changes(void)
{
	pid_t server = serve_as(NOBODY);

	refused(1102, 0);
	end(server);
	server = serve_as(0);
	goes(1102, 0, "hit");
	end(server);
	server = serve_as(NOBODY);
	refused(1102, SOCK_NONBLOCK);
	end(server);
}

static const struct uh_test tests[] = {
    {"peer_user runs the target", expected_user, UH_PRELOADED, 0, 0},
    {"another than peer_user runs the target", unexpected_user, UH_PRELOADED, 0, 0},
    {"a target after one that the wrong user runs", next_target, UH_PRELOADED, 0, 0},
    {"the user of a target changes", user_changes, UH_PRELOADED, 0, 0},
};

/* clang-format off */
#define ROUTES(public, host) \
	"route \"" public ":1101\" { to = \"unix:$DIR/peer.sock\" peer_user = root }\n" \
	"route \"" public ":1102\" { to = \"unix:$DIR/peer.sock\" peer_user = 0\n" \
	"	on_failure = refuse }\n" \
	"route \"" public ":1103\" { to = \"unix:$DIR/peer.sock\"\n" \
	"	peer_user = {7, root, 65534} }\n" \
	"route \"" public ":1104\" { to = \"unix:$DIR/peer.sock\" }\n" \
	"route \"" public ":1105\" { to = {\"unix:$DIR/peer.sock\", \"" host "\"}\n" \
	"	peer_user = root }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1", "127.0.0.2:7000") ROUTES("[2001:db8::1]", "[::1]:7000"));
