/* SPDX-License-Identifier: MIT */
/* trace_read.c: traces, from JSON lines to memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "base/hash_map.h"
#include "command/cli/json.h"
#include "trace_read.h"

#define NO_TRACE "no trace; expected a first line with \"unhairpin_trace\":1"
enum { LONGEST_LINE = 65536, MOST_FAULTS = 20 };

/* A trace repeats a few texts many times. */
struct uh_trace_texts {
	UT_hash_handle hh;
	char text[];
};

/* One file while it is read. */
struct reading {
	struct uh_trace *trace;
	const char *shown; /* the file for people */
	unsigned line, faults;
	bool begun;	/* its first line says that it is a trace */
	double version; /* of the trace that the line says it begins, or 0 */
	struct uh_connection connection;
	const char *host, *started, *address, *protocol;
	double port;
	const char *wrong; /* a member that is of another kind than it should be */
	bool no_memory;
};

static const char *keep(struct reading *reading, const char *text)
{
	struct uh_trace_texts *found = NULL, **set = &reading->trace->texts;
	size_t length = strlen(text);

	HASH_FIND(hh, *set, text, length, found);
	if (found)
		return found->text;
	found = calloc(1, sizeof(*found) + length + 1);
	if (found) {
		memcpy(found->text, text, length);
		HASH_ADD(hh, *set, text[0], length, found);
	}
	if (found && found->hh.tbl)
		return found->text;
	free(found);
	reading->no_memory = true;
	return NULL;
}

/* Where each member goes: a text, a number, or a whole number. */
enum kind { TEXT, NUMBER, WHOLE };
static const struct member {
	const char *name;
	enum kind kind;
	size_t offset;
} members[] = {
#define IN(field) offsetof(struct reading, field)
    {"unhairpin_trace", NUMBER, IN(version)},
    {"host", TEXT, IN(host)},
    {"started", TEXT, IN(started)},
    {"time", NUMBER, IN(connection.time)},
    {"pid", WHOLE, IN(connection.process)},
    {"program", TEXT, IN(connection.program)},
    {"user", WHOLE, IN(connection.user)},
    {"name", TEXT, IN(connection.name)},
    {"address", TEXT, IN(address)},
    {"port", NUMBER, IN(port)},
    {"protocol", TEXT, IN(protocol)},
    {"microseconds", NUMBER, IN(connection.microseconds)},
    {"result", TEXT, IN(connection.result)},
    {"route", TEXT, IN(connection.route)},
    {"place", TEXT, IN(connection.place)},
    {"target", TEXT, IN(connection.target)},
#undef IN
};

static void set_number(struct reading *reading, const struct member *member, double number)
{
	char *field = (char *)reading + member->offset;
	uint32_t whole = number >= 0 && number <= UINT32_MAX ? (uint32_t)number : 0;

	if (member->kind == NUMBER)
		memcpy(field, &number, sizeof(number));
	else if (whole == number)
		memcpy(field, &whole, sizeof(whole));
	else
		reading->wrong = member->name;
}

static void on_member(void *context, const char *name, const struct uh_json_value *value)
{
	struct reading *reading = context;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const struct member *member = &members[i];

		if (strcmp(member->name, name) != 0)
			continue;
		if (value->kind != (member->kind == TEXT ? UH_JSON_TEXT : UH_JSON_NUMBER))
			reading->wrong = member->name;
		else if (member->kind == TEXT)
			*(const char **)((char *)reading + member->offset) =
			    keep(reading, value->text);
		else
			set_number(reading, member, value->number);
	}
}

/* Others than these have no routes: no protocol, then. */
static enum uh_protocol read_protocol(const char *text)
{
	if (!text || strcmp(text, "tcp") == 0)
		return UH_TCP;
	return strcmp(text, "udp") == 0 ? UH_UDP : 0;
}

