/* SPDX-License-Identifier: MIT */
/* compare_places.c: sends the same requests to two places, and compares the answers. */
#include "compare_places.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tls_certificate.h"
#include "command/cli/utf8.h"
#include "build/route_text.h"

enum { CONNECT_MS = 1000, ANSWER_MS = 3000, MOST = 65536 };

/* The answer to an HTTP request. */
struct answer {
	int error; /* errno if there was no answer, else 0 */
	unsigned status;
	char *text; /* at most MOST bytes and a NUL; owned, or NULL */
};

static long now_ms(void)
{
	return (long)(uh_clock_ns(CLOCK_MONOTONIC) / 1000000);
}

/* Reads until the other side ends the connection, or text is full. Returns an errno. */
static int read_all(int fd, char *text)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	long end = now_ms() + ANSWER_MS, left;
	size_t length = 0;

	while (length < MOST && (left = end - now_ms()) > 0 && poll(&one, 1, (int)left) > 0) {
		ssize_t count = recv(fd, text + length, MOST - length, MSG_DONTWAIT);

		if (count == 0 || (count < 0 && length && errno == ECONNRESET))
			return length ? 0 : ECONNRESET;
		if (count < 0)
			return errno;
		length += (size_t)count;
	}
	return length == MOST ? 0 : ETIMEDOUT;
}

/* In HTTP/1.0 the connection ends with the answer, and the body is not chunked. */
static int send_request(int fd, const char *host)
{
	char request[512];
	int length = snprintf(request, sizeof(request),
			      "GET / HTTP/1.0\r\nHost: %s\r\nUser-Agent: unhairpin/" UH_VERSION
			      "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
			      host);

	return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length ? 0 : errno;
}

static struct answer get_page(const struct uh_target *target, const char *host)
{
	struct answer answer = {.text = calloc(1, MOST + 1)};
	int fd = answer.text ? uh_timed_connect_open(target, CONNECT_MS) : -1;

	if (fd < 0) {
		answer.error = errno;
		return answer;
	}
	answer.error = send_request(fd, host);
	if (answer.error == 0)
		answer.error = read_all(fd, answer.text);
	close(fd);
	if (answer.error == 0 && sscanf(answer.text, "HTTP/1.%*1[01] %3u", &answer.status) != 1)
		answer.error = EPROTO;
	return answer;
}

/* A line without its line end. */
struct line {
	const char *at;
	size_t length;
};

static struct line next_line(const char **text)
{
	struct line line = {*text, strcspn(*text, "\n")};

	*text += line.length + ((*text)[line.length] == '\n');
	return line;
}

