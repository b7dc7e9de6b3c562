/* SPDX-License-Identifier: MIT */
/*
 * stack.c: connect() and the calls for datagrams take little stack, whatever becomes of the
 * call.
 *
 * A thread paints its own stack, connects, and looks how far down the paint has gone: once by
 * libc's own connect(), once by the one that the program has.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "harness.h"

enum {
	ALLOWED = 3072, /* bytes more than libc's connect() takes */
	STACK = 262144,
	SLACK = 128, /* below a frame, for the function that paints */
	PAINT = 0x5a,
	ANY = -1, /* of results: in progress or not */
};

typedef int connect_function(int fd, const struct sockaddr *address, socklen_t length);

struct job {
	connect_function *connect;
	int fd, result, error;
	struct uh_peer peer;
	char *stack; /* its lowest byte */
	size_t depth;
};

/* Byte by byte and inline: a call of memset(3) would stand in what it paints. */
__attribute__((noinline)) static void paint(char *stack)
{
	volatile char *end = (char *)__builtin_frame_address(0) - SLACK;

	for (volatile char *at = stack; at < end; at++)
		*at = PAINT;
}

static void *connects(void *argument)
{
	struct job *job = argument;
	const volatile char *at = job->stack;

	errno = 0; /* where it is has to be found before the paint is wet */
	paint(job->stack);
	job->result = job->connect(job->fd, &job->peer.address, job->peer.length);
	job->error = errno;
	while (*at == PAINT)
		at++;
	job->depth = (size_t)((char *)__builtin_frame_address(0) - at);
	return NULL;
}

static void run(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;

	job->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	CHECK(job->stack != MAP_FAILED);
	SAME(pthread_attr_init(&attributes), 0);
	SAME(pthread_attr_setstack(&attributes, job->stack, STACK), 0);
	SAME(pthread_create(&thread, &attributes, connects, job), 0);
	SAME(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
	munmap(job->stack, STACK);
}

static size_t depth_of(connect_function *function, int fd, const struct uh_peer *peer,
		       int error)
{
	struct job job = {.connect = function, .fd = fd, .peer = *peer};

	run(&job);
	if (error == ANY && job.error == EINPROGRESS)
		return job.depth;
	SAME(job.error, error == ANY ? 0 : error);
	SAME(job.result, error > 0 ? -1 : 0);
	return job.depth;
}

/* libc's own, past every preloaded object. */
static void *plain_function(const char *name)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	void *function = libc ? dlsym(libc, name) : NULL;

	if (!function)
		uh_skip("not glibc");
	return function;
}

static void compare(const char *what, size_t ours, size_t plain)
{
	char values[80];

	snprintf(values, sizeof(values), "%zu bytes more than the %zu of libc's, at most %d",
		 ours - plain, plain, ALLOWED);
	if (ours > plain + ALLOWED)
		uh_fail(__FILE__, __LINE__, what, values);
}

static void is_shallow(int fd, const struct uh_peer *peer, int error)
{
	struct uh_peer unrouted = uh_public_port(UH_PORT_PLAIN);
	connect_function *connects_plainly = (connect_function *)plain_function("connect");
	size_t plain = depth_of(connects_plainly, uh_socket(0), &unrouted, 0);

	compare("connect() takes little stack", depth_of(connect, fd, peer, error), plain);
}

static ssize_t (*plain_sendto)(int fd, const void *data, size_t size, int flags,
			       const struct sockaddr *address, socklen_t length);

static int send_plainly(int fd, const struct sockaddr *address, socklen_t length)
{
	return plain_sendto(fd, "x", 1, 0, address, length) == 1 ? 0 : -1;
}

static int send_one(int fd, const struct sockaddr *address, socklen_t length)
{
	return sendto(fd, "x", 1, 0, address, length) == 1 ? 0 : -1;
}

/* The routes are read in the first connection, by a thread with room enough. */
static void begin(void)
{
	uh_log_open();
	uh_connect_port(uh_socket(SOCK_CLOEXEC), UH_PORT_PLAIN);
}

