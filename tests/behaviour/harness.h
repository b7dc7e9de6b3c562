/* SPDX-License-Identifier: MIT */
/*
 * harness.h: one test program, run with and without the preload object in a network of its own.
 *
 * The same function must pass against plain TCP (native) and against every kind of target: that
 * is what "a routed connection looks to the program like the one it asked for" means. A test
 * asserts what the contract says; where that differs from plain TCP, a comment in the test says
 * so.
 *
 * harness_run.c     main(): one process for each test, mode and family; prints the result
 * harness_world.c   the network name space, the helper servers and the configuration
 * harness_client.c  what tests use
 * harness_log.c     places to log to
 */
#ifndef UH_HARNESS_H
#define UH_HARNESS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* Where the public address leads in this run. A set of them says in which modes a test runs. */
enum uh_mode {
	UH_NATIVE = 1,	   /* no preload: plain TCP to a server on the public address */
	UH_UNROUTED = 2,   /* preloaded, but no route matches: exactly the same */
	UH_UNIX = 4,	   /* a Unix socket with a path */
	UH_ABSTRACT = 8,   /* a Unix socket in the abstract name space */
	UH_IP = 16,	   /* another address of the same family */
	UH_OTHER = 32,	   /* an address of the other family */
	UH_PRELOADED = 64, /* preloaded; the test uses routes of its own */
};

#define UH_PLAIN (UH_NATIVE | UH_UNROUTED)
#define UH_REPLACED (UH_UNIX | UH_ABSTRACT)
#define UH_ROUTED (UH_REPLACED | UH_IP | UH_OTHER)
#define UH_EVERY (UH_PLAIN | UH_ROUTED)

/* Added to the modes to run with sockets of one family only. */
#define UH_V4 256
#define UH_V6 512

/*
 * Ports of the public address. 1101 to 1139 answer "decoy" and are free for a suite's own
 * routes.
 */
#define UH_PORT_PLAIN 80    /* never routed, answers "hit" */
#define UH_PORT_HIT 7000    /* where the servers of IP targets listen */
#define UH_PORT_NOBODY 7999 /* nobody listens */

struct uh_test {
	const char *name;
	void (*function)(void);
	int modes;
	void (*setup)(
	    void);   /* run before exec with the preload's environment set; may be NULL */
	int seconds; /* before it counts as hung; 0 for the usual 20 */
};

/*
 * Each test file defines this. routes is configuration text; $DIR is the temporary directory.
 */
extern const struct uh_suite {
	const char *routes;
	const struct uh_test *tests;
	size_t count;
} uh_suite;

#define UH_SUITE(list, text)                                                                   \
	const struct uh_suite uh_suite = {text, list, sizeof(list) / sizeof((list)[0])}

/* What the running test is about. */
extern enum uh_mode uh_mode;
extern int uh_family;	     /* AF_INET or AF_INET6 */
extern const char *uh_dir;   /* the temporary directory */
extern const char *uh_build; /* where libunhairpin.so is */

#define uh_in(set) ((uh_mode & (set)) != 0)

/* True where the program's socket is replaced by one of another kind. */
#define uh_replaced() (uh_in(UH_REPLACED) || (uh_in(UH_OTHER) && uh_family == AF_INET))

/* Assertions. A failed one ends the process; the runner prints it with the test's name. */
_Noreturn void uh_fail(const char *file, int line, const char *text, const char *values);
_Noreturn void uh_skip(const char *why);
void uh_same(const char *file, int line, const char *text, long long got, long long wanted);
void uh_text(const char *file, int line, const char *text, const char *got, const char *wanted);
void uh_fails(const char *file, int line, const char *text, long result, int wanted);

