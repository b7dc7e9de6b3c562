/* SPDX-License-Identifier: MIT */
/*
 * handler.c: finds out whether a thread runs a signal handler, for what must not be done there.
 *
 * The kernel doesn't tell, but what it leaves on the stack does: a struct rt_sigframe
 * (linux/arch/x86/include/asm/sigframe.h, linux/arch/arm64/kernel/signal.c), the same since
 * there are such machines, with the signal mask as it was before. While the handler runs more
 * is blocked, so a thread that blocks nothing needs no look. The stack is read by a system
 * call, which says where it ends instead of faulting.
 */
#include "handler.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef __x86_64__
/* The beginning of a frame, which is where the handler's return address is. */
struct frame {
	uint64_t restorer, flags, link;
	uint64_t alternate, alternate_flags, alternate_size; /* sigaltstack(2) */
	uint64_t registers[15];				     /* r8 to r15, rdi to rcx */
	uint64_t stack, ip, eflags;
	uint16_t cs, gs, fs, ss;
	uint64_t more[13]; /* the rest of the registers */
	uint64_t mask;	   /* as it was before */
};
static_assert(offsetof(struct frame, mask) == 8 + 296, "the last of the kernel's ucontext");

static bool is_kernels(const struct frame *frame)
{
	enum { USER_CS = 0x33, FLAGS = 7 };

	return frame->restorer && frame->flags <= FLAGS && frame->link == 0 &&
	       frame->cs == USER_CS;
}
#elif defined(__aarch64__)
/* A frame from its struct ucontext on, to the head of the first record that the kernel puts
 * behind the registers: that of the floating-point ones. */
struct frame {
	uint64_t flags, link;
	uint64_t alternate, alternate_flags, alternate_size; /* sigaltstack(2) */
	uint64_t mask;					     /* as it was before */
	uint64_t unused[16];
	uint64_t fault, registers[31], stack, ip, state;
	uint64_t padding;
	uint32_t magic, size;
};
static_assert(offsetof(struct frame, fault) == 176, "struct sigcontext is aligned");
static_assert(offsetof(struct frame, magic) == 464, "so are the records in it");

static bool is_kernels(const struct frame *frame)
{
	enum { FPSIMD_RECORD = 0x46508001, FPSIMD_RECORD_SIZE = 528, STATE_KERNEL = 0x1f };

	return frame->flags == 0 && frame->link == 0 && !(frame->state & STATE_KERNEL) &&
	       frame->magic == FPSIMD_RECORD && frame->size == FPSIMD_RECORD_SIZE;
}
#endif

#if defined(__x86_64__) || defined(__aarch64__)
enum { STEP = 4096, STEPS = 256 };

/* Above it is what was interrupted, unless the handler has a stack of its own. */
static bool lies_well(const struct frame *frame, uint64_t at)
{
	return (frame->stack > at && frame->stack - at < (uint64_t)STEP * STEPS) ||
	       at - frame->alternate < frame->alternate_size;
}

/* The kernel's struct sigaction. */
struct action {
	uint64_t handler, flags, restorer, mask;
};

/*
 * What the kernel blocks while the signal's handler runs; 0 when it has none. Those of errors
 * and of abort(3) are often taken away by the handler itself, which then ends the program by
 * them, and so is one by SA_RESETHAND.
 */
static uint64_t blocked_by(int number)
{
	static const uint64_t errors = 1 << (SIGILL - 1) | 1 << (SIGTRAP - 1) |
				       1 << (SIGABRT - 1) | 1 << (SIGBUS - 1) |
				       1 << (SIGFPE - 1) | 1 << (SIGSEGV - 1);
	static const uint64_t never = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1);
	const uint64_t itself = (uint64_t)1 << (number - 1);
	struct action action;

	/* The kernel is asked: no other object's wrapper of sigaction(2) has a say in it. */
	if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof(action.mask)) != 0)
		return 0;
	if (action.handler <= (uintptr_t)SIG_IGN && !(itself & errors) &&
	    !(action.flags & SA_RESETHAND))
		return 0;
	return (action.mask | (action.flags & SA_NODEFER ? 0 : itself)) & ~never;
}

/*
 * True when a handler may have blocked what is blocked now and was not before: the kernel
 * blocks all that is in its sa_mask. What a thread blocked by itself meanwhile (those of Java
 * do so with SIGQUIT) would make a frame that a handler left behind long ago look like one that
 * is in use.
 */
static bool may_be_a_handlers(uint64_t added, uint64_t now)
{
	for (int number = 1; number < _NSIG; number++) {
		uint64_t blocked = blocked_by(number);

		if (blocked & added && !(blocked & ~now))
			return true;
	}
	return false;
}

static bool is_frame(const struct frame *frame, uint64_t at, const sigset_t *mask)
{
	uint64_t now;

	memcpy(&now, mask, sizeof(now));
	return is_kernels(frame) && lies_well(frame, at) && (frame->mask & ~now) == 0 &&
	       frame->mask != now && may_be_a_handlers(now & ~frame->mask, now);
}

/* Bytes from an address on, as many as can be read; 0 or less for none. */
static ssize_t copy(uint64_t from, void *to, size_t size)
{
	struct iovec local = {to, size}, remote = {(void *)(uintptr_t)from, size};

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static bool is_in_page(uint64_t page, const sigset_t *mask, bool *last)
{
	unsigned char bytes[STEP + sizeof(struct frame)];
	ssize_t got = copy(page, bytes, sizeof(bytes));
	struct frame frame;

	/* Where the part of the next page can't be read this one can still be. */
	*last = got < (ssize_t)sizeof(bytes);
	if (got < STEP)
		got = copy(page, bytes, STEP);
	for (ssize_t i = 0; i < STEP && i + (ssize_t)sizeof(frame) <= got; i += 8) {
		memcpy(&frame, bytes + i, sizeof(frame));
		if (is_frame(&frame, page + (uint64_t)i, mask))
			return true;
	}
	return false;
}

bool uh_in_handler(const sigset_t *mask)
{
	uint64_t page = (uint64_t)(uintptr_t)__builtin_frame_address(0) & ~(uint64_t)7;
	bool last = false, found = false;

	if (sigisemptyset(mask))
		return false;
	for (int i = 0; i < STEPS && !last && !found; i++, page += STEP)
		found = is_in_page(page, mask, &last);
	return found;
}
#else
bool uh_in_handler(const sigset_t *mask)
{
	(void)mask;
	return false;
}
#endif
