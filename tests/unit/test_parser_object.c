/* SPDX-License-Identifier: MIT */
/* test_parser_object.c: the built parser object, loaded as the preload object loads it. */
#include "confdir.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void *object;

/* The object lies two directories above this program's. */
static uh_parse_function *load(void)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
	uh_parse_function *function;

	assert_true(length > 0);
	path[length] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/" UH_PARSER_OBJECT);
	object = dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		fail_msg("%s", dlerror());
	*(void **)&function = dlsym(object, UH_PARSER_FUNCTION);
	assert_non_null(function);
	return function;
}

static void parse_privately(const char *text)
{
	struct uh_parse_request request = {.version = UH_PARSER_VERSION,
					   .report = {faults_add, &faults}};
	uh_parse_function *function = load();

	if (text)
		write_conf("main.conf", text);
	request.file = path_of("main.conf");
	faults_begin(&faults, dir);
	image = function(&request, &size);
	dlclose(object);
}

static void write_routes(void)
{
	FILE *file = create("main.conf");

	for (unsigned i = 0; i < 3000; i++)
		fprintf(file, "route 10.0.%u.%u { to = 192.0.2.1 users = root }\n", i >> 8,
			i & 255);
	fclose(file);
}

static void test_a_table_outlives_the_object(void **state)
{
	(void)state;
	parse_privately("route 203.0.113.1 { to = 192.0.2.1 users = daemon }");
	assert_string_equal(faults.text, "");
	table = uh_table_open(image, size);
	assert_non_null(table);
	assert_int_equal(uh_table_routes(table), 1);
}

static void test_faults_reach_the_caller(void **state)
{
	(void)state;
	parse_privately("\nroute banana? { to = 192.0.2.1 }");
	assert_null(image);
	assert_memory_equal(faults.text, "main.conf:2: ", 13);
}

static void test_another_version(void **state)
{
	struct uh_parse_request request = {.version = UH_PARSER_VERSION + 1};

	(void)state;
	assert_null(load()(&request, &size));
	dlclose(object);
}

/* Pages of address space that this process has. */
static long pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long count = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &count), 1);
	fclose(file);
	return count;
}

static void test_nothing_is_left_behind(void **state)
{
	long before = 0;

	(void)state;
	write_routes();
	/* The first round lets our own libc grow as it will. */
	for (int i = 0; i < 8; i++) {
		parse_privately(NULL);
		assert_non_null(image);
		munmap(image, size);
		image = NULL;
		if (i == 0)
			before = pages();
	}
	assert_int_equal(pages(), before);
}

/* Parses with so many bytes of address space left after loading; exits 0 without a table, 1
 * with. */
static void parse_in_need(size_t bytes)
{
	struct uh_parse_request request = {.version = UH_PARSER_VERSION,
					   .report = {faults_add, &faults}};
	uh_parse_function *function = load();
	struct rlimit limit;

	request.file = path_of("main.conf");
	limit.rlim_cur = limit.rlim_max =
	    (rlim_t)pages() * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
	setrlimit(RLIMIT_AS, &limit);
	_exit(function(&request, &size) != NULL);
}

/* Wherever memory ends: the process goes on, and says nothing. */
static void test_out_of_memory(void **state)
{
	int log = open(path_of("stderr"), O_RDWR | O_CREAT | O_APPEND, 0600);
	unsigned refused = 0, granted = 0;
	struct stat status;

	(void)state;
	write_routes();
	for (size_t bytes = 0; bytes < (size_t)20 << 20; bytes += (size_t)256 << 10) {
		int result;
		pid_t child = fork();

		if (child == 0) {
			dup2(log, STDERR_FILENO);
			parse_in_need(bytes);
		}
		assert_int_equal(waitpid(child, &result, 0), child);
		assert_true(WIFEXITED(result) && WEXITSTATUS(result) <= 1);
		refused += WEXITSTATUS(result) == 0;
		granted += WEXITSTATUS(result) == 1;
	}
	assert_in_range(refused, 1, 99);
	assert_in_range(granted, 1, 99);
	assert_int_equal(fstat(log, &status), 0);
	assert_int_equal(status.st_size, 0);
	close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_a_table_outlives_the_object),
	    IN_DIR(test_faults_reach_the_caller),
	    IN_DIR(test_another_version),
	    IN_DIR(test_nothing_is_left_behind),
	    IN_DIR(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("parser_object", tests, NULL, NULL);
}
