/* SPDX-License-Identifier: MIT */
/* world.c: a network name space with the public addresses, and the routes. */
#include <arpa/inet.h>
#include <ftw.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak.h"

static char directory[] = "/tmp/uh-soak-XXXXXX";

struct in6_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int index;
};

static bool add_addresses(void)
{
	int v4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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
	return done;
}

const char *soak_world_make(void)
{
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return NULL;
	if (!add_addresses() || !mkdtemp(directory))
		return NULL;
	return directory;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

void soak_world_end(void)
{
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_family(FILE *file, const char *public, const char *own, const char *other,
			 char path)
{
	fprintf(file, "route \"%s:%d\" { to = \"unix:%s/%c\" }\n", public, SOAK_TO_PATH,
		directory, path);
	fprintf(file, "route \"%s:%d\" { to = \"unix:@uh-soak\" }\n", public, SOAK_TO_ABSTRACT);
	fprintf(file, "route \"%s:%d\" { to = \"%s\" }\n", public, SOAK_TO_OWN, own);
	fprintf(file, "route \"%s:%d\" { to = \"%s\" }\n", public, SOAK_TO_OTHER, other);
	fprintf(file, "route \"%s:%d\" { to = {\"unix:%s/a\", \"unix:%s/b\"} }\n", public,
		SOAK_TO_LIST, directory, directory);
	fprintf(file,
		"route \"%s:%d\" { to = {\"unix:%s/none\", \"127.0.0.2:1\", \"[::1]:1\"} }\n",
		public, SOAK_TO_NOBODY, directory);
	fprintf(
	    file,
	    "route \"%s:%d\" { to = {\"unix:%s/none\", \"[::1]:1\"} on_failure = refuse }\n",
	    public, SOAK_TO_REFUSAL, directory);
	fprintf(file, "route \"%s:%d\" { to = direct }\n", public, SOAK_TO_DIRECT);
	fprintf(file, "route \"%s:%d\" { to = \"%s\" protocol = udp }\n", public,
		SOAK_TO_DATAGRAM, own);
}

void soak_write_routes(unsigned turn)
{
	char path = turn % 2 ? 'b' : 'a', name[64], new[64];
	FILE *file;

	snprintf(name, sizeof(name), "%s/unhairpin.conf", directory);
	snprintf(new, sizeof(new), "%s/new", directory);
	file = fopen(new, "we");
	if (!file) {
		perror(new);
		exit(1);
	}
	fprintf(file, "log = off\n# turn %u\n", turn);
	write_family(file, "203.0.113.1", "127.0.0.2:7000", "[::1]:7000", path);
	write_family(file, "[2001:db8::1]", "[::1]:7000", "127.0.0.2:7000", path);
	fclose(file);
	rename(new, name);
}

socklen_t soak_address(struct sockaddr_storage *address, int family, const char *v4,
		       const char *v6, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(address, 0, sizeof(*address));
	if (family == AF_INET) {
		inet_pton(AF_INET, v4, &in.sin_addr);
		memcpy(address, &in, sizeof(in));
		return sizeof(in);
	}
	inet_pton(AF_INET6, v6, &in6.sin6_addr);
	memcpy(address, &in6, sizeof(in6));
	return sizeof(in6);
}

socklen_t soak_public(struct sockaddr_storage *address, int family, uint16_t port)
{
	return soak_address(address, family, "203.0.113.1", "2001:db8::1", port);
}
