/* SPDX-License-Identifier: MIT */
/*
 * vfork_child.c: connect in a vfork child, which shares all memory with its parent, but not the
 * descriptors: what it does to a number must not change what the parent sees under that number.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

/*
 * vfork() itself must not return from a called function; this gives the child a frame of its
 * own.
 */
static void in_clone(int flags, int (*function)(void *), void *argument)
{
	char *stack =
	    mmap(NULL, 1 << 18, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = clone(function, stack + (1 << 18), flags | SIGCHLD, argument);

	CHECK(child > 0);
	uh_reap(child);
	munmap(stack, 1 << 18);
}

static void in_shared_memory(int (*function)(void *), void *argument)
{
	in_clone(CLONE_VM | CLONE_VFORK, function, argument);
}

static void plain_vfork(void)
{
	pid_t child;

	uh_talk(uh_connected());
	child = vfork();
	if (child == 0) {
		uh_talk(uh_connected());
		_exit(0);
	}
	uh_reap(child);
	uh_talk(uh_connected());
}

static int connects(void *unused)
{
	(void)unused;
	uh_talk(uh_connected());
	return 0;
}

/* The child is the first to connect: what it read of the routes stays right for the parent. */
static void child_first(void)
{
	in_shared_memory(connects, NULL);
	uh_talk(uh_connected());
	in_shared_memory(connects, NULL);
}

/* The number that the child used is free in the parent. */
static void number_reused(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)}, plain, said;
	int fd;

	uh_talk(uh_connected());
	in_shared_memory(connects, NULL);
	fd = uh_socket(0);
	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	plain = uh_public_port(UH_PORT_PLAIN);
	SAME(uh_try(fd, &plain), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &plain));
}

static int replaces(void *number)
{
	int fd = *(int *)number;

	close(fd);
	if (uh_socket(0) != fd)
		return 1;
	uh_connect_port(fd, UH_PORT_PLAIN);
	uh_talk(fd);
	return 0;
}

static void is_the_connection(int fd, const struct uh_peer *own)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
	said = uh_sockname(fd);
	CHECK(uh_peers_equal(&said, own));
	uh_talk(fd);
}

/* The child closes the parent's connection in its own table, and connects elsewhere. */
static void parents_number_replaced(void)
{
	int fd = uh_connected();
	struct uh_peer own = uh_sockname(fd);

	in_shared_memory(replaces, &fd);
	is_the_connection(fd, &own);
}

static int connects_elsewhere_routed(void *number)
{
	int fd = *(int *)number, other;

	close(fd);
	other = uh_connected();
	uh_talk(other);
	close(other);
	return other != fd;
}

static void parents_number_routed_again(void)
{
	int fd = uh_connected();
	struct uh_peer own = uh_sockname(fd);

	in_shared_memory(connects_elsewhere_routed, &fd);
	is_the_connection(fd, &own);
}

/* It says when it begins, and is slow, but has the time. */
static void slow_compiler(void)
{
	uh_use_compiler("printf '\\040\\116\\000\\000' >&4\n" /* 20,000 ms */
			": >\"$DIR/begun\"; sleep 0.5; exec \"$COMPILER\" \"$@\"");
	unlink(uh_path("begun"));
}

static void *connects_first(void *unused)
{
	connects(NULL);
	return unused;
}

static int connects_somewhere(void *unused)
{
	int fd = uh_connected();

	(void)unused;
	if (strcmp(uh_who(fd), "decoy") != 0)
		uh_talk(fd);
	return 0;
}

/* It waits for the thread, though not for ever. */
static void while_reading(void)
{
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, connects_first, NULL), 0);
	while (access(uh_path("begun"), F_OK) != 0)
		usleep(1000);
	in_shared_memory(connects_somewhere, NULL);
	SAME(pthread_join(thread, NULL), 0);
	in_shared_memory(connects, NULL);
}

static int changes_root(void)
{
	return chroot("/");
}

