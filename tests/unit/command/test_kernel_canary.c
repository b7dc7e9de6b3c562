/* SPDX-License-Identifier: MIT */
/* The canary of `unhairpin kernel enable`: its routes, and the process that runs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "command/kernel/kernel_canary.h"

static const struct uh_cell_row *answer(const struct uh_rows *rows, const char *address,
					uint16_t port, enum uh_protocol protocol)
{
	struct uh_endpoint asked = {.port = port};

	assert_true(uh_address_parse(address, &asked.address));
	return uh_rows_answer(rows, &asked, protocol, 0);
}

static void test_routes(void **state)
{
	static const char *const routed[] = {UH_CANARY_IPV4, UH_CANARY_IPV6};
	static const char *const others[] = {"192.0.2.2", "2001:db8::2", UH_CANARY_TARGET_IPV4,
					     UH_CANARY_TARGET_IPV6};
	struct uh_rows rows;

	(void)state;
	assert_true(uh_kernel_canary_rows(&rows));
	for (size_t i = 0; i < 2; i++) {
		const struct uh_cell_row *tcp =
		    answer(&rows, routed[i], UH_CANARY_ASKED_PORT, UH_TCP);
		const struct uh_cell_row *udp =
		    answer(&rows, routed[i], UH_CANARY_ASKED_PORT, UH_UDP);

		assert_non_null(tcp);
		assert_non_null(udp);
		assert_int_equal(tcp->action, UH_CELL_TARGET);
		assert_int_equal(udp->action, UH_CELL_TARGET);
		assert_null(answer(&rows, routed[i], UH_CANARY_ASKED_PORT + 1, UH_TCP));
	}
	for (size_t i = 0; i < 4; i++) {
		assert_null(answer(&rows, others[i], UH_CANARY_ASKED_PORT, UH_TCP));
		assert_null(answer(&rows, others[i], UH_CANARY_TARGET_PORT, UH_UDP));
	}
	free(rows.row);
}

static unsigned open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Without the rights for it the canary fails, and leaves as little behind. */
static void test_leaves_nothing_behind(void **state)
{
	unsigned before = open_descriptors();
	struct uh_verdict verdict;
	bool good;

	(void)state;
	signal(SIGCHLD, SIG_IGN); /* as a parent may have left it */
	good = uh_kernel_canary(&verdict);
	print_message("%s\n", good ? "the kernel's programs work here" : verdict.fault);
	assert_int_equal(good, !*verdict.fault);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
