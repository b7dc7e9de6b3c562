/* SPDX-License-Identifier: MIT */
/*
 * options_remembered.c: TCP, IP and IPv6 options can be set and read before and after connect.
 */
#include <netinet/in.h>
#include <linux/tcp.h>

#include "harness.h"

/* An option of type int, a value that every kernel takes, and the families that know it. */
struct option {
	const char *name;
	int level, option, value, families;
};

#define OPTION(level, option, value, families)                                                 \
	{                                                                                      \
#option, level, option, value, families                                        \
	}

static const struct option options[] = {
    OPTION(IPPROTO_TCP, TCP_NODELAY, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_KEEPIDLE, 123, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_KEEPINTVL, 17, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_KEEPCNT, 5, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, 4321, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_SYNCNT, 3, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_LINGER2, 7, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_CORK, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_SAVE_SYN, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_TCP, TCP_INQ, 1, UH_V4 | UH_V6),
    OPTION(IPPROTO_IP, IP_TOS, 0x10, UH_V4),
    OPTION(IPPROTO_IP, IP_TTL, 33, UH_V4),
    OPTION(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, UH_V4),
    OPTION(IPPROTO_IP, IP_RECVERR, 1, UH_V4),
    OPTION(IPPROTO_IP, IP_RECVTOS, 1, UH_V4),
    OPTION(IPPROTO_IP, IP_RECVTTL, 1, UH_V4),
    OPTION(IPPROTO_IP, IP_PKTINFO, 1, UH_V4),
    OPTION(IPPROTO_IP, IP_MINTTL, 3, UH_V4),
    OPTION(IPPROTO_IP, IP_FREEBIND, 1, UH_V4),
    OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, UH_V4),
    OPTION(IPPROTO_IPV6, IPV6_TCLASS, 0x20, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 44, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_RECVERR, 1, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS, 1, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT, 4, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_DONTFRAG, 1, UH_V6),
    OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, UH_V6),
};

static bool applies(const struct option *option)
{
	return (option->families & (uh_family == AF_INET ? UH_V4 : UH_V6)) != 0;
}

static void set(int fd, const struct option *option)
{
	int value = option->value;

	if (setsockopt(fd, option->level, option->option, &value, sizeof(value)) < 0)
		uh_fail(__FILE__, __LINE__, "setsockopt", option->name);
}

static void has(int fd, const struct option *option)
{
	int value = -1;
	socklen_t length = sizeof(value);

	if (getsockopt(fd, option->level, option->option, &value, &length) < 0)
		uh_fail(__FILE__, __LINE__, "getsockopt", option->name);
	uh_same(__FILE__, __LINE__, option->name, value, option->value);
	SAME(length, sizeof(value));
}

static void before_and_after(void)
{
	int fd = uh_socket(0);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (applies(&options[i]))
			set(fd, &options[i]);
	}
	uh_connect(fd);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (applies(&options[i]))
			has(fd, &options[i]);
	}
	uh_talk(fd);
}

static void set_after(void)
{
	int fd = uh_connected(), copy = dup(fd);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (applies(&options[i]))
			set(fd, &options[i]);
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (applies(&options[i])) {
			has(fd, &options[i]);
			has(copy, &options[i]);
		}
	}
	uh_talk(fd);
}

/* What was never set reads as the kernel's default, which a fresh socket tells. */
static void defaults(void)
{
	int fresh = uh_socket(0), fd = uh_connected();
	struct option expected;
	socklen_t length = sizeof(expected.value);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		expected = options[i];
		if (!applies(&expected))
			continue;
		SAME(getsockopt(fresh, expected.level, expected.option, &expected.value,
				&length),
		     0);
		has(fd, &expected);
	}
}

