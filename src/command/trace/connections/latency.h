/* SPDX-License-Identifier: MIT */
/* latency.h: how connections ended, and how long they took. */
#ifndef UH_LATENCY_H
#define UH_LATENCY_H

#include "group.h"

/* How many connections or datagrams of a group ended with one errno value. */
struct uh_failures {
	int error;
	uint64_t count;
};

/* The last element of failure stands for all errors that have no element of their own. */
enum { UH_FAILURES = 8, UH_OTHER_FAILURES = -3 };

/* Which connections have a time that is part of the median and the 99th percentile. */
enum uh_timed { UH_TIMED_ALL, UH_TIMED_CONNECTED };

/* The outcomes of some connections and datagrams, and the times of the connections in
 * microseconds. */
struct uh_times {
	size_t count;		  /* connections */
	uint64_t datagrams;	  /* the number of datagrams, which have no time */
	uint64_t failed, unknown; /* of both */
	size_t timed;		  /* connections whose time is known and wanted */
	double median, p99;	  /* of these times; 0 if there are none */
	struct uh_failures failure[UH_FAILURES]; /* in the order of their first ones */
};

/* Measures the connections of a group. Returns false if memory ran out (reported). */
bool uh_times_measure(const struct uh_group *group, enum uh_timed timed,
		      struct uh_times *times);

/*
 * Return the median of count > 0 sorted numbers (for an even count, the mean of the middle
 * two), and their 99th percentile: the smallest number that is not less than 99 % of them.
 */
double uh_median(const double *sorted, size_t count);
double uh_p99(const double *sorted, size_t count);

#endif
