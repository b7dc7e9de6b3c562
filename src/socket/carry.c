/* SPDX-License-Identifier: MIT */
/* carry.c: carries options from the socket that the program prepared to the one it gets. */
#include "carry.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "describe.h"
#include "libc.h"
#include "notes.h"

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72 /* since 5.14 */
#endif

struct journey {
	int from, to, level;
	uint64_t identity;
};

/* Setting these means something else than what getting them returns. */
static bool is_one_way(int name)
{
	return name == SO_ATTACH_FILTER || name == SO_DETACH_FILTER || name == SO_ATTACH_BPF ||
	       name == SO_ATTACH_REUSEPORT_CBPF || name == SO_ATTACH_REUSEPORT_EBPF;
}

/*
 * The kernel doubles a buffer size that is set and returns the doubled one (socket(7)). A size
 * that it grew by itself is none of the program's wishes: SO_BUF_LOCK tells them apart.
 */
static void carry_buffer_size(int name, int lock, const struct journey *journey)
{
	int size = uh_int_option(journey->from, SOL_SOCKET, name, 0) / 2;

	if (uh_int_option(journey->from, SOL_SOCKET, SO_BUF_LOCK, lock) & lock)
		uh_libc_setsockopt()(journey->to, SOL_SOCKET, name, &size, sizeof(size));
}

/*
 * A Unix socket refuses the protocols' options, a socket of the other family some of them. All
 * are remembered: the program may ask for them, or have its own kind of socket back one day.
 */
static void carry_and_remember(int name, void *context)
{
	const struct journey *journey = context;
	char value[UH_OPTION_MAX];
	socklen_t size = sizeof(value);

	if (uh_libc_getsockopt()(journey->from, journey->level, name, value, &size) != 0)
		return;
	uh_libc_setsockopt()(journey->to, journey->level, name, value, size);
	if (journey->level != SOL_SOCKET || name == SO_REUSEPORT)
		uh_record_set_option(journey->identity, journey->level, name, value, size);
}

static void carry_socket_option(int name, void *context)
{
	const struct journey *journey = context;

	if (name == SO_SNDBUF || name == SO_SNDBUFFORCE)
		carry_buffer_size(SO_SNDBUF, 1, journey);
	else if (name == SO_RCVBUF || name == SO_RCVBUFFORCE)
		carry_buffer_size(SO_RCVBUF, 2, journey);
	else if (!is_one_way(name))
		carry_and_remember(name, context);
}

void uh_carry_socket_options(int from, int to, uint64_t identity)
{
	struct journey journey = {
	    .from = from, .to = to, .level = SOL_SOCKET, .identity = identity};

	uh_note_each_option(from, SOL_SOCKET, carry_socket_option, &journey);
}

void uh_carry_owner(int from, int to, int flags)
{
	struct f_owner_ex owner;
	int signal;

	if (!(flags & O_ASYNC) && !uh_note_has(from, UH_HINT_OWNER))
		return;
	if (uh_libc_fcntl()(from, F_GETOWN_EX, &owner) == 0)
		uh_libc_fcntl()(to, F_SETOWN_EX, &owner);
	signal = uh_libc_fcntl()(from, F_GETSIG);
	if (signal > 0)
		uh_libc_fcntl()(to, F_SETSIG, signal);
}

static const int levels[] = {IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6};
enum { LEVELS = sizeof(levels) / sizeof(*levels) };

void uh_carry_protocol_options(int from, int to, uint64_t identity)
{
	struct journey journey = {.from = from, .to = to, .identity = identity};

	for (unsigned i = 0; i < LEVELS; i++) {
		journey.level = levels[i];
		uh_note_each_option(from, levels[i], carry_and_remember, &journey);
	}
}

void uh_carried(int number)
{
	for (unsigned i = 0; i < LEVELS; i++)
		uh_note_forget_options(number, levels[i]);
}

static void set_remembered(int level, int name, void *context)
{
	const struct journey *journey = context;
	char value[UH_OPTION_MAX];
	size_t size;

	if (uh_record_option(journey->identity, level, name, value, &size))
		uh_libc_setsockopt()(journey->to, level, name, value, (socklen_t)size);
}

void uh_carry_remembered(uint64_t identity, int to)
{
	struct journey journey = {.to = to, .identity = identity};

	uh_record_each_option(identity, set_remembered, &journey);
}
