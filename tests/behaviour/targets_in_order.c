/* SPDX-License-Identifier: MIT */
/*
 * targets_in_order.c: the first target that answers is taken; if none does, on_failure decides.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "harness.h"

/* A socket file whose server has ended. */
static void make_dead_targets(void)
{
	close(uh_unix_listener("stale.sock", 1));
	mkdir(uh_path("directory"), 0755);
	uh_write_file("file", "x", 1);
}

static int connect_at(uint16_t port, int flags)
{
	int fd = uh_socket(flags);

	uh_connect_port(fd, port);
	return fd;
}

static void third_answers(void)
{
	make_dead_targets();
	TEXT(uh_who(connect_at(1101, 0)), "hit");
	TEXT(uh_who(connect_at(1101, SOCK_NONBLOCK)), "hit");
}

/* Each kind of dead target alone, then one that works: none may end the search. */
static void any_dead_target_first(void)
{
	make_dead_targets();
	for (uint16_t port = 1104; port <= 1109; port++) {
		TEXT(uh_who(connect_at(port, 0)), "hit");
		TEXT(uh_who(connect_at(port, SOCK_NONBLOCK)), "hit");
	}
}

/* The program's own socket, untouched, goes where it was asked to. */
static void original_answers(void)
{
	struct uh_peer asked = uh_public_port(1102), said;
	int value, fd, before = uh_count_descriptors();
	socklen_t length = sizeof(value);

	make_dead_targets();
	fd = connect_at(1102, SOCK_CLOEXEC);
	TEXT(uh_who(fd), "decoy");
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, uh_family);
	SAME(uh_count_descriptors(), before + 1);
	TEXT(uh_who(connect_at(1102, SOCK_NONBLOCK)), "decoy");
}

static void refused(void)
{
	struct uh_peer peer = uh_public_port(1103);

	make_dead_targets();
	FAILS(connect(uh_socket(0), &peer.address, peer.length), ECONNREFUSED);
	FAILS(connect(uh_socket(SOCK_NONBLOCK), &peer.address, peer.length), ECONNREFUSED);
}

/* After a refusal the socket is as before: it may connect, now or when the target is there. */
static void target_appears(void)
{
	struct uh_peer peer = uh_public_port(1110), said;
	int fd = uh_socket(0), server;

	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	server = uh_unix_listener("late.sock", 5);
	SAME(connect(fd, &peer.address, peer.length), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &peer));
	CHECK(accept(server, NULL, NULL) >= 0);
	close(server);
	FAILS(connect(uh_socket(0), &peer.address, peer.length), ECONNREFUSED);
	server = uh_unix_listener("late.sock", 5);
	SAME(connect(uh_socket(0), &peer.address, peer.length), 0);
}

/*
 * Bound, with options: what a dead target saw of the socket must not cost the program anything.
 */
static void original_keeps_everything(void)
{
	struct uh_peer own = uh_public_port(5557), said;
	int fd = uh_socket(SOCK_CLOEXEC), one = 1;

	make_dead_targets();
	SAME(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	SAME(bind(fd, &own.address, own.length), 0);
	uh_connect_port(fd, 1102);
	said = uh_sockname(fd);
	CHECK(uh_peers_equal(&said, &own));
	SAME(fcntl(fd, F_GETFD), FD_CLOEXEC);
	TEXT(uh_who(fd), "decoy");
}

static void direct(void)
{
	TEXT(uh_who(connect_at(1111, 0)), "decoy");
	TEXT(uh_who(connect_at(1111, SOCK_NONBLOCK)), "decoy");
}

/* A target without a port keeps the one that was asked for. */
static void port_is_kept(void)
{
	struct uh_peer peer = uh_public_port(UH_PORT_HIT), said;
	int fd = uh_socket(0);

	SAME(uh_try(fd, &peer), 0);
	TEXT(uh_who(fd), "hit");
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &peer));
	/* On loopback the source tells where it really went: not from the public address. */
	said = uh_sockname(fd);
	CHECK(memcmp((char *)&said.storage + (uh_family == AF_INET ? 4 : 8),
		     (char *)&peer.storage + (uh_family == AF_INET ? 4 : 8),
		     uh_family == AF_INET ? 4 : 16) != 0);
}