/* Twice: what is done once in a process is done the first time, deep down. */
static void port_is_shallow(uint16_t port, int error)
{
	struct uh_peer peer = uh_public_port(port);

	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, error);
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, error);
}

static void connection(void)
{
	struct uh_peer peer = uh_public();

	begin();
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
	is_shallow(uh_socket(SOCK_CLOEXEC | SOCK_NONBLOCK), &peer, ANY);
	if (uh_in(UH_ROUTED))
		uh_log_was_written(" goes to ");
}

static void refused(void)
{
	begin();
	port_is_shallow(1101, ECONNREFUSED);
	uh_log_was_written("refused");
}

static void original(void)
{
	begin();
	port_is_shallow(1102, 0);
	uh_log_was_written("does not answer: ");
}

static void dead_address(void)
{
	begin();
	port_is_shallow(1103, ECONNREFUSED);
	uh_log_was_written("does not answer: ");
}

static void stranger(void)
{
	uh_unix_listener("stranger.sock", 16);
	begin();
	port_is_shallow(1104, ECONNREFUSED);
	uh_log_was_written("is not used: ");
}

static void answers_again(void)
{
	struct uh_peer peer = uh_public_port(1105);

	unlink(uh_path("late.sock"));
	begin();
	FAILS(connect(uh_socket(SOCK_CLOEXEC), &peer.address, peer.length), ECONNREFUSED);
	uh_unix_listener("late.sock", 16);
	usleep(50000); /* until it is asked again */
	port_is_shallow(1105, 0);
	uh_log_was_written("answers again");
}

/* The first line after those that were too many says how many there were. */
static void lines_dropped(void)
{
	struct uh_peer peer = uh_public();

	begin();
	for (int i = 0; i < 60; i++) {
		int fd = uh_socket(SOCK_CLOEXEC);

		SAME(connect(fd, &peer.address, peer.length), 0);
		close(fd);
	}
	sleep(11);
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
	uh_log_was_written("lines dropped");
}

static int copied(int fd)
{
	int copy = -1;

	for (int i = 0; i < 100; i++)
		copy = dup(fd);
	return copy;
}

static void copies(void)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_CLOEXEC), copy = copied(fd);

	begin();
	is_shallow(fd, &peer, 0);
	uh_talk(copy);
}

/* Past our epoll_ctl(), so that /proc has to be asked for what was registered. */
static void epoll_add(int set, int fd, bool raw)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1};

	SAME(raw ? syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event)
		 : epoll_ctl(set, EPOLL_CTL_ADD, fd, &event),
	     0);
}

static void registered(int sets, bool raw, bool copy)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_CLOEXEC), other = copy ? copied(fd) : fd;

	for (int i = 0; i < sets; i++)
		epoll_add(epoll_create1(EPOLL_CLOEXEC), other, raw);
	is_shallow(fd, &peer, 0);
	uh_talk(other);
}

static void epoll_sets(void)
{
	begin();
	registered(1, false, false);
	registered(20, false, false);
	registered(1, true, false);
	registered(20, true, false);
	registered(20, true, true);
}

static void prepared(void)
{
	struct uh_peer any = uh_peer(uh_family == AF_INET ? "0.0.0.0" : "::", 0);
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_CLOEXEC), one = 1, size = 65536;

	begin();
	SAME(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	SAME(setsockopt(fd, 6, 1, &one, sizeof(one)), 0); /* TCP_NODELAY */
	SAME(bind(fd, &any.address, any.length), 0);
	SAME(fcntl(fd, F_SETOWN, getpid()), 0);
	is_shallow(fd, &peer, 0);
}

static void once_more(void)
{
	struct uh_peer nowhere = {.length = sizeof(nowhere.storage)}, peer = uh_public();
	int fd = uh_connected();

	is_shallow(fd, &peer, EISCONN);
	nowhere.address.sa_family = AF_UNSPEC;
	is_shallow(fd, &nowhere, 0);
	is_shallow(fd, &peer, 0);
}

