/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sockaddr.c: calls the exported functions with addresses, lengths and pointers of any
 * kind, and compares the results with the kernel's own.
 *
 * There are two sockets of one kind, in a network namespace that has only loopback. One is used
 * through the preload object's functions, which are linked in; its twin by system calls, which
 * nobody interposes. Each operation of the input is done to both sockets, and the results must
 * be equal: byte for byte, if nothing is routed. If a route took the connection to another
 * place, the twin has the requested connection, to a server at the public address; the
 * differences that are allowed then are listed in the functions below.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load/find_compiler.h"
#include "fuzz.h"
#include "load/run_compiler.h"
#include "world.h"

/* Replaces the compiler: a sanitizer cannot follow it into another process. */
int __wrap_uh_find_compiler(const char *object, bool secure, char *path, size_t size);
int __wrap_uh_find_compiler(const char *object, bool secure, char *path, size_t size)
{
	(void)object, (void)secure, (void)path, (void)size;
	return 0;
}

enum uh_compile_end __wrap_uh_run_compiler(const struct uh_compile *compile,
					   struct uh_compiled *compiled);
enum uh_compile_end __wrap_uh_run_compiler(const struct uh_compile *compile,
					   struct uh_compiled *compiled)
{
	compiled->bytes = fuzz_parse(compile->file, compile->inline_routes, &compiled->size);
	return UH_COMPILE_DONE;
}

/* One of the two sockets, and a page for its arguments, behind which nothing is mapped. */
struct side {
	int fd;
	char *page;
	long result;
	int error;
};

static struct side ours, twin;
static int domain, type;
static bool routed;   /* a route may have taken the connection: only peers are compared */
static bool replaced; /* ... to a Unix socket */
static size_t page_size;

/* The input; zeros behind its end. */
static const uint8_t *input;
static size_t left;

static unsigned take(void)
{
	if (left == 0)
		return 0;
	left--;
	return *input++;
}

static uint32_t take_word(void)
{
	return take() << 24 | take() << 16 | take() << 8 | take();
}

/*
 * A pointer argument of both sides: to the last bytes of the page, NULL, or to unmapped memory.
 */
struct place {
	enum { GOOD, NOWHERE, BEYOND } kind;
	size_t room;
};

static struct place take_place(size_t usual)
{
	unsigned choice = take();
	struct place place = {GOOD, usual};

	if (choice % 16 == 1)
		place.kind = NOWHERE;
	else if (choice % 16 == 2)
		place.kind = BEYOND;
	else if (choice % 16 == 3)
		place.room = choice / 16;
	return place;
}

static void *at(const struct side *side, struct place place)
{
	if (place.kind == NOWHERE)
		return NULL;
	return side->page + page_size - (place.kind == GOOD ? place.room : 0);
}

/* Fills both pages alike, so that a byte written to a wrong place shows. */
static void fill(int byte)
{
	memset(ours.page, byte, page_size);
	memset(twin.page, byte, page_size);
}

static socklen_t take_length(size_t usual)
{
	unsigned choice = take();

	if (choice % 4 == 1)
		return (socklen_t)(choice / 4);
	return choice % 16 == 2 ? take_word() : (socklen_t)usual;
}

static void note(struct side *side, long result)
{
	side->error = errno;
	side->result = result;
}

/* The errno of a failed call, or 0. */
static int outcome(const struct side *side)
{
	return side->result < 0 ? side->error : 0;
}

static void must_agree(const char *call)
{
	if (outcome(&ours) == outcome(&twin))
		return;
	fprintf(stderr, "%s: %ld, %s; the kernel says %ld, %s\n", call, ours.result,
		strerrorname_np(outcome(&ours)), twin.result, strerrorname_np(outcome(&twin)));
	MUST(!"both are told the same");
}

/* Compares what was written for the program, and everything around it. */
static void must_be_equal(const char *call)
{
	size_t i = 0;

	while (i < page_size && ours.page[i] == twin.page[i])
		i++;
	if (i == page_size)
		return;
	fprintf(stderr, "%s: %zu bytes before the end it wrote", call, page_size - i);
	for (size_t j = i; j < i + 28 && j < page_size; j++)
		fprintf(stderr, " %02x", (unsigned char)ours.page[j]);
	fprintf(stderr, "; the kernel wrote");
	for (size_t j = i; j < i + 28 && j < page_size; j++)
		fprintf(stderr, " %02x", (unsigned char)twin.page[j]);
	MUST(!"the same is written");
}