/* Why the members are no connection, or NULL. */
static const char *complete(struct reading *reading)
{
	struct uh_connection *connection = &reading->connection;

	if (!reading->address)
		return "no \"address\"";
	if (!uh_address_parse(reading->address, &connection->to.address))
		return "\"address\" is none; expected one of IPv4 or IPv6";
	if (!(reading->port >= 0 && reading->port <= UINT16_MAX))
		return "\"port\" is none; expected 0 to 65535";
	if (!connection->result)
		return "no \"result\"";
	connection->protocol = read_protocol(reading->protocol);
	connection->to.port = (uint16_t)reading->port;
	if (!connection->program)
		connection->program = keep(reading, "?");
	return NULL;
}

static void fault(struct reading *reading, const char *why)
{
	reading->trace->faults++;
	if (reading->faults++ < MOST_FAULTS)
		uh_print_fault(false, reading->shown, reading->line, why);
}

static bool add(struct reading *reading)
{
	struct uh_trace *trace = reading->trace;
	struct uh_connection *grown =
	    uh_array_grow(trace->connection, trace->count, sizeof(*grown));

	if (!grown)
		return false;
	trace->connection = grown;
	grown[trace->count++] = reading->connection;
	return true;
}

static void take_header(struct reading *reading)
{
	if (!reading->trace->host)
		reading->trace->host = reading->host;
	if (!reading->trace->started)
		reading->trace->started = reading->started;
}

/* The members of one line. False: the file is no trace that we know, or no memory. */
static bool take_line(struct reading *reading)
{
	const char *why;
	char text[UH_WHY];

	if (reading->version == 1) {
		take_header(reading);
		return reading->begun = true;
	}
	if (!reading->begun || reading->version) {
		fault(reading, NO_TRACE);
		return false;
	}
	if (reading->wrong) {
		snprintf(text, sizeof(text), "\"%s\" is of the wrong kind", reading->wrong);
		fault(reading, text);
		return true;
	}
	why = complete(reading);
	if (!why)
		return add(reading);
	fault(reading, why);
	return true;
}

static bool read_line(struct reading *reading, char *line, size_t length)
{
	char why[UH_WHY];

	reading->connection = (struct uh_connection){.microseconds = -1};
	reading->host = reading->started = reading->address = NULL;
	reading->protocol = reading->wrong = NULL;
	reading->port = -1;
	reading->version = 0;
	if (!uh_json_object(line, length, on_member, reading, why)) {
		fault(reading, reading->begun ? why : NO_TRACE);
		return reading->begun;
	}
	return take_line(reading);
}

/* Reads up to the end of a line into text. Returns its length, over LONGEST_LINE for too long,
 * or -1 at the end of the file. */
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
	text[length] = '\0';
	return byte == EOF && length == 0 ? -1 : length;
}

static bool read_lines(struct reading *reading, FILE *file)
{
	static char text[LONGEST_LINE + 1];
	long length;

	while ((length = get_line(file, text)) >= 0 && !reading->no_memory) {
		reading->line++;
		if (length > LONGEST_LINE) {
			fault(reading, "a line of over 65536 bytes");
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

bool uh_trace_read_stream(struct uh_trace *trace, FILE *file, const char *shown)
{
	struct reading reading = {.trace = trace, .shown = shown};
	bool good = read_lines(&reading, file);

	if (reading.faults > MOST_FAULTS)
		uh_error("%s: %u more lines like these", shown, reading.faults - MOST_FAULTS);
	if (good && !reading.begun && !reading.faults)
		fault(&reading, "empty; expected a trace");
	return good;
}

bool uh_trace_read(struct uh_trace *trace, const char *name)
{
	FILE *file;

	if (strcmp(name, "-") == 0)
		return uh_trace_read_stream(trace, stdin, "standard input");
	file = fopen(name, "re");
	if (!file) {
		uh_error("%s: %s", name, strerror(errno));
		return false;
	}
	bool good = uh_trace_read_stream(trace, file, name);

	fclose(file);
	return good;
}

void uh_trace_free(struct uh_trace *trace)
{
	UH_HASH_FREE(trace->texts, free);
	free(trace->connection);
}
