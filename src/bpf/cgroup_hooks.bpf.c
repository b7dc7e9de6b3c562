/* SPDX-License-Identifier: MIT */
/*
 * cgroup_hooks.bpf.c: the programs that the kernel runs at connect(), sendmsg(), recvmsg() and
 * getpeername() of the sockets of a cgroup (BPF_PROG_TYPE_CGROUP_SOCK_ADDR in
 * linux/net/core/filter.c).
 *
 * clang compiles this file for BPF, the command contains the result, and `unhairpin kernel`
 * loads it. A program returns 1, and the call goes on with the address that the context then
 * has; or 0, and the call fails.
 */
#include <stddef.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* The inner map's rows. NULL outside of the table. */
#define uh_row_at(table, index)                                                                \
	((union uh_row *)bpf_map_lookup_elem((void *)(table), &(uint32_t){index}))

#include "kernel_search.h"

#include "socket_memory.h"

const char licence[] SEC("license") = "MIT";

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define LOOPBACK_INTERFACE 1

/* Set by the loader. Without bpf_set_retval() in these hooks (Linux 6.1) a call fails with
 * EPERM. */
const volatile uint32_t can_set_error;

/* The table, or an empty slot: then nothing is routed. One update replaces the whole table. */
struct rows {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(union uh_row));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__array(values, struct rows);
} table SEC(".maps");

/* One call: the address that it names, and the families that it can be sent to. */
struct call {
	struct uh_row_endpoint asked;
	bool is_send, is_tcp, takes_ipv4, takes_ipv6;
};

static __always_inline struct uh_row_endpoint get_ipv4(const struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint endpoint = {
	    .low = 0xffffULL << 32 | bpf_ntohl(ctx->user_ip4),
	    .port = bpf_ntohs((uint16_t)ctx->user_port),
	};

	return endpoint;
}

static __always_inline struct uh_row_endpoint get_ipv6(const struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint endpoint = {
	    .high = (uint64_t)bpf_ntohl(ctx->user_ip6[0]) << 32 | bpf_ntohl(ctx->user_ip6[1]),
	    .low = (uint64_t)bpf_ntohl(ctx->user_ip6[2]) << 32 | bpf_ntohl(ctx->user_ip6[3]),
	    .port = bpf_ntohs((uint16_t)ctx->user_port),
	};

	return endpoint;
}

static __always_inline void put_ipv4(struct bpf_sock_addr *ctx,
				     const struct uh_row_endpoint *to)
{
	ctx->user_ip4 = bpf_htonl((uint32_t)to->low);
	ctx->user_port = bpf_htons(to->port);
}

static __always_inline void put_ipv6(struct bpf_sock_addr *ctx,
				     const struct uh_row_endpoint *to)
{
	ctx->user_ip6[0] = bpf_htonl((uint32_t)(to->high >> 32));
	ctx->user_ip6[1] = bpf_htonl((uint32_t)to->high);
	ctx->user_ip6[2] = bpf_htonl((uint32_t)(to->low >> 32));
	ctx->user_ip6[3] = bpf_htonl((uint32_t)to->low);
	ctx->user_port = bpf_htons(to->port);
}

static __always_inline bool is_ipv4(const struct uh_row_endpoint *endpoint)
{
	return endpoint->high == 0 && endpoint->low >> 32 == 0xffff;
}

/* True if this host is known to have the target's address, and nothing listens there. */
static __always_inline bool nobody_listens(struct bpf_sock_addr *ctx, void *rows,
					   const struct uh_row_endpoint *target, uint32_t flags)
{
	const union uh_row *origin = uh_row_at(rows, UH_ORIGIN_ROW);
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sock;
	uint32_t size;

	if (!(flags & UH_ON_LOOPBACK) && !((flags & UH_ON_THIS_HOST) && origin &&
					   origin->origin.network == bpf_get_netns_cookie(ctx)))
		return false;
	if (is_ipv4(target)) {
		tuple.ipv4.daddr = bpf_htonl((uint32_t)target->low);
		tuple.ipv4.dport = bpf_htons(target->port);
		size = sizeof(tuple.ipv4);
	} else {
		tuple.ipv6.daddr[0] = bpf_htonl((uint32_t)(target->high >> 32));
		tuple.ipv6.daddr[1] = bpf_htonl((uint32_t)target->high);
		tuple.ipv6.daddr[2] = bpf_htonl((uint32_t)(target->low >> 32));
		tuple.ipv6.daddr[3] = bpf_htonl((uint32_t)target->low);
		tuple.ipv6.dport = bpf_htons(target->port);
		size = sizeof(tuple.ipv6);
	}
	sock = bpf_skc_lookup_tcp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	if (!sock)
		return true;
	bpf_sk_release(sock);
	return false;
}