static void kind(void)
{
	int fd = uh_connected(), value;
	socklen_t length = sizeof(value);

	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, uh_family);
	SAME(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length), 0);
	SAME(value, IPPROTO_TCP);
	SAME(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), 0);
	SAME(value, SOCK_STREAM);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length), 0);
	SAME(value, 0);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length), 0);
	SAME(value, 0);
	length = 2;
	value = 0;
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(length, 2);
	SAME(value, uh_family);
}

static void congestion(void)
{
	int fd = uh_socket(0);
	char name[32] = "";
	socklen_t length = sizeof(name);

	SAME(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
	CHECK(name[0] != '\0');
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	uh_connect(fd);
	memset(name, 'x', sizeof(name));
	length = sizeof(name);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
	SAME(length, 16);
	TEXT(name, "reno");
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no-such", 7), ENOENT);
}

static void information(void)
{
	int fd = uh_connected();
	struct tcp_info info;
	unsigned char large[1024], state = 0;
	socklen_t length = sizeof(state);

	SAME(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &length), 0);
	SAME(length, 1);
	SAME(state, 1); /* TCP_ESTABLISHED */
	length = sizeof(info);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
	SAME(info.tcpi_state, 1);
	length = sizeof(large);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_INFO, large, &length), 0);
	CHECK(length < sizeof(large) && length >= 104);
	SAME(large[0], 1);
}

static void segment_size(void)
{
	int fd = uh_connected(), value = 0;
	socklen_t length = sizeof(value);

	SAME(getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &value, &length), 0);
	CHECK(value > 0);
}

static void only_v6(void)
{
	int fd = uh_socket(0), value = 0;
	socklen_t length = sizeof(value);

	SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), 0);
	SAME(value, 0);
	value = 1;
	SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value)), 0);
	uh_connect(fd);
	value = 0;
	SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), 0);
	SAME(value, 1);
	uh_talk(fd);
}

/* A kernel without the module: a library that wants kTLS then does without. */
static void upper_layer(void)
{
	int fd = uh_connected();

	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3), ENOENT);
	uh_talk(fd);
}

static void unknown_options(void)
{
	int fd = uh_connected(), value = 1, other = uh_family == AF_INET ? IPPROTO_IPV6 : 250;
	socklen_t length = sizeof(value);

	FAILS(setsockopt(fd, IPPROTO_TCP, 9999, &value, sizeof(value)), ENOPROTOOPT);
	FAILS(getsockopt(fd, IPPROTO_TCP, 9999, &value, &length), ENOPROTOOPT);
	FAILS(setsockopt(fd, IPPROTO_IP, 9999, &value, sizeof(value)), ENOPROTOOPT);
	FAILS(getsockopt(fd, IPPROTO_IP, 9999, &value, &length), ENOPROTOOPT);
	FAILS(setsockopt(fd, other, IPV6_TCLASS, &value, sizeof(value)), ENOPROTOOPT);
	FAILS(setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof(value)), ENOPROTOOPT);
	FAILS(getsockopt(fd, SOL_SOCKET, 9999, &value, &length), ENOPROTOOPT);
}

static void bad_pointers(void)
{
	int fd = uh_connected(), value = 1;
	socklen_t length = sizeof(value), *volatile nowhere = NULL;
	void *volatile null = NULL;

	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, null, &length), EFAULT);
	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)-1, &length), EFAULT);
	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, nowhere), EFAULT);
	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_INFO, null, &length), EFAULT);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, null, &length), EFAULT);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, nowhere), EFAULT);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, null, sizeof(value)), EFAULT);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)1, sizeof(value)), EFAULT);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, (void *)1, 4), EFAULT);
	uh_talk(fd);
}

static void bad_lengths(void)
{
	int fd = uh_connected(), value = 1;
	socklen_t length = (socklen_t)-1;

	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), EINVAL);
	FAILS(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &value, &length), EINVAL);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), EINVAL);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 3), EINVAL);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 0), EINVAL);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, (socklen_t)-1), EINVAL);
	length = 0;
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
	SAME(length, 0);
	SAME(value, 1);
}

