/* SPDX-License-Identifier: MIT */
/* events.c: reports the way of a connection to the log, the counters and the trace. */
#include "events.h"

#include <errno.h>
#include <stdatomic.h>

#include "counters.h"
#include "base/errno_name.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/rate.h"
#include "log.h"
#include "said_targets.h"
#include "traced_call.h"

/*
 * Writes the target of a connection to asked, whose port replaces a missing port, into text of
 * TARGET_TEXT bytes.
 */
enum { TARGET_TEXT = sizeof("unix:") + UH_PATH_MAX };
static_assert(TARGET_TEXT >= UH_ENDPOINT_TEXT, "it holds either kind of target");

static const char *target_text(const struct uh_table *table,
			       const struct uh_table_target *target,
			       const struct uh_endpoint *asked, char *text)
{
	struct uh_endpoint ip = {.address = target->address,
				 .port = target->port ? target->port : asked->port};
	char *path = text + uh_format(text, TARGET_TEXT, "unix:");

	if (target->kind != UH_TARGET_UNIX)
		return uh_endpoint_format(&ip, text);
	uh_table_path(table, target, asked, path);
	if (*path == '\0')
		*path = '@';
	return text;
}

/* Logs an address once until another one fails: a program may try one address for ever. */
static void tell_unknown(const struct uh_endpoint *asked, const struct uh_subject *subject)
{
	static _Atomic uint32_t last;
	uint32_t tail;

	memcpy(&tail, asked->address.byte + 12, sizeof(tail));
	if (atomic_exchange_explicit(&last, tail, memory_order_relaxed) != tail)
		uh_log_about(
		    UH_LOG_WARNING, subject,
		    "%s is a stand-in for a name that no longer has a route; connecting "
		    "fails with ENETUNREACH until the program looks the name up again",
		    subject->destination);
}

/* Logs the target that took the connection, that none did, or that the route refuses. */
static void tell_way(const struct uh_table *table, const struct uh_table_route *route,
		     const struct uh_subject *subject)
{
	const char *file = uh_table_text(table, route->file);
	unsigned line = (unsigned)route->line;

	if (subject->target)
		uh_log_about(UH_LOG_DEBUG, subject, "%s goes to %s (%s:%u)",
			     subject->destination, subject->target, file, line);
	else if (uh_table_refuses(table, route))
		uh_log_about(UH_LOG_INFO, subject, "%s is refused (%s:%u)",
			     subject->destination, file, line);
	else
		uh_log_about(UH_LOG_INFO, subject, "%s: no target answered (%s:%u); %s",
			     subject->destination, file, line,
			     route->on_failure == UH_REFUSE
				 ? "the connection is refused"
				 : "connecting to the original address");
}

static void write_log(const struct uh_table *table, const struct uh_endpoint *asked,
		      const struct uh_table_route *route, const struct uh_table_target *target,
		      int error)
{
	enum uh_log_level level = target ? UH_LOG_DEBUG : route ? UH_LOG_INFO : UH_LOG_WARNING;
	char from[UH_ENDPOINT_TEXT], to[TARGET_TEXT];
	struct uh_subject subject = {.destination = from};

	if (!uh_log_wants(level))
		return;
	uh_endpoint_format(asked, from);
	if (target || !route || error)
		subject.result = uh_error_name(error);
	if (!route) {
		tell_unknown(asked, &subject);
		return;
	}
	subject.route = uh_table_text(table, route->text);
	if (target)
		subject.target = target_text(table, target, asked, to);
	tell_way(table, route, &subject);
}

/*
 * Out of uh_tell, whose frame must stay small: write_log needs as much stack again. A refused
 * connection has "refuse" as its target, because no destination of its own was tried either.
 */
static void trace_way(const struct uh_table *table, const struct uh_endpoint *asked,
		      const struct uh_table_route *route, const struct uh_table_target *target)
{
	const char *shown = uh_table_refuses(table, route) ? "refuse" : NULL;
	char to[TARGET_TEXT];

	if (target)
		shown = target_text(table, target, asked, to);
	uh_trace_route(table, route, shown);
}

void uh_tell(const struct uh_table *table, const struct uh_endpoint *asked,
	     const struct uh_table_route *route, const struct uh_table_target *target,
	     int error)
{
	if (route && uh_counts_now())
		uh_count(table, route, target, error);
	if (uh_traces() && route)
		trace_way(table, asked, route, target);
	write_log(table, asked, route, target, error);
}