/* Returns the row of the first target that the call can be sent to, or NULL. */
static __always_inline const union uh_row *target_of(void *rows, const struct uh_cell_row *cell,
						     const struct call *call)
{
	uint32_t index = call->takes_ipv4 ? cell->ipv4 : 0;

	if (call->takes_ipv6 && cell->ipv6 && (!index || cell->ipv6_first))
		index = cell->ipv6;
	return index ? uh_row_at(rows, index) : NULL;
}

/* A stand-in without a route that is carried has a cell without counters. */
#define COUNT(rows, cell, member)                                                              \
	do {                                                                                   \
		union uh_row *counts = (cell)->route ? uh_row_at(rows, (cell)->route) : NULL;  \
                                                                                               \
		if (counts)                                                                    \
			__sync_fetch_and_add(&counts->count.member, 1);                        \
	} while (0)

/* Lets a call fail with the cell's error. Returns the verdict. */
static __always_inline int fail(const struct uh_cell_row *cell)
{
	if (can_set_error)
		bpf_set_retval(-cell->error);
	return 0;
}

/* True if a socket is bound to another device, and so does not reach the loopback interface. */
static __always_inline bool is_cut_off(const struct bpf_sock_addr *ctx,
				       const union uh_row *target)
{
	return (target->target.flags & UH_ON_LOOPBACK) &&
	       ctx->sk->bound_dev_if > LOOPBACK_INTERFACE;
}

/*
 * Decides a call. Returns true if the target is set: then the call goes there. Otherwise the
 * call goes on as it is, or fails if *verdict is 0.
 */
static __always_inline bool decide(struct bpf_sock_addr *ctx, const struct call *call,
				   struct uh_row_endpoint *target, int *verdict)
{
	void *rows = bpf_map_lookup_elem(&table, &(uint32_t){0});
	const struct uh_cell_row *cell;
	const union uh_row *row;

	if (!rows)
		return false;
	cell =
	    uh_rows_find(rows, &call->asked, call->is_tcp, (uint32_t)bpf_get_current_uid_gid());
	if (!cell || cell->action == UH_CELL_PASS)
		return false;
	if (cell->action == UH_CELL_FAIL) {
		COUNT(rows, cell, failed);
		*verdict = fail(cell);
		return false;
	}
	row = target_of(rows, cell, call);
	if (!row || is_cut_off(ctx, row)) {
		if (cell->error)
			*verdict = fail(cell);
		return false;
	}
	target->high = row->target.high;
	target->low = row->target.low;
	target->port = row->target.port ? row->target.port : call->asked.port;
	if (call->is_tcp && cell->asks &&
	    nobody_listens(ctx, rows, target, row->target.flags)) {
		COUNT(rows, cell, unanswered);
		return false;
	}
	if (call->is_send)
		COUNT(rows, cell, datagrams);
	else
		COUNT(rows, cell, routed);
	return true;
}

/* Decides a call and remembers what was asked for. Returns as decide(). */
static __always_inline bool route(struct bpf_sock_addr *ctx, struct call *call,
				  struct uh_row_endpoint *target, int *verdict)
{
	if (ctx->protocol != PROTOCOL_TCP && ctx->protocol != PROTOCOL_UDP)
		return false;
	call->is_tcp = ctx->protocol == PROTOCOL_TCP;
	if (!decide(ctx, call, target, verdict)) {
		/* A call that fails here leaves the socket's peer as it was. */
		if (*verdict)
			forget(ctx, &call->asked, call->is_send);
		return false;
	}
	if (call->is_send)
		remember_pair(ctx, &call->asked, target);
	else
		remember_peer(ctx, &call->asked, target);
	return true;
}

