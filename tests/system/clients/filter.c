/* SPDX-License-Identifier: MIT */
/*
 * filter.c: starts a program under a seccomp filter that ends it for system calls.
 *
 * usage: filter only|but|thread NAME… -- COMMAND…
 *
 * only: it may make these calls, and no others. but: none of these. thread: the same, and the
 * thread alone is ended (SECCOMP_RET_KILL_THREAD). Names that the machine doesn't have are left
 * out.
 */
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 250 };

int main(int argc, char **argv)
{
	void *library = dlopen("libseccomp.so.2", RTLD_NOW);
	int (*resolve)(const char *) =
	    library ? (int (*)(const char *))dlsym(library, "seccomp_syscall_resolve_name")
		    : NULL;
	int only = argc > 1 && strcmp(argv[1], "only") == 0, at = 2, count = 0;
	unsigned kill = argc > 1 && strcmp(argv[1], "thread") == 0 ? SECCOMP_RET_KILL_THREAD
								   : SECCOMP_RET_KILL_PROCESS;
	struct sock_filter code[MOST + 3];
	struct sock_fprog program = {.filter = code};
	int numbers[MOST];

	if (!resolve)
		return 77;
	for (; at < argc && strcmp(argv[at], "--") != 0 && count < MOST; at++) {
		numbers[count] = resolve(argv[at]);
		count += numbers[count] >= 0;
	}
	if (at + 1 >= argc)
		return 2;
	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (int i = 0; i < count; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							   (unsigned)numbers[i],
							   (unsigned char)(count - i), 0);
	code[1 + count] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, only ? kill : SECCOMP_RET_ALLOW);
	code[2 + count] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, only ? SECCOMP_RET_ALLOW : kill);
	program.len = (unsigned short)(count + 3);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		perror("filter");
		return 77;
	}
	execvp(argv[at + 1], argv + at + 1);
	perror(argv[at + 1]);
	return 127;
}
