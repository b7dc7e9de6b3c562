/* SPDX-License-Identifier: MIT */
/*
 * stress_datagrams.c: threads send datagrams at random and look who answers.
 *
 * Sockets of several groups ask for addresses of their own, which lead to the same targets: an
 * answer with the address of another group belongs to another socket. Three kinds of sockets:
 *
 *   owned     one thread's, for some datagrams; its number is reused at once
 *   common    stays; all threads send and receive on it. Two threads may note one target
 *             twice (asked_addresses.c), so there are fewer of them
 *   replaced  as common, but the number is given to another group's socket again and again:
 *             what is sent meanwhile may be answered with the target's address, or with that of
 *             the group before. That is rare, and counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "differ.h"

enum {
	OWNERS = 3,
	USERS = 3,
	NUMBERS = 2,
	KNOWN_TARGETS = 8,
	COMMON_TARGETS = 6,
	RARE = 20,
	GROUP_PORTS = 100
};

/* The content of a datagram. */
struct token {
	uint32_t serial; /* of the socket */
	uint16_t asked;	 /* the port */
	uint16_t more;	 /* so that no answer has a size with a meaning to echo.c */
};

/* A socket, and what its answers may be. */
struct asker {
	int fd;
	enum address address;
	unsigned group, serial;
	bool forgets;  /* more targets than the object knows for one socket */
	bool replaced; /* in between another socket got the number */
};

static _Atomic bool ends;
static _Atomic unsigned answers, misnamed;
static struct asker common[NUMBERS];
static struct {
	int fd;
	_Atomic unsigned group;
} replaced[NUMBERS];
static pthread_t thread[OWNERS + USERS + 1];
static unsigned threads;

