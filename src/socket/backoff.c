/* SPDX-License-Identifier: MIT */
/* backoff.c: remembers which targets did not answer, and until when they are in back-off. */
#include "backoff.h"
#include "process/vfork_child.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/large.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/*
 * The state of a target is one word: the tag of the target, the kind of its last failure, the
 * number of failures before that, and the end of the back-off in milliseconds of the monotonic
 * clock. The word is written as a whole, so that no reader sees a half of it.
 */
enum { TIME_BITS = 40, STEP_BITS = 4, TIMED_OUT_BIT = 44, WRONG_PEER_BIT = 45, TAG_BIT = 46 };
#define TIME_MAX ((1ULL << TIME_BITS) - 1)
#define STEP_MAX ((1ULL << STEP_BITS) - 1)

/* The word of a target is in one of WINDOW places, from the one that its hash selects. */
enum { PLACES = 1024, WINDOW = 4 };

UH_LARGE static _Atomic uint64_t places[PLACES];
static atomic_uint taken; /* number of places that are not 0 */

static uint64_t hash_of_ip(const struct uh_target_attempt *attempt, uint64_t hash)
{
	const struct uh_table_target *target = attempt->target;
	uint16_t port = target->port ? target->port : attempt->asked->port;

	/*
	 * The socket type is part of the key: a closed TCP port says nothing about datagrams.
	 */
	hash = uh_hash_word(hash, (uint64_t)target->scope_id << 32 |
				      (unsigned)attempt->socket->type << 16 | port);
	return uh_hash_bytes(hash, &target->address, sizeof(target->address));
}

/* peer_user is part of the key: a socket may be acceptable to one route and not to another. */
static uint64_t hash_of_unix(const struct uh_target_attempt *attempt, uint64_t hash)
{
	const struct uh_user *peer = uh_table_peers(attempt->table, attempt->route);
	char path[UH_PATH_MAX + 1];
	size_t length =
	    uh_table_path(attempt->table, attempt->target, attempt->destination, path);

	for (uint32_t i = 0; i < attempt->route->peer_count; i++)
		hash = uh_hash_word(hash, peer[i].id);
	hash = uh_hash_word(hash, length);
	return uh_hash_bytes(hash, path, length);
}

static uint64_t hash_of(const struct uh_target_attempt *attempt)
{
	uint64_t hash = uh_hash_word(1, attempt->target->kind);

	return attempt->target->kind == UH_TARGET_UNIX ? hash_of_unix(attempt, hash)
						       : hash_of_ip(attempt, hash);
}

/* Never 0, so that no word in use is 0. */
static uint64_t tag_of(uint64_t hash)
{
	return hash >> TAG_BIT | 1;
}

static _Atomic uint64_t *place(uint64_t hash, unsigned i)
{
	return &places[(hash + i) % PLACES];
}

/* The coarse clock is exact enough. If there is no clock, no back-off is ever active. */
static uint64_t now_ms(void)
{
	uint64_t now = uh_clock_ns(CLOCK_MONOTONIC_COARSE);

	return now ? now / 1000000 : TIME_MAX;
}

static uint64_t until(uint64_t word)
{
	return word & TIME_MAX;
}

/* Returns the word for the hash and its place in *at, or 0. */
static uint64_t find(uint64_t hash, _Atomic uint64_t **at)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		uint64_t word = atomic_load(place(hash, i));

		*at = place(hash, i);
		if (word >> TAG_BIT == tag_of(hash))
			return word;
	}
	return 0;
}

uint64_t uh_backoff_find(const struct uh_target_attempt *attempt)
{
	_Atomic uint64_t *at;

	if (__builtin_expect(!atomic_load_explicit(&taken, memory_order_relaxed), 1))
		return 0;
	return find(hash_of(attempt), &at);
}

bool uh_backoff_is_active(uint64_t known)
{
	return known && until(known) > now_ms();
}

