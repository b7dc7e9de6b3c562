/* SPDX-License-Identifier: MIT */
/*
 * small_stacks.c: a thread with the least stack that there is connects, and so does a signal
 * handler on a stack of 8 KiB, and both survive it.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness.h"

enum {
	GUARD = 65536, /* as large as any machine's pages are */
	ALTERNATE = 8192,
};

static struct place {
	struct uh_peer peer;
	int error;
} places[3];

/* Memory with a guard below it, where it kills to need more. */
static char *guarded(size_t size)
{
	char *memory = mmap(NULL, GUARD + size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	CHECK(memory != MAP_FAILED);
	SAME(mprotect(memory, GUARD, PROT_NONE), 0);
	return memory + GUARD;
}

static void run_in_small_thread(void *(*function)(void *), void *argument)
{
	size_t size = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_t attributes;
	pthread_t thread;

	SAME(pthread_attr_init(&attributes), 0);
	SAME(pthread_attr_setstack(&attributes, guarded(size), size), 0);
	SAME(pthread_create(&thread, &attributes, function, argument), 0);
	SAME(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

/* The routes are read first, by the main thread: where nothing is compiled that takes more. */
static void begin(void)
{
	places[0] = (struct place){uh_public(), 0};
	places[1] = (struct place){uh_public_port(1101), ECONNREFUSED};
	places[2] = (struct place){uh_public_port(1102), 0};
	uh_log_open();
	uh_connect_port(uh_socket(SOCK_CLOEXEC), UH_PORT_PLAIN);
}

/* Only what signal-safety(7) allows. */
static void connect_everywhere(void)
{
	for (int i = 0; i < 3; i++) {
		int fd = socket(uh_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		errno = 0;
		connect(fd, &places[i].peer.address, places[i].peer.length);
		if (errno != places[i].error)
			_exit(3);
		close(fd);
	}
}

static void *connects(void *unused)
{
	connect_everywhere();
	return unused;
}

static void thread(void)
{
	begin();
	run_in_small_thread(connects, NULL);
	uh_log_was_written("does not answer: ");
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
	connect_everywhere();
	handled = number;
}

static void *raises(void *alternate)
{
	const stack_t stack = {.ss_sp = alternate, .ss_size = ALTERNATE};

	if (sigaltstack(&stack, NULL) < 0)
		uh_skip("this processor's registers take a larger stack for signals");
	pthread_kill(pthread_self(), SIGUSR1);
	return NULL;
}

static void handler(void)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};

	begin();
	SAME(sigaction(SIGUSR1, &action, NULL), 0);
	run_in_small_thread(raises, guarded(ALTERNATE));
	SAME(handled, SIGUSR1);
	uh_log_was_written("does not answer: ");
}

static const struct uh_test tests[] = {
    UH_IN_EACH_LOG("a thread with the least stack", thread, UH_ROUTED),
    UH_IN_EACH_LOG("a handler on a small stack", handler, UH_ROUTED),
};

/* clang-format off */
#define ROUTES(public, nobody) \
	"route \"" public ":1101\" { to = \"unix:$DIR/nobody.sock\" on_failure = refuse }\n" \
	"route \"" public ":1102\" { to = {\"unix:$DIR/nobody.sock\", \"" nobody ":7999\"} }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1", "127.0.0.2") ROUTES("[2001:db8::1]", "[::1]"));
