/* SPDX-License-Identifier: MIT */
/*
 * confined.c: a program that confines itself before its first connect keeps the routes it had,
 * and is not ended for a system call that only we make.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "harness.h"

#define NOBODY 65534

static void connects(void)
{
	struct uh_peer asked = uh_public(), said;

	for (int i = 0; i < 3; i++) {
		int fd = uh_connected(), other = uh_socket(SOCK_NONBLOCK);

		uh_talk(fd);
		said = uh_peername(fd);
		CHECK(uh_peers_equal(&said, &asked));
		uh_connect(other);
		uh_talk(other);
		close(fd);
		close(other);
	}
}

/* An empty directory, but for the target's socket under the same path. */
static void enter_jail(void)
{
	char jail[256], inside[512];

	snprintf(jail, sizeof(jail), "%s", uh_path("jail"));
	mkdir(jail, 0755);
	snprintf(inside, sizeof(inside), "%s/tmp", jail);
	mkdir(inside, 0755);
	snprintf(inside, sizeof(inside), "%s%s", jail, uh_dir);
	mkdir(inside, 0755);
	snprintf(inside, sizeof(inside), "%s%s/hit.sock", jail, uh_dir);
	unlink(inside);
	if (link(uh_path("hit.sock"), inside) < 0)
		uh_skip("the socket can't be linked into the jail");
	if (chroot(jail) < 0)
		uh_skip("not permitted to chroot");
	SAME(chdir("/"), 0);
}

static void changed_root(void)
{
	enter_jail();
	connects();
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		uh_skip("not permitted to change the user");
}

/* Only root may read the configuration. */
static void hide_configuration(void)
{
	chmod(uh_path("unhairpin.conf"), 0600);
}

static void changed_user(void)
{
	become_nobody();
	connects();
}

static void changed_user_by_setresuid(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		uh_skip("not permitted to change the user");
	connects();
}

static void changed_effective_user(void)
{
	if (seteuid(NOBODY) < 0)
		uh_skip("not permitted to change the user");
	connects();
}

/* HAProxy with "chroot" and "user". */
static void changed_root_and_user(void)
{
	enter_jail();
	become_nobody();
	connects();
}

static void in_child(int unused)
{
	(void)unused;
	connects();
}

/* A master that confines its workers: they connect first, each in its own process. */
static void confined_then_forked(void)
{
	enter_jail();
	become_nobody();
	uh_in_child(in_child, 0);
	uh_in_child(in_child, 0);
}

/* A new name space of mounts with an empty directory over the configuration's. */
static void unshared(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		uh_skip("not permitted to unshare");
	connects();
}

static void unshared_network(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		uh_skip("not permitted to unshare");
	connects();
}

/* What a program that connects, and answers events, calls anyway; everything else ends it. */
static const uint16_t expected[] = {
    SYS_socket,	      SYS_connect,	 SYS_close,	  SYS_read,	    SYS_write,
    SYS_sendto,	      SYS_sendmsg,	 SYS_recvfrom,	  SYS_recvmsg,	    SYS_shutdown,
    SYS_getsockopt,   SYS_setsockopt,	 SYS_getsockname, SYS_getpeername,  SYS_bind,
    SYS_fcntl,	      SYS_ioctl,	 SYS_dup,	  SYS_dup3,	    SYS_ppoll,
    SYS_epoll_ctl,    SYS_epoll_pwait,	 SYS_futex,	  SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_clock_gettime, SYS_exit_group,  SYS_exit,	    SYS_brk,
    SYS_mmap,	      SYS_munmap,	 SYS_geteuid,	  SYS_getpid,	    SYS_gettid,
    SYS_getrandom,    SYS_fstat,	 SYS_newfstatat,  SYS_sendmmsg,	    SYS_recvmmsg,
#ifdef SYS_poll
    SYS_poll,	      SYS_epoll_wait,	 SYS_dup2,
#endif
};

#define COUNT (sizeof(expected) / sizeof(expected[0]))

static struct sock_fprog allow_expected(struct sock_filter *code)
{
	struct sock_filter load =
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	struct sock_filter kill = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	code[0] = load;
	for (size_t i = 0; i < COUNT; i++) {
		struct sock_filter same = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, expected[i],
						   (unsigned char)(COUNT - i), 0);
		code[1 + i] = same;
	}
	code[1 + COUNT] = kill;
	code[2 + COUNT] = allow;
	return (struct sock_fprog){(unsigned short)(COUNT + 3), code};
}

static void enter_seccomp(void)
{
	struct sock_filter code[COUNT + 3];
	struct sock_fprog program = allow_expected(code);

	uh_enter_seccomp(&program);
}

static void seccomp_before(void)
{
	enter_seccomp();
	connects();
}