/* Makes a meaningful address, or one of any bytes. Returns its usual length. */
static size_t take_address(struct sockaddr_storage *address)
{
	unsigned choice = take();

	memset(address, 0, sizeof(*address));
	if (choice % 8 < 6) {
		uint16_t port = (uint16_t)(WORLD_PORT + choice / 8 % 6);

		return world_address(address,
				     choice % 8 < 4 ? domain : AF_INET + AF_INET6 - domain,
				     choice % 8 == 3, port);
	}
	for (size_t i = 0; i < 28; i++)
		((unsigned char *)address)[i] = (unsigned char)take();
	if (choice % 16 == 7)
		address->ss_family = (sa_family_t)(choice & 16 ? domain : AF_UNSPEC);
	return domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/*
 * Waits for a connection in progress, then makes the call that tells the program its result. On
 * loopback the result is immediate, unless an option (IP_MINTTL…) drops the answer.
 */
static void finish(struct side *side, const void *address, socklen_t length)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct pollfd wait = {.fd = side->fd, .events = POLLOUT};
	socklen_t size = sizeof(side->error);

	if (outcome(side) != EINPROGRESS)
		return;
	if (poll(&wait, 1, 100) == 0)
		return;
	syscall(SYS_getsockopt, side->fd, SOL_SOCKET, SO_ERROR, &side->error, &size);
	if (side->error == 0 && side == &ours)
		note(side, connect(side->fd, address, length));
	else if (side->error == 0)
		note(side, syscall(SYS_connect, side->fd, address, length));
	else /* or the next call would fail with ECONNABORTED, but a route may succeed */
		syscall(SYS_connect, side->fd, &none, sizeof(none));
}

static bool is_unix(int fd)
{
	int kind = 0;
	socklen_t size = sizeof(kind);

	syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &kind, &size);
	return kind == AF_UNIX;
}

static void try_connect(void)
{
	struct sockaddr_storage address;
	size_t usual = take_address(&address);
	struct place place = take_place(usual);
	socklen_t length = take_length(usual);

	if (type == SOCK_DGRAM &&
	    routed) /* its source address stays that of its first target */
		return;
	fill(0);
	if (place.kind == GOOD) {
		memcpy(at(&ours, place), &address, place.room);
		memcpy(at(&twin, place), &address, place.room);
	}
	routed |= world_is_routed(&address);
	note(&ours, connect(ours.fd, at(&ours, place), length));
	finish(&ours, at(&ours, place), length);
	note(&twin, syscall(SYS_connect, twin.fd, at(&twin, place), length));
	finish(&twin, at(&twin, place), length);
	if (outcome(&twin) == EINPROGRESS || outcome(&twin) == EALREADY) {
		left = 0; /* it has and will have no connection to compare ours with */
		return;
	}
	must_agree("connect");
	replaced = is_unix(ours.fd);
	must_be_equal("connect");
}

/*
 * Tries getpeername and getsockname. A routed socket's own name has another port, and on an IP
 * target another address.
 */
static void try_name(int number, int (*call)(int, struct sockaddr *, socklen_t *))
{
	size_t usual = sizeof(struct sockaddr_storage);
	struct place name = take_place(usual), size = take_place(8);
	socklen_t length = take_length(usual);
	bool own = number == SYS_getsockname;

	fill(0xaa);
	/* The length is stored before the name, so that both can end at the page's end. */
	size.room += size.kind == GOOD ? 512 : 0;
	if (size.kind == GOOD) {
		memcpy(at(&ours, size), &length, sizeof(length));
		memcpy(at(&twin, size), &length, sizeof(length));
	}
	note(&ours, call(ours.fd, at(&ours, name), at(&ours, size)));
	note(&twin, syscall(number, twin.fd, at(&twin, name), at(&twin, size)));
	must_agree(own ? "getsockname" : "getpeername");
	if (outcome(&twin) == EFAULT) /* kernels differ: some write the length first */
		return;
	if (own && name.kind == GOOD && name.room > 2) {
		size_t varying = routed && !replaced ? name.room - 2 : 2;

		varying = varying < name.room - 2 ? varying : name.room - 2;
		memset((char *)at(&ours, name) + 2, 0, varying);
		memset((char *)at(&twin, name) + 2, 0, varying);
	}
	must_be_equal(own ? "getsockname" : "getpeername");
}

