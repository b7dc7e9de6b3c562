/* SPDX-License-Identifier: MIT */
/* datagrams.c: reports datagrams to the log, the counters and the trace. */
#include "datagrams.h"

#include <errno.h>

#include "base/errno_name.h"
#include "counters.h"
#include "datagram_counters.h"
#include "datagram_trace.h"
#include "log.h"
#include "trace_channel.h"

/* Writes an IP target. A target without a port keeps the port that was asked for. */
static const char *target_text(const struct uh_endpoint *asked,
			       const struct uh_table_target *target, char *text)
{
	const struct uh_endpoint ip = {target->address, target->scope_id,
				       target->port ? target->port : asked->port};

	return uh_endpoint_format(&ip, text);
}

static void write_log(const struct uh_table *table, const struct uh_endpoint *asked,
		      const struct uh_table_route *route, const struct uh_table_target *target,
		      int error)
{
	char from[UH_ENDPOINT_TEXT], to[UH_ENDPOINT_TEXT];
	const struct uh_subject subject = {
	    .route = uh_table_text(table, route->text),
	    .destination = uh_endpoint_format(asked, from),
	    .target = target ? target_text(asked, target, to) : NULL,
	    .result = uh_error_name(error),
	};
	const char *file = uh_table_text(table, route->file);
	unsigned line = (unsigned)route->line;

	if (target)
		uh_log_about(UH_LOG_DEBUG, &subject, "a datagram for %s goes to %s (%s:%u)",
			     from, to, file, line);
	else if (uh_table_refuses(table, route))
		uh_log_about(UH_LOG_DEBUG, &subject, "a datagram for %s is refused (%s:%u)",
			     from, file, line);
	else
		uh_log_about(UH_LOG_DEBUG, &subject,
			     "a datagram for %s goes to the original address (%s:%u): no IP "
			     "target",
			     from, file, line);
}

/* Out of uh_tell_datagram, whose frame must stay small. */
static void trace(const struct uh_table *table, const struct uh_endpoint *asked,
		  const struct uh_table_route *route, const struct uh_table_target *target,
		  int error)
{
	char to[UH_ENDPOINT_TEXT];

	uh_trace_datagram(table, asked, route,
			  uh_table_refuses(table, route) ? "refuse"
			  : target			 ? target_text(asked, target, to)
							 : NULL,
			  error);
}

void uh_tell_datagram(const struct uh_table *table, const struct uh_endpoint *asked,
		      const struct uh_table_route *route, const struct uh_table_target *target,
		      int error)
{
	int saved = errno;

	if (uh_traces())
		trace(table, asked, route, target, error);
	if (route && uh_counts_now())
		uh_count_datagram(table, route, target, error);
	if (route && uh_log_wants(UH_LOG_DEBUG))
		write_log(table, asked, route, target, error);
	errno = saved;
}

void uh_datagrams_flush(void)
{
	int saved = errno;

	uh_datagram_counters_write();
	if (uh_traces())
		uh_datagram_trace_send();
	errno = saved;
}

void uh_datagrams_after_fork_in_child(void)
{
	uh_datagram_counters_forget();
	uh_datagram_trace_forget();
}

__attribute__((destructor)) static void end(void)
{
	uh_datagrams_flush();
}
