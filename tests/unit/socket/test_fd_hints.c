/* SPDX-License-Identifier: MIT */
/* test_fd_hints.c: hints by descriptor number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <errno.h>
#include <string.h>

#include "socket/state/fd_hints.h"
#include "process/seccomp_filter.h"
#include "process/user_memory.h"

static void count(int name, void *context)
{
	uint64_t *seen = context;

	*seen = *seen * 1000 + (uint64_t)name;
}

static uint64_t noted(int fd, int level)
{
	uint64_t seen = 0;

	uh_fd_each_option(fd, level, count, &seen);
	return seen;
}

static void test_options_by_level(void **state)
{
	(void)state;
	uh_fd_add_option(5, IPPROTO_TCP, TCP_NODELAY);
	uh_fd_add_option(5, IPPROTO_TCP, TCP_KEEPIDLE);
	uh_fd_add_option(5, IPPROTO_IPV6, IPV6_TCLASS);
	uh_fd_add_option(5, SOL_SOCKET, 72);
	uh_fd_add_option(5, IPPROTO_TCP, 64);
	uh_fd_add_option(5, IPPROTO_TCP, -1);
	uh_fd_add_option(5, IPPROTO_UDP, 1);
	assert_int_equal(noted(5, IPPROTO_TCP), TCP_NODELAY * 1000 + TCP_KEEPIDLE);
	assert_int_equal(noted(5, IPPROTO_IPV6), IPV6_TCLASS);
	assert_int_equal(noted(5, SOL_SOCKET), 72);
	assert_int_equal(noted(5, IPPROTO_IP), 0);
	assert_int_equal(noted(6, IPPROTO_TCP), 0);
	uh_fd_add_hint(5, UH_HINT_ROUTED);
	uh_fd_copied(5, 6);
	assert_true(uh_fd_has_hint(5, UH_HINT_COPIED) && uh_fd_has_hint(6, UH_HINT_COPIED));
	assert_true(uh_fd_has_hint(6, UH_HINT_ROUTED));
	assert_int_equal(noted(6, IPPROTO_TCP), TCP_NODELAY * 1000 + TCP_KEEPIDLE);
	uh_fd_remove_options(5, IPPROTO_TCP);
	assert_int_equal(noted(5, IPPROTO_TCP), 0);
	assert_int_equal(noted(5, IPPROTO_IPV6), IPV6_TCLASS);
}

static void test_hints(void **state)
{
	(void)state;
	assert_false(uh_fd_has_hint(9, UH_HINT_COPIED));
	uh_fd_add_hint(9, UH_HINT_COPIED);
	uh_fd_add_hint(9, UH_HINT_OWNER);
	uh_fd_remove_hint(9, UH_HINT_COPIED);
	assert_false(uh_fd_has_hint(9, UH_HINT_COPIED));
	assert_true(uh_fd_has_hint(9, UH_HINT_OWNER));
}

/*
 * Descriptors 20 and 20 + 1024 share a note: removing a hint of one keeps those of the other.
 */
static void test_shared_note(void **state)
{
	(void)state;
	uh_fd_copied(20, 21);
	uh_fd_add_hint(20 + 1024, UH_HINT_COPIED);
	uh_fd_remove_hint(20, UH_HINT_COPIED);
	assert_true(uh_fd_has_hint(20 + 1024, UH_HINT_COPIED));
	uh_fd_copied(30, 21 + 1024);
	uh_fd_remove_hint(21, UH_HINT_COPIED);
	assert_true(uh_fd_has_hint(21 + 1024, UH_HINT_COPIED));
	uh_fd_add_option(22, IPPROTO_TCP, TCP_NODELAY);
	uh_fd_add_option(22 + 1024, IPPROTO_TCP, TCP_KEEPIDLE);
	uh_fd_remove_options(22, IPPROTO_TCP);
	assert_int_equal(noted(22 + 1024, IPPROTO_TCP), TCP_NODELAY * 1000 + TCP_KEEPIDLE);
}

static void test_new_sockets(void **state)
{
	struct uh_fd_creation made = {AF_INET6, IPPROTO_TCP}, found;

	(void)state;
	assert_false(uh_fd_is_pristine(7, &found));
	uh_fd_created(7, &made);
	assert_true(uh_fd_is_pristine(7, &found));
	assert_int_equal(found.domain, AF_INET6);
	assert_int_equal(found.protocol, IPPROTO_TCP);
	assert_false(uh_fd_is_pristine(7 + 1024, &found));
	uh_fd_used(7);
	assert_false(uh_fd_is_pristine(7, &found));
	uh_fd_created(7, &made);
	uh_fd_copied(7, 8);
	assert_false(uh_fd_is_pristine(7, &found));
}

enum { PAGE = 65536 }; /* a multiple of every page size */

