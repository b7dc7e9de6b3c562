/* SPDX-License-Identifier: MIT */
/*
 * fd_hints.c: hints about descriptors, in a fixed table without locks.
 *
 * The hints of descriptor fd are in notes[fd % NOTES], so two descriptors can share a note. A
 * superfluous hint costs a system call or two; a missing one would be an error. Adding a hint
 * is therefore one atomic OR. Removing one must not remove a hint of the other descriptor:
 * `owner` says whose hints the note holds.
 *
 *   owner      hints have been added for        may a hint be removed?
 *   0          no descriptor                    there is none
 *   fd + 1     fd alone                         yes, for fd
 *   SEVERAL    two descriptors or more          never again
 *
 * A race between descriptors 5 and 1029, which share notes[5]:
 *
 *   remove for 5                notes[5]                 add for 1029
 *                               owner 6, ROUTED
 *   owner is 6: go on           owner 6, ROUTED
 *                               owner SEVERAL, ROUTED    owner = SEVERAL
 *                               owner SEVERAL, ROUTED    hints |= ROUTED
 *   hints &= ~ROUTED            owner SEVERAL
 *   owner is not 6 any more:
 *     hints |= ROUTED           owner SEVERAL, ROUTED
 *
 * `made` needs no owner: it is one word, replaced as a whole, that names its descriptor.
 */
#include "fd_hints.h"
#include "process/vfork_child.h"
#include "process/fork_counter.h"
#include "base/large.h"
#include "records.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { NOTES = 1024, WORDS = 6 };

/* The words are sets of option numbers: TCP, IP, two words for IPV6, two for SOL_SOCKET. */
struct note {
	_Atomic uint64_t options[WORDS];
	_Atomic uint64_t made; /* see creation_of(); 0: none */
	_Atomic uint32_t hints;
	_Atomic uint32_t owner; /* see the top of this file */
};

#define SEVERAL UINT32_MAX

/* Costs only address space until the program prepares a descriptor. */
UH_LARGE static struct note notes[NOTES];

static struct note *note_of(int fd)
{
	return &notes[(unsigned)fd % NOTES];
}

static bool owns_note(struct note *note, int fd)
{
	return atomic_load(&note->owner) == (uint32_t)fd + 1;
}

/*
 * Called before a hint is added for fd: makes fd the owner, or SEVERAL if another descriptor
 * is.
 */
static void claim_note(struct note *note, int fd)
{
	uint32_t owner = atomic_load(&note->owner);

	if (owner == (uint32_t)fd + 1 || owner == SEVERAL)
		return;
	if (owner == 0 &&
	    atomic_compare_exchange_strong(&note->owner, &owner, (uint32_t)fd + 1))
		return;
	if (owner != (uint32_t)fd + 1)
		atomic_store(&note->owner, SEVERAL);
}

void uh_fd_add_hint(int fd, enum uh_hint hint)
{
	claim_note(note_of(fd), fd);
	if (!uh_fd_has_hint(fd, hint))
		atomic_fetch_or_explicit(&note_of(fd)->hints, hint, memory_order_relaxed);
}

bool uh_fd_has_hint(int fd, unsigned hints)
{
	return atomic_load_explicit(&note_of(fd)->hints, memory_order_relaxed) & hints;
}

/*
 * If another descriptor becomes an owner meanwhile, the hint is restored (see the top of this
 * file). A task with its own descriptor table removes nothing, because the hint may be about
 * another task's descriptor of that number.
 */
void uh_fd_remove_hint(int fd, enum uh_hint hint)
{
	struct note *note = note_of(fd);

	if (!owns_note(note, fd) || uh_records_are_shared(uh_thread_id()))
		return;
	atomic_fetch_and(&note->hints, ~(uint32_t)hint);
	if (!owns_note(note, fd))
		atomic_fetch_or(&note->hints, hint);
}

/*
 * Returns fd and the lower 30 bits of the number of forks so far. After a fork the child shares
 * the socket and may change it, so an older word is void.
 */
static uint64_t creation_of(int fd)
{
	return (uint64_t)(unsigned)fd << 32 | (uint64_t)(uh_forks_begun() & 0x3fffffff) << 2;
}

