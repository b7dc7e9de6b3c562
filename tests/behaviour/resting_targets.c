/* SPDX-License-Identifier: MIT */
/*
 * resting_targets.c: a target that did not answer is left alone for a while, which is long
 * here. Where there is no other way it is asked all the same.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "harness.h"

static void goes(uint16_t port, int flags, const char *where)
{
	int fd = uh_socket(flags);

	uh_connect_port(fd, port);
	TEXT(uh_who(fd), where);
	close(fd);
}

static void refused(uint16_t port)
{
	struct uh_peer peer = uh_public_port(port);
	int blocking = uh_socket(0), other = uh_socket(SOCK_NONBLOCK);

	FAILS(connect(blocking, &peer.address, peer.length), ECONNREFUSED);
	FAILS(connect(other, &peer.address, peer.length), ECONNREFUSED);
	close(blocking);
	close(other);
}

static bool somebody_came(int listener)
{
	int fd;

	SAME(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	fd = accept(listener, NULL, NULL);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void not_asked_again(void)
{
	int listener;

	goes(1101, 0, "decoy");
	listener = uh_unix_listener("late.sock", 16);
	goes(1101, 0, "decoy");
	goes(1101, SOCK_NONBLOCK, "decoy");
	goes(1104, 0, "decoy"); /* another route to it */
	CHECK(!somebody_came(listener));
}

static void asked_where_nothing_else_is_left(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int fd = uh_socket(0), listener;

	refused(1102);
	listener = uh_unix_listener("late.sock", 16);
	SAME(connect(fd, &peer.address, peer.length), 0);
	CHECK(somebody_came(listener));
	close(fd);
	fd = uh_socket(SOCK_NONBLOCK);
	SAME(uh_try(fd, &peer), 0);
	CHECK(somebody_came(listener));
}

/* An answer ends the rest, for routes that left the target alone as well. */
static void an_answer_ends_it(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int listener;

	goes(1101, 0, "decoy");
	listener = uh_unix_listener("late.sock", 16);
	SAME(connect(uh_socket(0), &peer.address, peer.length), 0);
	CHECK(somebody_came(listener));
	peer = uh_public_port(1101);
	SAME(connect(uh_socket(0), &peer.address, peer.length), 0);
	CHECK(somebody_came(listener));
}

static void next_in_the_list(void)
{
	int listener;

	goes(1103, 0, "hit");
	listener = uh_unix_listener("late.sock", 16);
	goes(1103, 0, "hit");
	goes(1103, SOCK_NONBLOCK, "hit");
	CHECK(!somebody_came(listener));
}

static void address_not_asked_again(void)
{
	int listener;

	goes(1105, 0, "decoy");
	listener = uh_tcp_listener(uh_family, UH_PORT_NOBODY, 16);
	goes(1105, 0, "decoy");
	goes(1105, SOCK_NONBLOCK, "decoy");
	CHECK(!somebody_came(listener));
}

/* A refusal of streams is none of datagrams. */
static void datagrams_are_apart(void)
{
	struct uh_peer peer = uh_public_port(1105), said;
	int fd = socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	goes(1105, 0, "decoy");
	SAME(connect(fd, &peer.address, peer.length), 0);
	said = uh_sockname(fd);
	/* On loopback the source tells where it leads: not to the public address. */
	CHECK(memcmp((char *)&said.storage + (uh_family == AF_INET ? 4 : 8),
		     (char *)&peer.storage + (uh_family == AF_INET ? 4 : 8),
		     uh_family == AF_INET ? 4 : 16) != 0);
}

static void child_goes_on(int listener)
{
	goes(1101, 0, "decoy");
	CHECK(!somebody_came(listener));
}

static void forked(void)
{
	int listener;

	goes(1101, 0, "decoy");
	listener = uh_unix_listener("late.sock", 16);
	uh_in_child(child_goes_on, listener);
}

/* Once it is known to be full nobody waits for it any more. */
static void full_backlog(void)
{
	int listener = uh_unix_listener("late.sock", 0);

	uh_fill_unix("late.sock");
	goes(1101, 0, "decoy");
	refused(1102);
	CHECK(somebody_came(listener)); /* there is room for one again */
	goes(1101, 0, "decoy");
}

static void other_mounts(void)
{
	uh_unix_listener("late.sock", 16);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", uh_dir, "tmpfs", 0, NULL) < 0)
		uh_skip("not permitted to mount");
	goes(1101, 0, "decoy");
	goes(1101, SOCK_NONBLOCK, "decoy");
	refused(1102);
}

static void other_root(void)
{
	uh_unix_listener("late.sock", 16);
	mkdir(uh_path("empty"), 0755);
	if (chroot(uh_path("empty")) < 0)
		uh_skip("not permitted to chroot");
	SAME(chdir("/"), 0);
	goes(1101, 0, "decoy");
	goes(1101, SOCK_NONBLOCK, "decoy");
	refused(1102);
}

/* As systemd's RestrictAddressFamilies=AF_INET AF_INET6, in place before the program starts. */
static void restrict_families(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	uh_compile(); /* no compiler is started under a filter */
	uh_enter_seccomp(&program);
}