static void no_permission(void)
{
	make_dead_targets();
	mkdir(uh_path("private"), 0700);
	close(uh_unix_listener("private/closed.sock", 1));
	uh_unix_listener("unwritable.sock", 5);
	chmod(uh_path("unwritable.sock"), 0600);
	TEXT(uh_who(connect_at(1101, 0)), "hit");
	if (setuid(65534) < 0)
		uh_skip("not permitted to change the user");
	TEXT(uh_who(connect_at(1112, 0)), "hit");
	TEXT(uh_who(connect_at(1112, SOCK_NONBLOCK)), "hit");
	TEXT(uh_who(connect_at(1113, 0)), "decoy");
}

/* Without a free number no socket can be made to replace the program's. */
static void no_descriptor_left(void)
{
	struct rlimit limit;
	int fd, last;

	TEXT(uh_who(connect_at(1114, 0)), "hit");
	fd = uh_socket(0);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	SAME(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while ((last = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		continue;
	SAME(errno, EMFILE);
	uh_connect_port(fd, 1114);
	TEXT(uh_who(fd), "decoy");
	close(63);
	close(62);
	fd = uh_socket(0);
	uh_connect_port(fd, 1114);
	TEXT(uh_who(fd), "hit");
}

/* The numbers that can be copied to end below that of one copy: all are left as they were. */
static void one_copy_out_of_reach(void)
{
	struct uh_peer asked = uh_public_port(1114), said;
	int fd = uh_socket(0), low = dup(fd), high = fcntl(fd, F_DUPFD, 600), value;
	struct rlimit limit;
	socklen_t length = sizeof(value);

	SAME(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 500;
	SAME(setrlimit(RLIMIT_NOFILE, &limit), 0);
	SAME(connect(fd, &asked.address, asked.length), 0);
	for (int i = 0; i < 3; i++) {
		int number = i == 0 ? fd : i == 1 ? low : high;

		TEXT(uh_who(number), "decoy");
		said = uh_peername(number);
		CHECK(uh_peers_equal(&said, &asked));
		SAME(getsockopt(number, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
		SAME(value, uh_family);
	}
}

/* Without one the routes can't be read; a later connect may. Nothing is said about it, nothing
 * breaks. */
static void no_descriptor_for_the_routes(void)
{
	struct rlimit limit;
	int fd = uh_socket(0);

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)fd + 1;
	SAME(setrlimit(RLIMIT_NOFILE, &limit), 0);
	uh_connect_port(fd, 1114);
	TEXT(uh_who(fd), "decoy");
}

/* socket(AF_UNIX) fails with EPERM. */
static void forbid_unix_sockets(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	uh_enter_seccomp(&program);
}

static void unix_sockets_forbidden(void)
{
	TEXT(uh_who(connect_at(1114, 0)), "hit");
	forbid_unix_sockets();
	TEXT(uh_who(connect_at(1114, 0)), "decoy");
	TEXT(uh_who(connect_at(1114, SOCK_NONBLOCK)), "decoy");
	TEXT(uh_who(connect_at(1115, 0)), "hit"); /* an IP target needs none */
}

/* The target is there, but is a datagram socket: EPROTOTYPE is not an error of TCP's. */
static void wrong_type(void)
{
	struct uh_peer peer = uh_public_port(1116);
	int server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct {
		sa_family_t family;
		char path[108];
	} name = {.family = AF_UNIX};

	memcpy(name.path, uh_path("datagram.sock"), strlen(uh_path("datagram.sock")));
	SAME(bind(server, (struct sockaddr *)&name, sizeof(name)), 0);
	FAILS(connect(uh_socket(0), &peer.address, peer.length), ECONNREFUSED);
	unlink(name.path);
}

/* Accepts, and breaks off at once: with a reset, as with data that it hasn't read. */
static void *breaks_off(void *listener)
{
	const struct linger reset = {1, 0};

	for (;;) {
		int fd = accept(*(int *)listener, NULL, NULL);

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	return NULL;
}

/* It has answered, also where the reset is here before connect() returns. */
static void reset_is_an_answer(void)
{
	int listener = uh_tcp_listener(uh_family, 7017, 1000);
	struct uh_peer asked = uh_public_port(1117);
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, breaks_off, &listener), 0);
	for (int i = 0; i < 5000; i++) {
		int fd = uh_socket(SOCK_NONBLOCK);

		if (connect(fd, &asked.address, asked.length) < 0)
			SAME(errno, EINPROGRESS);
		close(fd);
	}
}

static const struct uh_test tests[] = {
    {"the third target answers", third_answers, UH_PRELOADED, 0, 0},
    {"any dead target first", any_dead_target_first, UH_PRELOADED, 0, 0},
    {"on_failure original", original_answers, UH_PRELOADED, 0, 0},
    {"on_failure original keeps the socket", original_keeps_everything, UH_PRELOADED, 0, 0},
    {"on_failure refuse", refused, UH_PRELOADED, 0, 0},
    {"a target that comes and goes", target_appears, UH_PRELOADED, 0, 0},
    {"direct", direct, UH_PRELOADED, 0, 0},
    {"a target without a port", port_is_kept, UH_PRELOADED, 0, 0},
    {"targets without permission", no_permission, UH_PRELOADED, 0, 0},
    {"no descriptor left", no_descriptor_left, UH_PRELOADED, 0, 0},
    {"one copy out of reach", one_copy_out_of_reach, UH_PRELOADED, 0, 0},
    {"no descriptor left to read the routes", no_descriptor_for_the_routes, UH_PRELOADED, 0, 0},
    {"Unix sockets forbidden by seccomp", unix_sockets_forbidden, UH_PRELOADED, 0, 0},
    {"a datagram socket as target", wrong_type, UH_PRELOADED, 0, 0},
    {"a target that resets what it accepts", reset_is_an_answer, UH_PRELOADED, 0, 60},
};

/* The same for both families; "nobody" is an address of that family on which nobody listens. */
/* clang-format off */
#define ROUTES(public, nobody, alive, host) \
	"route \"" public ":1101\" { to = {\"unix:$DIR/no\", \"unix:$DIR/stale.sock\", \"unix:$DIR/hit.sock\"} }\n" \
	"route \"" public ":1102\" { to = {\"unix:$DIR/no\", \"unix:$DIR/stale.sock\", \"" nobody "\"} }\n" \
	"route \"" public ":1103\" { to = {\"unix:$DIR/no\", \"unix:$DIR/stale.sock\", \"" nobody "\"} on_failure = \"refuse\" }\n" \
	"route \"" public ":1104\" { to = {\"unix:$DIR/no/no\", \"unix:$DIR/hit.sock\"} }\n" \
	"route \"" public ":1105\" { to = {\"unix:$DIR/directory\", \"unix:@uh-hit\"} }\n" \
	"route \"" public ":1106\" { to = {\"unix:$DIR/file\", \"unix:@uh-hit\"} }\n" \
	"route \"" public ":1107\" { to = {\"unix:@uh-nobody\", \"" alive "\"} }\n" \
	"route \"" public ":1108\" { to = {\"" nobody "\", \"unix:@uh-hit\"} }\n" \
	"route \"" public ":1109\" { to = {\"" nobody "\", \"" alive "\"} }\n" \
	"route \"" public ":1110\" { to = \"unix:$DIR/late.sock\" on_failure = \"refuse\" }\n" \
	"route \"" public ":1111\" { to = \"direct\" }\n" \
	"route \"" public ":1112\" { to = {\"unix:$DIR/private/closed.sock\", \"unix:$DIR/unwritable.sock\", \"unix:$DIR/hit.sock\"} }\n" \
	"route \"" public ":1113\" { to = \"unix:$DIR/unwritable.sock\" }\n" \
	"route \"" public ":1114\" { to = \"unix:$DIR/hit.sock\" }\n" \
	"route \"" public ":1115\" { to = {\"unix:$DIR/hit.sock\", \"" alive "\"} }\n" \
	"route \"" public ":1116\" { to = \"unix:$DIR/datagram.sock\" on_failure = \"refuse\" }\n" \
	"route \"" public ":1117\" { to = \"" host ":7017\" on_failure = \"refuse\" }\n" \
	"route \"" public ":7000\" { to = \"" host "\" }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1", "127.0.0.2:7999", "127.0.0.2:7000", "127.0.0.2")
		    ROUTES("[2001:db8::1]", "[::1]:7999", "[::1]:7000", "[::1]"));
