/* SPDX-License-Identifier: MIT */
/*
 * documented.c: the differences that CAVEATS of libunhairpin.so(8) names, and no other.
 *
 * Each entry quotes the manual, which tests/system/test_differ.sh looks up. After an entry that
 * ends the comparison the two sides are in different states, and the rest of the sequence says
 * nothing.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "differ.h"

/* Both sides, and the operation at which they differ. */
struct place {
	const struct operation *operation, *at; /* the first, and this one */
	const struct record *plain, *routed;	/* of this one */
};

static bool of_kind(const struct place *place, const char *kind)
{
	return is_kind(place->at, kind);
}

/* True if an operation before this one was of the kind, with this value in one argument (-1:
 * with any). */
static bool happened(const struct place *place, const char *kind, unsigned which, int64_t value)
{
	for (const struct operation *at = place->operation; at < place->at; at++) {
		if (is_kind(at, kind) && (value < 0 || argument(at, which)->value == value))
			return true;
	}
	return false;
}

static bool set_before(const struct place *place, int level, int option)
{
	for (const struct operation *at = place->operation; at < place->at; at++) {
		if ((is_kind(at, "setsockopt") || is_kind(at, "datagram setsockopt")) &&
		    argument(at, 0)->value == level && argument(at, 0)->more == option)
			return true;
	}
	return false;
}

static bool of_option(const struct place *place, int level, int option)
{
	return of_kind(place, "getsockopt") && argument(place->at, 0)->value == level &&
	       argument(place->at, 0)->more == option && place->plain->result == 0 &&
	       place->routed->result == 0;
}

static bool server_did(const struct place *place, enum action action)
{
	return happened(place, "server", 0, action);
}

static bool program_shut(const struct place *place, int how)
{
	bool both = happened(place, "shutdown", 0, SHUT_RDWR) ||
		    (happened(place, "shutdown", 0, SHUT_RD) &&
		     happened(place, "shutdown", 0, SHUT_WR));

	return both || happened(place, "shutdown", 0, how);
}

static bool dissolved(const struct place *place)
{
	return happened(place, "connect", 0, UNSPECIFIED);
}

/* Calls that can end a connection on the program's side. */
static bool program_ended(const struct place *place)
{
	return happened(place, "close", 0, -1) || happened(place, "dup over", 0, -1) ||
	       happened(place, "end of child", 0, -1) || dissolved(place);
}

static bool server_ended(const struct place *place)
{
	return server_did(place, CLOSE) || server_did(place, RESET) ||
	       server_did(place, SHUT_READ) || server_did(place, SHUT_WRITE) ||
	       server_did(place, STOP) || server_did(place, FILL);
}

static bool sends(const struct operation *at)
{
	return is_kind(at, "write") || is_kind(at, "send") || is_kind(at, "sendto") ||
	       is_kind(at, "control message");
}

static bool reads(const struct operation *at)
{
	return is_kind(at, "read") || is_kind(at, "recv") || is_kind(at, "receive from");
}

static bool waits(const struct operation *at)
{
	return is_kind(at, "poll") || is_kind(at, "epoll_wait");
}

static bool sent_before(const struct place *place)
{
	for (const struct operation *at = place->operation; at < place->at; at++) {
		if (sends(at))
			return true;
	}
	return server_did(place, SEND) || server_did(place, SEND_URGENT);
}

static bool hangs_up_in_poll(const struct place *place)
{
	short plain, routed;

	memcpy(&plain, place->plain->data, sizeof(plain));
	memcpy(&routed, place->routed->data, sizeof(routed));
	return of_kind(place, "poll") && server_ended(place) && (plain | POLLHUP) == routed;
}

/* Each of the plain side's events is among the routed one's, where EPOLLHUP may be added. */
static bool hangs_up_in_epoll(const struct place *place)
{
	struct epoll_event plain[8], routed[8];
	int64_t i = 0;

	if (!of_kind(place, "epoll_wait") || !server_ended(place) || place->plain->result < 0 ||
	    place->plain->result > place->routed->result)
		return false;
	memcpy(plain, place->plain->data, place->plain->length);
	memcpy(routed, place->routed->data, place->routed->length);
	for (int64_t j = 0; j < place->routed->result; j++) {
		bool known =
		    i < place->plain->result && plain[i].data.u64 == routed[j].data.u64;

		if (routed[j].events != (known ? plain[i].events | EPOLLHUP : EPOLLHUP) &&
		    !(known && routed[j].events == plain[i].events))
			return false;
		i += known;
	}
	return i == place->plain->result;
}

