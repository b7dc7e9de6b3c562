/* SPDX-License-Identifier: MIT */
/* datagrams.c: datagrams with an address beside them: sendto, sendmsg, sendmmsg, and back. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "differ.h"

enum { MOST = 1024, BATCH = 20, RECEIVED = 3, HUGE_SIZE = 70000 };

static char huge[HUGE_SIZE];

/* The control data of a datagram. */
union control {
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr header;
};

/* A datagram in the making. */
struct datagram {
	struct sockaddr_storage address;
	char bytes[MOST];
	struct iovec part[2];
	union control control;
	struct msghdr message;
};

/* Successive datagrams differ in size and content. */
static size_t fill(char *bytes)
{
	static const size_t sizes[] = {7, 1, 100, 0, 1000, 30};
	static unsigned number;
	size_t size = sizes[number++ % (sizeof(sizes) / sizeof(sizes[0]))];

	memset(bytes, (int)('a' + number % 26), size);
	return size;
}

static void add_control(struct datagram *datagram, int level, int type, const void *data,
			size_t size)
{
	datagram->control.header = (struct cmsghdr){CMSG_LEN(size), level, type};
	memcpy(CMSG_DATA(&datagram->control.header), data, size);
	datagram->message.msg_control = &datagram->control;
	datagram->message.msg_controllen = CMSG_SPACE(size);
}

