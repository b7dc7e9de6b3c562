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
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "libc.h"

enum { LINE = 1024 };

static _Atomic enum uh_log_level highest = UH_LOG_WARNING;
static _Atomic(const char *) to = "journal";

/* In turns: a line that is being written goes where it began to go. */
void uh_report_to(enum uh_log_level level, const char *place)
{
	static char places[2][PATH_MAX];
	char *next = places[to == places[0]];

	highest = level;
	if (strcmp(place, to) == 0)
		return;
	strncpy(next, place, PATH_MAX - 1);
	to = next;
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

static bool send_to(const char *path, const char *text, size_t size)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = uh_above_stdio(
	    uh_libc_socket()(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	ssize_t sent;

	if (fd < 0)
		return false;
	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	sent = uh_libc_sendto()(fd, text, size, MSG_NOSIGNAL, (struct sockaddr *)&name,
				sizeof(name));
	uh_close(fd);
	return sent == (ssize_t)size;
}

/* systemd's native protocol: one FIELD=value a line (JOURNAL_NATIVE_PROTOCOL). */
static bool to_journal(enum uh_log_level level, const char *line)
{
	char text[LINE + 64];
	int size = snprintf(text, sizeof(text),
			    "PRIORITY=%d\nSYSLOG_IDENTIFIER=unhairpin\nMESSAGE=%s\n",
			    priority(level), line);

	return send_to("/run/systemd/journal/socket", text, (size_t)size);
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

static void to_file(int fd, const char *line)
{
	char text[LINE + 64];
	int size = snprintf(text, sizeof(text), "unhairpin[%d]: %s\n", (int)getpid(), line);

	write_quietly(fd, text, (size_t)size);
}

static void deliver(enum uh_log_level level, const char *line)
{
	const char *place = to;
	int fd;

	if (strcmp(place, "stderr") == 0) {
		to_file(STDERR_FILENO, line);
	} else if (*place == '/') {
		fd = uh_above_stdio(open(place,
					 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
					     O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
					 0600));
		if (fd < 0)
			return;
		to_file(fd, line);
		uh_close(fd);
	} else if (!to_journal(level, line)) {
		to_syslog(level, line);
	}
}

void uh_report(enum uh_log_level level, const char *format, ...)
{
	int saved = errno, state;
	char line[LINE];
	va_list arguments;

	if (!uh_report_wants(level))
		return;
	state = uh_hold_cancel();
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	deliver(level, line);
	uh_release_cancel(state);
	errno = saved;
}