/* As libseccomp does: the privilege by prctl(), the filter by a raw system call. */
static void seccomp_by_system_call(void)
{
	struct sock_filter code[COUNT + 3];
	struct sock_fprog program = allow_expected(code);

	SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	SAME(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
	connects();
}

static void seccomp_after(void)
{
	connects();
	enter_seccomp();
	connects();
}

/* Everything that is answered for a replaced socket, and not only connect() itself. */
static void seccomp_and_questions(void)
{
	int fd, copy, value = 1;
	socklen_t length = sizeof(value);

	enter_seccomp();
	fd = uh_socket(SOCK_CLOEXEC);
	copy = dup(fd);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)), 0);
	uh_connect(fd);
	uh_peername(copy);
	uh_sockname(fd);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
	SAME(value, 1);
	uh_talk(copy);
	FAILS(connect(fd, (struct sockaddr *)1, 16), EFAULT);
}

static void seccomp_and_epoll(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77};
	int set = epoll_create1(EPOLL_CLOEXEC), fd = uh_socket(SOCK_NONBLOCK);

	SAME(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	enter_seccomp();
	uh_connect(fd);
	SAME(send(fd, "ping\n", 5, MSG_NOSIGNAL), 5);
	event.data.u64 = 0;
	SAME(epoll_wait(set, &event, 1, 10000), 1);
	SAME(event.data.u64, 77);
	SAME(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), 0);
}

/* What ends the program, unless an argument has the one value that it expects of itself. */
static const struct narrow {
	uint16_t number, argument;
	uint32_t value;
} narrow[] = {
    {SYS_setsockopt, 2, SO_BROADCAST},
    {SYS_getsockopt, 1, SOL_SOCKET},
    {SYS_fcntl, 1, F_SETFL},
    {SYS_getpeername, 0, UINT32_MAX},
    {SYS_rt_sigprocmask, 0, UINT32_MAX},
    {SYS_newfstatat, 0, UINT32_MAX},
    {SYS_openat, 0, UINT32_MAX},
};

enum { NARROW = sizeof(narrow) / sizeof(narrow[0]), STEPS = 5 };

static void add_narrow(struct sock_filter *code, const struct narrow *rule)
{
	size_t argument = offsetof(struct seccomp_data, args) + rule->argument * 8U;
	const struct sock_filter steps[STEPS] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->number, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)argument),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};

	memcpy(code, steps, sizeof(steps));
}

static void enter_narrow_seccomp(void)
{
	const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter code[NARROW * STEPS + 1];
	struct sock_fprog program = {NARROW * STEPS + 1, code};

	for (size_t i = 0; i < NARROW; i++)
		add_narrow(code + i * STEPS, &narrow[i]);
	code[NARROW * STEPS] = allow;
	uh_enter_seccomp(&program);
}

/* A filter can look at the arguments of the calls that it lets through, as chronyd's does. */
static void seccomp_and_arguments(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_socket(0);

	enter_narrow_seccomp();
	SAME(connect(fd, &asked.address, asked.length), 0);
	FAILS(connect(uh_socket(0), NULL, asked.length), EFAULT);
	close(fd);
}

/* No route for TCP has anything to do with it. */
static void seccomp_and_datagrams(void)
{
	struct uh_peer asked = uh_public();
	int fd = socket(uh_family, SOCK_DGRAM, 0);

	enter_narrow_seccomp();
	SAME(connect(fd, &asked.address, asked.length), 0);
	SAME(send(fd, "x", 1, 0), 1);
	close(fd);
}

/* Receives the answer of the right server, with the address that was asked for. */
static void answered(int fd, const struct uh_peer *asked)
{
	/* IPv6 cannot be reached from AF_INET, and a Unix socket from neither. */
	bool hit = uh_in(UH_PLAIN | UH_IP) || (uh_in(UH_OTHER) && uh_family == AF_INET6);
	struct uh_peer from;
	char text[64] = "";
	struct iovec part = {text, sizeof(text) - 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &from.storage,
					      .msg_namelen = sizeof(from.storage),
					      .msg_iov = &part,
					      .msg_iovlen = 1}};
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	SAME(poll(&wait, 1, 10000), 1);
	SAME(recvmsg(fd, &message.msg_hdr, MSG_PEEK), hit ? 6 : 8);
	message.msg_hdr.msg_namelen = sizeof(from.storage);
	SAME(recvmmsg(fd, &message, 1, MSG_PEEK, NULL), 1);
	from.length = sizeof(from.storage);
	SAME(recvfrom(fd, text, sizeof(text) - 1, 0, &from.address, &from.length), hit ? 6 : 8);
	TEXT(text, hit ? "hit x\n" : "decoy x\n");
	CHECK(uh_peers_equal(&from, asked));
}

static void sends_and_receives(int fd)
{
	struct uh_peer asked = uh_public();
	struct iovec part = {"x\n", 2};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &asked.address,
					      .msg_namelen = asked.length,
					      .msg_iov = &part,
					      .msg_iovlen = 1}};

	for (int i = 0; i < 2; i++) {
		SAME(sendto(fd, "x\n", 2, 0, &asked.address, asked.length), 2);
		answered(fd, &asked);
		SAME(sendmsg(fd, &message.msg_hdr, 0), 2);
		answered(fd, &asked);
		SAME(sendmmsg(fd, &message, 1, 0), 1);
		answered(fd, &asked);
	}
	close(fd);
}

