/* SPDX-License-Identifier: MIT */
/* ioctls.c: ioctl(2) calls that any IP socket answers, on a routed one as on a new one. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "harness.h"

/* Calls that take a name of an interface. The last is none that a socket answers. */
static const unsigned long by_name[] = {
    SIOCGIFADDR,  SIOCGIFNETMASK, SIOCGIFBRDADDR, SIOCGIFDSTADDR, SIOCGIFFLAGS,
    SIOCGIFINDEX, SIOCGIFMTU,	  SIOCGIFHWADDR,  SIOCGIFMETRIC,  TIOCGWINSZ,
};

static void same_by_name(int fd, int fresh, unsigned long request)
{
	struct ifreq got = {.ifr_name = "lo"}, expected = got;
	int wanted, wanted_error;

	errno = 0;
	wanted = ioctl(fresh, request, &expected);
	wanted_error = errno;
	errno = 0;
	SAME(ioctl(fd, request, &got), wanted);
	SAME(errno, wanted_error);
	SAME(memcmp(&got, &expected, sizeof(got)), 0);
}

static void interfaces(void)
{
	int fresh = uh_socket(0), fd = uh_connected(), copy = dup(fd);

	for (size_t i = 0; i < sizeof(by_name) / sizeof(*by_name); i++) {
		same_by_name(fd, fresh, by_name[i]);
		same_by_name(copy, fresh, by_name[i]);
	}
	uh_talk(fd);
}

static void address_is_los(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = uh_connected();

	SAME(ioctl(fd, SIOCGIFADDR, &request), 0);
	SAME(request.ifr_addr.sa_family, AF_INET);
}

static void bad_calls(void)
{
	struct ifreq request = {.ifr_name = "no-such"};
	int fd = uh_connected();

	FAILS(ioctl(fd, SIOCGIFADDR, &request), ENODEV);
	FAILS(ioctl(fd, SIOCGIFADDR, (void *)1), EFAULT);
	FAILS(ioctl(-1, SIOCGIFADDR, &request), EBADF);
	FAILS(ioctl(fd, TIOCGWINSZ, &request), ENOTTY);
	uh_talk(fd);
}

/* Sent data is with the other end's kernel at once. */
static void queues(void)
{
	int fd = uh_connected(), left = -1;

	SAME(ioctl(fd, SIOCINQ, &left), 0);
	SAME(left, 0);
	left = -1;
	SAME(ioctl(fd, SIOCOUTQNSD, &left), 0);
	SAME(left, 0);
	SAME(ioctl(fd, SIOCATMARK, &left), 0);
	SAME(left, 0);
}

static void neighbours_and_routes(void)
{
	struct arpreq neighbour = {.arp_pa.sa_family = AF_INET};
	struct rtentry none = {.rt_flags = 0};
	int fresh = uh_socket(0), fd = uh_connected(), wanted;

	SAME(ioctl(fresh, SIOCGARP, &neighbour), -1);
	wanted = errno;
	FAILS(ioctl(fd, SIOCGARP, &neighbour), wanted);
	SAME(ioctl(fresh, SIOCDELRT, &none), -1);
	wanted = errno;
	FAILS(ioctl(fd, SIOCDELRT, &none), wanted);
}

/* As with F_SETOWN. */
static void owners(void)
{
	static const unsigned long requests[] = {FIOSETOWN, SIOCSPGRP};

	for (int i = 0; i < 2; i++) {
		int fd = uh_socket(0), own = getpid(), owner = 0;

		SAME(ioctl(fd, requests[i], &own), 0);
		uh_connect(fd);
		SAME(fcntl(fd, F_GETOWN), own);
		SAME(ioctl(fd, FIOGETOWN, &owner), 0);
		SAME(owner, own);
		close(fd);
	}
}

static void set_owner(int fd)
{
	int own = getppid();

	SAME(ioctl(fd, FIOSETOWN, &own), 0);
}

/* By a child, or under another number. */
static void owners_from_elsewhere(void)
{
	int fd = uh_socket(0), other = uh_socket(0), copy = dup(other), own = getpid();

	uh_in_child(set_owner, fd);
	SAME(ioctl(copy, FIOSETOWN, &own), 0);
	uh_connect(fd);
	uh_connect(other);
	SAME(fcntl(fd, F_GETOWN), own);
	SAME(fcntl(other, F_GETOWN), own);
}

static const struct uh_test tests[] = {
    {"ioctl: interfaces", interfaces, UH_EVERY, 0, 0},
    {"ioctl: an interface's address", address_is_los, UH_EVERY | UH_V4, 0, 0},
    {"ioctl: bad calls", bad_calls, UH_EVERY | UH_V4, 0, 0},
    {"ioctl: queues", queues, UH_EVERY, 0, 0},
    {"ioctl: neighbours and routes", neighbours_and_routes, UH_EVERY, 0, 0},
    {"FIOSETOWN, SIOCSPGRP before connect", owners, UH_EVERY, 0, 0},
    {"an owner set elsewhere", owners_from_elsewhere, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);