static bool is_same(struct line a, struct line b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

static bool is_empty(struct line line)
{
	return line.length == 0 || (line.length == 1 && *line.at == '\r');
}

enum uh_likeness uh_answers_compare(const char *before, const char *between, const char *after)
{
	size_t same = 0, differing = 0;
	bool body = false;

	while (*before && *after) {
		struct line first = next_line(&before), last = next_line(&after);
		struct line other = next_line(&between);

		if (!is_same(first, last)) {
			differing += body;
			continue;
		}
		if (!is_same(first, other))
			return UH_DIFFERENT;
		same += body;
		body = body || is_empty(first);
	}
	if (*before || *after)
		return UH_UNTRIED;
	if (*between)
		return UH_DIFFERENT;
	return differing > same ? UH_UNTRIED : UH_ALIKE;
}

/* A path, or an abstract name without the NUL before it. */
static const char *path_of(const struct uh_target *target)
{
	return target->path + (target->path[0] == '\0');
}

/* Writes a target, with bytes that could harm a terminal replaced. */
static void write_place(FILE *out, const struct uh_target *target)
{
	char text[UH_TARGET_TEXT];

	uh_write_clean(out, uh_target_format(target, text));
}

static void judge_answers(struct uh_comparison *comparison, const struct uh_place *place,
			  const struct answer answer[3], FILE *out)
{
	if (answer[0].error || answer[1].error || answer[2].error) {
		int error = answer[1].error   ? answer[1].error
			    : answer[0].error ? answer[0].error
					      : answer[2].error;

		comparison->likeness =
		    answer[1].error && !answer[0].error ? UH_DIFFERENT : UH_UNTRIED;
		fprintf(out, "GET / was not answered by both: %s", strerror(error));
		return;
	}
	bool same_status = answer[0].status == answer[1].status;

	comparison->likeness =
	    same_status ? uh_answers_compare(answer[0].text, answer[1].text, answer[2].text)
			: UH_DIFFERENT;
	comparison->shown = comparison->likeness == UH_ALIKE && answer[0].status >= 200 &&
			    answer[0].status < 400;
	if (!same_status) {
		fprintf(out, "GET / gets %u here, and %u at ", answer[1].status,
			answer[0].status);
		write_place(out, &place->target);
		return;
	}
	fprintf(out, "GET / gets %u at both, %s", answer[0].status,
		comparison->likeness == UH_ALIKE ? "and the same answer; nothing else was tried"
		: comparison->likeness == UH_DIFFERENT ? "but not the same answer"
						       : "but the answer changes each time");
}

static void compare_http(struct uh_comparison *comparison, const struct uh_place *place,
			 const struct uh_target *candidate, const char *host, FILE *out)
{
	struct answer answer[] = {get_page(&place->target, host), get_page(candidate, host),
				  get_page(&place->target, host)};

	judge_answers(comparison, place, answer, out);
	if (!comparison->by_design && candidate->kind == UH_TARGET_UNIX && answer[1].text)
		comparison->by_design =
		    uh_differs_by_design(UH_SPEECH_HTTP, path_of(candidate), answer[1].text);
	for (int i = 0; i < 3; i++)
		free(answer[i].text);
}

/* Compares the certificates, because two services rarely share one. */
static void compare_tls(struct uh_comparison *comparison, const struct uh_place *place,
			const struct uh_target *candidate, const char *name, FILE *out)
{
	size_t length = 0, other_length = 0;
	unsigned char *one = uh_tls_certificate(&place->target, name, &length);
	unsigned char *other = uh_tls_certificate(candidate, name, &other_length);

	fputs("each speaks TLS, ", out);
	if (!one && !other) {
		fputs("but no certificate could be read (TLS 1.3 encrypts it)", out);
	} else if (!one || !other || length != other_length ||
		   memcmp(one, other, length) != 0) {
		comparison->likeness = UH_DIFFERENT;
		fputs("but not with the same certificate", out);
	} else {
		comparison->likeness = UH_ALIKE;
		comparison->same_certificate = true;
		fputs("with the same certificate; nothing was tried inside of it", out);
	}
	free(one);
	free(other);
}

/* Compares the greetings of two servers that speak the same protocol, neither HTTP nor TLS. */
static void compare_speech(struct uh_comparison *comparison, const struct uh_place *place,
			   const struct uh_greeting *other, FILE *out)
{
	const struct uh_greeting *one = &place->greeting;

	if (strcmp(one->line, other->line) != 0 && one->speech != UH_SPEECH_MYSQL) {
		comparison->likeness = UH_DIFFERENT;
		fputs("their greetings differ", out);
		return;
	}
	comparison->likeness =
	    one->speech > UH_SPEECH_CLOSED || *one->line ? UH_ALIKE : UH_UNTRIED;
	fprintf(out, "each %s; ", uh_speech_text(one->speech));
	if (comparison->likeness == UH_UNTRIED)
		fputs("only connecting was tried", out);
	else
		fputs("nothing more was tried, such as logging in, where the client's address "
		      "may matter",
		      out);
}

static void compare(struct uh_comparison *comparison, const struct uh_place *place,
		    const struct uh_target *candidate, const char *name, const char *host,
		    FILE *out)
{
	struct uh_greeting other = uh_greet(candidate);

	if (candidate->kind == UH_TARGET_UNIX) {
		comparison->by_design =
		    uh_differs_by_design(place->greeting.speech, path_of(candidate), NULL);
		if (!comparison->by_design)
			comparison->by_design =
			    uh_differs_by_design(other.speech, path_of(candidate), NULL);
	}
	if (other.error || other.speech != place->greeting.speech) {
		comparison->likeness = UH_DIFFERENT;
		write_place(out, &place->target);
		fprintf(out, " %s, ", uh_speech_text(place->greeting.speech));
		write_place(out, candidate);
		fprintf(out, " %s",
			other.error ? "does not answer" : uh_speech_text(other.speech));
		if (!other.error && place->greeting.speech == UH_SPEECH_TLS)
			fputs(
			    "; a route does not end TLS, so clients that speak TLS would fail",
			    out);
	} else if (other.speech == UH_SPEECH_HTTP) {
		compare_http(comparison, place, candidate, host, out);
	} else if (other.speech == UH_SPEECH_TLS) {
		compare_tls(comparison, place, candidate, name, out);
	} else {
		compare_speech(comparison, place, &other, out);
	}
}

struct uh_comparison uh_compare(const struct uh_place *place, const struct uh_target *candidate,
				const char *name, const char *host)
{
	struct uh_comparison comparison = {.likeness = UH_UNTRIED};
	/* A longer text is cut off; the last byte stays NUL. */
	FILE *out = fmemopen(comparison.why, sizeof(comparison.why) - 1, "w");

	if (!out)
		return comparison;
	compare(&comparison, place, candidate, name, host, out);
	fclose(out);
	return comparison;
}
