/* SPDX-License-Identifier: MIT */
/*
 * log.c: writes the log without syslog(3), which would keep a descriptor and take a lock.
 *
 * A thread may have 16 KiB of stack, and a signal handler half of that. So each line gets
 * memory from mmap(2), which is unmapped afterwards: lines are rare, and no lock is needed.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "unix_datagram.h"
#include "process/own_fd.h"
#include "process/interruption.h"
#include "process/seccomp_filter.h"
#include "base/format.h"
#include "base/journal.h"
#include "base/large.h"
#include "base/rate.h"

/* The memory for one line. */
struct letter {
	char line[1024];
	char whole[3072];		/* the line in the form of its destination */
	sigset_t raised, mask, pending; /* for write_quietly */
};

static _Atomic enum uh_log_level highest = UH_LOG_WARNING;
static _Atomic(const char *) to = "journal";
static _Atomic uint32_t at_most;
static uh_rate rate;
static char journal_stream[64]; /* JOURNAL_STREAM as it was */

/* Two buffers take turns, because another thread may be writing a line to the old place. */
void uh_log_open(enum uh_log_level level, const char *place)
{
	UH_LARGE static char places[2][PATH_MAX];
	char *next = places[to == places[0]];
	const char *stream = getenv("JOURNAL_STREAM");

	if (stream)
		uh_format(journal_stream, sizeof(journal_stream), "%s", stream);
	highest = level;
	if (strcmp(place, to) == 0)
		return;
	uh_format(next, PATH_MAX, "%s", place);
	to = next;
}

const char *uh_log_place(void)
{
	return to;
}

void uh_log_set_limit(uint32_t lines)
{
	at_most = lines;
}

bool uh_log_wants(enum uh_log_level level)
{
	return level <= highest && !uh_is_confined();
}

/* The priority of syslog.h as a digit: error 3, warning 4, info 6, debug 7. */
static char priority(enum uh_log_level level)
{
	return "33467"[level];
}

static bool send_to(const char *path, char *text, size_t size)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const struct iovec part = {text, size};
	int fd = uh_open_socket(AF_UNIX, SOCK_DGRAM, 0);
	bool sent;

	if (fd < 0)
		return false;
	uh_format(name.sun_path, sizeof(name.sun_path), "%s", path);
	sent = uh_datagram(fd, &name, sizeof(name), &part, 1);
	uh_close(fd);
	return sent;
}

/* systemd's native protocol (JOURNAL_NATIVE_PROTOCOL). The message comes first, because a field
 * for which there is no room is left out. */
static bool to_journal(enum uh_log_level level, const struct uh_subject *subject,
		       struct letter *letter)
{
	char number[] = {priority(level), '\0'}, *text = letter->whole;
	size_t size = sizeof(letter->whole);
	size_t used = uh_journal_field(text, size, 0, "MESSAGE", letter->line);

	used = uh_journal_field(text, size, used, "PRIORITY", number);
	used = uh_journal_field(text, size, used, "SYSLOG_IDENTIFIER", "unhairpin");
	used = uh_journal_field(text, size, used, "UNHAIRPIN_RESULT", subject->result);
	used =
	    uh_journal_field(text, size, used, "UNHAIRPIN_DESTINATION", subject->destination);
	used = uh_journal_field(text, size, used, "UNHAIRPIN_ROUTE", subject->route);
	used = uh_journal_field(text, size, used, "UNHAIRPIN_TARGET", subject->target);
	return send_to("/run/systemd/journal/socket", text, used);
}

/* RFC 3164, facility daemon (3). */
static void to_syslog(enum uh_log_level level, struct letter *letter)
{
	size_t size = uh_format(letter->whole, sizeof(letter->whole), "<%d>unhairpin[%d]: %s",
				3 * 8 + priority(level) - '0', (int)getpid(), letter->line);

	send_to("/dev/log", letter->whole, size);
}

/* Removes the signal that a failed write(2) has left pending. */
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
 * write(2) without SIGPIPE and SIGXFSZ, which end a program by default. The kernel sends them
 * to the writing thread. A signal that was pending before is the program's own and stays.
 */
