/* SPDX-License-Identifier: MIT */
/*
 * differ.h: the same random socket calls on plain TCP and on a routed socket, result beside
 * result; and the same with datagrams.
 *
 * differ.c      main(): sequences from a seed until the time is over; prints what differs
 * generate.c    a sequence from a number
 * kinds.c       the kinds of operation and their arguments: names, values, weights
 * descriptors.c names.c options.c transfer.c datagrams.c   what each kind does
 * documented.c  the differences that the manual page names, and no other
 * shrink.c      deletes operations for as long as the difference stays
 * side.c        one side: a network name space, a server, and a runner in it
 * server.c      the server, whose actions are operations of the sequence
 * echo.c        the server's datagram sockets
 * runner.c      performs a sequence in a forked process, with a thread and a child in lock step
 * stress.c      the free-running mode: threads at random, invariants in place of a comparison
 * stress_datagrams.c   the same for datagrams
 */
#ifndef UH_DIFFER_H
#define UH_DIFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
	OPERATIONS = 40,
	SLOTS = 6,
	ARGUMENTS = 3,
	PORT = 1001,	    /* routed; the server's on the plain side */
	PORT_NOBODY = 1002, /* routed to nobody, and nobody listens on the plain side */
	/*
	 * Datagrams. A socket can ask for eight targets: four ports, two families. The ports
	 * begin with the same byte, because a name that is cut after it can't be told from
	 * another.
	 */
	PORT_PLAIN = 1100, /* without a route */
	PORT_UDP = 2001,   /* the first; routed, with the same number from PORT_UDP_TARGET on */
	UDP_PORTS = 3,
	PORT_UDP_TARGET = 3001,
	PORT_SILENT = 2011, /* routed to a port where nobody listens, as on the plain side */
	PORT_PREFIX = 2009, /* routed for each IPv4 address: multicast is none of them */
	PORT_STRESS = 2100, /* a hundred on for each group of sockets */
	PORT_STRESS_TARGET = 3100,
	STRESS_PORTS = 10,
	STRESS_GROUPS = 4,
	ROUTED_ON = 1000, /* from an asked port to that of the target */
	/* Descriptors of the runner, far above those that operations use. */
	FD_MAIN = 900,	   /* to differ.c */
	FD_SHARED,	   /* the memory */
	FD_SERVER,	   /* to the server */
	FD_MARKER,	   /* a datagram socket that is connected to itself */
	FD_RIGHTS,	   /* and the next: descriptors are passed from one end to the other */
	FD_ACTORS = 906,   /* two for each actor */
	SENTINEL = 9999,   /* in errno before each operation */
	WOULD_BLOCK = -77, /* the result of a call that was left out because it would wait */
};

/* Who performs an operation. */
enum actor { MAIN_THREAD, OTHER_THREAD, CHILD, ACTORS };

struct operation {
	uint8_t kind, actor, slot;
	uint8_t choice[ARGUMENTS]; /* an index into each argument's domain */
};

/* All that the program sees of an operation. */
struct record {
	int64_t result;
	int32_t error;	   /* errno afterwards, also after a success */
	uint32_t signals;  /* bits: SIGPIPE, SIGIO, SIGURG, another */
	uint32_t length;   /* of data */
	uint8_t data[112]; /* the output, without what no two runs have in common */
};

/* The memory that differ.c shares with one side's runner. */
struct shared {
	uint32_t count, done, lie; /* lie: 1 + the operation whose result is falsified */
	bool full;		   /* the server's backlog */
	uint16_t port;		   /* for bind(), another one each time */
	int32_t status;		   /* of the process that performed, as waitpid(2) gives it */
	struct operation operation[OPERATIONS];
	struct record record[OPERATIONS];
};

/* One of the values that an argument may have. */
struct choice {
	const char *name;
	int64_t value, more;
};

struct domain {
	const struct choice *choices;
	unsigned count;
};

/* An operation in the middle of being performed. */
struct call {
	int fd, slot;
	const struct choice *a, *b, *c;
	struct record *out;
};

/* Performs the operation; returns its result, with errno as the call left it. */
typedef int64_t perform(struct call *call);

/* Sequences are of one sort. */
enum sort { STREAMS, DATAGRAMS, SORTS };

struct kind {
	const char *name;
	unsigned weight[SORTS];
	perform *perform;
	struct domain argument[ARGUMENTS];
	bool of_server; /* no descriptor is involved */
};

extern const struct kind kinds[];
extern const unsigned kind_count;

perform do_socket, do_open, do_dup, do_dup_over, do_close, do_fork, do_end_child, do_pass,
    do_receive_passed, do_fcntl, do_stat;
perform do_connect, do_bind, do_names, do_listen, do_accept;
perform do_set, do_get, do_ioctl, do_ioctl_of_interface;
perform do_write, do_send, do_send_to, do_send_control, do_read, do_receive, do_receive_from,
    do_shutdown, do_poll, do_epoll_create, do_epoll_ctl, do_epoll_wait;
