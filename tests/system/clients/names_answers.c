// SPDX-License-Identifier: MIT
/*
 * names_answers.c: prints what libc answers to questions about names, a line each, so that the
 * answers can be compared with those that are given with the preload object.
 *
 * usage: names_answers [-a] KIND NAME…
 *   unnamed   getaddrinfo without a name, with all combinations of hints and services
 *   hints     getaddrinfo with all combinations of hints and services (few: some of them)
 *   hostent   gethostbyname and its relatives, with every size of buffer
 *   reverse   gethostbyaddr and its relative of the addresses of a name, with every size of
 * buffer nameinfo  getnameinfo of the addresses of a name, with all flags and sizes of buffers
 *   mapped    the same of its IPv4 address in mapped form
 * -a prints addresses too; without it a stand-in looks as any other address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool with_addresses;

static const char *address_text(const struct sockaddr *address)
{
	static char text[INET6_ADDRSTRLEN + 16];
	const struct sockaddr_in6 *v6 = (const void *)address;
	bool mapped = address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);

	if (!with_addresses)
		return address->sa_family == AF_INET ? "v4" : mapped ? "mapped" : "v6";
	inet_ntop(address->sa_family,
		  address->sa_family == AF_INET6
		      ? (const void *)&v6->sin6_addr
		      : (const void *)&((const struct sockaddr_in *)address)->sin_addr,
		  text, INET6_ADDRSTRLEN);
	if (address->sa_family == AF_INET6 && v6->sin6_scope_id)
		sprintf(text + strlen(text), "%%%u", v6->sin6_scope_id);
	return text;
}

/* One family's part of a list; the order of the families is not compared. */
static void print_family(const struct addrinfo *list, int family)
{
	for (; list; list = list->ai_next)
		if (list->ai_family == family)
			printf(" [%s %d %d %d %x %d %d]", address_text(list->ai_addr),
			       list->ai_socktype, list->ai_protocol,
			       ntohs(((struct sockaddr_in *)list->ai_addr)->sin_port),
			       list->ai_flags, list->ai_addr->sa_family, (int)list->ai_addrlen);
}

/* Only the first of a list has the name; with musl all have. */
static bool has_wrong_name(const struct addrinfo *other, const struct addrinfo *first)
{
#ifdef __GLIBC__
	return other->ai_canonname;
#else
	return strcmp(other->ai_canonname, first->ai_canonname) != 0;
#endif
}

static void ask(const char *node, const char *service, const struct addrinfo *hints)
{
	struct addrinfo *list = NULL, *at;
	int status;

	errno = 0;
	status = getaddrinfo(node, service, hints, &list);
	if (hints)
		printf("%d %d %d %x ", hints->ai_family, hints->ai_socktype, hints->ai_protocol,
		       hints->ai_flags);
	printf("%s %s: %d", node ? node : "NULL", service ? service : "NULL", status);
	if (status == EAI_SYSTEM)
		printf(" %s", strerror(errno));
	if (status == 0) {
		print_family(list, AF_INET);
		print_family(list, AF_INET6);
		printf(" (%s)", list->ai_canonname ? list->ai_canonname : "-");
		for (at = list->ai_next; at; at = at->ai_next)
			printf("%s", has_wrong_name(at, list) ? " wrong canonical name" : "");
		freeaddrinfo(list);
	}
	putchar('\n');
}

static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX};
static const int socktypes[] = {0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, 77};
static const int protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP, 77};
static const char *const services[] = {NULL,	  "80",	   "http", "domain",
				       "no-such", "65616", "",	   "-1"};
static const int flags[] = {AI_PASSIVE,	 AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV,
			    AI_V4MAPPED, AI_ALL,       AI_ADDRCONFIG,  0x4000000};

static int flag_set(unsigned bits)
{
	int set = 0;

	for (unsigned i = 0; i < COUNT(flags); i++)
		set |= bits >> i & 1 ? flags[i] : 0;
	return set;
}

static void ask_all_flags(const char *node, const char *service, struct addrinfo hints)
{
	for (unsigned bits = 0; bits < 1u << COUNT(flags); bits++) {
		hints.ai_flags = flag_set(bits);
		ask(node, service, &hints);
	}
}

/* Each flag by itself, and none. */
static void ask_some_flags(const char *node, const char *service, struct addrinfo hints)
{
	ask(node, service, &hints);
	for (unsigned i = 0; i < COUNT(flags); i++) {
		hints.ai_flags = flags[i];
		ask(node, service, &hints);
	}
}

typedef void ask_function(const char *node, const char *service, struct addrinfo hints);

