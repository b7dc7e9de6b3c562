// SPDX-License-Identifier: MIT
/*
 * names_threads.c: connects to what names were answered with in threads, forked and vfork
 * children and signal handlers, while others look names up.
 *
 * usage: names_threads KIND; prints "well", or what went wrong. The routes and
 * the servers are those of names.sh.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 32, ROUNDS = 50 };

/* Where to go and who must answer there. */
static const struct goal {
	const char *name, *port, *word;
} goals[] = {
    {"api.example.com", "80", "api\n"},	    {"www.example.com", "80", "www\n"},
    {"api.example.com", "81", "api\n"},	    {"api.example.com", "8080", "decoy\n"},
    {"www.example.com", "8080", "decoy\n"}, {"v4.example.com", "80", "decoy\n"},
};

enum { GOALS = sizeof(goals) / sizeof(goals[0]) };

static struct sockaddr_storage address_of[GOALS];
static socklen_t length_of[GOALS];
static atomic_int connected;
static atomic_bool ended;

/* Only what signal-safety(7) allows from here to talk(). */
static _Noreturn void fail(const char *why, const struct goal *goal)
{
	(void)!write(1, why, strlen(why));
	(void)!write(1, " ", 1);
	(void)!write(1, goal->name, strlen(goal->name));
	(void)!write(1, ":", 1);
	(void)!write(1, goal->port, strlen(goal->port));
	(void)!write(1, "\n", 1);
	_exit(1);
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	return length >= strlen(end) &&
	       memcmp(text + length - strlen(end), end, strlen(end)) == 0;
}

static void talk(const struct goal *goal, const struct sockaddr_storage *address,
		 socklen_t length)
{
	static const char request[] = "GET /who HTTP/1.0\r\n\r\n";
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[2048];
	size_t got = 0;
	ssize_t more;

	if (fd < 0)
		fail("no socket", goal);
	if (connect(fd, (const struct sockaddr *)address, length) < 0)
		fail("no connection", goal);
	if (write(fd, request, sizeof(request) - 1) < 0)
		fail("no request", goal);
	while ((more = read(fd, answer + got, sizeof(answer) - got)) > 0 ||
	       (more < 0 && errno == EINTR))
		got += more > 0 ? (size_t)more : 0;
	if (!ends_with(answer, got, goal->word))
		fail("the wrong server", goal);
	close(fd);
	connected++;
}

static void look_up(int i, struct sockaddr_storage *address, socklen_t *length)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;

	if (getaddrinfo(goals[i].name, goals[i].port, &hints, &list) != 0)
		fail("no address", &goals[i]);
	memcpy(address, list->ai_addr, list->ai_addrlen);
	*length = list->ai_addrlen;
	freeaddrinfo(list);
}

static void look_up_all(void)
{
	for (int i = 0; i < GOALS; i++)
		look_up(i, &address_of[i], &length_of[i]);
}

static void talk_to(int i)
{
	talk(&goals[i], &address_of[i], length_of[i]);
}

static void *look_up_and_talk(void *number)
{
	for (int i = 0; i < ROUNDS; i++) {
		int goal = (int)((size_t)number + (size_t)i) % GOALS;
		struct sockaddr_storage address;
		socklen_t length;

		look_up(goal, &address, &length);
		talk(&goals[goal], &address, length);
	}
	return NULL;
}

static void *look_up_for_ever(void *number)
{
	for (int i = (int)(size_t)number; !ended; i++) {
		struct sockaddr_storage address;
		socklen_t length;

		look_up(i % GOALS, &address, &length);
	}
	return NULL;
}

static void reap(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		printf("a child failed\n");
		exit(1);
	}
}

/* It has no real address: name servers, which libc locks for, are not asked. */
static const char unreal[] = "unreal.example.com";
static struct sockaddr_in stand_in;

static bool looks_up(void)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;

	if (getaddrinfo(unreal, "80", &hints, &list) != 0)
		return false;
	memcpy(&stand_in, list->ai_addr, sizeof(stand_in));
	freeaddrinfo(list);
	return true;
}

static bool looks_up_host(void)
{
	struct hostent host, *found;
	char room[1024];
	int error;

	return gethostbyname_r(unreal, &host, room, sizeof(room), &found, &error) == 0 && found;
}

static bool looks_up_address(void)
{
	char name[NI_MAXHOST];

	return getnameinfo((struct sockaddr *)&stand_in, sizeof(stand_in), name, sizeof(name),
			   NULL, 0, 0) == 0 &&
	       strcmp(name, unreal) == 0;
}

static bool loads(void)
{
	return dlopen(NULL, RTLD_NOW);
}

static int visit(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	return info != NULL;
}

static bool visits_objects(void)
{
	return dl_iterate_phdr(visit, NULL) != 0;
}

static bool connects(void)
{
	static const struct goal goal = {unreal, "80", "api\n"};
	struct sockaddr_storage address = {0};

	memcpy(&address, &stand_in, sizeof(stand_in));
	talk(&goal, &address, sizeof(stand_in));
	return true;
}

/* Not looks_up_host: glibc locks there for /etc/resolv.conf, also for a number. */
static void *look_up_unreal(void *unused)
{
	while (!ended && looks_up() && looks_up_address())
		;
	return unused;
}

/* A child that was forked while others look up can look up and load all the same. */
static void children(void)
{
	static bool (*const ways[])(void) = {looks_up, looks_up_host,  looks_up_address,
					     loads,    visits_objects, connects};
	enum { WAYS = sizeof(ways) / sizeof(ways[0]) };
	pthread_t thread[2];

	if (!looks_up())
		fail("no address", &(struct goal){unreal, "80", ""});
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, look_up_unreal, NULL);
	for (int i = 0; i < 100 * WAYS; i++) {
		pid_t child = fork();

		if (child == 0) {
			alarm(60); /* of a lock that nobody gives back */
			_exit(!ways[i % WAYS]());
		}
		reap(child);
		connected++;
	}
	ended = true;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* From the very first look-up on: nobody has read the routes yet. */
static void threads(void)
{
	pthread_t thread[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, look_up_and_talk, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

/* The child of a threaded program connects to what its parent was told; it looks nothing up. */
static void forks(void)
{
	pthread_t thread[4];

	look_up_all();
	for (size_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, look_up_for_ever, (void *)i);
	for (int i = 0; i < 200; i++) {
		pid_t child = fork();

		if (child == 0) {
			talk_to(i % GOALS);
			_exit(0);
		}
		reap(child);
		connected++;
	}
	ended = true;
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

static void vforks(void)
{
	look_up_all();
	for (int i = 0; i < 200; i++) {
		pid_t child = vfork();

		if (child == 0) {
			talk_to(i % GOALS);
			_exit(0);
		}
		reap(child);
	}
}

static void handler(int number)
{
	static int next;
	int before = errno;

	(void)number;
	talk_to(next++ % GOALS);
	errno = before;
}

/* The handler interrupts look-ups wherever they are. */
static void signals(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};

	look_up_all();
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; connected < 200; i++) {
		struct sockaddr_storage address;
		socklen_t length;

		look_up(i % GOALS, &address, &length);
	}
	setitimer(ITIMER_REAL, &never, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(void);
	} kinds[] = {{"threads", threads},
		     {"forks", forks},
		     {"vforks", vforks},
		     {"signals", signals},
		     {"children", children}};

	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kinds[i].function();
	printf("%s\n", connected >= 200 ? "well" : "too few");
	return 0;
}