/* Sockets from before the filter and after it, and one that nothing is known about. */
static void seccomp_and_routed_datagrams(void)
{
	int before = socket(uh_family, SOCK_DGRAM, 0);
	int unknown = dup((int)syscall(SYS_socket, uh_family, SOCK_DGRAM, 0));

	enter_seccomp();
	sends_and_receives(before);
	sends_and_receives(socket(uh_family, SOCK_DGRAM, 0));
	sends_and_receives(unknown);
}

static void routed_datagrams_before_seccomp(void)
{
	int fd = socket(uh_family, SOCK_DGRAM, 0);

	sends_and_receives(dup(fd));
	enter_seccomp();
	sends_and_receives(fd);
}

static void log_to_file(void)
{
	char text[300];

	snprintf(text, sizeof(text), "warning:%s", uh_path("log"));
	setenv("UNHAIRPIN_LOG", text, 1);
	unlink(uh_path("log"));
}

static int lines_of_log(void)
{
	char line[1024];
	int count = 0;
	FILE *log = fopen(uh_path("log"), "re");

	while (log && fgets(line, sizeof(line), log))
		count++;
	if (log)
		fclose(log);
	return count;
}

/* A jail that nobody saw it enter: there is neither a configuration nor a compiler in it. */
static void changed_root_unseen(void)
{
	struct uh_peer asked = uh_public();
	char jail[256];
	int fd;

	snprintf(jail, sizeof(jail), "%s", uh_path("empty"));
	mkdir(jail, 0755);
	if (syscall(SYS_chroot, jail) < 0)
		uh_skip("not permitted to chroot");
	for (int i = 0; i < 3; i++) {
		fd = uh_socket(0);
		SAME(uh_try(fd, &asked), 0);
		TEXT(uh_who(fd), uh_in(UH_PLAIN) ? "hit" : "decoy");
	}
}

/* A filter that nobody saw it set, and that lets it start no program. */
static void no_exec(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	SAME(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	SAME(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
}

static void goes_without(void)
{
	no_exec();
	for (int i = 0; i < 3; i++)
		TEXT(uh_who(uh_connected()), "decoy");
	SAME(lines_of_log(), 1);
}

/* Routes that were compiled need nothing of the kind. */
static void needs_no_compiler(void)
{
	no_exec();
	connects();
	SAME(lines_of_log(), 0);
}

static void log_and_compile(void)
{
	log_to_file();
	uh_compile();
}

/* The sandbox of a worker: all at once. */
static void everything(void)
{
	enter_jail();
	become_nobody();
	enter_seccomp();
	connects();
}

static const struct uh_test tests[] = {
    {"chroot before connect", changed_root, UH_EVERY, 0, 0},
    {"setuid before connect", changed_user, UH_EVERY, hide_configuration, 0},
    {"setresuid before connect", changed_user_by_setresuid, UH_EVERY, hide_configuration, 0},
    {"seteuid before connect", changed_effective_user, UH_EVERY, hide_configuration, 0},
    {"chroot and setuid before connect", changed_root_and_user, UH_EVERY, hide_configuration,
     0},
    {"chroot and setuid, then workers", confined_then_forked, UH_EVERY, hide_configuration, 0},
    {"unshare before connect", unshared, UH_EVERY, 0, 0},
    /* There only a path leads out. */
    {"unshare of the network before connect", unshared_network, UH_UNIX, 0, 0},
    {"seccomp before connect", seccomp_before, UH_EVERY, 0, 0},
    {"seccomp by a raw system call before connect", seccomp_by_system_call, UH_EVERY, 0, 0},
    {"seccomp after connect", seccomp_after, UH_EVERY, 0, 0},
    {"seccomp, options and names", seccomp_and_questions, UH_EVERY, 0, 0},
    {"seccomp and epoll", seccomp_and_epoll, UH_EVERY, 0, 0},
    {"seccomp that looks at arguments", seccomp_and_arguments, UH_PLAIN, 0, 0},
    {"seccomp that looks at arguments, datagrams", seccomp_and_datagrams,
     UH_PLAIN | UH_REPLACED | UH_IP, 0, 0},
    {"seccomp and routed datagrams", seccomp_and_routed_datagrams, UH_EVERY, 0, 0},
    {"routed datagrams before seccomp", routed_datagrams_before_seccomp, UH_EVERY, 0, 0},
    {"chroot, setuid and seccomp before connect", everything, UH_EVERY, 0, 0},
    {"chroot by a raw system call before connect", changed_root_unseen, UH_EVERY, 0, 0},
    {"no program may be started", goes_without, UH_ROUTED, log_to_file, 0},
    {"no program may be started, with a cache", needs_no_compiler, UH_ROUTED, log_and_compile,
     0},
};

UH_SUITE(tests, NULL);
