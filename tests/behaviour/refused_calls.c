/* SPDX-License-Identifier: MIT */
/*
 * refused_calls.c: a seccomp filter refuses one of the system calls that a route adds to a
 * connection. The connection is then made to the target all the same, or where the program
 * asked (with on_failure = refuse nowhere), and the program's socket is what it was: its flags,
 * its copies, its places in epoll sets.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

/* Where connections go. EITHER: it depends on how the socket was prepared. */
enum { NOWHERE, HIT, DECOY, EITHER };

/* How the program prepares its socket. CONFINED: the filter is set by prctl(3), which is seen.
 */
enum { NONBLOCKING = 1, COPY = 2, EPOLL = 4, CLOEXEC = 8, CONFINED = 16, VARIANTS = 32 };

/* A call, all of it or with one value of one argument, and what becomes of connections. */
struct refused {
	long number;
	int argument; /* with value; or ANY */
	long value;
	int expected; /* where a route with on_failure = original leads */
	int only;     /* variants (all of these bits) that expected is true of; others: HIT */
	bool kind_hidden; /* the socket can't be told from a datagram socket */
	uint16_t port; /* of the route, 0 for the usual; the next one has on_failure = refuse */
};

enum { ANY = -1 };

static const int errors[] = {EPERM, ENOSYS, EACCES};

static void refuse(const struct refused *call, int error, bool seen)
{
	unsigned argument =
	    call->argument == ANY ? 0 : 16 + (unsigned)call->argument * sizeof(uint64_t);
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call->number, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		     (unsigned)(call->argument == ANY ? call->number : call->value), 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (seen) {
		uh_enter_seccomp(&program);
	} else {
		SAME(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
		SAME(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
	}
}

/* A process at the other ends of two pipes. */
struct other {
	pid_t process;
	int from, to;
};

/* The child's part: its socket may be looked at now; it waits to go on. */
static void show(const struct other *parent, int fd)
{
	char byte = (char)fd;

	if (write(parent->to, &byte, 1) != 1 || read(parent->from, &byte, 1) != 1)
		_exit(99);
}

/* The parent's part, which no filter holds for. Returns the number of the child's socket. */
static int shown(const struct other *child)
{
	char byte = 0;

	SAME(read(child->from, &byte, 1), 1);
	return byte;
}

static void go_on(const struct other *child)
{
	SAME(write(child->to, "x", 1), 1);
}

/* Open file flags and FD_CLOEXEC of a number. */
static long flags_of(const struct other *child, int fd)
{
	char path[64], text[256] = "";
	const char *at;
	int info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)child->process, fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(read(info, text, sizeof(text) - 1) > 0);
	close(info);
	at = strstr(text, "flags:");
	CHECK(at != NULL);
	return strtol(at + 6, NULL, 8);
}

static int count_of(const struct other *child)
{
	char path[64];
	int count = 0;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)child->process);
	list = opendir(path);
	CHECK(list != NULL);
	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

/* Waits without any call that a test refuses. */
static ssize_t read_patiently(int fd, char *text, size_t size)
{
	struct timespec moment = {0, 1000000};
	ssize_t got = -1;

	for (int i = 0; i < 10000 && (got = read(fd, text, size)) < 0; i++) {
		SAME(errno, EAGAIN);
		nanosleep(&moment, NULL);
	}
	return got;
}

/* Asks over one number and listens on the other. */
static int who(int to, int from, int set)
{
	struct epoll_event event = {.data.u64 = 0};
	char text[32] = "";

	SAME(write(to, "who\n", 4), 4);
	if (set >= 0) {
		SAME(epoll_wait(set, &event, 1, 10000), 1);
		SAME(event.data.u64, 0x123456789abcdef);
	}
	CHECK(read_patiently(from, text, sizeof(text) - 1) > 0);
	if (strcmp(text, "hit who\n") != 0)
		TEXT(text, "decoy who\n");
	return *text == 'h' ? HIT : DECOY;
}

