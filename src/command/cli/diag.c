/* SPDX-License-Identifier: MIT */
/* diag.c: all messages on stderr, and the final check that stdout took its output. */
#include "diag.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* The text may quote user input, so control bytes are escaped for the terminal. */
void uh_error_list(const char *name, const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	fprintf(stderr, "unhairpin: %s%s", name, *name ? ": " : "");
	uh_write_clean(stderr, text);
	fputc('\n', stderr);
	free(text);
}

void uh_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	uh_error_list("", format, arguments);
	va_end(arguments);
}

void uh_output_begin(void)
{
	/*
	 * main() does not do this, because `run` would pass the ignored signal on to its
	 * program.
	 */
	signal(SIGPIPE, SIG_IGN);
}

/* poll(2) reports POLLERR for a pipe without readers, and POLLHUP for a socket. */
bool uh_output_is_closed(FILE *out)
{
	struct pollfd closed = {.fd = fileno(out)};

	return poll(&closed, 1, 0) > 0 && (closed.revents & (POLLERR | POLLHUP));
}

void uh_output_end_if_closed(FILE *out)
{
	if (!uh_output_is_closed(out))
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int uh_output_end(int status, int failure)
{
	int error;

	/* ferror(3): an earlier flush may have failed and left nothing to write now. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error = errno;
	uh_output_end_if_closed(stdout);
	uh_error("standard output: %s", strerror(error));
	return failure;
}