#define CHECK(expression)                                                                      \
	((expression) ? (void)0 : uh_fail(__FILE__, __LINE__, #expression, NULL))
#define SAME(got, wanted) uh_same(__FILE__, __LINE__, #got " is " #wanted, (got), (wanted))
#define TEXT(got, wanted) uh_text(__FILE__, __LINE__, #got " is " #wanted, (got), (wanted))
#define FAILS(call, error)                                                                     \
	(errno = 0, uh_fails(__FILE__, __LINE__, #call " fails with " #error, (call), (error)))

/* An address as connect() wants it. */
struct uh_peer {
	union {
		struct sockaddr address;
		struct sockaddr_storage storage;
	};
	socklen_t length;
};

/* The public address in the running family: at this mode's port, or at a given one. */
struct uh_peer uh_public(void);
struct uh_peer uh_public_port(uint16_t port);

/* An endpoint from its text; the family is the text's. */
struct uh_peer uh_peer(const char *address, uint16_t port);

/* The port of a sockaddr_in or sockaddr_in6, in host order. */
uint16_t uh_port_of(const struct uh_peer *peer);

/* True when both are the same family, address and port. */
bool uh_peers_equal(const struct uh_peer *a, const struct uh_peer *b);

/* getpeername and getsockname into a struct; the call must succeed. */
struct uh_peer uh_peername(int fd);
struct uh_peer uh_sockname(int fd);

/* A new stream socket of the running family; flags as SOCK_CLOEXEC. */
int uh_socket(int flags);

/* connect(), and where it is in progress the wait for its end, as any real program does. */
int uh_try(int fd, const struct uh_peer *peer);
int uh_finish(int fd);

/* As uh_try; failure fails the test. */
void uh_connect(int fd);
void uh_connect_port(int fd, uint16_t port);

/* A new socket, connected to the public address. */
int uh_connected(void);

/* Sends one line and returns who answered it: "hit" or "decoy". In static memory. */
const char *uh_who(int fd);

/* Sends one line; the right server must answer it. */
void uh_talk(int fd);

/* Reads until text has come, and nothing else. */
void uh_expect(int fd, const char *text);

/* DIR/name, in static memory. */
const char *uh_path(const char *name);

/*
 * The server's own sockets, made by the test: at DIR/name, and on a TCP port (also mapped
 * IPv4).
 */
int uh_unix_listener(const char *name, int backlog);
int uh_tcp_listener(int family, uint16_t port, int backlog);

/* Connects natively until the backlog is full; the descriptors stay open. */
void uh_fill_unix(const char *name);
void uh_fill_tcp(int family, uint16_t port);

/* Open descriptors of the process. */
int uh_count_descriptors(void);

/* A number after "NAME:" in /proc/self/status (kB for sizes). */
long uh_status(const char *name);

/* Runs a function in a forked child, which must exit with 0. */
void uh_in_child(void (*function)(int), int argument);
void uh_reap(pid_t child);

/* Confines the process by a filter, with prctl(2) as most programs do. */
struct sock_fprog;
void uh_enter_seccomp(const struct sock_fprog *program);

/* Writes a file in the temporary directory. */
void uh_write_file(const char *name, const char *text, size_t length);

/* Compiles the configuration: for a setup. Every test begins without a compiled form. */
void uh_compile(void);

/*
 * Has a copy of the object preloaded, in DIR/own, with a shell script as the compiler of routes
 * beside it, or with none there for NULL: for a setup. In the script $COMPILER is the good one,
 * $DIR the temporary directory.
 */
void uh_use_compiler(const char *script);

/*
 * Setups of tests that log at "debug". The test then calls uh_log_open before it connects, and
 * uh_log_was_written to assert that this text was logged. Neither does anything without a
 * setup.
 */
void uh_log_to_file(void);
void uh_log_to_stderr(void);
void uh_log_to_journal(void);
void uh_log_to_syslog(void);
void uh_log_open(void);
void uh_log_was_written(const char *text);

#define UH_IN_EACH_LOG(name, function, modes)                                                  \
	{name, function, modes, 0, 0},                                                         \
	    {name ", logged to a file", function, modes, uh_log_to_file, 0},                   \
	    {name ", logged to stderr", function, modes, uh_log_to_stderr, 0},                 \
	    {name ", logged to the journal", function, modes, uh_log_to_journal, 0},           \
	{                                                                                      \
		name ", logged to syslog", function, modes, uh_log_to_syslog, 0                \
	}

/* World: made by harness_run.c before any test. */
bool uh_world_make(void); /* the name space, addresses, servers; false if not permitted */
void uh_world_end(void);

#define UH_REPORT                                                                              \
	900 /* the descriptor on which a test reports; far from those that tests close */
#define UH_EXIT_SKIP 77

#endif