static bool breaks_pipe(const struct place *place)
{
	return sends(place->at) && server_ended(place) && place->plain->result >= 0 &&
	       place->routed->error == EPIPE;
}

static bool breaks_servers_pipe(const struct place *place)
{
	return of_kind(place, "server") &&
	       (program_ended(place) || program_shut(place, SHUT_RDWR)) &&
	       place->plain->result >= 0 && place->routed->error == EPIPE;
}

/*
 * A reset is made by RESET, by the end of a socket that has unread data or was not accepted,
 * and by what is sent to an end that is closed. A connection that both ends have shut is no
 * more, either.
 */
static bool is_dead(const struct place *place)
{
	return server_did(place, RESET) || server_did(place, STOP) || server_did(place, FILL) ||
	       ((server_did(place, CLOSE) || program_ended(place)) && sent_before(place)) ||
	       ((server_did(place, CLOSE) || server_did(place, SHUT_WRITE)) &&
		(program_shut(place, SHUT_WR) || program_ended(place)));
}

static bool says_so(const struct record *plain)
{
	return plain->error == ECONNRESET || plain->error == ENOTCONN ||
	       plain->error == EPIPE ||
	       plain->error == ECONNABORTED; /* MSG_FASTOPEN tries to connect */
}

static bool transfers_after_reset(const struct place *place)
{
	return is_dead(place) && (waits(place->at) || ((reads(place->at) || sends(place->at)) &&
						       (says_so(place->plain) ||
							place->routed->error == ECONNRESET)));
}

/* bind(2) and the options are as on a new socket; SO_ERROR is the reset's. */
static bool calls_after_reset(const struct place *place)
{
	return is_dead(place) && (says_so(place->plain) || place->routed->error == ECONNRESET ||
				  of_kind(place, "bind") || of_kind(place, "connect") ||
				  of_kind(place, "setsockopt") || of_kind(place, "getsockopt"));
}

static bool dissolves(const struct place *place)
{
	return dissolved(place) &&
	       (place->plain->error == ECONNRESET || waits(place->at) ||
		of_kind(place, "names") ||
		(of_kind(place, "server") && says_so(place->plain)) ||
		(of_kind(place, "getsockopt") && argument(place->at, 0)->more == SO_ERROR));
}

static bool reads_after_shutdown(const struct place *place)
{
	return program_shut(place, SHUT_RD) && (reads(place->at) || waits(place->at)) &&
	       place->plain->result >= 0 &&
	       (place->routed->error == EAGAIN || place->routed->result == WOULD_BLOCK ||
		waits(place->at));
}

static bool shuts_before(const struct place *place)
{
	if (of_option(place, IPPROTO_TCP, TCP_INFO))
		return program_shut(place, SHUT_WR);
	return of_kind(place, "server") && program_shut(place, SHUT_WR) &&
	       place->plain->error == EAGAIN && place->routed->result == 0;
}

static bool failed_before(const struct place *place)
{
	bool refused =
	    happened(place, "connect", 0, NOBODY4) || happened(place, "connect", 0, NOBODY6) ||
	    happened(place, "sendto", 0, NOBODY4) || happened(place, "sendto", 0, NOBODY6);

	return refused && (of_kind(place, "connect") || of_kind(place, "sendto")) &&
	       happened(place, "shutdown", 0, -1) && place->plain->error == EINVAL;
}

static bool copies_after_all(const struct place *place)
{
	return ((of_kind(place, "send") && argument(place->at, 0)->value == MSG_ZEROCOPY) ||
		(of_kind(place, "sendto") && argument(place->at, 1)->value == MSG_ZEROCOPY)) &&
	       set_before(place, SOL_SOCKET, SO_ZEROCOPY) && place->routed->error == ENOBUFS;
}

static bool controls(const struct place *place)
{
	return of_kind(place, "control message") && place->routed->error == EINVAL;
}

/* Data that came with a descriptor are not read together with others. */
static bool passes_descriptor(const struct place *place)
{
	return of_kind(place, "server") && happened(place, "control message", 0, -1) &&
	       place->plain->result > place->routed->result && place->routed->result > 0;
}