/* The program: prepares a socket, is confined, connects, talks. Returns where it went. */
static int session(const struct refused *call, int error, int variant,
		   const struct other *parent, const struct uh_peer *peer)
{
	int fd = uh_socket((variant & NONBLOCKING ? SOCK_NONBLOCK : 0) |
			   (variant & CLOEXEC ? SOCK_CLOEXEC : 0));
	int copy = variant & COPY ? dup(fd) : fd;
	int set = variant & EPOLL ? epoll_create1(EPOLL_CLOEXEC) : -1, result;
	siginfo_t ended;
	struct uh_peer *unseen = mmap(NULL, sizeof(*peer), PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef};

	*unseen = *peer; /* in memory that has to be asked about */
	if (set >= 0)
		SAME(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	refuse(call, error, variant & CONFINED);
	show(parent, fd);
	result = connect(fd, &unseen->address, unseen->length);
	if (result != 0 && errno != EINPROGRESS)
		SAME(errno, ECONNREFUSED);
	if (result != 0 && errno == ECONNREFUSED) {
		show(parent, fd);
		return NOWHERE;
	}
	show(parent, fd);
	if (call->number != SYS_wait4) /* which is what takes the keeper's end */
		FAILS(waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | __WALL), ECHILD);
	return who(copy, fd, set);
}

static struct other begin(const struct refused *call, int error, int variant, uint16_t port)
{
	struct uh_peer peer = uh_public_port(port);
	struct other child;
	int up[2], down[2];

	SAME(pipe2(up, O_CLOEXEC), 0);
	SAME(pipe2(down, O_CLOEXEC), 0);
	child = (struct other){.process = fork(), .from = up[0], .to = down[1]};
	if (child.process == 0) {
		struct other parent = {.from = down[0], .to = up[1]};

		close(up[0]);
		close(down[1]);
		_exit(session(call, error, variant, &parent, &peer));
	}
	close(up[1]);
	close(down[0]);
	return child;
}

/* Returns where the connection went; all else that is not as it should be fails the test. */
static int run(const struct refused *call, int error, int variant, uint16_t port)
{
	struct other child = begin(call, error, variant, port);
	int fd = shown(&child), before = count_of(&child), status;
	long flags = flags_of(&child, fd);

	go_on(&child);
	shown(&child);
	SAME(count_of(&child), before);
	SAME(flags_of(&child, fd), flags);
	go_on(&child);
	SAME(waitpid(child.process, &status, 0), child.process);
	close(child.from);
	close(child.to);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) <= DECOY);
	return WEXITSTATUS(status);
}

static void expect(const struct refused *call, int variant, int went, int elsewhere)
{
	int expected = (variant & call->only) == call->only ? call->expected : HIT;
	char values[80];

	if (went == HIT ? expected == HIT || expected == EITHER
			: went == elsewhere && expected != HIT)
		return;
	snprintf(values, sizeof(values), "variant %d: %d instead of %d", variant, went,
		 expected == DECOY ? elsewhere : expected);
	uh_fail(__FILE__, __LINE__, "where it goes", values);
}

/* Before the routes have been read: reading them may fail, and no more. */
static void first(const struct refused *call)
{
	for (int variant = 0; variant < 4; variant++) {
		int went = run(call, errors[variant % 3], variant, call->port);

		CHECK(went == call->expected || (went == DECOY && call->expected == HIT));
	}
}

/* Every variant, with another error for each; both routes have the same target. */
static void every(const struct refused *call)
{
	uint16_t port = call->port ? call->port : 1101;
	struct refused at_first = *call;
	int fd;

	at_first.port = port;
	at_first.expected = HIT;
	first(&at_first);
	fd = uh_socket(0);
	uh_connect_port(fd, 1101);
	close(fd);
	for (int variant = 0; variant < VARIANTS; variant++) {
		expect(call, variant, run(call, errors[variant % 3], variant, port), DECOY);
		if (call->kind_hidden)
			continue;
		expect(call, variant,
		       run(call, errors[(variant + 1) % 3], variant, (uint16_t)(port + 1)),
		       NOWHERE);
	}
}