static void families_restricted(void)
{
	FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
	goes(1101, 0, "decoy");
	goes(1101, SOCK_NONBLOCK, "decoy");
	goes(1103, 0, "hit");
	refused(1102);
}

static void log_to_file(void)
{
	char text[512];

	snprintf(text, sizeof(text), "info:%s", uh_path("log"));
	uh_write_file("log", "", 0);
	chmod(uh_path("log"), 0666);
	setenv("UNHAIRPIN_LOG", text, 1);
}

/* How many lines of the log have the text. */
static int logged(const char *text)
{
	FILE *file = fopen(uh_path("log"), "re");
	char line[1024];
	int count = 0;

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, text) != NULL;
	fclose(file);
	return count;
}

static void expect_log(const char *name, const char *what, int count)
{
	char text[512];

	snprintf(text, sizeof(text), "unix:%s %s (%s:", uh_path(name), what,
		 getenv("UNHAIRPIN_CONF"));
	SAME(logged(text), count);
}

/* Each change is told, not each connection. */
static void log_of_changes(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int listener;

	unlink(uh_path("late.sock"));
	for (int i = 0; i < 20; i++) {
		goes(1101, 0, "decoy");
		refused(1102);
	}
	SAME(logged(" does not answer: "), 1);
	expect_log("late.sock", "does not answer: no such socket", 1);
	listener = uh_unix_listener("late.sock", 64);
	for (int i = 0; i < 20; i++)
		SAME(connect(uh_socket(0), &peer.address, peer.length), 0);
	expect_log("late.sock", "answers again", 1);
	close(listener);
	for (int i = 0; i < 20; i++)
		refused(1102);
	expect_log("late.sock", "does not answer: connection refused", 1);
	SAME(logged(" does not answer: "), 2);
}

/* Answers one user and not the other: changes in earnest, but too many to be told. */
static void log_of_many_changes(void)
{
	struct uh_peer peer = uh_public_port(1102);

	uh_unix_listener("late.sock", 128);
	chmod(uh_path("late.sock"), 0600);
	for (int i = 0; i < 100; i++) {
		int fd = uh_socket(0);

		SAME(connect(fd, &peer.address, peer.length), 0);
		close(fd);
		fd = uh_socket(0);
		if (seteuid(65534) < 0)
			uh_skip("not permitted to change the user");
		FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
		SAME(seteuid(0), 0);
		close(fd);
	}
	expect_log("late.sock", "does not answer: permission denied", 10);
	expect_log("late.sock", "answers again", 10);
}

static void log_of_strangers(void)
{
	uh_unix_listener("late.sock", 64);
	for (int i = 0; i < 5; i++)
		refused(1106);
	expect_log("late.sock", "is not used: user 0 runs it, peer_user expects 7 or 65533", 1);
	SAME(logged("is not used"), 1);
}

static const struct uh_test tests[] = {
    {"a dead target is not asked again", not_asked_again, UH_PRELOADED, 0, 0},
    {"it is, where nothing else is left", asked_where_nothing_else_is_left, UH_PRELOADED, 0, 0},
    {"an answer ends the rest", an_answer_ends_it, UH_PRELOADED, 0, 0},
    {"the next in the list, while the first rests", next_in_the_list, UH_PRELOADED, 0, 0},
    {"a dead address is not asked again", address_not_asked_again, UH_PRELOADED, 0, 0},
    {"datagrams while streams are refused", datagrams_are_apart, UH_PRELOADED, 0, 0},
    {"a child goes on with what is known", forked, UH_PRELOADED, 0, 0},
    {"a full backlog is not waited for again", full_backlog, UH_PRELOADED, 0, 0},
    {"a path in another mount name space", other_mounts, UH_PRELOADED, 0, 0},
    {"a path outside of the root", other_root, UH_PRELOADED, 0, 0},
    {"RestrictAddressFamilies", families_restricted, UH_PRELOADED, restrict_families, 0},
    {"changes are logged, connections are not", log_of_changes, UH_PRELOADED, log_to_file, 0},
    {"many changes are not all logged", log_of_many_changes, UH_PRELOADED, log_to_file, 0},
    {"a stranger is logged", log_of_strangers, UH_PRELOADED, log_to_file, 0},
};

/* clang-format off */
#define ROUTES(public, nobody) \
	"route \"" public ":1101\" { to = \"unix:$DIR/late.sock\" }\n" \
	"route \"" public ":1102\" { to = \"unix:$DIR/late.sock\" on_failure = refuse }\n" \
	"route \"" public ":1103\" { to = {\"unix:$DIR/late.sock\", \"" nobody ":7000\"} }\n" \
	"route \"" public ":1104\" { to = \"unix:$DIR/late.sock\" proxy_protocol = v1 }\n" \
	"route \"" public ":1105\" { to = \"" nobody ":7999\" protocol = any }\n" \
	"route \"" public ":1106\" { to = \"unix:$DIR/late.sock\" peer_user = {7, 65533}\n" \
	"	on_failure = refuse }\n"
/* clang-format on */

UH_SUITE(tests,
	 "log_limit = 0\nretry_after = 1000s\nretry_limit = 1000s\n" ROUTES("203.0.113.1",
									    "127.0.0.2")
	     ROUTES("[2001:db8::1]", "[::1]"));