static void hints_of_kind(const char *node, int family, int socktype, int protocol,
			  ask_function *ask_flags)
{
	const struct addrinfo hints = {
	    .ai_family = family, .ai_socktype = socktype, .ai_protocol = protocol};

	for (unsigned i = 0; i < COUNT(services); i++)
		ask_flags(node, services[i], hints);
}

static void all_hints(const char *node)
{
	for (unsigned i = 0; i < COUNT(services); i++)
		ask(node, services[i], NULL);
	for (unsigned f = 0; f < COUNT(families); f++)
		for (unsigned s = 0; s < COUNT(socktypes); s++)
			for (unsigned p = 0; p < COUNT(protocols); p++)
				hints_of_kind(node, families[f], socktypes[s], protocols[p],
					      p == 0 ? ask_all_flags : ask_some_flags);
}

static void few_hints(const char *node)
{
	ask(node, NULL, NULL);
	ask(node, "http", NULL);
	for (unsigned f = 0; f < COUNT(families); f++)
		ask_some_flags(
		    node, "80",
		    (struct addrinfo){.ai_family = families[f], .ai_socktype = SOCK_STREAM});
}

static void print_host(const struct hostent *host, int error)
{
	int count = 0;

	if (!host) {
		printf(" none, %d\n", error);
		return;
	}
	printf(" %s (", host->h_name);
	for (int i = 0; host->h_aliases[i]; i++)
		printf(" %s", host->h_aliases[i]);
	printf(" ) %d %d", host->h_addrtype, host->h_length);
	for (; host->h_addr_list[count]; count++)
		if (with_addresses) {
			char text[INET6_ADDRSTRLEN];

			printf(" %s", inet_ntop(host->h_addrtype, host->h_addr_list[count],
						text, sizeof(text)));
		}
	printf(" %d\n", count);
}

static bool is_within(const void *pointer, const char *buffer, size_t size)
{
	return (const char *)pointer >= buffer && (const char *)pointer < buffer + size;
}

/* musl says nothing in h_errno. */
static bool is_told(int error)
{
#ifdef NETDB_INTERNAL
	return error == NETDB_INTERNAL;
#else
	return error == 0;
#endif
}

typedef int reentrant_function(const char *, int, struct hostent *, char *, size_t,
			       struct hostent **, int *);

static int by_name(const char *name, int family, struct hostent *host, char *buffer,
		   size_t size, struct hostent **result, int *error)
{
	if (family == 0)
		return gethostbyname_r(name, host, buffer, size, result, error);
	return gethostbyname2_r(name, family, host, buffer, size, result, error);
}

static int by_number(const char *number, int family, struct hostent *host, char *buffer,
		     size_t size, struct hostent **result, int *error)
{
	unsigned char bytes[16];

	inet_pton(family, number, bytes);
	return gethostbyaddr_r(bytes, family == AF_INET ? 4 : 16, family, host, buffer, size,
			       result, error);
}

/* A reentrant function with one size of buffer. Returns what it returns. */
static int reentrant(reentrant_function *ask, const char *name, int family, size_t size,
		     bool last)
{
	char *buffer = malloc(size + 1); /* its end is watched by valgrind and by ASan */
	struct hostent host, *result = &host;
	int error = 0, status;

	buffer[size] = '#';
	status = ask(name, family, &host, buffer, size, &result, &error);
	if (buffer[size] != '#')
		printf("%s: written behind %zu bytes\n", name, size);
	if (status == ERANGE && (result || !is_told(error)))
		printf("%s: ERANGE with a result, or %d\n", name, error);
	if (result && (result != &host || !is_within(host.h_name, buffer, size) ||
		       !is_within(host.h_addr_list[0], buffer, size)))
		printf("%s: the result is not in the buffer\n", name);
	if (last) {
		printf("%s %d: %d", ask == by_name ? name : "number", family, status);
		print_host(result, error);
	}
	free(buffer);
	return status;
}

/* Once a buffer is large enough all larger ones are. */
static void all_sizes(reentrant_function *ask, const char *name, int family)
{
	bool enough = false;

	for (size_t size = 0; size < 1200; size += size < 400 ? 1 : 50) {
		bool too_small = reentrant(ask, name, family, size, false) == ERANGE;

		if (enough && too_small)
			printf("%s: %zu bytes are too few, fewer are not\n", name, size);
		enough |= !too_small;
	}
	reentrant(ask, name, family, 8192, true);
}