/* Checks that there are routes: without them nothing would be tested. */
static void check_world(void)
{
	struct sockaddr_storage address = {0};
	size_t length = world_address(&address, AF_INET, false, WORLD_PORT + 1);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(connect(fd, (struct sockaddr *)&address, (socklen_t)length) == 0 && is_unix(fd));
	close(fd);
	world_accept();
}

int LLVMFuzzerInitialize(int *count, char ***argument)
{
	(void)count, (void)argument;
	world_make();
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	ours.page = mmap(NULL, 2 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	twin.page = mmap(NULL, 2 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(ours.page != MAP_FAILED && twin.page != MAP_FAILED);
	MUST(mprotect(ours.page, page_size, PROT_READ | PROT_WRITE) == 0);
	MUST(mprotect(twin.page, page_size, PROT_READ | PROT_WRITE) == 0);
	check_world();
	return 0;
}

enum { CALL = 64 };

static const int levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6};

/* Options that would make the twin's connection to an ordinary server impossible. */
static bool spoils_twin(int level, int name)
{
	enum { BINDTOIFINDEX = 62, AO_FIRST = 38, AO_LAST = 43, LOCAL_PORT_RANGE = 51 };
	static const int tcp[] = {
	    TCP_MD5SIG,		TCP_REPAIR,	   TCP_REPAIR_QUEUE,	 TCP_QUEUE_SEQ,
	    TCP_REPAIR_OPTIONS, TCP_REPAIR_WINDOW, TCP_FASTOPEN_CONNECT, TCP_ULP,
	    TCP_MD5SIG_EXT};

	for (size_t i = 0; level == IPPROTO_TCP && i < sizeof(tcp) / sizeof(*tcp); i++)
		if (name == tcp[i])
			return true;
	return (level == IPPROTO_TCP && name >= AO_FIRST && name <= AO_LAST) ||
	       (level == SOL_SOCKET && (name == SO_BINDTODEVICE || name == BINDTOIFINDEX)) ||
	       (level == IPPROTO_IP && name == LOCAL_PORT_RANGE) ||
	       (level == IPPROTO_IPV6 && name == IPV6_ADDRFORM);
}

/*
 * Options that the replacement socket answers for itself: about its peer, what it can pass, and
 * what only a socket that sends packets can do. It refuses zero-copy rather than promise it.
 */
static bool is_stand_ins(int level, int name)
{
	enum { ZEROCOPY = 60, TXREHASH = 74, PASSPIDFD = 76, PEERPIDFD = 77, PASSRIGHTS = 83 };
	static const int names[] = {SO_PASSCRED,   SO_PEERCRED, SO_PEERSEC, SO_PASSSEC,
				    SO_PEERGROUPS, ZEROCOPY,	TXREHASH,   PASSPIDFD,
				    PEERPIDFD,	   PASSRIGHTS};

	for (size_t i = 0; replaced && i < sizeof(names) / sizeof(*names); i++)
		if (level == SOL_SOCKET && name == names[i])
			return true;
	return false;
}

/* Chooses an option, and describes the call for a report. */
static void take_option(char call[CALL], int *level, int *name)
{
	unsigned choice = take();

	*level = choice & 64 ? (int)take_word() : levels[choice % 4];
	*name = choice & 128 ? (int)take_word() : (int)(take() % 80);
	snprintf(call, CALL, "level %d, option %d", *level, *name);
}

static void try_set(void)
{
	int level, name;
	char call[CALL];
	struct place place;
	socklen_t length;

	take_option(call, &level, &name);
	place = take_place(4);
	length = take_length(4);
	if (place.kind == GOOD)
		for (size_t i = 0; i < place.room; i++)
			((char *)at(&ours, place))[i] = ((char *)at(&twin, place))[i] =
			    (char)take();
	if (spoils_twin(level, name) || is_stand_ins(level, name))
		return;
	note(&ours, setsockopt(ours.fd, level, name, at(&ours, place), length));
	note(&twin, syscall(SYS_setsockopt, twin.fd, level, name, at(&twin, place), length));
	/*
	 * The socket that answers for a replacement is not connected, and the one that replaces
	 * it again is not bound, so both still accept some options.
	 */
	if (routed && outcome(&ours) == 0 && outcome(&twin) == EINVAL)
		return;
	must_agree(call);
}

/* Options whose value differs between two sockets, or two moments. */
static bool is_its_own(int level, int name)
{
	enum { PROTOCOL = 52 }; /* of IP; a TCP or UDP socket has its port there */

	switch (level) {
	case SOL_SOCKET:
		return name == SO_COOKIE || name == SO_INCOMING_CPU || name == SO_MEMINFO;
	case IPPROTO_IP:
		return name == PROTOCOL;
	case IPPROTO_TCP:
		return name == TCP_INFO || name == TCP_TIMESTAMP || name == TCP_CC_INFO ||
		       name == TCP_MAXSEG || name == TCP_WINDOW_CLAMP ||
		       name == TCP_ZEROCOPY_RECEIVE;
	}
	return false;
}

static void try_get(void)
{
	struct place value, size;
	int level, name;
	char call[CALL];
	socklen_t length;

	take_option(call, &level, &name);
	value = take_place(64);
	size = take_place(8);
	length = take_length(value.room);
	fill(0x55);
	size.room += size.kind == GOOD ? 512 : 0;
	if (size.kind == GOOD) {
		memcpy(at(&ours, size), &length, sizeof(length));
		memcpy(at(&twin, size), &length, sizeof(length));
	}
	if (spoils_twin(level, name) || is_stand_ins(level, name))
		return;
	note(&ours, getsockopt(ours.fd, level, name, at(&ours, value), at(&ours, size)));
	note(&twin,
	     syscall(SYS_getsockopt, twin.fd, level, name, at(&twin, value), at(&twin, size)));
	/*
	 * Some options are about packets (IP_PKTOPTIONS) or a path (IP_MTU) that a replacement
	 * does not have, or that differs.
	 */
	if (routed && (level == IPPROTO_IP || level == IPPROTO_IPV6) &&
	    (outcome(&ours) == 0 || outcome(&twin) == 0))
		return;
	must_agree(call);
	if (value.kind == GOOD && (routed || is_its_own(level, name)))
		memset(at(&ours, value), 0, value.room),
		    memset(at(&twin, value), 0, value.room);
	must_be_equal(call);
}

static void make_sockets(unsigned choice)
{
	domain = choice & 1 ? AF_INET6 : AF_INET;
	type = choice & 2 ? SOCK_DGRAM : SOCK_STREAM;
	routed = replaced = false;
	/* Also by a raw system call, of which the object knows nothing. */
	if (choice & 4)
		ours.fd = (int)syscall(SYS_socket, domain, type | SOCK_NONBLOCK, 0);
	else
		ours.fd = socket(domain, type | SOCK_NONBLOCK, 0);
	twin.fd = (int)syscall(SYS_socket, domain, type | SOCK_NONBLOCK, 0);
	MUST(ours.fd > 2 && twin.fd > 2);
}

/*
 * listen(2) removes the hints of the number. Otherwise the next socket under the number, made
 * by a raw system call, would be taken for the one that was made here.
 */
static void forget_number(int fd)
{
	listen(fd, 0);
}

/* Without TIME_WAIT, because ports would run out. */
static void end_socket(int fd)
{
	const struct linger reset = {1, 0};

	syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = world_count_descriptors();

	input = data;
	left = size;
	make_sockets(take());
	for (int i = 0; i < 24 && left; i++) {
		switch (take() % 5) {
		case 0:
			try_connect();
			break;
		case 1:
			try_name(SYS_getpeername, getpeername);
			break;
		case 2:
			try_name(SYS_getsockname, getsockname);
			break;
		case 3:
			try_get();
			break;
		default:
			try_set();
		}
	}
	forget_number(ours.fd);
	end_socket(ours.fd);
	end_socket(twin.fd);
	world_accept();
	MUST(world_count_descriptors() == before);
	return 0;
}