SEC("cgroup/connect4")
int uh_connect4(struct bpf_sock_addr *ctx)
{
	struct call call = {.asked = get_ipv4(ctx), .takes_ipv4 = true};
	struct uh_row_endpoint target = {};
	int verdict = 1;

	if (route(ctx, &call, &target, &verdict))
		put_ipv4(ctx, &target);
	return verdict;
}

/* An IPv6 socket that is bound to an address is not sent to a target of the other family. */
static __always_inline void take_families(const struct bpf_sock *sk, struct call *call)
{
	uint32_t high = sk->src_ip6[0] | sk->src_ip6[1], middle = sk->src_ip6[2];
	bool is_any = !(high | middle | sk->src_ip6[3]);
	bool is_mapped = !high && middle == bpf_htonl(0xffff);

	call->takes_ipv4 = is_any || is_mapped;
	call->takes_ipv6 = !is_mapped;
}

SEC("cgroup/connect6")
int uh_connect6(struct bpf_sock_addr *ctx)
{
	struct call call = {.asked = get_ipv6(ctx)};
	struct uh_row_endpoint target = {};
	int verdict = 1;

	take_families(ctx->sk, &call);
	if (route(ctx, &call, &target, &verdict))
		put_ipv6(ctx, &target);
	return verdict;
}

/*
 * True if the socket is connected to the datagram's address. udpv6_sendmsg() names a v4-mapped
 * peer to udp_sendmsg(), although the program named no address (linux/net/ipv6/udp.c).
 */
static __always_inline bool is_to_peer(const struct bpf_sock_addr *ctx)
{
	return ctx->sk->dst_port == (uint16_t)ctx->user_port &&
	       ctx->sk->dst_ip4 == ctx->user_ip4;
}

SEC("cgroup/sendmsg4")
int uh_sendmsg4(struct bpf_sock_addr *ctx)
{
	struct call call = {.asked = get_ipv4(ctx), .is_send = true, .takes_ipv4 = true};
	struct uh_row_endpoint target = {};
	int verdict = 1;

	if (!is_to_peer(ctx) && route(ctx, &call, &target, &verdict))
		put_ipv4(ctx, &target);
	return verdict;
}

/* udpv6_sendmsg() takes no v4-mapped address from a program (ENOTSUPP, linux/net/ipv6/udp.c).
 */
SEC("cgroup/sendmsg6")
int uh_sendmsg6(struct bpf_sock_addr *ctx)
{
	struct call call = {.asked = get_ipv6(ctx), .is_send = true, .takes_ipv6 = true};
	struct uh_row_endpoint target = {};
	int verdict = 1;

	if (route(ctx, &call, &target, &verdict))
		put_ipv6(ctx, &target);
	return verdict;
}

SEC("cgroup/recvmsg4")
int uh_recvmsg4(struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint from = get_ipv4(ctx), asked;

	if (asked_of_sender(ctx, &from, &asked))
		put_ipv4(ctx, &asked);
	return 1;
}

SEC("cgroup/recvmsg6")
int uh_recvmsg6(struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint from = get_ipv6(ctx), asked;

	if (asked_of_sender(ctx, &from, &asked))
		put_ipv6(ctx, &asked);
	return 1;
}

SEC("cgroup/getpeername4")
int uh_getpeername4(struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint peer = get_ipv4(ctx), asked;

	if (asked_of_peer(ctx, &peer, &asked))
		put_ipv4(ctx, &asked);
	return 1;
}

SEC("cgroup/getpeername6")
int uh_getpeername6(struct bpf_sock_addr *ctx)
{
	struct uh_row_endpoint peer = get_ipv6(ctx), asked;

	if (asked_of_peer(ctx, &peer, &asked))
		put_ipv6(ctx, &asked);
	return 1;
}