static void count_connections(void)
{
	mkdir(uh_path("stats"), 0777);
	chmod(uh_path("stats"), 01777);
	setenv("UNHAIRPIN_STATS", uh_path("stats"), 1);
}

/* The file says what the route is for, in the first connection by it. */
static void counted(void)
{
	char name[32];
	struct stat status;

	connection();
	port_is_shallow(1108, 0);
	snprintf(name, sizeof(name), "stats/%u", (unsigned)geteuid());
	SAME(stat(uh_path(name), &status), 0);
}

static void introduced(void)
{
	uh_unix_listener("proxy.sock", 16);
	begin();
	port_is_shallow(1106, 0);
	port_is_shallow(1107, 0);
}

/* By the address that a name was answered with: through its route, and to its real address. */
static void named(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	struct uh_peer peer = {.length = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&peer.storage;

	begin();
	SAME(getaddrinfo("localhost", "1109", &hints, &found), 0);
	memcpy(in, found->ai_addr, sizeof(*in));
	freeaddrinfo(found);
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
	uh_log_was_written(" goes to ");
	in->sin_port = htons(UH_PORT_PLAIN);
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
	in->sin_addr.s_addr ^= htonl(1); /* nobody's */
	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, ENETUNREACH);
}

static void trace(void)
{
	setenv("UNHAIRPIN_TRACE", "@uh-stack:0123456789abcdef0123456789abcdef", 1);
}

static int open_channel(void)
{
	static const struct sockaddr_un name = {.sun_family = AF_UNIX,
						.sun_path = "\0uh-stack"};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	SAME(bind(listener, (const struct sockaddr *)&name,
		  offsetof(struct sockaddr_un, sun_path) + 9),
	     0);
	SAME(listen(listener, 64), 0);
	return listener;
}

static void traced(void)
{
	int listener = open_channel();

	connection();
	CHECK(accept(listener, NULL, NULL) >= 0);
}

/* Twice: the second one is added to the first. */
static void datagram(void)
{
	struct uh_peer peer = uh_public_port(1110);
	int fd = socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t plain;

	begin();
	*(void **)&plain_sendto = plain_function("sendto");
	plain = depth_of(send_plainly, fd, &peer, 0);
	compare("sendto() takes little stack", depth_of(send_one, fd, &peer, 0), plain);
	compare("sendto() takes little stack", depth_of(send_one, fd, &peer, 0), plain);
	uh_log_was_written("a datagram for ");
}

enum { BATCH = 40, LARGEST_BATCH = 1024 }; /* UIO_MAXIOV */

/* In static memory, so that they take no stack. */
static struct mmsghdr message[LARGEST_BATCH];
static struct sockaddr_storage sender[LARGEST_BATCH];
static struct iovec part;

/* The three calls: those of the program, or those of libc. */
static ssize_t (*send_message)(int fd, const struct msghdr *message, int flags);
static int (*send_messages)(int fd, struct mmsghdr *messages, unsigned count, int flags);
static int (*receive_messages)(int fd, struct mmsghdr *messages, unsigned count, int flags,
			       struct timespec *timeout);

static void use_calls(bool plain)
{
	*(void **)&send_message = plain ? plain_function("sendmsg") : (void *)sendmsg;
	*(void **)&send_messages = plain ? plain_function("sendmmsg") : (void *)sendmmsg;
	*(void **)&receive_messages = plain ? plain_function("recvmmsg") : (void *)recvmmsg;
}

static void fill_messages(const struct sockaddr *address, socklen_t length, unsigned count)
{
	part = (struct iovec){"x\n", 2};
	for (unsigned i = 0; i < count; i++) {
		memcpy(&sender[i], address, length);
		message[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &sender[i],
							  .msg_namelen = length,
							  .msg_iov = &part,
							  .msg_iovlen = 1}};
	}
}

