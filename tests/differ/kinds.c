/* SPDX-License-Identifier: MIT */
/* kinds.c: the kinds of operation and their arguments: names, values, weights. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "differ.h"

#define C(value)                                                                               \
	{                                                                                      \
#value, value, 0                                                               \
	}
#define O(level, option)                                                                       \
	{                                                                                      \
#option, level, option                                                         \
	}
#define DOMAIN(list)                                                                           \
	{                                                                                      \
		list, sizeof(list) / sizeof((list)[0])                                         \
	}

static const struct choice slot_list[] = {C(0), C(1), C(2), C(3), C(4), C(5)};
static const struct choice family_list[] = {C(AF_INET), C(AF_INET), C(AF_INET6)};
static const struct choice type_list[] = {C(SOCK_STREAM), C(SOCK_STREAM | SOCK_NONBLOCK),
					  C(SOCK_STREAM | SOCK_CLOEXEC)};
static const struct choice dup_list[] = {
    C(0), {"raw dup", 1, 0}, {"F_DUPFD", 2, 0}, {"F_DUPFD_CLOEXEC", 3, 0}};
static const struct choice dup_over_list[] = {
    {"dup2", 0, 0}, {"dup3 O_CLOEXEC", 1, 0}, {"raw dup3", 2, 0}};
static const struct choice close_list[] = {
    {"close", 0, 0}, {"raw close", 1, 0}, {"close_range", 2, 0}};
static const struct choice address_list[] = {C(PUBLIC4), C(PUBLIC4),	 C(PUBLIC4), C(PUBLIC6),
					     C(PUBLIC6), C(MAPPED),	 C(MAPPED),  C(NOBODY4),
					     C(NOBODY6), C(UNSPECIFIED), C(UNKNOWN)};
static const struct choice way_list[] = {
    {"plainly", 0, 0},	    {"plainly", 0, 0},		{"plainly", 0, 0}, {"plainly", 0, 0},
    {"in a handler", 1, 0}, {"in a vfork child", 2, 0}, {"short", 3, 0},   {"NULL", 4, 0}};
static const struct choice bind_list[] = {C(ANY4), C(ANY6),	   C(OWN4),
					  C(OWN6), C(OF_LOOPBACK), C(UNKNOWN)};
static const struct choice bound_port_list[] = {{"any port", 0, 0}, {"a port", 1, 0}};
static const struct choice who_list[] = {
    {"getpeername", 0, 0}, {"getsockname", 1, 0}, {"getpeername NULL", 2, 0}};
static const struct choice message_list[] = {{"SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS},
					     {"SCM_CREDENTIALS", SOL_SOCKET, SCM_CREDENTIALS},
					     {"SO_MARK", SOL_SOCKET, SO_MARK},
					     {"another type", SOL_SOCKET, 9999},
					     {"IP_TTL", IPPROTO_IP, IP_TTL}};
static const struct choice length_list[] = {C(128), C(128), C(128), C(28), C(16),
					    C(8),   C(3),   C(1),   C(0),  C(-1)};
/* Left out are IP_MTU and IPV6_MTU, because several options have the kernel forget the route
 * that they tell of, and IP_MINTTL, which no answer on loopback gets over. */