static void test_words_are_written_or_not(void **state)
{
	char *page =
	    mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	unsigned *last = (unsigned *)(page + PAGE) - 1;

	(void)state;
	assert_true(page != MAP_FAILED);
	mprotect(page + PAGE, PAGE, PROT_READ);
	errno = 4711;
	assert_true(uh_write_word(fd, last, 4712));
	assert_int_equal(errno, 4711);
	assert_int_equal(*last, 4712);
	assert_false(uh_write_word(fd, last + 1, 4712));
	assert_int_equal(errno, EFAULT);
	assert_int_equal(last[1], 0);
	assert_false(uh_write_word(fd, NULL, 4712));
	close(fd);
	munmap(page, 2 * PAGE);
}

/* From now on getsockopt(2) fails with EFAULT, whatever it is asked. */
static bool refuse_getsockopt(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EFAULT),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static unsigned *word_at(char *pages, size_t page, size_t offset)
{
	return (unsigned *)(void *)(pages + (page << UH_PAGE_BITS) + offset);
}

enum { NO_FILTER = 100 };

/* In a child, because the filter stays. Returns the number of the first check that fails. */
static int check_known_pages(int fd, char *pages)
{
	enum { SIZE = 1 << UH_PAGE_BITS };

	uh_write_word(fd, word_at(pages, UH_KNOWN_PAGES + 2, 0), 1);
	uh_write_word(fd, word_at(pages, 0, 0), 1);
	uh_write_word(fd, word_at(pages, 2, 0), 1); /* in place of the first one */
	if (!refuse_getsockopt())
		return NO_FILTER;
	errno = 4711;
	if (!uh_write_word(fd, word_at(pages, 0, SIZE - 4), 2) ||
	    !uh_write_word(fd, word_at(pages, 2, 4), 3) || errno != 4711)
		return 1;
	if (*word_at(pages, 0, SIZE - 4) != 2 || *word_at(pages, 2, 4) != 3)
		return 2;
	if (uh_write_word(fd, word_at(pages, 1, 0), 4) || errno != EFAULT ||
	    *word_at(pages, 1, 0) != 0)
		return 3;
	if (uh_write_word(fd, word_at(pages, UH_KNOWN_PAGES + 2, 4), 5))
		return 4;
	/* Across two pages, of which one is known. */
	return uh_write_word(fd, word_at(pages, 0, SIZE - 3), 6) ||
		       uh_write_word(fd, word_at(pages, 1, SIZE - 1), 6)
		   ? 5
		   : 0;
}

static void test_writable_pages_are_known(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
	char *pages =
	    mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	(void)state;
	assert_true(pages != MAP_FAILED);
	if (uh_is_filtered()) {
		print_message("SKIP test_writable_pages_are_known: under a filter already\n");
		skip();
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check_known_pages(fd, pages));
	assert_int_equal(waitpid(child, &status, 0), child);
	munmap(pages, 8 * PAGE);
	close(fd);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER) {
		print_message("SKIP test_writable_pages_are_known: no filter can be set\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void test_pointers_are_asked_about(void **state)
{
	char *page =
	    mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_true(page != MAP_FAILED);
	mprotect(page + PAGE, PAGE, PROT_NONE);
	errno = 4711;
	assert_true(uh_is_readable(fd, page, 16));
	assert_true(uh_is_readable(fd, page + PAGE - 16, 16));
	assert_false(uh_is_readable(fd, page + PAGE - 15, 16));
	assert_false(uh_is_readable(fd, page + PAGE, 16));
	assert_false(uh_is_readable(fd, NULL, 16));
	assert_false(uh_is_readable(fd, (void *)1, 16));
	assert_false(uh_is_readable(fd, (void *)-1, 16));
	assert_false(uh_is_readable(-1, page + 100000000, 16));
	assert_int_equal(errno, 4711);
	munmap(page, 8192);
	close(fd);
}

static void test_names_are_copied_as_the_kernel_does(void **state)
{
	struct sockaddr_storage name;
	unsigned char out[64];
	struct sockaddr *address = (struct sockaddr *)out;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t length;

	(void)state;
	memset(&name, 0x11, sizeof(name));
	memset(out, 0xaa, sizeof(out));
	length = 4;
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, address, &length), 0);
	assert_int_equal(length, 16);
	assert_int_equal(out[3], 0x11);
	assert_int_equal(out[4], 0xaa);
	length = 64;
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, address, &length), 0);
	assert_int_equal(out[15], 0x11);
	assert_int_equal(out[16], 0xaa);
	length = 0;
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, NULL, &length), 0);
	assert_int_equal(length, 16);
	length = (socklen_t)-1;
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, address, &length), -1);
	assert_int_equal(errno, EINVAL);
	length = 16;
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, NULL, &length), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(uh_write_sockaddr(fd, &name, 16, address, NULL), -1);
	assert_int_equal(errno, EFAULT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_options_by_level),
	    cmocka_unit_test(test_hints),
	    cmocka_unit_test(test_shared_note),
	    cmocka_unit_test(test_new_sockets),
	    cmocka_unit_test(test_words_are_written_or_not),
	    cmocka_unit_test(test_writable_pages_are_known),
	    cmocka_unit_test(test_pointers_are_asked_about),
	    cmocka_unit_test(test_names_are_copied_as_the_kernel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
