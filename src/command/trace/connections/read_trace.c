/* SPDX-License-Identifier: MIT */
/* read_trace.c: reads traces from JSON lines. */
#include "read_trace.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "command/cli/diag.h"
#include "base/host_port.h"
#include "command/cli/print_fault.h"

#define NO_TRACE "no trace; expected a first line with \"unhairpin_trace\":1"
enum { LONGEST_LINE = 65536, MOST_FAULTS = 20 };
#define MOST_DATAGRAMS (1ULL << 53) /* larger numbers are not exact in JSON */

/* One file while it is read. */
struct reading {
	struct uh_trace *trace;
	const char *shown; /* what messages call the file */
	unsigned line, faults;
	bool begun; /* its first line says that it is a trace */
	bool no_memory;
	const json_t *object; /* the current line */
	const char *wrong;    /* a member of that line whose value is of the wrong kind */
};

/* Reports a fault of the current line. */
static void report_fault(struct reading *reading, const char *why)
{
	reading->trace->faults++;
	if (reading->faults++ < MOST_FAULTS)
		uh_print_fault(false, reading->shown, reading->line, why);
}

/* The member's text as it is in the line, or NULL. */
static const char *find_text(struct reading *reading, const char *name)
{
	const json_t *value = json_object_get(reading->object, name);

	if (value && !json_is_string(value))
		reading->wrong = name;
	return json_string_value(value);
}

/* The member's text interned, or NULL. */
static const char *intern_text(struct reading *reading, const char *name)
{
	const char *text = find_text(reading, name), *own;

	if (!text)
		return NULL;
	own = uh_trace_intern(reading->trace, text);
	reading->no_memory |= !own;
	return own;
}

static double find_number(struct reading *reading, const char *name, double missing)
{
	const json_t *value = json_object_get(reading->object, name);

	if (value && !json_is_number(value))
		reading->wrong = name;
	return value ? json_number_value(value) : missing;
}

/* A number from 0 to most without a fraction. */
static uint64_t find_whole(struct reading *reading, const char *name, uint64_t most)
{
	double number = find_number(reading, name, 0);
	uint64_t whole = number >= 0 && number <= (double)most ? (uint64_t)number : 0;

	if ((double)whole != number)
		reading->wrong = name;
	return whole;
}

/* Reads the members of a connection. Returns why they are none, or NULL. */
static const char *read_connection(struct reading *reading, struct uh_connection *connection)
{
	const char *address = find_text(reading, "address");
	const char *protocol = find_text(reading, "protocol");
	const char *result = find_text(reading, "result");
	double port = find_number(reading, "port", -1);

	*connection = (struct uh_connection){
	    .time = find_number(reading, "time", 0),
	    .microseconds = find_number(reading, "microseconds", -1),
	    .datagrams = find_whole(reading, "datagrams", MOST_DATAGRAMS),
	    .process = (uint32_t)find_whole(reading, "pid", UINT32_MAX),
	    .user = (uint32_t)find_whole(reading, "user", UINT32_MAX),
	    .program = intern_text(reading, "program"),
	    .name = intern_text(reading, "name"),
	    .route = intern_text(reading, "route"),
	    .place = intern_text(reading, "place"),
	    .target = intern_text(reading, "target"),
	    .protocol = protocol ? uh_ip_protocol_parse(protocol) : IPPROTO_TCP,
	};
	if (!address)
		return "no \"address\"";
	if (!uh_address_parse(address, &connection->to.address))
		return "\"address\" is not an IPv4 or IPv6 address";
	if (!(port >= 0 && port <= UINT16_MAX))
		return "\"port\" is not a number from 0 to 65535";
	if (!result)
		return "no \"result\"";
	connection->to.port = (uint16_t)port;
	connection->error = uh_result_parse(result);
	return NULL;
}

/* Takes the line's object. Returns false if the rest of the file cannot be a trace. */
static bool take_object(struct reading *reading)
{
	struct uh_trace *trace = reading->trace;
	double version = find_number(reading, "unhairpin_trace", 0);
	struct uh_connection connection;
	char text[UH_WHY];
	const char *why;

	if (version == 1) {
		if (!trace->host)
			trace->host = intern_text(reading, "host");
		if (!trace->started)
			trace->started = intern_text(reading, "started");
		return reading->begun = true;
	}
	if (!reading->begun || version) {
		report_fault(reading, NO_TRACE);
		return false;
	}
	why = read_connection(reading, &connection);
	if (reading->wrong) {
		snprintf(text, sizeof(text), "the value of \"%s\" is of the wrong kind",
			 reading->wrong);
		why = text;
	}
	if (why)
		report_fault(reading, why);
	else if (!reading->no_memory)
		reading->no_memory = !uh_trace_add(trace, &connection);
	return true;
}

/* Reads one line. Returns false if the rest of the file cannot be a trace. */
static bool read_line(struct reading *reading, const char *line, size_t length)
{
	json_error_t error;
	/* As reals: a whole number of any size is valid JSON, also in a member that is not
	 * known. */
	json_t *object = json_loadb(line, length, JSON_DECODE_INT_AS_REAL, &error);
	char why[UH_WHY];
	bool good;

	if (!json_is_object(object)) {
		if (object)
			snprintf(why, sizeof(why), "not a JSON object");
		else
			snprintf(why, sizeof(why), "not valid JSON at byte %d: %s",
				 error.position, error.text);
		json_decref(object);
		report_fault(reading, reading->begun ? why : NO_TRACE);
		return reading->begun;
	}
	reading->object = object;
	reading->wrong = NULL;
	good = take_object(reading);
	json_decref(object);
	return good;
}

/*
 * Reads up to the end of a line into text. Returns its length, more than LONGEST_LINE if it is
 * too long, or -1 at the end of the file.
 */
static long get_line(FILE *file, char *text)
{
	long length = 0;
	int byte;

	while ((byte = getc_unlocked(file)) != EOF && byte != '\n') {
		if (length < LONGEST_LINE)
			text[length] = (char)byte;
		if (++length > LONGEST_LINE)
			return length;
	}
	return byte == EOF && length == 0 ? -1 : length;
}

static bool read_lines(struct reading *reading, FILE *file)
{
	static char text[LONGEST_LINE];
	long length;

	while ((length = get_line(file, text)) >= 0 && !reading->no_memory) {
		reading->line++;
		if (length > LONGEST_LINE) {
			report_fault(reading, "the line is longer than 65536 bytes");
			return true;
		}
		if (length > 0 && !read_line(reading, text, (size_t)length))
			return true;
	}
	if (reading->no_memory)
		uh_error("%s", strerror(ENOMEM));
	else if (ferror(file))
		uh_error("%s: %s", reading->shown, strerror(errno));
	return !reading->no_memory && !ferror(file);
}

bool uh_trace_read(struct uh_trace *trace, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	struct reading reading = {.trace = trace, .shown = is_stdin ? "standard input" : name};
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	bool good;

	if (!file) {
		uh_error("%s: %s", name, strerror(errno));
		return false;
	}
	good = read_lines(&reading, file);
	if (reading.faults > MOST_FAULTS)
		uh_error("%s: %u more lines like these", reading.shown,
			 reading.faults - MOST_FAULTS);
	if (good && !reading.begun && !reading.faults)
		report_fault(&reading, "empty; expected a trace");
	if (!is_stdin)
		fclose(file);
	return good;
}