static int new_socket(enum address address)
{
	int family = address == PUBLIC4 ? AF_INET : AF_INET6;

	return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static socklen_t make_name(const struct asker *asker, unsigned port,
			   struct sockaddr_storage *name)
{
	return make_address(asker->address, (uint16_t)port, name);
}

/* A batch goes to successive ports. */
static void ask(const struct asker *asker, unsigned *seed, unsigned targets)
{
	enum { BATCH = 4 };
	struct sockaddr_storage name[BATCH];
	struct token token[BATCH];
	struct iovec part[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	unsigned first = (unsigned)rand_r(seed), count = 1 + (unsigned)rand_r(seed) % BATCH;

	for (unsigned i = 0; i < count; i++) {
		unsigned asked =
		    PORT_STRESS + asker->group * GROUP_PORTS + (first + i) % targets;

		token[i] = (struct token){asker->serial, (uint16_t)asked, 0};
		part[i] = (struct iovec){&token[i], sizeof(token[i])};
		messages[i].msg_hdr =
		    (struct msghdr){.msg_name = &name[i],
				    .msg_namelen = make_name(asker, asked, &name[i]),
				    .msg_iov = &part[i],
				    .msg_iovlen = 1};
	}
	if (count > 1)
		sendmmsg(asker->fd, messages, count, 0);
	else if (rand_r(seed) % 2)
		sendmsg(asker->fd, &messages[0].msg_hdr, 0);
	else
		sendto(asker->fd, &token[0], sizeof(token[0]), 0, messages[0].msg_hdr.msg_name,
		       messages[0].msg_hdr.msg_namelen);
}

static void examine(const struct asker *asker, const struct token *token,
		    const struct sockaddr_storage *name, socklen_t length)
{
	struct sockaddr_storage asked, target;
	unsigned n = token->asked % GROUP_PORTS;
	socklen_t size = make_name(asker, token->asked, &asked);

	make_name(asker, PORT_STRESS_TARGET + n, &target);
	/* The kernel may give a port to this socket that an answer to a closed one still has.
	 */
	if (!asker->replaced && token->serial != asker->serial)
		return;
	atomic_fetch_add(&answers, 1);
	if (length == size && memcmp(name, &asked, size) == 0)
		return;
	if (asker->forgets && length == size && memcmp(name, &target, size) == 0)
		return;
	if (asker->replaced)
		atomic_fetch_add(&misnamed, 1);
	else
		is_wrong("socket %u: an answer bears port %u and %u bytes: %u was asked for\n",
			 asker->serial, ntohs(((const struct sockaddr_in *)name)->sin_port),
			 length, token->asked);
}

static bool receive_one(const struct asker *asker)
{
	struct sockaddr_storage name = {0};
	socklen_t length = sizeof(name);
	struct token token;
	ssize_t got =
	    recvfrom(asker->fd, &token, sizeof(token), 0, (struct sockaddr *)&name, &length);

	if (got == sizeof(token))
		examine(asker, &token, &name, length);
	return got >= 0;
}

static bool receive_many(const struct asker *asker)
{
	enum { BATCH = 4 };
	struct sockaddr_storage name[BATCH] = {0};
	struct token token[BATCH];
	struct iovec part[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int got;

	for (int i = 0; i < BATCH; i++) {
		part[i] = (struct iovec){&token[i], sizeof(token[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &name[i],
						      .msg_namelen = sizeof(name[i]),
						      .msg_iov = &part[i],
						      .msg_iovlen = 1};
	}
	got = recvmmsg(asker->fd, messages, BATCH, 0, NULL);
	for (int i = 0; i < got; i++)
		examine(asker, &token[i], &name[i], messages[i].msg_hdr.msg_namelen);
	return got > 0;
}

static void receive_all(const struct asker *asker, unsigned *seed, int patience_ms)
{
	struct pollfd wait = {.fd = asker->fd, .events = POLLIN};

	do {
		if (poll(&wait, 1, patience_ms) <= 0)
			return;
	} while (rand_r(seed) % 2 ? receive_one(asker) : receive_many(asker));
}

static void close_any_way(int fd, unsigned *seed)
{
	if (rand_r(seed) % 3 == 0)
		syscall(SYS_close, fd);
	else if (rand_r(seed) % 2)
		close_range((unsigned)fd, (unsigned)fd, 0);
	else
		close(fd);
}

static enum address any_address(unsigned *seed)
{
	static const enum address any[] = {PUBLIC4, PUBLIC6, MAPPED};

	return any[(unsigned)rand_r(seed) % 3];
}

static void *be_owner(void *argument)
{
	static _Atomic unsigned serials;
	unsigned seed = (unsigned)(uintptr_t)argument;

	while (!atomic_load(&ends)) {
		enum address address = any_address(&seed);
		unsigned targets = 1 + (unsigned)rand_r(&seed) % STRESS_PORTS;
		struct asker asker = {.fd = new_socket(address),
				      .address = address,
				      .group = (unsigned)rand_r(&seed) % STRESS_GROUPS,
				      .serial = NUMBERS + atomic_fetch_add(&serials, 1),
				      .forgets = targets > KNOWN_TARGETS};

		for (int rounds = 1 + rand_r(&seed) % 8; rounds > 0; rounds--) {
			ask(&asker, &seed, targets);
			receive_all(&asker, &seed, rand_r(&seed) % 3);
		}
		close_any_way(asker.fd, &seed);
	}
	return NULL;
}

static void *be_user(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	while (!atomic_load(&ends)) {
		unsigned i = (unsigned)rand_r(&seed) % NUMBERS;
		struct asker guest = {.fd = replaced[i].fd,
				      .address = PUBLIC4,
				      .group = atomic_load(&replaced[i].group),
				      .replaced = true};

		ask(&common[i], &seed, COMMON_TARGETS);
		receive_all(&common[i], &seed, 0);
		ask(&guest, &seed, KNOWN_TARGETS);
		receive_all(&guest, &seed, 0);
		usleep((useconds_t)rand_r(&seed) % 200);
	}
	return NULL;
}

/* The number is never free, because another socket could be given it. */
static void *be_replacer(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	while (!atomic_load(&ends)) {
		unsigned i = (unsigned)rand_r(&seed) % NUMBERS;
		int fd = new_socket(PUBLIC4);

		if (rand_r(&seed) % 2)
			dup2(fd, replaced[i].fd);
		else
			dup3(fd, replaced[i].fd, O_CLOEXEC);
		close(fd);
		atomic_store(&replaced[i].group, (unsigned)rand_r(&seed) % STRESS_GROUPS);
		usleep((useconds_t)rand_r(&seed) % 20000);
	}
	return NULL;
}

static void begin(void *(*role)(void *), unsigned count)
{
	for (; count > 0; count--, threads++)
		pthread_create(&thread[threads], NULL, role, (void *)(uintptr_t)(threads + 77));
}

void datagrams_begin(void)
{
	for (unsigned i = 0; i < NUMBERS; i++) {
		common[i] = (struct asker){new_socket(PUBLIC4), PUBLIC4, i, .serial = i};
		replaced[i].fd = new_socket(PUBLIC4);
	}
	begin(be_owner, OWNERS);
	begin(be_user, USERS);
	begin(be_replacer, 1);
}

void datagrams_end(void)
{
	atomic_store(&ends, true);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < NUMBERS; i++) {
		close(common[i].fd);
		close(replaced[i].fd);
	}
	if (misnamed * RARE > answers || answers == 0)
		is_wrong("answers of replaced sockets with another address: %u of %u\n",
			 misnamed, answers);
	printf("%u datagrams answered (%u of replaced sockets with another address)\n", answers,
	       misnamed);
}
