/* SPDX-License-Identifier: MIT */
/*
 * no_libc.c: a program without any libc (-nostdlib -static), for x86-64. Connects over IPv4 by
 * system calls, and says whether getpeername(2) says the address that was asked for.
 *
 * usage: no_libc A.B.C.D PORT
 */
#include <linux/in.h>
#include <sys/syscall.h>

#define INET 2
#define REFUSED 111
#define STREAM 1

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static unsigned length_of(const char *text)
{
	unsigned length = 0;

	while (text[length])
		length++;
	return length;
}

static void say(const char *text)
{
	call(SYS_write, 1, (long)text, length_of(text));
}

/* Reads a number, and moves behind it. */
static unsigned number(const char **text)
{
	unsigned value = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		value = value * 10 + (unsigned)(**text - '0');
	return value;
}

static unsigned address(const char *text)
{
	unsigned value = 0;

	for (int shift = 0; shift < 32; shift += 8, text++)
		value |= number(&text) << shift;
	return value;
}

static int run(char **argument)
{
	static char answer[4096];
	const char request[] = "GET /who HTTP/1.0\r\n\r\n", *port = argument[2];
	struct sockaddr_in to = {.sin_family = INET}, peer;
	unsigned length = sizeof(peer);
	long fd = call(SYS_socket, INET, STREAM, 0), got;

	to.sin_addr.s_addr = address(argument[1]);
	to.sin_port = __builtin_bswap16((unsigned short)number(&port));
	got = call(SYS_connect, fd, (long)&to, sizeof(to));
	if (got < 0) {
		say(got == -REFUSED ? "refused\n" : "not connected\n");
		return 1;
	}
	call(SYS_getpeername, fd, (long)&peer, (long)&length);
	if (peer.sin_addr.s_addr == to.sin_addr.s_addr && peer.sin_port == to.sin_port)
		say("peer as asked for\n");
	call(SYS_write, fd, (long)request, sizeof(request) - 1);
	while ((got = call(SYS_read, fd, (long)answer, sizeof(answer))) > 0)
		call(SYS_write, 1, (long)answer, got);
	return 0;
}

/* The kernel starts a program with its number of words and the words on the stack. */
__attribute__((used)) static void begin(long *stack)
{
	call(SYS_exit_group, run((char **)(stack + 1)), 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n");
