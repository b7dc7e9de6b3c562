/* SPDX-License-Identifier: MIT */
/*
 * test_temporary_fds.c: temporary descriptors are closed in forked children and after
 * siglongjmp(3).
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/fork_counter.h"
#include "socket/state/records.h"
#include "socket/replace/temporary_fds.h"
#include "socket/state/identity.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int open_one(uint64_t *identity)
{
	int fd = uh_temporary_open(AF_UNIX, SOCK_STREAM, 0, identity);

	assert_in_range(fd, 3, 1024);
	return fd;
}

/*
 * Runs the child's pthread_atfork(3) handler in a child. Returns whether the number is open
 * there.
 */
static bool is_open_in_child(int fd)
{
	int status;
	pid_t child;

	uh_fork_begins();
	child = fork();
	if (child == 0) {
		uh_fork_ends_in_child();
		uh_temporaries_after_fork_in_child();
		/*
		 * By the system call, because sanitizers would miss the parent's other threads
		 * after libc's fork.
		 */
		syscall(SYS_exit_group, is_open(fd));
	}
	if (uh_fork_ends())
		uh_temporaries_after_fork_in_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_open_and_close(void **state)
{
	uint64_t identity;
	int fd = open_one(&identity);

	(void)state;
	assert_int_equal(uh_socket_identity(fd), identity);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(uh_temporaries_count(), 1);
	uh_temporary_close(fd);
	assert_false(is_open(fd));
	assert_int_equal(uh_temporaries_count(), 0);
}

static void test_copy(void **state)
{
	uint64_t identity;
	int fd = open_one(&identity), copy = uh_temporary_copy(fd, identity);

	(void)state;
	assert_int_equal(uh_socket_identity(copy), identity);
	assert_int_equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
	uh_temporary_close(copy);
	assert_true(is_open(fd));
	uh_temporary_close(fd);
}

static pthread_barrier_t barrier;

struct other {
	int fd, program;
};

/* In another thread: opens a temporary that the program also has under its own number. */
static void *opens(void *context)
{
	struct other *other = context;
	uint64_t identity;

	other->fd = uh_temporary_open(AF_UNIX, SOCK_STREAM, 0, &identity);
	other->program = dup(other->fd);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	uh_temporary_close(other->fd);
	return NULL;
}

/* The child keeps the program's number, and closes the temporary. */
static void test_forked_meanwhile(void **state)
{
	struct other other;
	pthread_t thread;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, opens, &other), 0);
	pthread_barrier_wait(&barrier);
	assert_false(is_open_in_child(other.fd));
	assert_true(is_open_in_child(other.program));
	assert_true(is_open(other.fd));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	assert_false(is_open(other.fd));
	close(other.program);
	pthread_barrier_destroy(&barrier);
}

/* A handler interrupts a call and forks: the call continues in the child. */
static void test_forked_by_itself(void **state)
{
	uint64_t identity;
	int fd = open_one(&identity);

	(void)state;
	assert_true(is_open_in_child(fd));
	uh_temporary_close(fd);
}

static void *closes_all(void *unused)
{
	uint64_t identity;
	int fd = uh_temporary_open(AF_UNIX, SOCK_STREAM, 0, &identity);

	uh_temporary_close(fd);
	return unused;
}

/*
 * Closed while a fork is under way: the child may have copied the descriptor before the close,
 * and copies the memory after it.
 */
static void test_closed_during_a_fork(void **state)
{
	struct other other;
	pthread_t thread;
	int status;
	pid_t child;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, opens, &other), 0);
	pthread_barrier_wait(&barrier);
	uh_fork_begins();
	child = -1;
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	assert_int_equal(dup2(other.program, other.fd), other.fd); /* the child's copy */
	child = fork();
	if (child == 0) {
		uh_fork_ends_in_child();
		uh_temporaries_after_fork_in_child();
		_exit(is_open(other.fd));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(uh_fork_ends());
	uh_temporaries_after_fork_in_parent();
	/* From here on the number is the program's. */
	assert_true(is_open_in_child(other.fd));
	close(other.fd);
	close(other.program);
	pthread_barrier_destroy(&barrier);
}

/* A number that is another socket by now is not closed. */
static void test_another_socket(void **state)
{
	struct other other;
	pthread_t thread;
	int mine = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, opens, &other), 0);
	pthread_barrier_wait(&barrier);
	assert_int_equal(dup2(mine, other.fd), other.fd);
	assert_true(is_open_in_child(other.fd));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	close(mine);
	close(other.program);
	pthread_barrier_destroy(&barrier);
}

/*
 * Calls left by siglongjmp(3) leave a bounded number open, and never close one that a later
 * call uses.
 */
static void test_left(void **state)
{
	int left[3 * UH_TEMPORARIES_LEFT], open = 0, fd;
	uint64_t identity;

	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++) {
		left[i] = open_one(&identity);
		fd = open_one(&identity);
		uh_temporary_close(fd);
		assert_true(is_open(left[i]));
	}
	for (int i = 3; i < 256; i++)
		open += is_open(i) && uh_socket_identity(i) != 0;
	assert_in_range(open, 1, UH_TEMPORARIES_LEFT);
	uh_temporaries_close_down_to(0);
}

static void test_close_to(void **state)
{
	uint64_t identity;
	int first = open_one(&identity), second, third;
	unsigned open = uh_temporaries_count();

	(void)state;
	second = open_one(&identity);
	third = open_one(&identity);
	uh_temporaries_close_down_to(open);
	assert_true(is_open(first));
	assert_false(is_open(second));
	assert_false(is_open(third));
	uh_temporary_close(first);
}

/* If the table is full, more descriptors still work. */
static void *opens_many(void *unused)
{
	for (int i = 0; i < 200; i++)
		closes_all(NULL);
	return unused;
}

static void test_many_threads(void **state)
{
	pthread_t thread[8];
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, opens_many, NULL), 0);
	for (int i = 0; i < 20; i++)
		is_open_in_child(0);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_and_close),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_forked_meanwhile),
	    cmocka_unit_test(test_forked_by_itself),
	    cmocka_unit_test(test_closed_during_a_fork),
	    cmocka_unit_test(test_another_socket),
	    cmocka_unit_test(test_left),
	    cmocka_unit_test(test_close_to),
	    cmocka_unit_test(test_many_threads),
	};

	return cmocka_run_group_tests_name("temporary", tests, NULL, NULL);
}
