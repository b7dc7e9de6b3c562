/* SPDX-License-Identifier: MIT */
/*
 * reload.c: connects from many threads while the configuration is changed under them.
 *
 * usage: reload CONF THREADS CHANGES
 *
 * CONF is renamed over, again and again, to send 203.0.113.1:7000 to "one" or to "two"; both
 * are Unix sockets of this program's own, beside CONF. Prints what went wrong, and what was
 * left.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WARM_UP = 200, THREADS_MAX = 256 };

static const char *conf;
static atomic_bool stop;
static atomic_ulong connections, wrong;

static void path_beside(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%.*s/%s", (int)(strrchr(conf, '/') - conf), conf, name);
}

static void serve(const char *word)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	path_beside(name.sun_path, sizeof(name.sun_path), word);
	unlink(name.sun_path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) || listen(fd, 4096))
		exit(2);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int connection = accept(fd, NULL, NULL);

			if (write(connection, word, 3) != 3)
				continue;
			close(connection);
		}
	}
	close(fd);
}

/* A file that is renamed over the configuration, as careful programs change one. */
static void change(const char *word, unsigned number)
{
	char temporary[512], target[512];
	FILE *file;

	path_beside(temporary, sizeof(temporary), "new.conf");
	path_beside(target, sizeof(target), word);
	file = fopen(temporary, "w");
	if (!file)
		exit(2);
	fprintf(file,
		"# %u\nlog_limit = 0\ncompile_limit = 60s\nroute \"203.0.113.1:7000\" { to = "
		"\"unix:%s\" on_failure "
		"= refuse }\n",
		number, target);
	if (fclose(file) || rename(temporary, conf))
		exit(2);
}

/* Asks for a word. "" when the connection failed. */
static void ask(char word[4])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(word, 0, 4);
	inet_pton(AF_INET, "203.0.113.1", &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    read(fd, word, 3) != 3)
		word[0] = '\0';
	close(fd);
}

static void *ask_on(void *unused)
{
	char word[4];

	while (!stop) {
		ask(word);
		connections++;
		if (strcmp(word, "one") && strcmp(word, "two"))
			wrong++;
	}
	return unused;
}

static long lines_of(const char *file)
{
	FILE *stream = fopen(file, "r");
	long lines = 0;
	int c;

	while (stream && (c = fgetc(stream)) != EOF)
		lines += c == '\n';
	if (stream)
		fclose(stream);
	return lines;
}

static long descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	long count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static long resident_kib(void)
{
	FILE *stream = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	while (fgets(line, sizeof(line), stream))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(stream);
	return kib;
}

/* Until what the last change says is what is got: two seconds at most. */
static bool arrives_at(const char *word)
{
	char got[4];

	for (int i = 0; i < 2000; i++) {
		ask(got);
		if (strcmp(got, word) == 0)
			return true;
		usleep(1000);
	}
	return false;
}

/* What this process has of the things that must not grow. */
struct possessions {
	long mappings, descriptors, kib;
};

static struct possessions possess(void)
{
	return (struct possessions){lines_of("/proc/self/maps"), descriptors(), resident_kib()};
}

static void change_often(long changes, bool alone, struct possessions *early)
{
	char word[4];

	for (long i = 1; i <= changes; i++) {
		const char *way = i % 2 ? "two" : "one";

		change(way, (unsigned)i);
		if (alone) {
			ask(word);
			connections++;
			wrong += strcmp(word, way) != 0;
		} else {
			usleep(500);
		}
		if (i == WARM_UP)
			*early = possess();
	}
}

static void print(const char *holds, const struct possessions *early,
		  const struct possessions *late)
{
	printf("the last change %s\nconnections %lu\nwrong %lu\n", holds, connections, wrong);
	printf("mappings %+ld\nKiB %+ld\ndescriptors %+ld\n", late->mappings - early->mappings,
	       late->kib - early->kib, late->descriptors);
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	long threads, changes, before = descriptors();
	struct possessions early, late;

	if (argc != 4 || (threads = atol(argv[2])) > THREADS_MAX)
		return 2;
	conf = argv[1];
	changes = atol(argv[3]);
	serve("one");
	serve("two");
	change("one", 0);
	for (long i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, ask_on, NULL);
	change_often(changes, threads == 0, &early);
	late = possess();
	stop = true;
	for (long i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	late.descriptors = descriptors() - before;
	print(arrives_at(changes % 2 ? "two" : "one") ? "holds" : "does not hold", &early,
	      &late);
	return 0;
}
