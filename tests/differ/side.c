/* SPDX-License-Identifier: MIT */
/* side.c: one side: a network name space, a server, and a runner in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "differ.h"

struct in6_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int index;
};

static void write_setting(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/* Until the kernel's queue has come to it a new address is no source of packets (RFC 4862). */
static bool any_tentative(void)
{
	FILE *file = fopen("/proc/self/net/if_inet6", "re");
	unsigned flags = 0;
	bool any = false;

	while (file && fscanf(file, "%*s %*s %*s %*s %x %*s", &flags) == 1)
		any |= (flags & IFA_F_TENTATIVE) != 0;
	if (file)
		fclose(file);
	return any;
}

/* Ports below 40000 are bind()'s own; a port in TIME_WAIT must not make one run unlike the
 * other. */
static bool make_network(void)
{
	int v4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct ifreq add = {.ifr_name = "lo:1"};
	struct in6_request request = {.prefix_length = 128, .index = 1};
	struct sockaddr_in *address = (struct sockaddr_in *)&add.ifr_addr;
	bool done;

	address->sin_family = AF_INET;
	inet_pton(AF_INET, "203.0.113.1", &address->sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &request.address);
	done = ioctl(v4, SIOCSIFFLAGS, &up) == 0 && ioctl(v4, SIOCSIFADDR, &add) == 0 &&
	       ioctl(v6, SIOCSIFADDR, &request) == 0;
	close(v4);
	close(v6);
	for (int wait = 0; done && any_tentative() && wait < 10000; wait++)
		usleep(1000);
	write_setting("/proc/sys/net/ipv4/ip_local_port_range", "40000 65000");
	write_setting("/proc/sys/net/ipv4/tcp_tw_reuse", "1");
	return done;
}

/* Each leads to the same address, because a program sees its own. */
static void write_datagram_routes(FILE *file, const char *public)
{
	const int others[] = {PORT_UDP, PORT_UDP + 1, PORT_UDP + 2, PORT_SILENT};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		fprintf(file, "route \"%s:%d\" { to = \"%s:%d\" protocol = udp }\n", public,
			others[i], public, others[i] + ROUTED_ON);
	for (int i = 0; i < STRESS_GROUPS * STRESS_PORTS; i++)
		fprintf(file, "route \"%s:%d\" { to = \"%s:%d\" protocol = udp }\n", public,
			PORT_STRESS + i / STRESS_PORTS * 100 + i % STRESS_PORTS, public,
			PORT_STRESS_TARGET + i % STRESS_PORTS);
}

static bool write_routes(const char *directory)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/unhairpin.conf", directory);
	file = fopen(path, "we");
	if (!file)
		return false;
	fprintf(file, "log = off\nretry_after = 0\n");
	for (int i = 0; i < 2; i++) {
		const char *public = i ? "[2001:db8::1]" : "203.0.113.1";

		fprintf(file, "route \"%s:%d\" { to = \"unix:%s/s\" }\n", public, PORT,
			directory);
		fprintf(file, "route \"%s:%d\" { to = \"unix:%s/nobody\" }\n", public,
			PORT_NOBODY, directory);
		write_datagram_routes(file, public);
	}
	fprintf(file, "route \"0.0.0.0/0:%d\" { to = \"203.0.113.1:%d\" protocol = udp }\n",
		PORT_PREFIX, PORT_UDP_TARGET);
	setenv("UNHAIRPIN_CONF", path, 1);
	return fclose(file) == 0;
}

/* Both move to their places at once: one may be where the other is to go. */
static void place(int control, int memory, int server)
{
	int from[3] = {fcntl(control, F_DUPFD, 950), fcntl(memory, F_DUPFD, 950),
		       fcntl(server, F_DUPFD, 950)};

	for (int i = 0; i < 3; i++)
		dup2(from[i], FD_MAIN + i);
	close_range(3, FD_MAIN - 1, 0);
	close_range(FD_MAIN + 3, ~0U, 0);
}

static _Noreturn void become_runner(struct side *side, const char *object, unsigned stress,
				    int control, int memory)
{
	char path[64], seconds[16], *argument[] = {"differ", "--runner", seconds, NULL};
	int server[2];

	snprintf(seconds, sizeof(seconds), "%u", stress);
	snprintf(path, sizeof(path), "%s/s", side->directory);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, server) < 0)
		_exit(1);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(server[1], FD_SERVER);
		close_range(3, FD_SERVER - 1, 0);
		close_range(FD_SERVER + 1, ~0U, 0);
		serve(FD_SERVER, object ? path : NULL);
	}
	if (object) {
		setenv("LD_PRELOAD", object, 1);
		write_routes(side->directory);
	}
	unsetenv("UNHAIRPIN");
	unsetenv("UNHAIRPIN_ROUTES");
	unsetenv("UNHAIRPIN_LOG");
	place(control, memory, server[0]);
	execv("/proc/self/exe", argument);
	_exit(1);
}

static void keep_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (cpu < 0)
		return;
	CPU_SET((unsigned)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

bool side_start(struct side *side, const char *object, int cpu, unsigned stress)
{
	int memory = memfd_create("differ", MFD_CLOEXEC), control[2];
	char byte;

	strcpy(side->directory, "/tmp/uh-differ-XXXXXX");
	if (memory < 0 || ftruncate(memory, sizeof(struct shared)) < 0 ||
	    !mkdtemp(side->directory) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0)
		return false;
	side->shared =
	    mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	side->control = control[0];
	side->runner = fork();
	if (side->runner == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if ((unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) ||
		    !make_network())
			_exit(1);
		keep_to(cpu);
		become_runner(side, object, stress, control[1], memory);
	}
	close(control[1]);
	close(memory);
	return read(side->control, &byte, 1) == 1;
}

/* Both at a time. */
void sides_run(struct side sides[2], const struct operation *operation, unsigned count,
	       unsigned lie)
{
	static uint16_t port;
	char byte = 0;

	port = (uint16_t)(port + 1) % 20000;
	for (int i = 0; i < 2; i++) {
		struct shared *to = sides[i].shared;

		memcpy(to->operation, operation, count * sizeof(*operation));
		memset(to->record, 0, sizeof(to->record));
		to->count = count;
		to->done = 0;
		to->full = false;
		to->port = (uint16_t)(20000 + port);
		to->lie = i == 1 ? lie : 0;
		if (write(sides[i].control, &byte, 1) != 1)
			to->status = -1;
	}
	for (int i = 0; i < 2; i++) {
		if (read(sides[i].control, &byte, 1) != 1)
			sides[i].shared->status = -1;
	}
}

int side_end(struct side *side)
{
	int status = 0;
	char path[64];

	close(side->control);
	if (side->runner > 0)
		waitpid(side->runner, &status, 0);
	snprintf(path, sizeof(path), "%s/unhairpin.conf", side->directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/s", side->directory);
	unlink(path);
	rmdir(side->directory);
	return status;
}