static bool zero_copies(const struct place *place)
{
	return of_kind(place, "setsockopt") && argument(place->at, 0)->more == SO_ZEROCOPY &&
	       place->routed->error == EOPNOTSUPP;
}

static bool converts(const struct place *place)
{
	return argument(place->at, 0) && argument(place->at, 0)->value == IPPROTO_IPV6 &&
	       argument(place->at, 0)->more == IPV6_ADDRFORM &&
	       place->routed->error == ENOTCONN;
}

static bool is_urgent(const struct operation *at)
{
	return (is_kind(at, "server") && argument(at, 0)->value == SEND_URGENT) ||
	       (is_kind(at, "send") && argument(at, 0)->value & MSG_OOB) ||
	       (is_kind(at, "sendto") && argument(at, 1)->value & MSG_OOB);
}

static bool has_urgent_data(const struct place *place)
{
	for (const struct operation *at = place->operation; at <= place->at; at++) {
		if (is_urgent(at))
			return true;
	}
	return false;
}

static bool drops_nothing(const struct place *place)
{
	return ((of_kind(place, "recv") && argument(place->at, 0)->value == MSG_TRUNC) ||
		(of_kind(place, "receive from") &&
		 argument(place->at, 1)->value == MSG_TRUNC)) &&
	       place->plain->result == place->routed->result;
}

static bool copies_raw(const struct operation *at)
{
	return (is_kind(at, "dup") && argument(at, 1)->value == 1) ||
	       (is_kind(at, "dup over") && argument(at, 1)->value == 2);
}

/*
 * Another process got the socket, or a message on its way, or the number was copied past the
 * object, and it was connected by one of the two. A child of vfork(2) has copies of all
 * descriptors, too.
 */
static bool copied_elsewhere(const struct place *place)
{
	bool copied = false;

	for (const struct operation *at = place->operation; at < place->at; at++) {
		copied |= is_kind(at, "fork") || is_kind(at, "pass") || copies_raw(at);
		if (is_kind(at, "connect") &&
		    (copied || argument(at, 1)->value == 2 /* in a vfork child */))
			return true;
		if (is_kind(at, "sendto") && copied)
			return true;
	}
	return false;
}

/* The copy came after the connection. Only one process knows what a second connect() says. */
static bool copied_past(const struct place *place)
{
	bool copied = false;

	for (const struct operation *at = place->operation; at < place->at; at++)
		copied |= copies_raw(at) || is_kind(at, "fork");
	if (copied && of_kind(place, "receive from"))
		return place->plain->result == place->routed->result;
	return copied && (of_kind(place, "sendto") || of_kind(place, "connect")) &&
	       (place->routed->error == EISCONN || place->plain->error == EISCONN);
}

static bool has_other_values(const struct place *place)
{
	return of_option(place, SOL_SOCKET, SO_SNDBUF) ||
	       of_option(place, SOL_SOCKET, SO_RCVBUF) ||
	       of_option(place, IPPROTO_TCP, TCP_MAXSEG) ||
	       of_option(place, IPPROTO_TCP, TCP_WINDOW_CLAMP);
}

/* Data that TCP keeps back until there is more, or until the peer has spoken. */
static bool holds_nothing_back(const struct place *place)
{
	return of_kind(place, "server") && (happened(place, "send", 0, MSG_MORE) ||
					    happened(place, "sendto", 1, MSG_MORE) ||
					    set_before(place, IPPROTO_TCP, TCP_DEFER_ACCEPT));
}

static bool waits_for_less(const struct place *place)
{
	return waits(place->at) && set_before(place, SOL_SOCKET, SO_RCVLOWAT);
}

static bool waits_for_no_mark(const struct place *place)
{
	return set_before(place, IPPROTO_TCP, TCP_NOTSENT_LOWAT) && sent_before(place) &&
	       (waits(place->at) || (sends(place->at) && place->plain->result == WOULD_BLOCK));
}

static bool is_full(const struct place *place)
{
	return sent_before(place) &&
	       (waits(place->at) ||
		(sends(place->at) && place->plain->result >= 0 &&
		 (place->routed->result == WOULD_BLOCK || place->routed->error == EAGAIN))) &&
	       set_before(place, SOL_SOCKET, SO_SNDBUF);
}