enum { CREATED_IPV6 = 1, CREATED_MPTCP = 2, CREATED_KIND = CREATED_IPV6 | CREATED_MPTCP };

/*
 * If no fork has happened, the word for descriptor 0 and AF_INET is 0, which means none: that
 * socket never counts as just made.
 */
void uh_fd_created(int fd, const struct uh_fd_creation *made)
{
	uint64_t kind = (made->domain == AF_INET6 ? CREATED_IPV6 : 0) |
			(made->protocol == IPPROTO_MPTCP ? CREATED_MPTCP : 0);

	atomic_store_explicit(&note_of(fd)->made, creation_of(fd) | kind, memory_order_relaxed);
}

void uh_fd_used(int fd)
{
	_Atomic uint64_t *made = &note_of(fd)->made;

	if (atomic_load_explicit(made, memory_order_relaxed))
		atomic_store_explicit(made, 0, memory_order_relaxed);
}

bool uh_fd_begin_connect(int fd)
{
	struct note *note = note_of(fd);

	if (atomic_load_explicit(&note->made, memory_order_relaxed))
		atomic_store_explicit(&note->made, 0, memory_order_relaxed);
	return atomic_load_explicit(&note->hints, memory_order_relaxed) & UH_HINT_ROUTED;
}

bool uh_fd_is_pristine(int fd, struct uh_fd_creation *made)
{
	uint64_t noted = atomic_load_explicit(&note_of(fd)->made, memory_order_relaxed);

	made->domain = noted & CREATED_IPV6 ? AF_INET6 : AF_INET;
	made->protocol = noted & CREATED_MPTCP ? IPPROTO_MPTCP : IPPROTO_TCP;
	return noted && (noted & ~(uint64_t)CREATED_KIND) == creation_of(fd);
}

/*
 * Returns how many words a level has, and the first one's index in *first. 0 for a level whose
 * options are not recorded.
 */
static unsigned level_words(int level, unsigned *first)
{
	switch (level) {
	case IPPROTO_TCP:
		return *first = 0, 1;
	case IPPROTO_IP:
		return *first = 1, 1;
	case IPPROTO_IPV6:
		return *first = 2, 2;
	case SOL_SOCKET:
		return *first = 4, 2;
	}
	return *first = 0, 0;
}

void uh_fd_add_option(int fd, int level, int name)
{
	unsigned first, words = level_words(level, &first);
	uint64_t bit = 1ULL << (name & 63);
	_Atomic uint64_t *word;

	if (name < 0 || (unsigned)name / 64 >= words)
		return;
	uh_fd_add_hint(fd, UH_HINT_OPTIONS);
	word = &note_of(fd)->options[first + (unsigned)name / 64];
	if (!(atomic_load_explicit(word, memory_order_relaxed) & bit))
		atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
}

void uh_fd_each_option(int fd, int level, void (*visit)(int name, void *context), void *context)
{
	unsigned first, words = level_words(level, &first);

	for (unsigned i = 0; i < words; i++) {
		uint64_t set = atomic_load_explicit(&note_of(fd)->options[first + i],
						    memory_order_relaxed);

		for (; set; set &= set - 1)
			visit((int)(i * 64) + __builtin_ctzll(set), context);
	}
}

void uh_fd_remove_options(int fd, int level)
{
	unsigned first, words = level_words(level, &first);
	struct note *note = note_of(fd);

	for (unsigned i = 0; i < words && owns_note(note, fd); i++) {
		uint64_t set = atomic_exchange(&note->options[first + i], 0);

		if (!owns_note(note, fd))
			atomic_fetch_or(&note->options[first + i], set);
	}
}

void uh_fd_copied(int from, int to)
{
	uint32_t hints = atomic_load_explicit(&note_of(from)->hints, memory_order_relaxed);

	uh_fd_used(from);
	uh_fd_used(to);
	uh_fd_add_hint(from, UH_HINT_COPIED);
	claim_note(note_of(to), to);
	atomic_fetch_or_explicit(&note_of(to)->hints, hints | UH_HINT_COPIED,
				 memory_order_relaxed);
	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t set =
		    atomic_load_explicit(&note_of(from)->options[i], memory_order_relaxed);

		if (set)
			atomic_fetch_or_explicit(&note_of(to)->options[i], set,
						 memory_order_relaxed);
	}
}
