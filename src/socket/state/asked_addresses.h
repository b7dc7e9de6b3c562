/* SPDX-License-Identifier: MIT */
/* asked_addresses.h: which address the program asked for, for the targets of a datagram socket.
 */
#ifndef UH_ASKED_ADDRESSES_H
#define UH_ASKED_ADDRESSES_H

#include <stdatomic.h>

#include "base/address.h"
#include "datagram_socket.h"
#include "fd_hints.h"
#include "process/single_threaded.h"
#include "socket_table.h"

/*
 * A datagram that comes back from a target must bear the address that the program asked for:
 * c-ares and chronyd drop an answer from another address. Each socket has room for UH_ASKED_MAX
 * targets; a further one replaces the oldest. If a socket asks for two addresses that lead to
 * one target, or for the target itself, answers bear the one that was asked for last.
 *
 * The addresses belong to the socket and not to a descriptor (identity.h): all copies share
 * them, and a reused descriptor never finds them. All functions here are async-signal-safe and
 * keep errno.
 */
enum { UH_ASKED_MAX = 8 };

extern atomic_bool uh_any_asked;

/*
 * False if the socket of fd has no such addresses. Costs one load in a process without any
 * routed datagram, else two.
 */
static inline bool uh_may_have_asked(int fd)
{
	return atomic_load_explicit(&uh_any_asked, memory_order_acquire) &&
	       uh_fd_has_hint(fd, UH_HINT_ASKED | UH_HINT_COPIED);
}

/*
 * The same for a call that is about to wait for a datagram: another thread may send the first
 * routed one meanwhile, as in a program whose receiving thread starts first.
 */
static inline bool uh_may_get_asked(int fd)
{
	return uh_may_have_asked(fd) ||
	       (!uh_is_single_threaded() && uh_is_noted_datagram_socket(fd));
}

/*
 * Notes that what the socket with this identity, under fd, sends to asked goes to target.
 * domain is that of the program's socket: AF_INET or AF_INET6. Without memory, nothing is
 * noted. Notes that exist already cost no system call.
 */
void uh_asked_add(int fd, uint64_t identity, sa_family_t domain,
		  const struct uh_endpoint *target, const struct uh_endpoint *asked);

/*
 * Notes that the socket sends to an endpoint itself. Does nothing unless the endpoint is one of
 * its targets. Makes no system call.
 */
void uh_asked_directly(uint64_t identity, const struct uh_endpoint *endpoint);

/*
 * The domain of the socket that the program made, which may differ from that of the socket with
 * this identity is: AF_INET or AF_INET6, or 0 if no address is noted for the socket. Makes no
 * system call.
 */
sa_family_t uh_asked_domain(uint64_t identity);

/* The addresses of one socket, while they are read. */
struct uh_asked {
	int fd;
	uint64_t identity;
	uh_slot *slot;
};

/*
 * Finds the addresses of fd's socket. Returns false if it has none. Makes a system call if it
 * may have some.
 */
bool uh_asked_find(int fd, struct uh_asked *asked);

/*
 * Puts the address that was asked for in place of the target's in a sender's name. The kernel
 * has copied the name of *length bytes to name, which has room bytes, and has cut it if it was
 * longer; the new name is cut likewise, and *length becomes its full length (recvfrom(2)). A
 * cut name is compared as far as it goes. The name of another sender stays.
 */
void uh_asked_restore(const struct uh_asked *asked, void *name, socklen_t room,
		      socklen_t *length);

/* uh_record_copied (records.h) for these addresses. */
void uh_asked_copied(int fd);

/* Called after uh_slots_set_shared. */
void uh_asked_set_shared(void);

#endif