static void hostent(const char *name)
{
	printf("%s:", name);
	h_errno = 0;
	print_host(gethostbyname(name), h_errno);
	for (int i = 0; i < 2; i++) { /* glibc asserts that it is given one of these */
		printf("%s %d:", name, i ? AF_INET6 : AF_INET);
		print_host(gethostbyname2(name, i ? AF_INET6 : AF_INET), h_errno);
	}
	all_sizes(by_name, name, 0);
	all_sizes(by_name, name, AF_INET);
	all_sizes(by_name, name, AF_INET6);
}

static void reverse(const char *name)
{
	for (int i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET;
		const struct hostent *host = gethostbyname2(name, family);
		char number[INET6_ADDRSTRLEN];
		unsigned char bytes[18] = {0};

		if (!host) {
			printf("%s: no address\n", name);
			continue;
		}
		memcpy(bytes, host->h_addr_list[0], (size_t)host->h_length);
		inet_ntop(family, bytes, number, sizeof(number));
		h_errno = 0;
		print_host(gethostbyaddr(bytes, i ? 16 : 4, family), h_errno);
		for (socklen_t length = 0; length < 18; length++)
			if (length != (i ? 16 : 4))
				print_host(gethostbyaddr(bytes, length, family), h_errno);
		all_sizes(by_number, number, family);
	}
}

static const int name_flags[] = {NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN, NI_NAMEREQD,
				 NI_DGRAM};
static const socklen_t sizes[] = {0, 1, 3, 5, 17, 18, 64, NI_MAXHOST};

static void name_of(const struct sockaddr *address, socklen_t length, socklen_t host_size,
		    socklen_t service_size, int set)
{
	char *host = malloc(host_size + 1), *service = malloc(service_size + 1);
	int status;

	memset(host, '#', host_size + 1);
	memset(service, '#', service_size + 1);
	status = getnameinfo(address, length, host_size ? host : NULL, host_size,
			     service_size ? service : NULL, service_size, set);
	printf("%u of %u, %u %x: %d", host_size, length, service_size, (unsigned)set, status);
	if (status == 0 && host_size)
		printf(" %s", set & NI_NUMERICHOST && !with_addresses ? "number" : host);
	if (status == 0 && service_size)
		printf(" %s", service);
	if (host[host_size] != '#' || service[service_size] != '#')
		printf(" written behind a buffer");
	putchar('\n');
	free(host);
	free(service);
}

static void names_of(const struct sockaddr *address, socklen_t length)
{
	for (unsigned bits = 0; bits < 1u << COUNT(name_flags); bits++) {
		int set = 0;

		for (unsigned i = 0; i < COUNT(name_flags); i++)
			set |= bits >> i & 1 ? name_flags[i] : 0;
		for (unsigned i = 0; i < COUNT(sizes); i++)
			/* a number has another length where it is another: only what fits any
			 */
			if (!(set & NI_NUMERICHOST) || sizes[i] < 5 || sizes[i] > 18)
				for (unsigned j = 0; j < 4; j++)
					name_of(address, length, sizes[i], sizes[2 * j], set);
	}
	for (socklen_t shorter = 0; shorter < length; shorter++)
		name_of(address, shorter, NI_MAXHOST, 64, 0);
}

static void nameinfo(const char *name)
{
	struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};

	for (int i = 0; i < 2; i++) {
		hints.ai_family = i == 0 ? AF_INET : AF_INET6;
		if (getaddrinfo(name, "80", &hints, &list) != 0) {
			printf("%s: no address\n", name);
			continue;
		}
		names_of(list->ai_addr, list->ai_addrlen);
		freeaddrinfo(list);
	}
}

/* The name of the IPv4 address in its mapped form. */
static void mapped(const char *name)
{
	const struct hostent *host = gethostbyname(name);
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_addr = {.s6_addr = {[10] = 0xff, [11] = 0xff}}};

	memcpy(&address.sin6_addr.s6_addr[12], host->h_addr_list[0], 4);
	name_of((struct sockaddr *)&address, sizeof(address), NI_MAXHOST, 0, 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(const char *name);
	} kinds[] = {{"hints", all_hints}, {"few", few_hints},	   {"hostent", hostent},
		     {"reverse", reverse}, {"nameinfo", nameinfo}, {"mapped", mapped}};

	if (argc > 1 && strcmp(argv[1], "-a") == 0) {
		with_addresses = true;
		argv++, argc--;
	}
	if (argc > 1 && strcmp(argv[1], "unnamed") == 0)
		all_hints(NULL);
	for (unsigned i = 0; argc > 1 && i < COUNT(kinds); i++)
		for (int j = 2; strcmp(argv[1], kinds[i].name) == 0 && j < argc; j++)
			kinds[i].function(argv[j]);
	return 0;
}
