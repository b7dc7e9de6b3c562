/* SPDX-License-Identifier: MIT */
/*
 * differ.c: sequences from a seed until the time is over; prints what differs.
 *
 * usage: differ OBJECT SECONDS [SEED [COUNT]]
 *        differ --stress OBJECT SECONDS
 *        differ --documented
 *
 * DIFFER_LIE=N falsifies the result of the Nth operation of each routed sequence.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "differ.h"

/* A sequence of so many may differ for a moment, and two more. */
enum { PASSING_ONE_IN = 2000 };

static struct side sides[2];

static void print_record(const char *name, const struct record *record)
{
	printf("    %s: %lld", name, (long long)record->result);
	if (record->error != SENTINEL)
		printf(" %s", strerrorname_np(record->error) ?: "0");
	if (record->signals)
		printf(", signals %x", record->signals);
	for (uint32_t i = 0; i < record->length; i++)
		printf("%s%02x", i == 0 ? ", " : i % 4 == 0 ? " " : "", record->data[i]);
	printf("\n");
}

static void print(const struct operation *operation, unsigned count)
{
	unsigned documented = 0;
	int at = difference(sides[0].shared, sides[1].shared, &documented);
	char text[200];

	if (at < 0)
		printf("  it did not come again when the sequence was made shorter\n");
	for (unsigned i = 0; i < count; i++) {
		describe(&operation[i], text, sizeof(text));
		printf("  %s\n", text);
		if (at < 0 || (int)i < at)
			continue;
		print_record("plain ", &sides[0].shared->record[i]);
		print_record("routed", &sides[1].shared->record[i]);
		if ((int)i == at)
			break;
	}
	printf("  processes ended with %x and %x\n", sides[0].shared->status,
	       sides[1].shared->status);
}

/* Busy machines let a packet wait: a difference counts if it comes again. */
static bool differs(const struct operation *operation, unsigned count, unsigned lie,
		    unsigned *documented)
{
	for (int i = 0; i < 3; i++) {
		sides_run(sides, operation, count, lie);
		if (difference(sides[0].shared, sides[1].shared, documented) < 0)
			return false;
	}
	return true;
}

/*
 * True if it comes again after a while, each time. One that doesn't is a busy machine's, or
 * something that happens rarely: it is told, and only many of them are a failure.
 */
static bool stays(const struct operation *operation, unsigned count, unsigned lie)
{
	unsigned documented = 0;

	for (int i = 0; i < 3; i++) {
		usleep(20000);
		if (!differs(operation, count, lie, &documented))
			return false;
	}
	return true;
}

/* True the first time that a difference of its kind is found; also false when there are too
 * many. */
static bool is_new(uint64_t found)
{
	static uint64_t known[256];
	static unsigned count;

	for (unsigned i = 0; i < count; i++) {
		if (known[i] == found)
			return false;
	}
	if (count == sizeof(known) / sizeof(known[0]))
		return false;
	known[count++] = found;
	return true;
}

static void report(uint64_t seed, struct operation *operation, unsigned count, unsigned lie)
{
	unsigned documented = 0;
	int at = difference(sides[0].shared, sides[1].shared, &documented);

	if (!is_new(signature(sides, at)))
		return;
	count = shrink(sides, operation, count, lie);
	printf("FAIL seed %llu\n", (unsigned long long)seed);
	print(operation, count);
	fflush(stdout);
}

static int run_stress(const char *object, unsigned seconds)
{
	int status;

	if (!side_start(&sides[1], object, -1, seconds)) {
		printf("SKIP differ: no network name space\n");
		return 0;
	}
	status = side_end(&sides[1]);
	printf(status ? "FAIL differ --stress: status %x\n" : "ok differ --stress\n", status);
	return status != 0;
}

static bool start(const char *object)
{
	cpu_set_t set;
	int cpu[2] = {0, 0}, found = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && found < 2; i++) {
		if (CPU_ISSET((unsigned)i, &set))
			cpu[found++] = i;
	}
	return side_start(&sides[0], NULL, cpu[0], 0) &&
	       side_start(&sides[1], object, cpu[found - 1], 0);
}

static unsigned fuzz(unsigned seconds, uint64_t seed, uint64_t count, unsigned lie)
{
	struct operation operation[OPERATIONS];
	unsigned failed = 0, passing = 0, documented = 0, length, lies;
	time_t end = time(NULL) + seconds;
	uint64_t i = 0;

	for (; i < count && time(NULL) < end; i++) {
		length = generate(seed + i, operation);
		lies = lie <= length ? lie : 0;
		if (!differs(operation, length, lies, &documented))
			continue;
		if (!stays(operation, length, lies)) {
			passing++;
			printf("note: seed %llu differed, and then no more\n",
			       (unsigned long long)(seed + i));
			continue;
		}
		failed++;
		report(seed + i, operation, length, lies);
	}
	printf("%llu sequences from seed %llu: %u failed, %u differed for a moment, "
	       "%u documented differences\n",
	       (unsigned long long)i, (unsigned long long)seed, failed, passing, documented);
	return failed + (passing > 2 + i / PASSING_ONE_IN);
}

int main(int count, char **argument)
{
	const char *lie = getenv("DIFFER_LIE");
	unsigned failed;

	if (count == 3 && strcmp(argument[1], "--runner") == 0)
		return atoi(argument[2]) ? stress((unsigned)atoi(argument[2])) : runner();
	if (count == 4 && strcmp(argument[1], "--stress") == 0)
		return run_stress(argument[2], (unsigned)atoi(argument[3]));
	if (count == 2 && strcmp(argument[1], "--documented") == 0) {
		print_documented();
		return 0;
	}
	if (count < 3 || access(argument[1], R_OK) != 0) {
		fputs("usage: differ OBJECT SECONDS [SEED [COUNT]]\n", stderr);
		return 2;
	}
	if (!start(argument[1])) {
		printf("SKIP differ: no network name space: %s\n", strerror(errno));
		return 0;
	}
	failed =
	    fuzz((unsigned)strtoul(argument[2], NULL, 10),
		 argument[3] ? strtoull(argument[3], NULL, 10) : (uint64_t)time(NULL) * 1000000,
		 count > 4 ? strtoull(argument[4], NULL, 10) : UINT64_MAX,
		 lie ? (unsigned)atoi(lie) : 0);
	side_end(&sides[0]);
	side_end(&sides[1]);
	return failed != 0;
}
