/* SPDX-License-Identifier: MIT */
/* report.c: writes the log without syslog(3), which would keep a descriptor and take a lock. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "datagram.h"
#include "descriptors.h"
#include "journal.h"
#include "rate.h"

enum { LINE = 1024, FIELDS = 2048 };

static _Atomic enum uh_log_level highest = UH_LOG_WARNING;
static _Atomic(const char *) to = "journal";
static _Atomic uint32_t at_most;
static uh_rate rate;
static char journal_stream[64]; /* JOURNAL_STREAM as it was */

/* In turns: a line that is being written goes where it began to go. */
void uh_report_to(enum uh_log_level level, const char *place)
{
	static char places[2][PATH_MAX];
	char *next = places[to == places[0]];
	const char *stream = getenv("JOURNAL_STREAM");

	if (stream)
		snprintf(journal_stream, sizeof(journal_stream), "%s", stream);
	highest = level;
	if (strcmp(place, to) == 0)
		return;
	strncpy(next, place, PATH_MAX - 1);
	to = next;
}

void uh_report_at_most(uint32_t lines)
{
	at_most = lines;
}

bool uh_report_wants(enum uh_log_level level)
{
	return level <= highest && !uh_is_confined();
}

/* syslog.h's priorities: error 3, warning 4, info 6, debug 7. */
static int priority(enum uh_log_level level)
{
	static const int of[] = {3, 3, 4, 6, 7};

	return of[level];
}

static bool send_to(const char *path, char *text, size_t size)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const struct iovec part = {text, size};

	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	return uh_datagram(SOCK_DGRAM, &name, sizeof(name), &part, 1);
}

/* systemd's native protocol: JOURNAL_NATIVE_PROTOCOL. The message first: it must not be what
 * there is no room for. */
static bool to_journal(enum uh_log_level level, const struct uh_subject *subject,
		       const char *line)
{
	char text[LINE + FIELDS], number[] = {(char)('0' + priority(level)), '\0'};
	size_t used = uh_journal_field(text, sizeof(text), 0, "MESSAGE", line);

	used = uh_journal_field(text, sizeof(text), used, "PRIORITY", number);
	used = uh_journal_field(text, sizeof(text), used, "SYSLOG_IDENTIFIER", "unhairpin");
	used = uh_journal_field(text, sizeof(text), used, "UNHAIRPIN_RESULT", subject->result);
	used = uh_journal_field(text, sizeof(text), used, "UNHAIRPIN_DESTINATION",
				subject->destination);
	used = uh_journal_field(text, sizeof(text), used, "UNHAIRPIN_ROUTE", subject->route);
	used = uh_journal_field(text, sizeof(text), used, "UNHAIRPIN_TARGET", subject->target);
	return send_to("/run/systemd/journal/socket", text, used);
}

/* RFC 3164, facility daemon (3). */
static void to_syslog(enum uh_log_level level, const char *line)
{
	char text[LINE + 64];
	int size = snprintf(text, sizeof(text), "<%d>unhairpin[%d]: %s",
			    3 * 8 + priority(level), (int)getpid(), line);

	send_to("/dev/log", text, (size_t)size);
}

/* Takes back a signal that a failed write(2) has left pending. */
static void take_back(int error, const sigset_t *pending_before)
{
	static const struct timespec at_once;
	int number = error == EPIPE ? SIGPIPE : SIGXFSZ;
	sigset_t taken;

	if ((error != EPIPE && error != EFBIG) || sigismember(pending_before, number))
		return;
	sigemptyset(&taken);
	sigaddset(&taken, number);
	sigtimedwait(&taken, NULL, &at_once);
}

/*
 * write(2) without the signals that it raises, whose default is the program's end. They come to
 * the thread that writes; one that is pending already is the program's own.
 */
static void write_quietly(int fd, const char *text, size_t size)
{
	sigset_t raised, mask, pending;

	sigemptyset(&raised);
	sigaddset(&raised, SIGPIPE);
	sigaddset(&raised, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &raised, &mask);
	sigpending(&pending);
	if (write(fd, text, size) < 0)
		take_back(errno, &pending);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static void write_line(int fd, const char *prefix, const char *line)
{
	char text[LINE + 64];
	int size =
	    snprintf(text, sizeof(text), "%sunhairpin[%d]: %s\n", prefix, (int)getpid(), line);

	write_quietly(fd, text, (size_t)size);
}

/* True where stderr goes to the journal, which then takes a priority from each line
 * (sd-daemon(3)). What the variable says is compared with what is there now. */
static bool stderr_is_journal(void)
{
	struct stat status;
	char own[64];

	if (!*journal_stream || fstat(STDERR_FILENO, &status) != 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	return strcmp(own, journal_stream) == 0;
}

static void to_stderr(enum uh_log_level level, const char *line)
{
	char prefix[] = {'<', (char)('0' + priority(level)), '>', '\0'};

	write_line(STDERR_FILENO, stderr_is_journal() ? prefix : "", line);
}

static void to_file(const char *path, const char *line)
{
	int fd = uh_above_stdio(
	    open(path,
		 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		 0600));

	if (fd < 0)
		return;
	write_line(fd, "", line);
	uh_close(fd);
}

static void deliver(enum uh_log_level level, const struct uh_subject *subject, char *line)
{
	const char *place = to;

	if (strcmp(place, "journal") == 0 && to_journal(level, subject, line))
		return;
	uh_journal_plain(line);
	if (strcmp(place, "stderr") == 0)
		to_stderr(level, line);
	else if (*place == '/')
		to_file(place, line);
	else
		to_syslog(level, line);
}

/* False for a line too many; the first that is none says how many there were. */
static bool is_allowed(void)
{
	struct timespec now = {0};
	uint32_t dropped;
	char line[LINE];
	bool allowed;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	allowed = uh_rate_allows(&rate, (uint64_t)now.tv_sec, at_most, &dropped);
	if (!dropped)
		return allowed;
	snprintf(line, sizeof(line), "%u line%s dropped: more than %u in %d seconds", dropped,
		 dropped == 1 ? "" : "s", at_most, UH_RATE_SECONDS);
	deliver(UH_LOG_WARNING, &(struct uh_subject){0}, line);
	return allowed;
}

static void report(enum uh_log_level level, const struct uh_subject *subject,
		   const char *format, va_list arguments)
{
	int saved = errno, state;
	char line[LINE];

	if (!uh_report_wants(level))
		return;
	state = uh_hold_cancel();
	if (is_allowed()) {
		vsnprintf(line, sizeof(line), format, arguments);
		deliver(level, subject, line);
	}
	uh_release_cancel(state);
	errno = saved;
}

void uh_report(enum uh_log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(level, &(struct uh_subject){0}, format, arguments);
	va_end(arguments);
}

void uh_report_about(enum uh_log_level level, const struct uh_subject *subject,
		     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(level, subject, format, arguments);
	va_end(arguments);
}