#define REFUSED(name, ...)                                                                     \
	static void name(void)                                                                 \
	{                                                                                      \
		every(&(struct refused){__VA_ARGS__});                                         \
	}

#define WHOLE(call) .number = SYS_##call, .argument = ANY
#define WITH(call, i, n) .number = SYS_##call, .argument = (i), .value = (n)

REFUSED(socket_unix, WITH(socket, 0, AF_UNIX), .expected = DECOY)
REFUSED(dup3_whole, WHOLE(dup3), .expected = DECOY)
REFUSED(fcntl_whole, WHOLE(fcntl), .expected = DECOY)
REFUSED(fcntl_getfl, WITH(fcntl, 1, F_GETFL), .expected = DECOY)
REFUSED(fcntl_setfl, WITH(fcntl, 1, F_SETFL), .expected = EITHER)
REFUSED(fcntl_getfd, WITH(fcntl, 1, F_GETFD), .expected = DECOY)
REFUSED(getpeername_whole, WHOLE(getpeername), .expected = HIT)
REFUSED(getsockname_whole, WHOLE(getsockname), .expected = DECOY, .kind_hidden = true)
REFUSED(getsockopt_whole, WHOLE(getsockopt), .expected = DECOY, .kind_hidden = true)
REFUSED(getsockopt_info, WITH(getsockopt, 2, 11), .expected = DECOY, .kind_hidden = true)
REFUSED(getsockopt_cookie, WITH(getsockopt, 2, 57), .expected = DECOY)
REFUSED(getsockopt_peercred, WITH(getsockopt, 2, SO_PEERCRED), .expected = DECOY, .port = 1103)
REFUSED(setsockopt_whole, WHOLE(setsockopt), .expected = HIT)
REFUSED(epoll_ctl_whole, WHOLE(epoll_ctl), .expected = DECOY, .only = EPOLL)
REFUSED(kcmp_whole, WHOLE(kcmp), .expected = HIT)
REFUSED(openat_whole, WHOLE(openat), .expected = HIT)
REFUSED(getdents_whole, WHOLE(getdents64), .expected = HIT)
REFUSED(fstat_whole, WHOLE(fstat), .expected = HIT)
REFUSED(newfstatat_whole, WHOLE(newfstatat), .expected = HIT)
REFUSED(readlinkat_whole, WHOLE(readlinkat), .expected = HIT)
REFUSED(faccessat_whole, WHOLE(faccessat), .expected = HIT)
REFUSED(sigprocmask_whole, WHOLE(rt_sigprocmask), .expected = HIT)
REFUSED(getpid_whole, WHOLE(getpid), .expected = HIT)
REFUSED(geteuid_whole, WHOLE(geteuid), .expected = HIT)
REFUSED(mmap_whole, WHOLE(mmap), .expected = HIT)
REFUSED(clock_gettime_whole, WHOLE(clock_gettime), .expected = HIT)
REFUSED(sendto_whole, WHOLE(sendto), .expected = DECOY, .port = 1105)
REFUSED(ppoll_whole, WHOLE(ppoll), .expected = DECOY, .port = 1107)
#ifdef SYS_poll
REFUSED(poll_whole, WHOLE(poll), .expected = DECOY, .port = 1107)
REFUSED(readlink_whole, WHOLE(readlink), .expected = HIT)
#endif

/* What reading the routes calls besides, in the program or in what it starts. */
#define AT_FIRST(name, where, ...)                                                             \
	static void name(void)                                                                 \
	{                                                                                      \
		first(&(struct refused){__VA_ARGS__, .port = 1101, .expected = (where)});      \
	}