static int gains_no_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int enters_seccomp(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int leaves_mounts(void)
{
	return unshare(CLONE_NEWNS);
}

static int enters_name_space(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = setns(fd, CLONE_NEWUTS);
	close(fd);
	return result;
}

static int changes_user(void)
{
	return setresuid(65534, 65534, 65534);
}

static int (*const confinements[])(void) = {changes_root,  gains_no_privileges, enters_seccomp,
					    leaves_mounts, enters_name_space,	changes_user};

static int confines(void *which)
{
	return confinements[*(int *)which]() != 0;
}

/* Of a changed configuration the process learns within a second. */
static void notices(const char *text, const char *answer)
{
	const struct timespec moment = {.tv_nsec = 20000000};
	bool noticed = false;

	uh_write_file("own.conf", text, strlen(text));
	while (!noticed) {
		int fd = uh_socket(0);

		uh_connect(fd);
		noticed = strcmp(uh_who(fd), answer) == 0;
		close(fd);
		nanosleep(&moment, NULL);
	}
}

static const char other_routes[] = "route \"192.0.2.7\" { to = \"direct\" }\n";
static char routes[1 << 14];

static void read_routes(void)
{
	int fd = open(uh_path("unhairpin.conf"), O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, routes, sizeof(routes) - 1);

	CHECK(got > 0);
	routes[got] = '\0';
	close(fd);
}

/* Tests that change their configuration have one of their own. */
static void copy_routes(void)
{
	read_routes();
	uh_write_file("own.conf", routes, strlen(routes));
	setenv("UNHAIRPIN_CONF", uh_path("own.conf"), 1);
}

/* A child confines itself alone: its parent goes on reading its routes. */
static void parent_not_confined(int flags)
{
	const int count = sizeof(confinements) / sizeof(confinements[0]);

	if (geteuid() != 0)
		uh_skip("needs root");
	read_routes();
	for (int i = 0; i < count; i++)
		in_clone(flags, confines, &i);
	uh_talk(uh_connected());
	for (int i = 0; i < count; i++)
		in_clone(flags, confines, &i);
	notices(other_routes, "decoy");
	notices(routes, "hit");
}

static void vfork_confines(void)
{
	parent_not_confined(CLONE_VM | CLONE_VFORK);
}

static void clone_confines(void)
{
	parent_not_confined(CLONE_VM);
}

static void vforked_confines(void)
{
	pid_t child = vfork();

	if (child == 0)
		_exit(changes_root() || gains_no_privileges());
	uh_reap(child);
	notices(other_routes, "decoy");
}

static void wait_for_second(void)
{
	time_t now = time(NULL);

	while (time(NULL) == now)
		usleep(10000);
}

static int connects_in_jail(void *unused)
{
	(void)unused;
	if (chroot(uh_dir) != 0)
		return 1;
	for (int i = 0; i < 2; i++) {
		wait_for_second();
		close(uh_connected());
	}
	return 0;
}

/* The child sees other files: it must not read there for its parent. */
static void child_connects_in_jail(void)
{
	if (geteuid() != 0)
		uh_skip("needs root");
	in_shared_memory(connects_in_jail, NULL);
	uh_talk(uh_connected());
	in_shared_memory(connects_in_jail, NULL);
	uh_talk(uh_connected());
}

/* By the system call libc learns nothing of the child, whose memory is its own all the same. */
static void forked_by_clone(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0) {
		if (gains_no_privileges() != 0)
			_exit(1);
		unlink(uh_path("own.conf"));
		wait_for_second();
		wait_for_second();
		uh_talk(uh_connected());
		_exit(0);
	}
	uh_reap(child);
}

enum { MANY = 2000 };

static void is_routed(int fd)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
}

/* More than there is room for without a sweep; several at once, so that numbers differ. */
static void connect_many(void)
{
	static const struct linger reset = {1, 0}; /* no TIME_WAIT: the ports would run out */
	int fd[8];

	for (int i = 0; i < MANY; i += 8) {
		for (int j = 0; j < 8; j++) {
			fd[j] = uh_socket(SOCK_CLOEXEC);
			SAME(setsockopt(fd[j], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
			     0);
			uh_connect(fd[j]);
		}
		for (int j = 0; j < 8; j++) {
			is_routed(fd[j]);
			close(fd[j]);
		}
	}
}

static atomic_int child_has_one, thread_is_done;

static int connects_and_waits(void *unused)
{
	int fd = uh_connected();

	(void)unused;
	atomic_store(&child_has_one, 1);
	while (!atomic_load(&thread_is_done))
		usleep(1000);
	is_routed(fd);
	uh_talk(fd);
	return 0;
}

static void *connects_many(void *unused)
{
	while (!atomic_load(&child_has_one))
		usleep(1000);
	connect_many();
	atomic_store(&thread_is_done, 1);
	return unused;
}

/* The number that the child has is used again and again in its parent. */
static void threads_meanwhile(void)
{
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, connects_many, NULL), 0);
	in_shared_memory(connects_and_waits, NULL);
	SAME(pthread_join(thread, NULL), 0);
}

static int connects_many_alone(void *number)
{
	close(*(int *)number);
	connect_many();
	return 0;
}

static void child_connects_many(void)
{
	int fd = uh_connected();
	struct uh_peer own = uh_sockname(fd);

	in_shared_memory(connects_many_alone, &fd);
	is_the_connection(fd, &own);
	connect_many();
	is_the_connection(fd, &own);
}

static int uses_number_natively(void *number)
{
	int fd = *(int *)number;

	close(fd);
	if (uh_socket(0) != fd)
		return 1;
	uh_connect_port(fd, UH_PORT_PLAIN);
	return 0;
}

/* That the number is a routed one must not be forgotten because of the child's. */
static void parent_connects_no_more(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = uh_connected();

	in_shared_memory(uses_number_natively, &fd);
	SAME(connect(fd, &none, sizeof(none)), 0);
	uh_connect(fd);
	is_routed(fd);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"connect in a vfork child", plain_vfork, UH_EVERY, 0, 0},
    {"the first connect in a vfork child", child_first, UH_EVERY, 0, 0},
    {"the vfork child's number in the parent", number_reused, UH_EVERY, 0, 0},
    {"a vfork child replaces the parent's number", parents_number_replaced, UH_EVERY, 0, 0},
    {"a vfork child routes the parent's number", parents_number_routed_again, UH_EVERY, 0, 0},
    {"the first connect in a vfork child, from a cache", child_first, UH_ROUTED, uh_compile, 0},
    {"a vfork child while a thread reads", while_reading, UH_UNIX, slow_compiler, 0},
    {"a child that shares the memory confines itself", vfork_confines, UH_UNIX | UH_V4,
     copy_routes, 60},
    {"the same beside its parent", clone_confines, UH_UNIX | UH_V4, copy_routes, 60},
    {"a vfork child confines itself", vforked_confines, UH_UNIX | UH_V4, copy_routes, 60},
    {"a vfork child connects in another root", child_connects_in_jail, UH_UNIX | UH_IP | UH_V4,
     0, 60},
    {"a child of a plain clone confines itself", forked_by_clone, UH_UNIX | UH_V4, copy_routes,
     60},
    {"a vfork child while a thread connects", threads_meanwhile, UH_EVERY, 0, 60},
    {"a vfork child connects many times", child_connects_many, UH_EVERY, 0, 60},
    {"AF_UNSPEC after a vfork child's", parent_connects_no_more, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);