static bool brings_no_control(const struct place *place)
{
	return of_kind(place, "receive from") && argument(place->at, 0)->value >= 1 &&
	       place->plain->result == place->routed->result &&
	       (set_before(place, SOL_SOCKET, SO_TIMESTAMP) ||
		set_before(place, IPPROTO_TCP, TCP_INQ));
}

static bool counts_unread(const struct place *place)
{
	return of_kind(place, "ioctl") && argument(place->at, 0)->value == SIOCOUTQ &&
	       place->plain->result == 0 && place->routed->result == 0;
}

/* TCP has no connection to a server whose cookie it does not know, and before the first byte.
 */
static bool sends_at_once(const struct place *place)
{
	if (of_kind(place, "server"))
		return happened(place, "sendto", 1, MSG_FASTOPEN) &&
		       place->plain->error == EAGAIN && place->routed->result >= 0;
	return of_kind(place, "sendto") && argument(place->at, 1)->value == MSG_FASTOPEN &&
	       place->plain->error == EINPROGRESS && place->routed->result >= 0;
}

/* A TCP connection that is made sends a signal to the owner. */
static bool tells_no_owner(const struct place *place)
{
	return (of_kind(place, "connect") || of_kind(place, "sendto")) &&
	       place->routed->signals == 0 && place->plain->result == place->routed->result &&
	       place->plain->error == place->routed->error;
}

static bool crosses_families(const struct place *place)
{
	return (of_kind(place, "connect") || of_kind(place, "sendto")) &&
	       argument(place->at, 0)->value == MAPPED &&
	       (set_before(place, IPPROTO_IPV6, IPV6_V6ONLY) ||
		happened(place, "bind", 0, -1)) &&
	       place->plain->error == ENETUNREACH;
}

/* A UDP socket is replaced likewise. */
static bool datagrams_cross_families(const struct place *place)
{
	return of_kind(place, "datagram connect") && argument(place->at, 0)->value == MAPPED &&
	       (set_before(place, IPPROTO_IPV6, IPV6_V6ONLY) ||
		happened(place, "bind", 0, -1)) &&
	       place->plain->error == ENETUNREACH;
}

static bool keeps_no_port(const struct place *place)
{
	return of_kind(place, "bind") && happened(place, "bind", 1, 1) &&
	       place->plain->error == EADDRINUSE && place->routed->result == 0;
}

/* Calls whose outcome depends on what was sent and received before, also by an error. */
static bool depends_on_traffic(const struct operation *at)
{
	return reads(at) || sends(at) || waits(at) || is_kind(at, "ioctl") ||
	       is_kind(at, "datagram receive") || is_kind(at, "datagram sendto") ||
	       is_kind(at, "datagram sendmsg") || is_kind(at, "datagram sendmmsg") ||
	       (is_kind(at, "datagram getsockopt") && argument(at, 0)->more == SO_ERROR);
}

/* The datagrams of such a socket go to the asked address itself. */
static bool is_left_alone(const struct place *place)
{
	return depends_on_traffic(place->at) && (set_before(place, SOL_SOCKET, SO_BROADCAST) ||
						 set_before(place, IPPROTO_IP, IP_TRANSPARENT));
}

/* An address beside a datagram, in the sequence up to this operation. */
static bool asked_for(const struct place *place, uint16_t port)
{
	for (const struct operation *at = place->operation; at < place->at; at++) {
		const struct choice *to = argument(at, 0);

		if ((is_kind(at, "datagram sendto") || is_kind(at, "datagram sendmsg") ||
		     is_kind(at, "datagram connect")) &&
		    to->more == port)
			return true;
	}
	return false;
}

static bool asked_for_target(const struct place *place)
{
	return depends_on_traffic(place->at) && asked_for(place, PORT_UDP_TARGET);
}

static bool converts_datagrams(const struct place *place)
{
	for (const struct operation *at = place->operation; at < place->at; at++) {
		if (is_kind(at, "datagram setsockopt") &&
		    argument(at, 0)->value == IPPROTO_IPV6 &&
		    argument(at, 0)->more == IPV6_ADDRFORM)
			return of_kind(place, "datagram receive") || of_kind(place, "names");
	}
	return false;
}

