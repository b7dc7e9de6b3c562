/* SPDX-License-Identifier: MIT */
/*
 * harness_world.c: a network name space with the public addresses, a server that should be hit,
 * a decoy.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "harness.h"

#define MAX_FILES 65536

static char directory[] = "/tmp/uh-XXXXXX";
static pid_t servers[2];
static char
    kind[MAX_FILES]; /* of each descriptor of a server: 'l'isten, 'd'atagram, 's'tream */
static pid_t owner;

/* Ports: 1001 to 1004 are the modes', the others for routes that a suite adds. */
static const char routes[] =
    "log = \"off\"\n"
    "route \"203.0.113.1:1001\"   { to = \"unix:$DIR/hit.sock\" }\n"
    "route \"[2001:db8::1]:1001\" { to = \"unix:$DIR/hit.sock\" }\n"
    "route \"[fe80::1]:1001\"     { to = \"unix:$DIR/hit.sock\" }\n"
    "route \"203.0.113.1:1002\"   { to = \"unix:@uh-hit\" }\n"
    "route \"[2001:db8::1]:1002\" { to = \"unix:@uh-hit\" }\n"
    "route \"203.0.113.1:1003\"   { to = \"127.0.0.2:7000\"  protocol = \"any\" }\n"
    "route \"[2001:db8::1]:1003\" { to = \"[::1]:7000\"      protocol = \"any\" }\n"
    "route \"203.0.113.1:1004\"   { to = \"[::1]:7000\"      protocol = \"any\" }\n"
    "route \"[2001:db8::1]:1004\" { to = \"127.0.0.2:7000\"  protocol = \"any\" }\n";