static int send_by_message(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)address, (void)length;
	return send_message(fd, &message[0].msg_hdr, 0) == 2 ? 0 : -1;
}

static int send_batch(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)address, (void)length;
	return send_messages(fd, message, BATCH, 0) == BATCH ? 0 : -1;
}

static int receive_batch(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)address, (void)length;
	return receive_messages(fd, message, LARGEST_BATCH, MSG_DONTWAIT, NULL) > 0 ? 0 : -1;
}

/* The depth of one of the functions above; a receiving one finds an answer. */
static size_t depth_of_batch(bool plain, connect_function *function, const struct uh_peer *peer,
			     int error)
{
	int fd = socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	static char text[64];
	size_t depth;

	fill_messages(&peer->address, peer->length, BATCH);
	use_calls(plain);
	if (function == receive_batch) {
		SAME(send_batch(fd, NULL, 0), 0);
		SAME(poll(&wait, 1, 10000), 1);
		fill_messages(&peer->address, sizeof(struct sockaddr_in6), LARGEST_BATCH);
		part = (struct iovec){text, sizeof(text)};
	}
	depth = depth_of(function, fd, peer, error);
	close(fd);
	return depth;
}

static void batch_is_shallow(const char *what, connect_function *function,
			     const struct uh_peer *peer, int error)
{
	struct uh_peer unrouted = uh_public_port(UH_PORT_PLAIN);
	size_t plain = depth_of_batch(true, function, &unrouted, 0);

	for (int i = 0; i < 2; i++)
		compare(what, depth_of_batch(false, function, peer, error), plain);
}

static void sends_are_shallow(const struct uh_peer *peer, int error)
{
	batch_is_shallow("sendto() takes little stack", send_one, peer, error);
	batch_is_shallow("sendmsg() takes little stack", send_by_message, peer, error);
	batch_is_shallow("sendmmsg() takes little stack", send_batch, peer, error);
}

/* By a route, without one, and from a target. */
static void batches(void)
{
	const struct uh_peer peer[] = {uh_public_port(1111), uh_public_port(UH_PORT_PLAIN)};

	begin();
	for (int i = 0; i < 2; i++) {
		sends_are_shallow(&peer[i], 0);
		batch_is_shallow("recvmmsg() takes little stack", receive_batch, &peer[i], 0);
	}
	uh_log_was_written("a datagram for ");
}

/* By the address that a name was answered with: to its real address, and to none. */
static void named_datagrams(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	struct uh_peer peer = {.length = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&peer.storage;

	begin();
	SAME(getaddrinfo("localhost", "1109", &hints, &found), 0);
	memcpy(in, found->ai_addr, sizeof(*in));
	freeaddrinfo(found);
	in->sin_port = htons(1112);
	sends_are_shallow(&peer, 0);
	uh_log_was_written("a datagram for ");
	in->sin_port = htons(UH_PORT_PLAIN);
	sends_are_shallow(&peer, 0);
	in->sin_addr.s_addr ^= htonl(1); /* nobody's */
	sends_are_shallow(&peer, ENETUNREACH);
}

static void count_and_trace(void)
{
	count_connections();
	trace();
}

static void told_datagram(void)
{
	int listener = open_channel();
	char name[32];
	struct stat status;

	datagram();
	CHECK(accept(listener, NULL, NULL) >= 0);
	CHECK(accept(listener, NULL, NULL) >= 0);
	snprintf(name, sizeof(name), "stats/%u", (unsigned)geteuid());
	SAME(stat(uh_path(name), &status), 0);
}

static void compile(void)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command),
		 "mkdir -p %1$s/compiled && cp %1$s/unhairpin.conf %1$s/compiled/ && "
		 "env -u LD_PRELOAD %2$s/unhairpin compile %1$s/compiled/unhairpin.conf "
		 ">/dev/null 2>&1",
		 uh_dir, uh_build);
	if (system(command) != 0)
		uh_fail(__FILE__, __LINE__, "unhairpin compile", NULL);
	setenv("UNHAIRPIN_CONF", uh_path("compiled/unhairpin.conf"), 1);
}