/* The names alone differ. */
static bool asked_elsewhere(const struct place *place)
{
	bool copied = happened(place, "fork", 0, -1);

	for (const struct operation *at = place->operation; at < place->at; at++)
		copied |= copies_raw(at);
	return copied && (of_kind(place, "datagram receive") || of_kind(place, "names")) &&
	       place->plain->result == place->routed->result;
}

struct entry {
	bool (*matches)(const struct place *place);
	bool ends;
	const char *words;
};

static const struct entry stream_entries[] = {
    {hangs_up_in_poll, false, "from then on, also with data left to read"},
    {hangs_up_in_epoll, true, "from then on, also with data left to read"},
    {breaks_pipe, true, "Once the service has closed its end of a Unix socket, the first"},
    {breaks_servers_pipe, true, "SHUT_RDWR; the service sends"},
    {transfers_after_reset, true, "reading and writing after a reset"},
    {calls_after_reset, true, "calls after a reset, or when both ends are closed"},
    {dissolves, true, "connect(2) with AF_UNSPEC"},
    {reads_after_shutdown, true, "reading after SHUT_RD"},
    {shuts_before, true, "SHUT_WR before connect(2)"},
    {failed_before, true, "connect(2) after a refused one that was shut"},
    {has_urgent_data, true, "Urgent data"},
    {drops_nothing, false, "with which TCP drops what it would give"},
    {copied_elsewhere, true, "A copy of the descriptor that another process received by"},
    {has_other_values, false, "sizes that were never set"},
    {holds_nothing_back, true, "TCP_CORK, MSG_MORE, TCP_DEFER_ACCEPT, IP_MINTTL"},
    {waits_for_less, true, "read(2) waits, the others tell of the first byte"},
    {waits_for_no_mark, true, "TCP_NOTSENT_LOWAT"},
    {is_full, true, "A Unix socket takes fewer bytes than TCP"},
    {brings_no_control, false, "control messages that come"},
    {controls, true, "control messages that go"},
    {passes_descriptor, true, "control messages that go"},
    {zero_copies, false, "SO_ZEROCOPY after connect(2)"},
    {copies_after_all, true, "the program sends the data without it"},
    {counts_unread, false, "SIOCOUTQ"},
    {sends_at_once, true, "MSG_FASTOPEN on a non-blocking socket, the first time"},
    {keeps_no_port, true, "bind(2) of another socket to this one's port"},
    {tells_no_owner, false, "SIGIO when the connection is made"},
    {copied_past, true, "A copy that such a call made afterwards"},
    {crosses_families, true, "V6ONLY"},
    {converts, true, "IPV6_ADDRFORM"},
    {NULL, false, NULL},
};
static const struct entry datagram_entries[] = {
    {is_left_alone, true, "are left alone"},
    {datagrams_cross_families, true, "V6ONLY"},
    {asked_for_target, true, "If two addresses lead to one target, its answers bear the one"},
    {converts_datagrams, true, "IPV6_ADDRFORM"},
    {asked_elsewhere, true, "does not know what the other one asked for"},
    {NULL, false, NULL},
};

/* Each list ends with an entry without words. */
static const struct entry *const entries[SORTS] = {
    [STREAMS] = stream_entries,
    [DATAGRAMS] = datagram_entries,
};

void print_documented(void)
{
	for (int sort = 0; sort < SORTS; sort++) {
		for (const struct entry *entry = entries[sort]; entry->words; entry++)
			printf("%s\n", entry->words);
	}
}

static bool same(const struct record *plain, const struct record *routed)
{
	return plain->result == routed->result && plain->error == routed->error &&
	       plain->signals == routed->signals && plain->length == routed->length &&
	       memcmp(plain->data, routed->data, plain->length) == 0;
}

int difference(const struct shared *plain, const struct shared *routed, unsigned *documented)
{
	const struct entry *first = entries[sort_of(plain->operation, plain->count)];

	for (unsigned i = 0; i < plain->count; i++) {
		struct place place = {plain->operation, &plain->operation[i], &plain->record[i],
				      &routed->record[i]};
		const struct entry *entry = first;

		if (same(place.plain, place.routed))
			continue;
		while (entry->words && !entry->matches(&place))
			entry++;
		if (!entry->words)
			return (int)i;
		++*documented;
		if (entry->ends)
			return -1;
	}
	return plain->status != routed->status ? (int)plain->done : -1;
}
