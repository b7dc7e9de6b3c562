/* SPDX-License-Identifier: MIT */
/*
 * runner.c: performs a sequence in a forked process, with a thread and a child in lock step.
 *
 * The kernel is asynchronous in TCP: after each operation a datagram goes through the loopback
 * device three times, after which its queue has been worked off (one CPU, one queue), with all
 * answers of the kernel's to the packets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "differ.h"

enum { PATIENCE_S = 5, ROUNDS = 3 };

int slots[SLOTS];
struct shared *shared;
static volatile sig_atomic_t caught;
static pid_t child;
static bool thread_runs, in_child;

void put(struct record *out, const void *data, size_t length)
{
	size_t room = sizeof(out->data) - out->length;

	if (length > room)
		length = room;
	memcpy(out->data + out->length, data, length);
	out->length += (uint32_t)length;
}

/* Raw system calls: what the object does with the runner's own descriptors is of no interest.
 */
struct answer server_asks(int action, int connection, int count)
{
	static uint32_t last;
	struct question question = {(uint32_t)getpid() * 64 + ++last, action, connection,
				    count};
	struct answer answer = {.id = question.id + 1};

	syscall(SYS_write, FD_SERVER, &question, sizeof(question));
	while (answer.id != question.id) {
		if (syscall(SYS_read, FD_SERVER, &answer, sizeof(answer)) <= 0)
			_exit(3);
	}
	return answer;
}

static void settle(void)
{
	char byte = 0;

	for (int i = 0; i < ROUNDS; i++) {
		syscall(SYS_write, FD_MARKER, &byte, 1);
		syscall(SYS_read, FD_MARKER, &byte, 1);
	}
}

static void perform_one(unsigned index)
{
	const struct operation *operation = &shared->operation[index];
	const struct kind *kind = &kinds[operation->kind];
	struct record *out = &shared->record[index];
	struct call call = {.fd = slots[operation->slot],
			    .slot = operation->slot,
			    .a = argument(operation, 0),
			    .b = argument(operation, 1),
			    .c = argument(operation, 2),
			    .out = out};

	errno = SENTINEL;
	out->result = kind->perform(&call);
	out->error = errno;
	settle();
	if (!kind->of_server) {
		server_asks(QUICK, 0, 0);
		settle();
	}
	out->signals = (uint32_t)caught;
	caught = 0;
	if (shared->lie == index + 1)
		out->result++;
}

/* The other end of an actor's descriptors is that of the main thread. */
static void serve_actor(enum actor actor)
{
	unsigned index;

	while (syscall(SYS_read, FD_ACTORS + 2 * actor + 1, &index, sizeof(index)) ==
	       sizeof(index)) {
		perform_one(index);
		syscall(SYS_write, FD_ACTORS + 2 * actor + 1, &index, sizeof(index));
	}
}

static void *be_thread(void *nothing)
{
	serve_actor(OTHER_THREAD);
	return nothing;
}

static void delegate(enum actor actor, unsigned index)
{
	syscall(SYS_write, FD_ACTORS + 2 * actor, &index, sizeof(index));
	syscall(SYS_read, FD_ACTORS + 2 * actor, &index, sizeof(index));
	shared->record[index].signals |= (uint32_t)caught;
	caught = 0;
}

int64_t actor_fork(void)
{
	if (child != 0 || in_child)
		return -2;
	child = fork();
	if (child != 0)
		return child > 0 ? 0 : -1;
	in_child = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	serve_actor(CHILD);
	_exit(0);
}

int64_t actor_end(void)
{
	int status = 0;

	if (child <= 0)
		return -2;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	child = 0;
	return status;
}

static void perform_as(enum actor actor, unsigned index)
{
	pthread_t thread;

	if (actor == OTHER_THREAD && !thread_runs)
		thread_runs = pthread_create(&thread, NULL, be_thread, NULL) == 0;
	if ((actor == OTHER_THREAD && thread_runs) || (actor == CHILD && child > 0))
		delegate(actor, index);
	else
		perform_one(index);
}

static void catch (int number)
{
	caught |= number == SIGPIPE ? 1 : number == SIGIO ? 2 : number == SIGURG ? 4 : 8;
}

/* Those of an earlier sequence may still be in a child's hands. */
static void make_channels(void)
{
	int pair[2];

	for (int fd = FD_RIGHTS; fd < FD_ACTORS + 2 * ACTORS; fd += 2) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
			_exit(4);
		dup2(pair[0], fd);
		dup2(pair[1], fd + 1);
		close(pair[0]);
		close(pair[1]);
	}
}

static void perform_all(void)
{
	struct sigaction action = {.sa_handler = catch, .sa_flags = SA_RESTART};

	setpgid(0, 0); /* signals to the group stay in it */
	alarm(PATIENCE_S);
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	sigaction(SIGURG, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	make_channels();
	memset(slots, -1, sizeof(slots));
	server_asks(BEGIN, 0, 0);
	for (unsigned i = 0; i < shared->count; i++) {
		shared->done = i;
		perform_as(shared->operation[i].actor, i);
	}
	shared->done = shared->count;
	actor_end();
	_exit(0);
}

/* The object waits for its routes a bounded time, which a busy machine may exceed. */
bool warm_up(void)
{
	enum { TRIES = 100, PAUSE_US = 50000 };
	struct sockaddr_storage address;
	socklen_t length = make_address(PUBLIC4, PORT, &address);

	server_asks(BEGIN, 0, 0);
	for (int i = 0; i < TRIES; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool connected = connect(fd, (struct sockaddr *)&address, length) == 0;

		close(fd);
		if (connected)
			return true;
		usleep(PAUSE_US);
	}
	return false;
}

/* All that sequences find in their process before them. */
static bool prepare(void)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int marker = socket(AF_INET, SOCK_DGRAM, 0);

	make_address(OF_LOOPBACK, 0, &address);
	if (bind(marker, (struct sockaddr *)&address, length = sizeof(struct sockaddr_in)) <
		0 ||
	    getsockname(marker, (struct sockaddr *)&address, &length) < 0 ||
	    connect(marker, (struct sockaddr *)&address, length) < 0 ||
	    dup2(marker, FD_MARKER) < 0)
		return false;
	if (!warm_up())
		return false;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, FD_SHARED, 0);
	return shared != MAP_FAILED && close_range(3, FD_MAIN - 1, 0) == 0;
}

int runner(void)
{
	char byte = 0;
	pid_t performer;

	if (!prepare())
		return 1;
	while (write(FD_MAIN, &byte, 1) == 1 && read(FD_MAIN, &byte, 1) == 1) {
		performer = fork();
		if (performer == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			perform_all();
		}
		if (performer < 0 || waitpid(performer, &shared->status, 0) != performer)
			return 1;
	}
	return 0;
}