/* Nothing was read before the thread connects. */
static void first(void)
{
	struct uh_peer peer = uh_public();

	is_shallow(uh_socket(SOCK_CLOEXEC), &peer, 0);
}

static const struct uh_test tests[] = {
    UH_IN_EACH_LOG("a connection", connection, UH_EVERY),
    UH_IN_EACH_LOG("refused", refused, UH_PRELOADED),
    UH_IN_EACH_LOG("a dead target", original, UH_PRELOADED),
    UH_IN_EACH_LOG("a dead address", dead_address, UH_PRELOADED),
    UH_IN_EACH_LOG("a stranger", stranger, UH_PRELOADED),
    UH_IN_EACH_LOG("answers again", answers_again, UH_PRELOADED),
    UH_IN_EACH_LOG("a name", named, UH_PRELOADED | UH_V4),
    UH_IN_EACH_LOG("a datagram", datagram, UH_PRELOADED),
    UH_IN_EACH_LOG("batches of datagrams", batches, UH_PRELOADED),
    {"lines were dropped", lines_dropped, UH_UNIX | UH_V4, uh_log_to_file, 30},
    {"copies", copies, UH_EVERY, 0, 0},
    {"epoll sets", epoll_sets, UH_EVERY, 0, 0},
    {"options, an owner and a port of its own", prepared, UH_EVERY, 0, 0},
    {"once more on the same socket", once_more, UH_EVERY, 0, 0},
    {"counted", counted, UH_ROUTED, count_connections, 0},
    {"a PROXY header", introduced, UH_PRELOADED, 0, 0},
    {"a datagram, counted and traced", told_datagram, UH_PRELOADED, count_and_trace, 0},
    UH_IN_EACH_LOG("datagrams to a name", named_datagrams, UH_PRELOADED | UH_V4),
    {"batches of datagrams, counted", batches, UH_PRELOADED, count_connections, 0},
    {"traced", traced, UH_ROUTED | UH_UNROUTED, trace, 0},
    {"the first of a process, from a compiled form", first, UH_EVERY, compile, 0},
};

/* clang-format off */
#define ROUTES(public, nobody) \
	"route \"" public ":1101\" { to = \"unix:$DIR/nobody.sock\" on_failure = refuse }\n" \
	"route \"" public ":1102\" { to = {\"unix:$DIR/nobody.sock\", \"" nobody ":7999\"} }\n" \
	"route \"" public ":1103\" { to = \"" nobody ":7999\" on_failure = refuse }\n" \
	"route \"" public ":1104\" { to = \"unix:$DIR/stranger.sock\" peer_user = {7, 65533}\n" \
	"	on_failure = refuse }\n" \
	"route \"" public ":1105\" { to = \"unix:$DIR/late.sock\" on_failure = refuse }\n" \
	"route \"" public ":1106\" { to = \"unix:$DIR/proxy.sock\" proxy_protocol = v1 }\n" \
	"route \"" public ":1107\" { to = \"unix:$DIR/proxy.sock\" proxy_protocol = v2 }\n" \
	"route \"" public ":1108\" { to = \"unix:$DIR/hit.sock\" users = {0, 7}\n" \
	"	programs = {\"/somewhere/else/*\", \"sta[a-z]k*\", \"another*\"} }\n" \
	"route \"" public ":1110\" { to = \"" nobody ":7999\" protocol = udp }\n" \
	"route \"" public ":1111\" { to = \"" nobody ":7000\" protocol = udp }\n"
/* clang-format on */

UH_SUITE(tests, "retry_after = 10ms\nretry_limit = 10ms\n"
		"route \"localhost:1109\" { to = \"unix:@uh-hit\" }\n"
		"route \"localhost:1112\" { to = \"127.0.0.2:7000\" protocol = udp }\n" ROUTES(
		    "203.0.113.1", "127.0.0.2") ROUTES("[2001:db8::1]", "[::1]"));