static const struct choice option_list[] = {O(SOL_SOCKET, SO_ERROR),
					    O(SOL_SOCKET, SO_ERROR),
					    O(SOL_SOCKET, SO_TYPE),
					    O(SOL_SOCKET, SO_DOMAIN),
					    O(SOL_SOCKET, SO_PROTOCOL),
					    O(SOL_SOCKET, SO_ACCEPTCONN),
					    O(SOL_SOCKET, SO_KEEPALIVE),
					    O(SOL_SOCKET, SO_REUSEADDR),
					    O(SOL_SOCKET, SO_REUSEPORT),
					    O(SOL_SOCKET, SO_OOBINLINE),
					    O(SOL_SOCKET, SO_LINGER),
					    O(SOL_SOCKET, SO_BROADCAST),
					    O(SOL_SOCKET, SO_DONTROUTE),
					    O(SOL_SOCKET, SO_RCVTIMEO),
					    O(SOL_SOCKET, SO_SNDTIMEO),
					    O(SOL_SOCKET, SO_RCVLOWAT),
					    O(SOL_SOCKET, SO_SNDLOWAT),
					    O(SOL_SOCKET, SO_SNDBUF),
					    O(SOL_SOCKET, SO_RCVBUF),
					    O(SOL_SOCKET, SO_PRIORITY),
					    O(SOL_SOCKET, SO_MARK),
					    O(SOL_SOCKET, SO_TIMESTAMP),
					    O(SOL_SOCKET, SO_BUSY_POLL),
					    O(SOL_SOCKET, SO_ZEROCOPY),
					    O(SOL_SOCKET, SO_PASSCRED),
					    O(SOL_SOCKET, SO_PEERCRED),
					    O(SOL_SOCKET, SO_PEEK_OFF),
					    O(SOL_SOCKET, SO_NO_CHECK),
					    O(SOL_SOCKET, SO_BINDTODEVICE),
					    O(SOL_SOCKET, SO_RXQ_OVFL),
					    O(SOL_SOCKET, SO_MAX_PACING_RATE),
					    O(SOL_SOCKET, SO_PREFER_BUSY_POLL),
					    O(SOL_SOCKET, SO_DEBUG),
					    O(SOL_SOCKET, 9999),
					    O(IPPROTO_TCP, TCP_NODELAY),
					    O(IPPROTO_TCP, TCP_KEEPIDLE),
					    O(IPPROTO_TCP, TCP_KEEPINTVL),
					    O(IPPROTO_TCP, TCP_KEEPCNT),
					    O(IPPROTO_TCP, TCP_SYNCNT),
					    O(IPPROTO_TCP, TCP_USER_TIMEOUT),
					    O(IPPROTO_TCP, TCP_LINGER2),
					    O(IPPROTO_TCP, TCP_DEFER_ACCEPT),
					    O(IPPROTO_TCP, TCP_NOTSENT_LOWAT),
					    O(IPPROTO_TCP, TCP_INFO),
					    O(IPPROTO_TCP, TCP_CONGESTION),
					    O(IPPROTO_TCP, TCP_FASTOPEN_CONNECT),
					    O(IPPROTO_TCP, TCP_ULP),
					    O(IPPROTO_TCP, TCP_WINDOW_CLAMP),
					    O(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS),
					    O(IPPROTO_TCP, TCP_INQ),
					    O(IPPROTO_TCP, TCP_SAVE_SYN),
					    O(IPPROTO_TCP, TCP_MAXSEG),
					    O(IPPROTO_TCP, 9999),
					    O(IPPROTO_IP, IP_TOS),
					    O(IPPROTO_IP, IP_TTL),
					    O(IPPROTO_IP, IP_MTU_DISCOVER),
					    O(IPPROTO_IP, IP_RECVERR),
					    O(IPPROTO_IP, IP_TRANSPARENT),
					    O(IPPROTO_IP, IP_FREEBIND),
					    O(IPPROTO_IP, IP_PKTINFO),
					    O(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
					    O(IPPROTO_IP, IP_OPTIONS),
					    O(IPPROTO_IPV6, IPV6_V6ONLY),
					    O(IPPROTO_IPV6, IPV6_TCLASS),
					    O(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
					    O(IPPROTO_IPV6, IPV6_RECVERR),
					    O(IPPROTO_IPV6, IPV6_RECVPKTINFO),
					    O(IPPROTO_IPV6, IPV6_ADDRFORM),
					    O(IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
					    O(IPPROTO_UDP, 1)};
static const struct choice set_value_list[] = {C(1), C(1), C(0), C(-1), C(2), C(77), C(70000)};
static const struct choice set_length_list[] = {C(4), C(4), C(4), C(16),
						C(8), C(1), C(0), C(-1)};
static const struct choice count_list[] = {C(1), C(7), C(100), C(1000), C(0)};
static const struct choice send_flag_list[] = {C(0),
					       C(MSG_DONTWAIT),
					       C(MSG_NOSIGNAL),
					       C(MSG_OOB),
					       C(MSG_OOB),
					       C(MSG_MORE),
					       C(MSG_EOR),
					       C(MSG_CONFIRM),
					       C(MSG_DONTROUTE),
					       C(MSG_ZEROCOPY),
					       C(MSG_FASTOPEN),
					       C(0x100000)};
static const struct choice receive_flag_list[] = {
    C(0),	    C(MSG_DONTWAIT), C(MSG_PEEK),     C(MSG_OOB),	  C(MSG_OOB | MSG_PEEK),
    C(MSG_WAITALL), C(MSG_TRUNC),    C(MSG_NOSIGNAL), C(MSG_CMSG_CLOEXEC)};
static const struct choice write_list[] = {
    {"write", 0, 0}, {"writev", 1, 0}, {"sendmsg", 2, 0}, {"sendmmsg", 3, 0}};
static const struct choice read_list[] = {{"read", 0, 0}, {"readv", 1, 0}};
static const struct choice from_list[] = {
    {"recvfrom", 0, 0}, {"recvmsg", 1, 0}, {"recvmsg with control", 2, 0}};
static const struct choice how_list[] = {C(SHUT_RD), C(SHUT_WR), C(SHUT_RDWR), C(3)};
static const struct choice poll_list[] = {C(POLLIN),
					  C(POLLOUT),
					  C(POLLIN | POLLOUT),
					  C(POLLRDHUP),
					  C(POLLPRI),
					  C(0),
					  C(POLLIN | POLLOUT | POLLPRI | POLLRDHUP)};
static const struct choice control_list[] = {C(EPOLL_CTL_ADD), C(EPOLL_CTL_ADD),
					     C(EPOLL_CTL_MOD), C(EPOLL_CTL_DEL)};
static const struct choice event_list[] = {C(EPOLLIN),
					   C(EPOLLIN | EPOLLOUT),
					   C(EPOLLOUT | EPOLLONESHOT),
					   C(EPOLLIN | EPOLLRDHUP),
					   C(EPOLLIN | EPOLLOUT | EPOLLET),
					   C(EPOLLPRI)};
static const struct choice ioctl_list[] = {
    C(FIONREAD),  C(FIONBIO),	 C(FIOASYNC), C(FIOSETOWN), C(FIOGETOWN), C(SIOCSPGRP),
    C(SIOCGPGRP), C(SIOCATMARK), C(SIOCOUTQ), C(TCGETS),    C(FIOCLEX),	  C(FIONCLEX)};
static const struct choice interface_list[] = {
    C(SIOCGIFADDR), C(SIOCGIFFLAGS),   C(SIOCGIFINDEX), C(SIOCGIFMTU),
    C(SIOCGIFNAME), C(SIOCGIFNETMASK), C(SIOCGIFHWADDR)};
static const struct choice ioctl_value_list[] = {
    C(0), C(1), {"self", 2, 0}, {"group", 3, 0}, {"NULL", 4, 0}};
static const struct choice fcntl_list[] = {C(F_GETFL),	C(F_SETFL),  C(F_GETFD),
					   C(F_SETFD),	C(F_GETOWN), C(F_SETOWN),
					   C(F_GETSIG), C(F_SETSIG), C(F_GETPIPE_SZ)};
static const struct choice fcntl_value_list[] = {
    C(0), C(O_NONBLOCK), C(O_ASYNC), C(FD_CLOEXEC), {"self", -2, 0}};
static const struct choice action_list[] = {
    C(ACCEPT),	C(ACCEPT),  C(ACCEPT),	C(SEND),	C(SEND),      C(SEND),
    C(RECEIVE), C(RECEIVE), C(RECEIVE), C(SEND_URGENT), C(SHUT_READ), C(SHUT_WRITE),
    C(CLOSE),	C(CLOSE),   C(RESET),	C(STOP),	C(START),     C(FILL)};
static const struct choice connection_list[] = {C(0), C(0), C(0), C(1), C(2)};
static const struct choice server_count_list[] = {C(1), C(10), C(100), C(1000)};

static const struct choice datagram_type_list[] = {C(SOCK_DGRAM), C(SOCK_DGRAM | SOCK_CLOEXEC),
						   C(SOCK_DGRAM | SOCK_NONBLOCK)};
#define TO(address, port)                                                                      \
	{                                                                                      \
#address " " #port, address, port                                              \
	}
static const struct choice to_list[] = {TO(PUBLIC4, PORT_UDP),
					TO(PUBLIC6, PORT_UDP),
					TO(MAPPED, PORT_UDP),
					TO(PUBLIC4, PORT_UDP + 1),
					TO(PUBLIC6, PORT_UDP + 1),
					TO(MAPPED, PORT_UDP + 1),
					TO(PUBLIC4, PORT_UDP + 2),
					TO(PUBLIC6, PORT_UDP + 2),
					TO(MAPPED, PORT_UDP + 2),
					TO(PUBLIC4, PORT_PLAIN),
					TO(PUBLIC6, PORT_PLAIN),
					TO(MAPPED, PORT_PLAIN),
					TO(PUBLIC4, PORT_SILENT),
					TO(PUBLIC6, PORT_SILENT),
					TO(MAPPED, PORT_SILENT),
					TO(PUBLIC4, PORT_UDP_TARGET),
					TO(PUBLIC4, 0),
					TO(ANY4, PORT_PLAIN),
					TO(ANY6, PORT_PLAIN),
					TO(UNSPECIFIED, PORT_UDP),
					TO(UNSPECIFIED, PORT_UDP),
					TO(UNKNOWN, PORT_UDP),
					TO(MULTICAST, PORT_PREFIX),
					TO(BROADCAST, PORT_PREFIX),
					TO(OF_LOOPBACK, PORT_UDP)};
#define SHAPES                                                                                 \
	C(USUAL), C(USUAL), C(USUAL), C(USUAL), C(USUAL), C(USUAL), C(USUAL), C(USUAL),        \
	    C(USUAL), C(USUAL), C(USUAL), C(USUAL), {"short name", NAME_LENGTH, 7},            \
	    {"name of 24", NAME_LENGTH, 24}, {"name of 100", NAME_LENGTH, 100},                \
	    {"name of 200", NAME_LENGTH, 200}, {"name of -1", NAME_LENGTH, -1},                \
	    {"name of 0", NAME_LENGTH, 0}, C(NO_NAME), C(BAD_NAME)
static const struct choice connect_shape_list[] = {SHAPES};
static const struct choice shape_list[] = {SHAPES,	    C(WITH_TOS), C(WITH_SOURCE),
					   C(WITH_UNKNOWN), C(BAD_DATA), C(TWO_PARTS),
					   C(TOO_LARGE)};
static const struct choice batch_list[] = {{"2 from 0", 2, 2},
					   {"3 from 1", 3, 13},
					   {"7 of 4", 7, 4},
					   {"7 of 6 from 3", 7, 36},
					   {"20 of 4", 20, 4},
					   {"20 of 9", 20, 9},
					   {"20 of 6 from 4", 20, 46},
					   {"20 to one", 20, 1},
					   {"3 to one", 3, 1},
					   {"3 that cannot be written", 3, 104},
					   {"3 and no memory", 3, 204},
					   {"12 and no memory", 12, 204},
					   {"none", 0, 1},
					   {"1", 1, 1}};
static const struct choice datagram_flag_list[] = {
    C(0),	 C(0),	     C(0),	   C(MSG_DONTWAIT), C(MSG_CONFIRM),   C(MSG_FASTOPEN),
    C(MSG_MORE), C(MSG_OOB), C(MSG_PROXY), C(MSG_ZEROCOPY), C(MSG_DONTROUTE), C(MSG_NOSIGNAL)};
static const struct choice receive_list[] = {
    {"recvfrom", 0, 0}, {"recvmsg", 1, 0}, {"recvmsg with control", 2, 0}, {"recvmmsg", 3, 0}};
static const struct choice datagram_receive_flag_list[] = {C(0),
							   C(0),
							   C(0),
							   C(MSG_PEEK),
							   C(MSG_TRUNC),
							   C(MSG_PEEK | MSG_TRUNC),
							   C(MSG_ERRQUEUE),
							   C(MSG_ERRQUEUE),
							   C(MSG_WAITFORONE),
							   C(MSG_OOB)};
#define ROOM(value, size)                                                                      \
	{                                                                                      \
		"room " #value " for " #size, value, size                                      \
	}
static const struct choice room_list[] = {
    ROOM(128, 1000), ROOM(128, 1000), ROOM(128, 5), ROOM(28, 1000), ROOM(16, 1000),
    ROOM(20, 1000),  ROOM(8, 1000),   ROOM(6, 3),   ROOM(4, 1000),  ROOM(3, 1000),
    ROOM(2, 1000),   ROOM(0, 1000),   ROOM(-1, 10), ROOM(200, 10),  ROOM(NO_ROOM, 1000)};
const struct choice usual_room = ROOM(128, 1000);
/* Left out is SO_REUSEPORT, because the sender's port chooses among the sockets. */
static const struct choice datagram_option_list[] = {O(IPPROTO_IP, IP_RECVERR),
						     O(IPPROTO_IP, IP_RECVERR),
						     O(IPPROTO_IPV6, IPV6_RECVERR),
						     O(IPPROTO_IPV6, IPV6_RECVERR),
						     O(IPPROTO_IP, IP_PKTINFO),
						     O(IPPROTO_IP, IP_RECVTOS),
						     O(IPPROTO_IP, IP_RECVTTL),
						     O(IPPROTO_IP, IP_TOS),
						     O(IPPROTO_IP, IP_TTL),
						     O(IPPROTO_IP, IP_MTU_DISCOVER),
						     O(IPPROTO_IP, IP_TRANSPARENT),
						     O(IPPROTO_IP, IP_FREEBIND),
						     O(IPPROTO_IPV6, IPV6_RECVPKTINFO),
						     O(IPPROTO_IPV6, IPV6_RECVTCLASS),
						     O(IPPROTO_IPV6, IPV6_RECVHOPLIMIT),
						     O(IPPROTO_IPV6, IPV6_TCLASS),
						     O(IPPROTO_IPV6, IPV6_V6ONLY),
						     O(IPPROTO_IPV6, IPV6_V6ONLY),
						     O(IPPROTO_IPV6, IPV6_ADDRFORM),
						     O(SOL_SOCKET, SO_BROADCAST),
						     O(SOL_SOCKET, SO_BROADCAST),
						     O(SOL_SOCKET, SO_ERROR),
						     O(SOL_SOCKET, SO_TYPE),
						     O(SOL_SOCKET, SO_DOMAIN),
						     O(SOL_SOCKET, SO_PROTOCOL),
						     O(SOL_SOCKET, SO_REUSEADDR),
						     O(SOL_SOCKET, SO_RCVBUF),
						     O(SOL_SOCKET, SO_SNDBUF),
						     O(SOL_SOCKET, SO_TIMESTAMP),
						     O(SOL_SOCKET, SO_PEEK_OFF),
						     O(SOL_SOCKET, SO_RXQ_OVFL),
						     O(SOL_SOCKET, SO_ZEROCOPY),
						     O(SOL_SOCKET, SO_BINDTODEVICE),
						     O(IPPROTO_UDP, 1)};

#define A(name) DOMAIN(name##_list)

const struct kind kinds[] = {
    {"socket", {9, 1}, do_socket, {A(family), A(type)}, false},
    {"connect", {14, 0}, do_connect, {A(address), A(way)}, false},
    {"server", {30, 0}, do_server, {A(action), A(connection), A(server_count)}, true},
    {"memfd", {2, 1}, do_open, {{0}}, false},
    {"dup", {4, 4}, do_dup, {A(slot), A(dup)}, false},
    {"dup over", {3, 6}, do_dup_over, {A(slot), A(dup_over)}, false},
    {"close", {5, 5}, do_close, {A(close)}, false},
    {"fork", {2, 1}, do_fork, {{0}}, true},
    {"end of child", {1, 1}, do_end_child, {{0}}, true},
    {"pass", {3, 2}, do_pass, {{0}}, false},
    {"receive passed", {3, 2}, do_receive_passed, {{0}}, false},
    {"bind", {4, 4}, do_bind, {A(bind), A(bound_port)}, false},
    {"listen", {1, 0}, do_listen, {{0}}, false},
    {"accept", {1, 0}, do_accept, {A(slot)}, false},
    {"names", {8, 6}, do_names, {A(who), A(length)}, false},
    {"setsockopt", {14, 0}, do_set, {A(option), A(set_value), A(set_length)}, false},
    {"getsockopt", {16, 0}, do_get, {A(option), A(length)}, false},
    {"ioctl", {8, 3}, do_ioctl, {A(ioctl), A(ioctl_value)}, false},
    {"interface", {2, 0}, do_ioctl_of_interface, {A(interface)}, false},
    {"fcntl", {7, 2}, do_fcntl, {A(fcntl), A(fcntl_value)}, false},
    {"fstat", {1, 0}, do_stat, {{0}}, false},
    {"write", {5, 3}, do_write, {A(write), A(count)}, false},
    {"send", {7, 3}, do_send, {A(send_flag), A(count)}, false},
    {"sendto", {4, 0}, do_send_to, {A(address), A(send_flag), A(count)}, false},
    {"control message", {2, 0}, do_send_control, {A(message)}, false},
    {"read", {5, 2}, do_read, {A(read), A(count)}, false},
    {"recv", {7, 3}, do_receive, {A(receive_flag), A(count)}, false},
    {"receive from", {6, 0}, do_receive_from, {A(from), A(receive_flag), A(count)}, false},
    {"shutdown", {4, 1}, do_shutdown, {A(how)}, false},
    {"poll", {9, 5}, do_poll, {A(poll)}, false},
    {"epoll_create", {3, 1}, do_epoll_create, {{0}}, false},
    {"epoll_ctl", {9, 2}, do_epoll_ctl, {A(slot), A(control), A(event)}, false},
    {"epoll_wait", {7, 2}, do_epoll_wait, {{0}}, false},
    {"datagram socket", {0, 9}, do_socket, {A(family), A(datagram_type)}, false},
    {"datagram connect", {0, 8}, do_connect_datagram, {A(to), A(connect_shape)}, false},
    {"datagram sendto",
     {0, 16},
     do_sendto_datagram,
     {A(to), A(datagram_flag), A(shape)},
     false},
    {"datagram sendmsg",
     {0, 12},
     do_sendmsg_datagram,
     {A(to), A(datagram_flag), A(shape)},
     false},
    {"datagram sendmmsg",
     {0, 10},
     do_sendmmsg_datagrams,
     {A(batch), A(datagram_flag), A(shape)},
     false},
    {"datagram receive",
     {0, 36},
     do_receive_datagram,
     {A(receive), A(datagram_receive_flag), A(room)},
     false},
    {"datagram setsockopt",
     {0, 9},
     do_set,
     {A(datagram_option), A(set_value), A(set_length)},
     false},
    {"datagram getsockopt", {0, 4}, do_get, {A(datagram_option), A(length)}, false},
};
const unsigned kind_count = sizeof(kinds) / sizeof(kinds[0]);

const struct choice *argument(const struct operation *operation, unsigned which)
{
	const struct domain *domain = &kinds[operation->kind].argument[which];

	return domain->count ? &domain->choices[operation->choice[which] % domain->count]
			     : NULL;
}

enum sort sort_of(const struct operation *operation, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (!kinds[operation[i].kind].weight[STREAMS])
			return DATAGRAMS;
	}
	return STREAMS;
}

bool is_kind(const struct operation *operation, const char *name)
{
	return strcmp(kinds[operation->kind].name, name) == 0;
}

void describe(const struct operation *operation, char *text, size_t size)
{
	static const char *const actor[] = {"", "thread: ", "child: "};
	const struct kind *kind = &kinds[operation->kind];
	int used = snprintf(text, size, "%s%s(", actor[operation->actor], kind->name);

	if (!kind->of_server)
		used += snprintf(text + used, size - (size_t)used, "slot %d", operation->slot);
	for (unsigned i = 0; i < ARGUMENTS && argument(operation, i); i++)
		used +=
		    snprintf(text + used, size - (size_t)used, "%s%s",
			     i || !kind->of_server ? ", " : "", argument(operation, i)->name);
	snprintf(text + used, size - (size_t)used, ")");
}