AT_FIRST(clone_at_first, DECOY, WHOLE(clone))
AT_FIRST(memfd_create_at_first, DECOY, WHOLE(memfd_create))
AT_FIRST(execve_at_first, DECOY, WHOLE(execve))
AT_FIRST(pipe2_at_first, DECOY, WHOLE(pipe2))
AT_FIRST(write_at_first, DECOY, WITH(write, 0, STDOUT_FILENO))
AT_FIRST(mmap_at_first, DECOY, WITH(mmap, 3, MAP_SHARED | MAP_ANONYMOUS))
AT_FIRST(mmap_of_the_image_at_first, DECOY, WITH(mmap, 3, MAP_PRIVATE))
AT_FIRST(wait4_at_first, HIT, WHOLE(wait4))
AT_FIRST(close_range_at_first, HIT, WHOLE(close_range))
AT_FIRST(setsid_at_first, HIT, WHOLE(setsid))
AT_FIRST(prctl_at_first, HIT, WHOLE(prctl))
AT_FIRST(kill_at_first, HIT, WHOLE(kill))
AT_FIRST(tkill_at_first, HIT, WHOLE(tkill))
AT_FIRST(gettid_at_first, HIT, WHOLE(gettid))
AT_FIRST(madvise_at_first, HIT, WHOLE(madvise))
AT_FIRST(munmap_at_first, HIT, WHOLE(munmap))
AT_FIRST(futex_at_first, HIT, WHOLE(futex))
AT_FIRST(sigaction_at_first, HIT, WHOLE(rt_sigaction))
AT_FIRST(sigtimedwait_at_first, DECOY, WHOLE(rt_sigtimedwait))
AT_FIRST(prlimit_at_first, HIT, WHOLE(prlimit64))
AT_FIRST(brk_at_first, HIT, WHOLE(brk))
AT_FIRST(pread_at_first, HIT, WHOLE(pread64))

/* A backlog that is full, and no way to set a limit for the wait: it must not be without end.
 */
static void no_limit_for_the_wait(void)
{
	struct refused call = {WITH(setsockopt, 2, SO_SNDTIMEO)};
	struct uh_peer peer = uh_public_port(1110);
	int fd = uh_socket(0);

	uh_unix_listener("full.sock", 0);
	uh_fill_unix("full.sock");
	uh_connect_port(fd, 1101);
	TEXT(uh_who(fd), "hit");
	refuse(&call, EPERM, false);
	FAILS(connect(uh_socket(0), &peer.address, peer.length), ECONNREFUSED);
	fd = uh_socket(0);
	uh_connect_port(fd, 1109);
	TEXT(uh_who(fd), "decoy");
}

/* Where the kernel knows no SO_COOKIE, or what emulates it has no room for eight bytes. */
static void no_cookies(void)
{
	static const int unknown[] = {ENOPROTOOPT, EINVAL};
	struct refused call = {WITH(getsockopt, 2, 57)};
	struct uh_peer asked = uh_public_port(1101), peer;

	uh_connect_port(uh_socket(0), 1101); /* no compiler is started under a filter */
	for (int i = 0; i < 2; i++) {	     /* the last filter counts */
		int fd = uh_socket(0);

		refuse(&call, unknown[i], false);
		SAME(uh_try(fd, &asked), 0);
		TEXT(uh_who(fd), "hit");
		peer = uh_peername(fd);
		CHECK(uh_peers_equal(&peer, &asked));
	}
}

/* Nothing works without us either: the program is told the filter's error. */
static void no_connection_at_all(void)
{
	struct refused call = {WHOLE(connect)};
	struct uh_peer peer = uh_public_port(1101), other = uh_public_port(1102);
	int fd = uh_socket(0);

	uh_connect_port(fd, 1101);
	refuse(&call, EPERM, false);
	FAILS(connect(uh_socket(0), &peer.address, peer.length), EPERM);
	FAILS(connect(uh_socket(0), &other.address, other.length), ECONNREFUSED);
}

#define TEST(text, name)                                                                       \
	{                                                                                      \
		"refused: " text, name, UH_PRELOADED, 0, 60                                    \
	}

