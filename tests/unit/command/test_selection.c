/* SPDX-License-Identifier: MIT */
/* test_selection.c: which processes a trace of a running process is of. */
#include "made.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/trace/selection.h"

/* A child with a child, and the pipe that says the grandchild's number. */
static pid_t start_family(pid_t *grandchild)
{
	int said[2];
	pid_t child;

	assert_int_equal(pipe(said), 0);
	child = fork();
	if (child == 0) {
		pid_t own = fork();

		if (own != 0 && write(said[1], &own, sizeof(own)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(said[0], grandchild, sizeof(*grandchild)), sizeof(*grandchild));
	close(said[0]);
	close(said[1]);
	return child;
}

static void count(void *context, pid_t process)
{
	(void)process;
	++*(unsigned *)context;
}

static void test_a_process_and_its_descendants(void **state)
{
	struct uh_selection selection = {.kind = UH_SELECT_PROCESS};
	unsigned processes = 0;
	pid_t grandchild;

	(void)state;
	selection.process = start_family(&grandchild);
	assert_true(uh_selection_refresh(&selection));
	uh_selection_each(&selection, count, &processes);
	assert_int_equal(processes, 2);
	assert_true(uh_selection_wants(&selection, selection.process));
	assert_true(uh_selection_wants(&selection, grandchild));
	assert_false(uh_selection_wants(&selection, 1));
	assert_false(uh_selection_wants(&selection, getpid()));

	/* The grandchild is another process's child now, and still selected. */
	kill(selection.process, SIGKILL);
	assert_int_equal(waitpid(selection.process, NULL, 0), selection.process);
	assert_true(uh_selection_refresh(&selection));
	assert_true(uh_selection_wants(&selection, grandchild));
	kill(grandchild, SIGKILL);
	for (int i = 0; i < 100 && uh_selection_refresh(&selection); i++)
		usleep(20000);
	assert_false(uh_selection_refresh(&selection));
	uh_selection_free(&selection);
}

static void test_a_process_that_has_ended(void **state)
{
	struct uh_selection selection = {.kind = UH_SELECT_PROCESS};
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	selection.process = child;
	assert_false(uh_selection_wants(&selection, child));
	assert_int_equal(selection.gone, 1);
	assert_false(uh_selection_refresh(&selection));
	assert_int_equal(selection.gone, 1);
	uh_selection_free(&selection);
}

static void test_all(void **state)
{
	struct uh_selection selection = {.kind = UH_SELECT_ALL};

	(void)state;
	assert_true(uh_selection_wants(&selection, 1));
	assert_true(uh_selection_refresh(&selection));
	uh_selection_free(&selection);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_process_and_its_descendants),
	    cmocka_unit_test(test_a_process_that_has_ended),
	    cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