/* Copies what fits, says how much that was. */
static void short_and_long(void)
{
	int fd = uh_connected(), one = 1;
	unsigned char value[8];
	socklen_t length = 1;

	SAME(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	memset(value, 0xa5, sizeof(value));
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, &length), 0);
	SAME(length, 1);
	SAME(value[1], 0xa5);
	length = sizeof(value);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, &length), 0);
	SAME(length, 4);
	SAME(value[0] + value[1] + value[2] + value[3], 1);
	SAME(value[4], 0xa5);
}

/* As for a socket that has a port. */
static void too_late(void)
{
	int fd = uh_connected(), on = 1, off = 0, was = -1;
	socklen_t length = sizeof(was);

	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)), EINVAL);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &on, sizeof(on)), EINVAL);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &off, sizeof(off)), EINVAL);
	if (uh_family == AF_INET6) {
		FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), EINVAL);
		FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), EINVAL);
		SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &was, &length), 0);
		SAME(was, 0);
	}
	uh_talk(fd);
}

/* Options that a Unix socket alone has are not the connection's. */
static void of_unix_alone(void)
{
	static const int names[] = {SO_PASSCRED, SO_PASSSEC, SO_PEERCRED, SO_PEERSEC,
				    59,		 76,	     77};
	int fresh = uh_socket(0), fd = uh_connected();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char got[64] = {0}, wanted[64] = {0};
		socklen_t got_size = sizeof(got), wanted_size = sizeof(wanted);
		int on = 1, result, error;

		errno = 0;
		result = setsockopt(fresh, SOL_SOCKET, names[i], &on, sizeof(on));
		error = errno;
		errno = 0;
		SAME(setsockopt(fd, SOL_SOCKET, names[i], &on, sizeof(on)), result);
		SAME(errno, error);
		errno = 0;
		result = getsockopt(fresh, SOL_SOCKET, names[i], wanted, &wanted_size);
		error = errno;
		errno = 0;
		SAME(getsockopt(fd, SOL_SOCKET, names[i], got, &got_size), result);
		SAME(errno, error);
		SAME(got_size, wanted_size);
		SAME(memcmp(got, wanted, sizeof(got)), 0);
	}
	uh_talk(fd);
}

/* Values out of range are refused, and leave what was there. */
static void bad_values(void)
{
	int fd = uh_connected(), value = 0;

	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)), EINVAL);
	value = 100000;
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &value, sizeof(value)), EINVAL);
	value = 256;
	if (uh_family == AF_INET)
		FAILS(setsockopt(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)), EINVAL);
	else
		FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof(value)),
		      EINVAL);
}

static const struct uh_test tests[] = {
    {"options set before connect", before_and_after, UH_EVERY, 0, 0},
    {"options set after connect", set_after, UH_EVERY, 0, 0},
    {"options never set", defaults, UH_EVERY, 0, 0},
    {"SO_DOMAIN, SO_PROTOCOL, SO_TYPE", kind, UH_EVERY, 0, 0},
    {"TCP_CONGESTION", congestion, UH_EVERY, 0, 0},
    {"TCP_INFO", information, UH_EVERY, 0, 0},
    {"TCP_MAXSEG", segment_size, UH_EVERY, 0, 0},
    {"IPV6_V6ONLY", only_v6, UH_EVERY | UH_V6, 0, 0},
    {"TCP_ULP", upper_layer, UH_REPLACED, 0, 0},
    {"unknown options", unknown_options, UH_EVERY, 0, 0},
    {"options with bad pointers", bad_pointers, UH_EVERY, 0, 0},
    {"options with bad lengths", bad_lengths, UH_EVERY, 0, 0},
    {"options in short and long buffers", short_and_long, UH_EVERY, 0, 0},
    {"options of Unix sockets", of_unix_alone, UH_EVERY, 0, 0},
    {"options that come too late", too_late, UH_EVERY, 0, 0},
    {"options with bad values", bad_values, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);