perform do_connect_datagram, do_sendto_datagram, do_sendmsg_datagram, do_sendmmsg_datagrams,
    do_receive_datagram;
perform do_server;

/* How a datagram is unlike most. NAME_LENGTH: its name's length is the choice's second value.
 */
enum shape {
	USUAL,
	WITH_TOS,
	WITH_SOURCE,
	WITH_UNKNOWN,
	NO_NAME,
	NAME_LENGTH,
	BAD_NAME,
	BAD_DATA,
	TWO_PARTS,
	TOO_LARGE
};

/* The room for a name: NO_ROOM is NULL. The further ones of a batch have the first of the list.
 */
enum { NO_ROOM = 12345 };
extern const struct choice usual_room;

/* generate.c: the sequence of that number. Deterministic. */
unsigned generate(uint64_t seed, struct operation *operation);

/* The sort of a sequence: DATAGRAMS if it has an operation that streams never have. */
enum sort sort_of(const struct operation *operation, unsigned count);

/* kinds.c: "thread: connect(slot 1, public4, plain)" into text. */
void describe(const struct operation *operation, char *text, size_t size);

/* True if the operation is of the kind of that name. */
bool is_kind(const struct operation *operation, const char *name);
const struct choice *argument(const struct operation *operation, unsigned which);

/* runner.c: of the running process. */
extern int slots[SLOTS];
extern struct shared *shared;
struct answer server_asks(int action, int connection, int count);
void put(struct record *out, const void *data, size_t length);

/* An owner that both sides can have in common. */
int owner_name(int owner);

/* Starts the process CHILD, or ends it. */
int64_t actor_fork(void);
int64_t actor_end(void);

/* Has the object read its routes; false if the server can't be reached. */
bool warm_up(void);

/* Performs sequences until FD_MAIN is closed. */
int runner(void);

/* The address of a choice, with its length; false if its family is none of IP's. */
enum address {
	PUBLIC4,
	PUBLIC6,
	MAPPED,
	NOBODY4,
	NOBODY6,
	ANY4,
	ANY6,
	OWN4,
	OWN6,
	OF_LOOPBACK,
	UNSPECIFIED,
	UNKNOWN,
	MULTICAST,
	BROADCAST
};
socklen_t make_address(enum address which, uint16_t port, struct sockaddr_storage *address);

/* True if connect() would wait for a full backlog. */
bool would_hang(int fd);

/* Adds an address to a record, with a port that the kernel chose replaced. */
void put_address(struct record *out, const void *address, socklen_t length);

/* server.c: its actions. */
enum action {
	BEGIN,
	ACCEPT,
	SEND,
	SEND_URGENT,
	RECEIVE,
	SHUT_READ,
	SHUT_WRITE,
	CLOSE,
	RESET,
	STOP,
	START,
	FILL,
	QUICK
};
struct question {
	uint32_t id;
	int32_t action, connection, count;
};
struct answer {
	uint32_t id;
	int32_t result, error;
	uint32_t sum; /* of the bytes that were received */
};
_Noreturn void serve(int control, const char *path);

/* echo.c: opens the datagram sockets. */
void echo_open(bool routed);

/* Reads what has come, and answers it if so said. */
void echo_all(bool answers);

/*
 * side.c: starts one side; object is NULL on the plain one. The runner keeps to the CPU (-1: to
 * none), and instead of sequences does so many seconds of stress. False: not permitted.
 */
struct side {
	struct shared *shared;
	int control;
	pid_t runner;
	char directory[32];
};
bool side_start(struct side *side, const char *object, int cpu, unsigned stress);

/* Performs a sequence on both. */
void sides_run(struct side sides[2], const struct operation *operation, unsigned count,
	       unsigned lie);

/* Waits for its end; returns the runner's status. */
int side_end(struct side *side);

/*
 * documented.c: the first operation at which the two sides differ in a way that the manual does
 * not name, or -1. *documented counts those that it names.
 */
int difference(const struct shared *plain, const struct shared *routed, unsigned *documented);

/* The words of the manual, a line for each. */
void print_documented(void);

/* shrink.c: a shorter sequence that differs as well, in place; returns its length. */
unsigned shrink(struct side sides[2], struct operation *operation, unsigned count,
		unsigned lie);

/* A number for differences that are alike. */
uint64_t signature(const struct side sides[2], int at);

/* stress.c: counts an invariant that does not hold, and prints the first. */
void is_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* stress_datagrams.c: starts its threads; ends them and prints what they saw. */
void datagrams_begin(void);
void datagrams_end(void);

/* stress.c: the free-running mode, in a process with the object. Returns the exit status. */
int stress(unsigned seconds);

#endif