static const struct uh_test tests[] = {
    TEST("socket(AF_UNIX)", socket_unix),
    TEST("connect", no_connection_at_all),
    TEST("dup3", dup3_whole),
    TEST("fcntl", fcntl_whole),
    TEST("fcntl(F_GETFL)", fcntl_getfl),
    TEST("fcntl(F_SETFL)", fcntl_setfl),
    TEST("fcntl(F_GETFD)", fcntl_getfd),
    TEST("getpeername", getpeername_whole),
    TEST("getsockname", getsockname_whole),
    TEST("getsockopt", getsockopt_whole),
    TEST("getsockopt(TCP_INFO)", getsockopt_info),
    TEST("getsockopt(SO_COOKIE)", getsockopt_cookie),
    TEST("getsockopt(SO_COOKIE), and unknown", no_cookies),
    TEST("getsockopt(SO_PEERCRED)", getsockopt_peercred),
    TEST("setsockopt", setsockopt_whole),
    TEST("epoll_ctl", epoll_ctl_whole),
    TEST("kcmp", kcmp_whole),
    TEST("openat", openat_whole),
    TEST("getdents64", getdents_whole),
    TEST("fstat", fstat_whole),
    TEST("newfstatat", newfstatat_whole),
    TEST("readlinkat", readlinkat_whole),
    TEST("faccessat", faccessat_whole),
    TEST("rt_sigprocmask", sigprocmask_whole),
    TEST("getpid", getpid_whole),
    TEST("geteuid", geteuid_whole),
    TEST("mmap", mmap_whole),
    TEST("clock_gettime", clock_gettime_whole),
    TEST("sendto of a PROXY header", sendto_whole),
    TEST("ppoll", ppoll_whole),
#ifdef SYS_poll
    TEST("poll", poll_whole),
    TEST("readlink", readlink_whole),
#endif
    TEST("clone at first", clone_at_first),
    TEST("memfd_create at first", memfd_create_at_first),
    TEST("execve at first", execve_at_first),
    TEST("pipe2 at first", pipe2_at_first),
    TEST("write to the image at first", write_at_first),
    TEST("mmap for the keeper at first", mmap_at_first),
    TEST("mmap of the image at first", mmap_of_the_image_at_first),
    TEST("wait4 at first", wait4_at_first),
    TEST("close_range at first", close_range_at_first),
    TEST("setsid at first", setsid_at_first),
    TEST("prctl at first", prctl_at_first),
    TEST("kill at first", kill_at_first),
    TEST("tkill at first", tkill_at_first),
    TEST("gettid at first", gettid_at_first),
    TEST("madvise at first", madvise_at_first),
    TEST("munmap at first", munmap_at_first),
    TEST("futex at first", futex_at_first),
    TEST("rt_sigaction at first", sigaction_at_first),
    TEST("rt_sigtimedwait at first", sigtimedwait_at_first),
    TEST("prlimit64 at first", prlimit_at_first),
    TEST("brk at first", brk_at_first),
    TEST("pread64 at first", pread_at_first),
    TEST("setsockopt(SO_SNDTIMEO) with a full backlog", no_limit_for_the_wait),
};

/* The same for both families; "nobody" is an address of that family on which nobody listens. */
/* clang-format off */
#define PAIR(public, first, second, route) \
	"route \"" public ":" first "\" { " route " }\n" \
	"route \"" public ":" second "\" { " route " on_failure = refuse }\n"
/* clang-format on */
#define ROUTES(public, nobody)                                                                 \
	PAIR(public, "1101", "1102", "to = \"unix:$DIR/hit.sock\"")                            \
	PAIR(public, "1103", "1104", "to = \"unix:$DIR/hit.sock\" peer_user = {root, 65534}")  \
	PAIR(public, "1105", "1106", "to = \"unix:$DIR/hit.sock\" proxy_protocol = v1")        \
	PAIR(public, "1107", "1108", "to = \"" nobody "\"")                                    \
	PAIR(public, "1109", "1110", "to = \"unix:$DIR/full.sock\"")

UH_SUITE(tests, ROUTES("203.0.113.1", "127.0.0.2:7999") ROUTES("[2001:db8::1]", "[::1]:7999"));