bool uh_backoff_timed_out(uint64_t known)
{
	return known >> TIMED_OUT_BIT & 1;
}

/* True for an error that is about this process or its socket, not about the target. */
static bool is_about_us(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EINTR:
	case EINVAL:
	case EBADF: /* another thread closed the new socket, or reused its number */
	case ENOTSOCK:
	case EISCONN:
	case EALREADY:
	case EADDRINUSE:
	case EADDRNOTAVAIL:
		return true;
	}
	return false;
}

/*
 * The back-off in milliseconds: doubles with each step, up to retry_limit, which does not
 * shorten the first one.
 */
static uint64_t delay(const struct uh_table_settings *settings, uint64_t step)
{
	uint64_t first = settings->retry_after_ms, limit = settings->retry_limit_ms;
	uint64_t grown = first << step;

	return grown < limit || step == 0 ? grown : limit > first ? limit : first;
}

static uint64_t make_word(const struct uh_target_attempt *attempt, uint64_t hash, uint64_t step)
{
	int error = attempt->failure->error;
	bool timed_out = error == ETIMEDOUT || error == EHOSTUNREACH;
	uint64_t end = now_ms() + delay(uh_table_settings(attempt->table), step);

	return tag_of(hash) << TAG_BIT |
	       (uint64_t)attempt->failure->wrong_peer << WRONG_PEER_BIT |
	       (uint64_t)timed_out << TIMED_OUT_BIT | step << TIME_BITS |
	       (end < TIME_MAX ? end : TIME_MAX);
}

/* Returns a free place, or the one whose back-off ended first. NULL if all are active. */
static _Atomic uint64_t *place_to_take(uint64_t hash, uint64_t *old)
{
	_Atomic uint64_t *best = NULL;

	*old = TIME_MAX;
	for (unsigned i = 0; i < WINDOW; i++) {
		uint64_t word = atomic_load(place(hash, i));

		if (!best || until(word) < until(*old)) {
			best = place(hash, i);
			*old = word;
		}
	}
	return uh_backoff_is_active(*old) ? NULL : best;
}

/* Adds a word. False if another thread was first, or there is no place. */
static bool add(uint64_t hash, uint64_t word)
{
	for (unsigned tries = 0; tries < WINDOW; tries++) {
		_Atomic uint64_t *at;
		uint64_t old;

		if (find(hash, &at))
			return false;
		at = place_to_take(hash, &old);
		if (!at)
			return false;
		if (atomic_compare_exchange_strong(at, &old, word)) {
			if (!old)
				atomic_fetch_add(&taken, 1);
			return true;
		}
	}
	return false;
}

bool uh_backoff_fail(const struct uh_target_attempt *attempt, uint64_t known)
{
	_Atomic uint64_t *at;
	uint64_t hash = hash_of(attempt), step = known >> TIME_BITS & STEP_MAX, word;

	/* A child of vfork(2) with another root directory can't tell what its parent reaches.
	 */
	if (is_about_us(attempt->failure->error) || uh_is_confined_vfork_child())
		return false;
	if (!known)
		return add(hash, make_word(attempt, hash, 0));
	word = make_word(attempt, hash, step < STEP_MAX ? step + 1 : step);
	/* Of several threads that tried the target at the same time, one lengthens the
	 * back-off. */
	return find(hash, &at) == known && atomic_compare_exchange_strong(at, &known, word) &&
	       (word & ~known & 1ULL << WRONG_PEER_BIT) != 0;
}

bool uh_backoff_succeed(const struct uh_target_attempt *attempt)
{
	_Atomic uint64_t *at;
	uint64_t hash, word;

	if (__builtin_expect(!atomic_load_explicit(&taken, memory_order_relaxed), 1))
		return false;
	hash = hash_of(attempt);
	word = find(hash, &at);
	if (!word || !atomic_compare_exchange_strong(at, &word, 0))
		return false;
	atomic_fetch_sub(&taken, 1);
	return true;
}
