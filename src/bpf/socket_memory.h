/* SPDX-License-Identifier: MIT */
/*
 * socket_memory.h: what the kernel's programs remember of a socket, so that getpeername() and
 * the senders of datagrams say the address that was asked for.
 */
#ifndef UH_SOCKET_MEMORY_H
#define UH_SOCKET_MEMORY_H

/* Bounded: if more pairs are in use, the one that was used least recently is lost. */
#define PAIRS 65536

/* The last routed connect() of a socket. The memory goes with the socket. */
struct peer {
	struct uh_row_endpoint target, asked; /* target.port is 0 if the peer is as asked for */
	__u64 sends;			      /* 1: pairs may have datagrams of the socket */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct peer);
} peers SEC(".maps");

/* The destination that a datagram for a target was sent to, by SO_COOKIE and target. */
struct pair {
	__u64 cookie;
	struct uh_row_endpoint target;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PAIRS);
	__type(key, struct pair);
	__type(value, struct uh_row_endpoint);
} pairs SEC(".maps");

static __always_inline bool same(const struct uh_row_endpoint *a,
				 const struct uh_row_endpoint *b)
{
	return a->low == b->low && a->port == b->port && a->high == b->high;
}

static __always_inline struct pair pair_of(struct bpf_sock_addr *ctx,
					   const struct uh_row_endpoint *target)
{
	struct pair pair = {bpf_get_socket_cookie(ctx), *target};

	return pair;
}

/* A connect() went elsewhere, or a datagram was sent to the address itself. */
static __always_inline void forget(struct bpf_sock_addr *ctx,
				   const struct uh_row_endpoint *asked, bool is_send)
{
	struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);

	if (!peer)
		return;
	if (!is_send || same(&peer->target, asked))
		peer->target.port = 0;
	if (is_send && peer->sends) {
		struct pair pair = pair_of(ctx, asked);

		bpf_map_delete_elem(&pairs, &pair);
	}
}

static __always_inline void remember_peer(struct bpf_sock_addr *ctx,
					  const struct uh_row_endpoint *asked,
					  const struct uh_row_endpoint *target)
{
	struct peer *peer =
	    bpf_sk_storage_get(&peers, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (peer) {
		peer->target = *target;
		peer->asked = *asked;
	}
}

static __always_inline void remember_pair(struct bpf_sock_addr *ctx,
					  const struct uh_row_endpoint *asked,
					  const struct uh_row_endpoint *target)
{
	struct peer *peer =
	    bpf_sk_storage_get(&peers, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct pair pair = pair_of(ctx, target);
	struct uh_row_endpoint *known;

	if (!peer)
		return;
	peer->sends = 1;
	known = bpf_map_lookup_elem(&pairs, &pair);
	if (!known || !same(known, asked))
		bpf_map_update_elem(&pairs, &pair, asked, BPF_ANY);
}

/* Sets *asked for an address that is a socket's peer. Returns false if the peer is as asked. */
static __always_inline bool asked_of_peer(struct bpf_sock_addr *ctx,
					  const struct uh_row_endpoint *from,
					  struct uh_row_endpoint *asked)
{
	struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);

	if (!peer || !same(&peer->target, from))
		return false;
	*asked = peer->asked;
	return true;
}

/* The same for the sender of a datagram. */
static __always_inline bool asked_of_sender(struct bpf_sock_addr *ctx,
					    const struct uh_row_endpoint *from,
					    struct uh_row_endpoint *asked)
{
	struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);
	struct uh_row_endpoint *known;

	if (!peer)
		return false;
	if (same(&peer->target, from)) {
		*asked = peer->asked;
		return true;
	}
	if (!peer->sends)
		return false;
	struct pair pair = pair_of(ctx, from);
	known = bpf_map_lookup_elem(&pairs, &pair);
	if (known)
		*asked = *known;
	return known;
}

#endif