/* The source is one of the host's addresses. */
static void add_source(struct datagram *datagram)
{
	struct sockaddr_storage own;
	struct in_pktinfo info = {0};
	struct in6_pktinfo info6 = {0};
	bool v4 = datagram->address.ss_family == AF_INET;

	make_address(v4 ? OWN4 : OWN6, 0, &own);
	if (v4) {
		info.ipi_spec_dst = ((struct sockaddr_in *)&own)->sin_addr;
		add_control(datagram, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		info6.ipi6_addr = ((struct sockaddr_in6 *)&own)->sin6_addr;
		add_control(datagram, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
	}
}

static void *const nowhere = (void *)8;

/* Gives the datagram a property that few have. */
static void shape(struct datagram *datagram, enum shape how)
{
	struct msghdr *message = &datagram->message;

	switch (how) {
	case USUAL:
		break;
	case WITH_TOS:
		add_control(datagram, IPPROTO_IP, IP_TOS, &(int){8}, sizeof(int));
		break;
	case WITH_SOURCE:
		add_source(datagram);
		break;
	case WITH_UNKNOWN:
		add_control(datagram, IPPROTO_IP, 9999, &(int){8}, sizeof(int));
		break;
	case NO_NAME:
		message->msg_name = NULL;
		break;
	case NAME_LENGTH:
		break;
	case BAD_NAME:
		message->msg_name = nowhere;
		break;
	case BAD_DATA:
		datagram->part[0] = (struct iovec){nowhere, 10};
		break;
	case TWO_PARTS:
		datagram->part[1] = (struct iovec){"two", 3};
		message->msg_iovlen = 2;
		break;
	case TOO_LARGE:
		datagram->part[0] = (struct iovec){huge, sizeof(huge)};
		break;
	}
}

static void make_datagram(struct datagram *datagram, const struct choice *to,
			  const struct choice *how)
{
	socklen_t length =
	    make_address((enum address)to->value, (uint16_t)to->more, &datagram->address);

	datagram->part[0] = (struct iovec){datagram->bytes, fill(datagram->bytes)};
	datagram->message = (struct msghdr){.msg_name = &datagram->address,
					    .msg_namelen = length,
					    .msg_iov = datagram->part,
					    .msg_iovlen = 1};
	if (how->value == NAME_LENGTH)
		datagram->message.msg_namelen = (socklen_t)how->more;
	shape(datagram, (enum shape)how->value);
}

int64_t do_connect_datagram(struct call *call)
{
	struct datagram datagram;

	make_datagram(&datagram, call->a, call->b);
	return connect(call->fd, datagram.message.msg_name, datagram.message.msg_namelen);
}

int64_t do_sendto_datagram(struct call *call)
{
	struct datagram datagram;
	const struct msghdr *message = &datagram.message;

	make_datagram(&datagram, call->a, call->c);
	return sendto(call->fd, message->msg_iov->iov_base, message->msg_iov->iov_len,
		      (int)call->b->value, message->msg_name, message->msg_namelen);
}

int64_t do_sendmsg_datagram(struct call *call)
{
	struct datagram datagram;

	make_datagram(&datagram, call->a, call->c);
	return sendmsg(call->fd, &datagram.message, (int)call->b->value);
}

/* The destinations of a batch; an IPv4 socket can send to the first four. */
static const struct choice in_turn[] = {
    {NULL, PUBLIC4, PORT_UDP},	  {NULL, PUBLIC4, PORT_PLAIN},	 {NULL, PUBLIC4, PORT_UDP + 2},
    {NULL, PUBLIC4, PORT_SILENT}, {NULL, PUBLIC6, PORT_UDP + 1}, {NULL, MAPPED, PORT_UDP},
    {NULL, PUBLIC6, PORT_PLAIN},  {NULL, MAPPED, PORT_SILENT},	 {NULL, PUBLIC4, PORT_UDP}};
enum { TURNS = sizeof(in_turn) / sizeof(in_turn[0]) };

/* The hundreds of a batch's second value: the messages cannot be written, or end too early. */
enum { READ_ONLY = 1, UNREADABLE = 2 };

/* The destination of the i-th message: the tens are the first of in_turn, the ones how many
 * there are. */
static const struct choice *turn(const struct choice *batch, unsigned i)
{
	unsigned first = (unsigned)batch->more / 10 % 10, count = (unsigned)batch->more % 10;

	return &in_turn[(first + i % count) % TURNS];
}

/* Memory for a batch that ends where memory ends, and the same memory for reading alone. */
static struct {
	struct mmsghdr *writable, *readable; /* the end */
} batch_end;

static void map_batches(void)
{
	enum { SIZE = 8192, BEYOND = 4096 };
	int fd;
	char *memory, *view;

	if (batch_end.writable)
		return;
	fd = memfd_create("differ", MFD_CLOEXEC);
	if (ftruncate(fd, SIZE) < 0)
		_exit(6);
	memory = mmap(NULL, SIZE + BEYOND, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	view = mmap(NULL, SIZE + BEYOND, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED || view == MAP_FAILED)
		_exit(6);
	batch_end.writable = (struct mmsghdr *)(memory + SIZE);
	batch_end.readable = (struct mmsghdr *)(view + SIZE);
	close(fd);
}

static void put_sizes(struct record *out, const struct mmsghdr *messages,
		      const struct datagram *datagram, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint16_t length = (uint16_t)messages[i].msg_len;

		put(out, &length, sizeof(length));
		if (memcmp(&messages[i].msg_hdr, &datagram[i].message, sizeof(struct msghdr)) !=
		    0)
			put(out, "changed", 7);
	}
}

/* The message in the middle has the shape; afterwards all must be as they were. */
int64_t do_sendmmsg_datagrams(struct call *call)
{
	static const struct choice usual = {NULL, USUAL, 0};
	static struct datagram datagram[BATCH];
	unsigned count = (unsigned)call->a->value, end = (unsigned)call->a->more / 100;
	struct mmsghdr *messages;
	int64_t result;
	int error;

	map_batches();
	messages = batch_end.writable - count;
	for (unsigned i = 0; i < count; i++) {
		make_datagram(&datagram[i], turn(call->a, i),
			      i == count / 2 ? call->c : &usual);
		messages[i].msg_hdr = datagram[i].message;
		messages[i].msg_len = 0x5555;
	}
	errno = SENTINEL;
	result = sendmmsg(call->fd, end == READ_ONLY ? batch_end.readable - count : messages,
			  count + (end == UNREADABLE ? 2 : 0), (int)call->b->value);
	error = errno;
	put_sizes(call->out, messages, datagram, count);
	errno = error;
	return result;
}

static uint32_t add_up(uint32_t sum, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/* A time is never the same. */
static uint32_t add_up_control(struct msghdr *message)
{
	uint32_t sum = 0;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
		size_t left = (size_t)((char *)message->msg_control + message->msg_controllen -
				       (char *)at),
		       size = at->cmsg_len < left ? at->cmsg_len : left;

		if (at->cmsg_level == SOL_SOCKET)
			size = sizeof(*at);
		sum = add_up(sum, at, size);
	}
	return sum;
}

/* A buffer for one datagram, with the room for the name that the choice says. */
struct buffer {
	struct sockaddr_storage name;
	char bytes[MOST], control[128];
	struct iovec part;
};

static struct msghdr make_buffer(struct buffer *buffer, const struct choice *room, bool control)
{
	memset(buffer, 0xaa, sizeof(*buffer));
	buffer->part = (struct iovec){buffer->bytes, (size_t)room->more};
	return (struct msghdr){.msg_name = room->value == NO_ROOM ? NULL : &buffer->name,
			       .msg_namelen = (socklen_t)room->value,
			       .msg_iov = &buffer->part,
			       .msg_iovlen = 1,
			       .msg_control = control ? buffer->control : NULL,
			       .msg_controllen = control ? sizeof(buffer->control) : 0};
}

static void put_message(struct record *out, struct msghdr *message, const struct buffer *buffer)
{
	uint32_t sum = add_up_control(message);
	uint16_t flags = (uint16_t)message->msg_flags,
		 control = (uint16_t)message->msg_controllen,
		 length = (uint16_t)message->msg_namelen;

	put(out, &length, sizeof(length));
	put_address(out, &buffer->name, 28);
	put(out, &flags, sizeof(flags));
	put(out, &control, sizeof(control));
	sum = add_up(sum, buffer->bytes, sizeof(buffer->bytes));
	put(out, &sum, sizeof(sum));
}

static int64_t receive_many(struct call *call, int flags)
{
	static struct buffer buffer[RECEIVED];
	struct mmsghdr messages[RECEIVED] = {0};
	int64_t result;
	int error;

	for (int i = 0; i < RECEIVED; i++)
		messages[i].msg_hdr =
		    make_buffer(&buffer[i], i == 1 ? &usual_room : call->c, i == 1);
	result = recvmmsg(call->fd, messages, RECEIVED, flags, NULL);
	error = errno;
	for (int i = 0; i < RECEIVED && i < result; i++) {
		uint16_t length = (uint16_t)messages[i].msg_len;

		put(call->out, &length, sizeof(length));
		put_message(call->out, &messages[i].msg_hdr, &buffer[i]);
	}
	errno = error;
	return result;
}

/* Also the buffers of a call that failed are compared. */
int64_t do_receive_datagram(struct call *call)
{
	struct buffer buffer;
	struct msghdr message = make_buffer(&buffer, call->c, call->a->value == 2);
	int flags = (int)call->b->value | MSG_DONTWAIT, error;
	int64_t result;

	if (call->a->value == 3)
		return receive_many(call, flags);
	if (call->a->value == 0)
		result = recvfrom(call->fd, buffer.bytes, buffer.part.iov_len, flags,
				  message.msg_name,
				  call->c->value == NO_ROOM ? NULL : &message.msg_namelen);
	else
		result = recvmsg(call->fd, &message, flags);
	error = errno;
	if (result < 0)
		message.msg_controllen = 0;
	put_message(call->out, &message, &buffer);
	errno = error;
	return result;
}