static void write_quietly(int fd, struct letter *letter, size_t size)
{
	sigemptyset(&letter->raised);
	sigaddset(&letter->raised, SIGPIPE);
	sigaddset(&letter->raised, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &letter->raised, &letter->mask);
	sigemptyset(&letter->pending);
	/* A signal that is not blocked is never pending. */
	if (sigismember(&letter->mask, SIGPIPE) || sigismember(&letter->mask, SIGXFSZ))
		sigpending(&letter->pending);
	if (write(fd, letter->whole, size) < 0)
		take_back(errno, &letter->pending);
	pthread_sigmask(SIG_SETMASK, &letter->mask, NULL);
}

static void write_line(int fd, const char *prefix, struct letter *letter)
{
	size_t size = uh_format(letter->whole, sizeof(letter->whole), "%sunhairpin[%d]: %s\n",
				prefix, (int)getpid(), letter->line);

	write_quietly(fd, letter, size);
}

/* True if stderr goes to the journal, which then reads a priority at the start of each line
 * (sd-daemon(3)): JOURNAL_STREAM names the file that stderr is now. */
static bool stderr_is_journal(void)
{
	struct stat status;
	char own[64];

	if (!*journal_stream || fstat(STDERR_FILENO, &status) != 0)
		return false;
	uh_format(own, sizeof(own), "%llu:%llu", (unsigned long long)status.st_dev,
		  (unsigned long long)status.st_ino);
	return strcmp(own, journal_stream) == 0;
}

static void to_file(const char *path, struct letter *letter)
{
	int fd = uh_move_above_stdio(
	    open(path,
		 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		 0600));

	if (fd < 0)
		return;
	write_line(fd, "", letter);
	uh_close(fd);
}

static void deliver(enum uh_log_level level, const struct uh_subject *subject,
		    struct letter *letter)
{
	const char *place = to, prefix[] = {'<', priority(level), '>', '\0'};

	if (strcmp(place, "journal") == 0 && to_journal(level, subject, letter))
		return;
	uh_journal_plain(letter->line);
	if (strcmp(place, "stderr") == 0)
		write_line(STDERR_FILENO, stderr_is_journal() ? prefix : "", letter);
	else if (*place == '/')
		to_file(place, letter);
	else
		to_syslog(level, letter);
}

/* Writes the line, after one about dropped lines if there were any. Writes nothing if memory
 * runs out. */
static void write_letter(enum uh_log_level level, const struct uh_subject *subject,
			 const char *format, va_list arguments)
{
	uint32_t dropped;
	bool allowed = uh_rate_allows(&rate, UH_LOG_WINDOW, at_most, &dropped);
	struct letter *letter;

	if (!allowed && !dropped)
		return;
	letter = mmap(NULL, sizeof(*letter), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (letter == MAP_FAILED)
		return;
	if (dropped) {
		uh_format(letter->line, sizeof(letter->line),
			  "%u line%s dropped: log_limit allows %u in %d seconds", dropped,
			  dropped == 1 ? "" : "s", at_most, UH_LOG_WINDOW);
		deliver(UH_LOG_WARNING, &(struct uh_subject){0}, letter);
	}
	if (allowed) {
		uh_format_list(letter->line, sizeof(letter->line), format, arguments);
		deliver(level, subject, letter);
	}
	munmap(letter, sizeof(*letter));
}

static void report(enum uh_log_level level, const struct uh_subject *subject,
		   const char *format, va_list arguments)
{
	int saved = errno, state;

	if (!uh_log_wants(level))
		return;
	state = uh_defer_cancel();
	write_letter(level, subject, format, arguments);
	uh_restore_cancel(state);
	errno = saved;
}

void uh_log(enum uh_log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(level, &(struct uh_subject){0}, format, arguments);
	va_end(arguments);
}

void uh_log_about(enum uh_log_level level, const struct uh_subject *subject, const char *format,
		  ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(level, subject, format, arguments);
	va_end(arguments);
}