struct in6_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int index;
};

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/* As root these name spaces are enough; others need one of users, too, to own them. */
static bool enter_name_space(void)
{
	unsigned user = geteuid(), group = getegid();
	char map[32];

	if (user == 0 && unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		return false;
	write_text("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", user);
	write_text("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", group);
	write_text("/proc/self/gid_map", map);
	return true;
}

/*
 * What is logged by default must not reach this machine's journal. Where it isn't, this fails.
 */
static void hide_journal(void)
{
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("none", "/run/systemd/journal", "tmpfs", 0, NULL);
	mount("/dev/null", "/dev/log", NULL, MS_BIND, NULL);
}

static void add_v6(int fd, const char *text)
{
	struct in6_request request = {.prefix_length = 128, .index = 1};

	inet_pton(AF_INET6, text, &request.address);
	if (ioctl(fd, SIOCSIFADDR, &request) < 0)
		perror(text);
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

static void add_addresses(void)
{
	int v4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct ifreq add = {.ifr_name = "lo:1"};
	struct sockaddr_in *address = (struct sockaddr_in *)&add.ifr_addr;

	address->sin_family = AF_INET;
	inet_pton(AF_INET, "203.0.113.1", &address->sin_addr);
	if (ioctl(v4, SIOCSIFFLAGS, &up) < 0 || ioctl(v4, SIOCSIFADDR, &add) < 0)
		perror("lo");
	inet_pton(AF_INET, "255.255.255.255", &address->sin_addr);
	ioctl(v4, SIOCSIFNETMASK, &add);
	add_v6(v6, "2001:db8::1");
	add_v6(v6, "fe80::1");
	for (int wait = 0; any_tentative() && wait < 10000; wait++)
		usleep(1000);
	close(v4);
	close(v6);
}

static void serve(int events, int fd, char what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || fd >= MAX_FILES)
		return;
	kind[fd] = what;
	epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
}

static void serve_ip(int events, uint16_t port, int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0), one = 1;
	struct uh_peer any = uh_peer(family == AF_INET ? "0.0.0.0" : "::", port);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (type == SOCK_DGRAM && family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (type == SOCK_DGRAM && family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	if (bind(fd, &any.address, any.length) < 0)
		perror("bind");
	if (type == SOCK_STREAM)
		listen(fd, 4096);
	serve(events, fd, type == SOCK_STREAM ? 'l' : 'd');
}

static void serve_port(int events, uint16_t port)
{
	serve_ip(events, port, AF_INET, SOCK_STREAM);
	serve_ip(events, port, AF_INET6, SOCK_STREAM);
	serve_ip(events, port, AF_INET, SOCK_DGRAM);
	serve_ip(events, port, AF_INET6, SOCK_DGRAM);
}

static void serve_unix(int events, const char *path, bool abstract)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length = strlen(path) + abstract;

	memcpy(name.sun_path + abstract, path, strlen(path));
	if (bind(fd, (struct sockaddr *)&name,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		perror(path);
	if (!abstract)
		chmod(path, 0777);
	listen(fd, 4096);
	serve(events, fd, 'l');
}

/*
 * Answers each line with the server's name before it; "bye" is answered and ends the
 * connection.
 */
static size_t answer(const char *name, char *in, size_t length, char *out, size_t size)
{
	size_t used = 0;

	in[length] = '\0';
	for (char *rest, *line = strtok_r(in, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		used += (size_t)snprintf(out + used, size - used, "%s %s\n", name, line);
	return used;
}

/* The answer leaves from the address that was asked: a connected client takes no other. */
static void serve_datagram(const char *name, int fd)
{
	char in[2048], out[4096], control[128];
	struct uh_peer from;
	struct iovec part = {in, sizeof(in) - 1};
	struct msghdr message = {.msg_name = &from.storage,
				 .msg_namelen = sizeof(from.storage),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(fd, &message, 0);

	if (got < 0)
		return;
	part.iov_len = answer(name, in, (size_t)got, out, sizeof(out));
	part.iov_base = out;
	sendmsg(fd, &message, 0);
}

static void serve_stream(const char *name, int fd)
{
	char in[2048], out[4096];
	ssize_t got = read(fd, in, sizeof(in) - 1);
	bool bye = got == 4 && !memcmp(in, "bye\n", 4);

	if (got > 0)
		send(fd, out, answer(name, in, (size_t)got, out, sizeof(out)), MSG_NOSIGNAL);
	if (got <= 0 || bye)
		close(fd);
}

static _Noreturn void serve_forever(int events, const char *name)
{
	struct epoll_event event[64];

	for (;;) {
		int count = epoll_wait(events, event, 64, -1);

		for (int i = 0; i < count; i++) {
			int fd = event[i].data.fd;

			if (kind[fd] == 'l')
				serve(events, accept4(fd, NULL, NULL, SOCK_CLOEXEC), 's');
			else if (kind[fd] == 'd')
				serve_datagram(name, fd);
			else
				serve_stream(name, fd);
		}
	}
}

/* The listeners exist before the fork, so that no test has to wait for them. */
static pid_t start_server(int events, const char *name)
{
	struct rlimit files;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		getrlimit(RLIMIT_NOFILE, &files);
		files.rlim_cur = files.rlim_max < MAX_FILES ? files.rlim_max : MAX_FILES;
		setrlimit(RLIMIT_NOFILE, &files);
		serve_forever(events, name);
	}
	return child;
}

static void start_servers(void)
{
	int hit = epoll_create1(EPOLL_CLOEXEC), decoy = epoll_create1(EPOLL_CLOEXEC);

	serve_port(hit, UH_PORT_PLAIN);
	serve_port(hit, UH_PORT_HIT);
	serve_unix(hit, uh_path("hit.sock"), false);
	serve_unix(hit, "uh-hit", true);
	for (uint16_t port = 1001; port <= 1004; port++)
		serve_port(decoy, port);
	for (uint16_t port = 1101; port <= 1139; port++)
		serve_port(decoy, port);
	servers[0] = start_server(hit, "hit");
	servers[1] = start_server(decoy, "decoy");
	close_range(3, ~0U, 0); /* the servers have them */
}

/* Writes text with every $DIR replaced. */
static void write_routes(FILE *file, const char *text)
{
	const char *next;

	for (; (next = strstr(text, "$DIR")); text = next + 4)
		fprintf(file, "%.*s%s", (int)(next - text), text, directory);
	fputs(text, file);
}

static void write_configuration(void)
{
	FILE *file = fopen(uh_path("unhairpin.conf"), "we");

	if (!file) {
		perror("unhairpin.conf");
		return;
	}
	write_routes(file, routes);
	write_routes(file, uh_suite.routes ? uh_suite.routes : "");
	fclose(file);
}

bool uh_world_make(void)
{
	umask(022);
	owner = getpid();
	if (!enter_name_space() || !mkdtemp(directory))
		return false;
	uh_dir = directory;
	chmod(directory, 0755);
	hide_journal();
	add_addresses();
	write_configuration();
	start_servers();
	return true;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

void uh_world_end(void)
{
	if (!uh_dir || getpid() != owner)
		return;
	for (int i = 0; i < 2; i++) {
		if (servers[i] > 0 && kill(servers[i], SIGKILL) == 0)
			waitpid(servers[i], NULL, 0);
	}
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
