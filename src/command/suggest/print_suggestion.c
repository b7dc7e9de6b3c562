/* SPDX-License-Identifier: MIT */
/* print_suggestion.c: a destination with its notes and its route, as configuration or JSON. */
#include "print_suggestion.h"

#include <pwd.h>
#include <string.h>

#include "build/route_text.h"
#include "command/cli/json.h"
#include "command/cli/utf8.h"

/* The bytes of a user's name that need no escape. */
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static void write_notes(FILE *out, const struct uh_hairpin *hairpin)
{
	const char *line = hairpin->notes;

	while (*line) {
		size_t length = strcspn(line, "\n");

		fputs("#   ", out);
		fwrite(line, 1, length, out);
		putc('\n', out);
		line += length + 1;
	}
}

/* Writes a target in double quotes, as unhairpin.conf(5) has them. Single quotes keep "${" in a
 * path from being read as a variable, and a percent sign is doubled. */
static void write_target(FILE *out, const struct uh_target *target)
{
	char text[UH_TARGET_TEXT];
	unsigned char quote = '"';

	if (target->kind != UH_TARGET_UNIX) {
		fprintf(out, "\"%s\"", uh_target_format(target, text));
		return;
	}
	if (memmem(target->path, target->path_length, "${", 2))
		quote = '\'';
	fprintf(out, "%c%s", quote, target->path[0] ? "unix:" : "unix:@");
	for (unsigned i = target->path[0] == '\0'; i < target->path_length; i++) {
		unsigned char byte = (unsigned char)target->path[i];

		if (byte == '%')
			putc('%', out);
		if (byte < 0x20 || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fprintf(out, byte == quote || byte == '\\' ? "\\%c" : "%c", byte);
	}
	putc(quote, out);
}

/* Writes the destination's names, each once. Equal names are neighbours, as they are sorted. */
static void write_names(FILE *out, const struct uh_group *group)
{
	const char *last = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;

		if (!name || name == last)
			continue;
		fputs(last ? ", " : " (", out);
		uh_write_clean(out, name);
		last = name;
	}
	if (last)
		putc(')', out);
}

static const char *protocol_name(const struct uh_hairpin *hairpin)
{
	enum uh_protocol protocol = uh_connection_protocol(hairpin->group->connection[0]);

	return protocol == UH_TCP ? "tcp" : protocol == UH_UDP ? "udp" : "another protocol";
}

/*
 * Writes peer_user with the user that listens at a Unix target: by the name that
 * unhairpin.conf(5) finds, which is in /etc/passwd, else by number.
 */
static void write_peer(FILE *out, uid_t user)
{
	FILE *accounts = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)user);
	while (accounts && (entry = fgetpwent(accounts)))
		if (entry->pw_uid == user)
			break;
	if (entry && strspn(entry->pw_name, NAME_BYTES) != strlen(entry->pw_name))
		entry = NULL;
	fprintf(out, " peer_user = \"%s\"", entry ? entry->pw_name : number);
	if (accounts)
		fclose(accounts);
}

static void write_route(FILE *out, const struct uh_hairpin *hairpin,
			const struct uh_target *target, const struct uh_timed_connect *dial)
{
	fprintf(out, "route \"%s\" { to = ", hairpin->destination);
	write_target(out, target);
	if (dial->has_peer)
		write_peer(out, dial->user);
	fputs(" }\n", out);
}

void uh_suggestion_write_route(FILE *out, const struct uh_hairpin *hairpin)
{
	write_route(out, hairpin, &hairpin->target, &hairpin->dial);
}

void uh_suggestion_write(FILE *out, const struct uh_hairpin *hairpin)
{
	fprintf(out, "\n# %s", hairpin->destination);
	if (uh_connection_protocol(hairpin->group->connection[0]) != UH_TCP)
		fprintf(out, " over %s", protocol_name(hairpin));
	if (!*hairpin->name)
		write_names(out, hairpin->group);
	putc('\n', out);
	write_notes(out, hairpin);
	if (hairpin->has_possible) {
		fputs("# ", out);
		write_route(out, hairpin, &hairpin->possible, &hairpin->possible_dial);
	}
	if (hairpin->has_target)
		uh_suggestion_write_route(out, hairpin);
}

static json_t *names_json(const struct uh_group *group)
{
	json_t *names = json_array();
	const char *last = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;

		if (name && name != last)
			json_array_append_new(names, uh_json_string(name));
		last = name ? name : last;
	}
	return names;
}

static json_t *notes_json(char *notes)
{
	json_t *list = json_array();
	char *rest = NULL;

	for (char *line = strtok_r(notes, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(list, uh_json_string(line));
	return list;
}

/* Members that are not known are left out: "o*" leaves out a NULL. */
bool uh_suggestion_print_json(struct uh_hairpin *hairpin)
{
	const struct uh_times *times = &hairpin->times;
	char text[UH_TARGET_TEXT];

	return uh_json_print(
	    stdout,
	    json_pack(
		"{s:o, s:s, s:o, s:o*, s:I, s:o*, s:I, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, "
		"s:o}",
		"destination", uh_json_string(hairpin->destination), "protocol",
		protocol_name(hairpin), "names", names_json(hairpin->group), "candidate",
		hairpin->class == UH_CANDIDATE ? json_true() : NULL, "connections",
		(json_int_t)times->count, "datagrams",
		times->datagrams ? json_integer((json_int_t)times->datagrams) : NULL, "failed",
		(json_int_t)times->failed, "microseconds",
		times->timed ? uh_json_decimal(times->median) : NULL, "target",
		hairpin->has_target ? uh_json_string(uh_target_format(&hairpin->target, text))
				    : NULL,
		"target_microseconds",
		hairpin->has_target ? uh_json_decimal(hairpin->dial.microseconds) : NULL,
		"peer_user",
		hairpin->has_target && hairpin->dial.has_peer ? json_integer(hairpin->dial.user)
							      : NULL,
		"possible",
		hairpin->has_possible
		    ? uh_json_string(uh_target_format(&hairpin->possible, text))
		    : NULL,
		"only_kernel", hairpin->only_kernel ? json_true() : NULL, "notes",
		notes_json(hairpin->notes)));
}
