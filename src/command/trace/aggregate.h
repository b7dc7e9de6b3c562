/* SPDX-License-Identifier: MIT */
/* aggregate.h: connections of a trace, added up by destination, way and program. */
#ifndef UH_AGGREGATE_H
#define UH_AGGREGATE_H

#include "base/address.h"
#include "trace_message.h"

/* One connection. Texts are "" where there is none. */
struct uh_event {
	double time;	     /* seconds since the trace began */
	double microseconds; /* until the outcome was known; negative: nobody knows */
	uint64_t identity;   /* of its socket, 0 if the outcome is known at once; see
				trace_message.h */
	uint32_t process, user;
	struct uh_endpoint asked;
	uint16_t protocol; /* SO_PROTOCOL */
	int error;	   /* errno, 0, or an uh_trace_error */
	const char *name, *program, *route, *place, *target;
};

/* Takes a connection whose texts live until the function returns. False: it can't go on. */
typedef bool uh_take_event(void *context, const struct uh_event *event);

/* How often one errno was the end. */
struct uh_failures {
	int error;
	unsigned long count;
};
enum { UH_AGGREGATE_ERRORS = 8, UH_AGGREGATE_OTHERS = -3 }; /* the last takes all others */

/* What is alike in all but time, process and outcome. first has its own copies of the texts. */
struct uh_aggregate_row {
	struct uh_event first;
	unsigned long connections, failed, unknown;
	unsigned long timed; /* those whose time is known */
	struct uh_failures failure[UH_AGGREGATE_ERRORS];
	double median,
	    p99; /* microseconds of those; after uh_aggregate_finish, if there are any */
};

struct uh_aggregate;

struct uh_aggregate *uh_aggregate_new(void);
void uh_aggregate_free(struct uh_aggregate *tally);

/* False: no memory. */
bool uh_aggregate_add(struct uh_aggregate *tally, const struct uh_event *event);

/*
 * Gives the rows, those with most connections first; they live as long as the tally, which may
 * be added to and finished again. NULL: no memory.
 */
struct uh_aggregate_row *const *uh_aggregate_finish(struct uh_aggregate *tally, size_t *count);

/* True for an error that says that the connection failed: an unknown outcome is no failure. */
bool uh_is_failure(int error);

#endif