/* The error in words. strerror(3) is no choice: it may load a translation, which allocates. */
static const char *reason(int error, char *text, size_t size)
{
	static const struct {
		int error;
		const char *reason;
	} known[] = {
	    {ENOENT, "no such socket"},
	    {ENOTDIR, "a part of its path is not a directory"},
	    {ECONNREFUSED, "connection refused"},
	    {EACCES, "permission denied"},
	    {EPERM, "not permitted (EPERM)"},
	    {EAGAIN, "its backlog is full"},
	    {EPROTOTYPE, "not a stream socket"},
	    {EAFNOSUPPORT, "address family not permitted (see RestrictAddressFamilies=)"},
	    {ETIMEDOUT, "timed out"},
	    {EHOSTUNREACH, "host unreachable (EHOSTUNREACH)"},
	    {ENETUNREACH, "network unreachable (ENETUNREACH)"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].error == error)
			return known[i].reason;
	uh_format(text, size, "error %d", error);
	return text;
}

/* Lists the users of a route's peer_user, as many as the text holds. */
static const char *peers(const struct uh_table *table, const struct uh_table_route *route,
			 char *text, size_t size)
{
	const struct uh_user *peer = uh_table_peers(table, route);
	size_t used = 0;

	for (uint32_t i = 0; i < route->peer_count; i++)
		used += uh_format(text + used, size - used, "%s%u", i ? " or " : "",
				  (unsigned)peer[i].id);
	return text;
}

static void log_dead(const struct uh_table *table, const struct uh_table_route *route,
		     const struct uh_subject *subject, const struct uh_failure *failure)
{
	char text[128];
	const char *file = uh_table_text(table, route->file);
	unsigned line = (unsigned)route->line;

	if (failure->wrong_peer)
		uh_log_about(UH_LOG_WARNING, subject,
			     "%s is not used: user %u runs it, peer_user expects %s (%s:%u)",
			     subject->target, (unsigned)failure->user,
			     peers(table, route, text, sizeof(text)), file, line);
	else
		uh_log_about(UH_LOG_WARNING, subject, "%s does not answer: %s (%s:%u)",
			     subject->target, reason(failure->error, text, sizeof(text)), file,
			     line);
}

/*
 * True if another process has logged it to this place. Each process has a stderr of its own.
 * An error number has fewer than 16 bits.
 */
static bool is_said(const char *to, const char *file, unsigned line,
		    const struct uh_failure *failure)
{
	enum { WRONG_PEER = 1 << 16 };
	const char *log = uh_log_place();
	uint64_t key;

	if (strcmp(log, "stderr") == 0)
		return false;
	key = uh_hash_bytes(line, to, strlen(to));
	key = uh_hash_bytes(key, file, strlen(file));
	key = uh_hash_bytes(key, log, strlen(log));
	if (failure)
		return uh_said_target(key, failure->wrong_peer ? (uint32_t)WRONG_PEER
							       : (uint32_t)failure->error);
	uh_said_forget(key);
	return false;
}

/*
 * At most LINES lines in SECONDS: a target that answers one socket and not another (of another
 * user, or bound to a device) changes its state with each connection.
 */
void uh_tell_target(const struct uh_table *table, const struct uh_endpoint *asked,
		    const struct uh_table_route *route, const struct uh_table_target *target,
		    const struct uh_failure *failure)
{
	enum { LINES = 20, SECONDS = 60 };
	static uh_rate rate;
	uint32_t dropped;
	char from[UH_ENDPOINT_TEXT], to[TARGET_TEXT];
	const char *file = uh_table_text(table, route->file);
	unsigned line = (unsigned)route->line;
	const struct uh_subject subject = {
	    .route = uh_table_text(table, route->text),
	    .destination = uh_endpoint_format(asked, from),
	    .target = target_text(table, target, asked, to),
	    .result = uh_error_name(failure ? failure->error : 0),
	};

	bool logs = uh_log_wants(failure ? UH_LOG_WARNING : UH_LOG_INFO) &&
		    uh_rate_allows(&rate, SECONDS, LINES, &dropped);

	if ((failure && !logs) || !uh_log_wants(UH_LOG_WARNING) ||
	    is_said(to, file, line, failure) || !logs)
		return;
	if (failure)
		log_dead(table, route, &subject, failure);
	else
		uh_log_about(UH_LOG_INFO, &subject, "%s answers again (%s:%u)", to, file, line);
}
