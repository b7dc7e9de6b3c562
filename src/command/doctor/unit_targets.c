/* SPDX-License-Identifier: MIT */
/* unit_targets.c: which targets the settings of a unit keep it from. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/inspect/unit_lists.h"
#include "unit_subject.h"

/*
 * The calls that put a Unix socket in the place of the program's socket: systemd-analyze(1),
 * syscall-filter.
 */
static const struct uh_call calls[] = {
    {{"socket", "@network-io", "@system-service", "@known"}},
    {{"connect", "@network-io", "@system-service", "@known"}},
    {{"getsockopt", "@network-io", "@system-service", "@known"}},
    {{"setsockopt", "@network-io", "@system-service", "@known"}},
    {{"getsockname", "@network-io", "@system-service", "@known"}},
    {{"fcntl", "@file-system", "@system-service", "@known"}},
    {{"dup3", "@basic-io", "@system-service", "@known"}},
};

/* The effect of a setting on Unix targets, found out once for all of them. */
struct walk {
	const struct uh_unit_subject *subject;
	bool unix_forbidden, unix_seen;
};

bool uh_unit_forbids_calls(const struct uh_unit_subject *subject, const struct uh_call *call,
			   size_t count, char *text, size_t size)
{
	const char *number = uh_unit_value(&subject->unit, "SystemCallErrorNumber");
	char action[UH_ACTION], effect[UH_ACTION] = "";
	size_t length = 0;

	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		if (uh_unit_list_allows(&subject->unit, "SystemCallFilter", call[i].names,
					action) ||
		    length >= size)
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   length ? ", " : "", call[i].names[0]);
		snprintf(effect, sizeof(effect), "%s", *action || !number ? action : number);
	}
	if (length && length < size)
		snprintf(text + length, size - length, " (%s)",
			 !*effect || strcmp(effect, "kill") == 0 ? "the process is killed"
								 : effect);
	return length > 0;
}

/* Reports what forbids all Unix targets. Returns true if something does. */
static bool report_unix(const struct uh_unit_subject *subject)
{
	static const char *const family[] = {"AF_UNIX", NULL};
	char text[256], action[UH_ACTION];
	bool forbidden =
	    !uh_unit_list_allows(&subject->unit, "RestrictAddressFamilies", family, action);

	if (forbidden)
		uh_doctor_print(subject->report, UH_PART, subject->name,
				"RestrictAddressFamilies= excludes AF_UNIX, so Unix targets "
				"cannot be reached; add RestrictAddressFamilies=AF_UNIX");
	if (uh_unit_forbids_calls(subject, calls, sizeof(calls) / sizeof(*calls), text,
				  sizeof(text))) {
		forbidden = true;
		uh_doctor_print(subject->report, UH_PART, subject->name,
				"SystemCallFilter= forbids %s, which a connection to a Unix "
				"target needs; add SystemCallFilter=@network-io @file-system "
				"@basic-io",
				text);
	}
	return forbidden;
}

static bool has_own_network(const struct uh_unit *unit)
{
	return uh_unit_is_true(unit, "PrivateNetwork") &&
	       !uh_unit_value(unit, "NetworkNamespacePath") &&
	       !uh_unit_value(unit, "JoinsNamespaceOf");
}

/* The unit is known by its number and as root; others are nobody to it: PrivateUsers=. */
static bool knows_peer(const struct uh_unit_subject *subject, const struct uh_visited *visited)
{
	for (size_t i = 0; visited->peers && i < visited->peer_count; i++)
		if (visited->peers[i].id == 0 ||
		    visited->peers[i].id == subject->client.identity.user)
			return true;
	return !visited->peers || visited->peer_count == 0;
}

static void report_ip(const struct uh_unit_subject *subject, const struct uh_visited *visited)
{
	static const char *const loopback[] = {"lo", NULL};
	const struct uh_unit *unit = &subject->unit;
	char text[UH_ADDRESS_TEXT], action[UH_ACTION];
	const char *setting = NULL, *remedy = "";

	uh_address_format(&visited->address, text);
	if (has_own_network(unit)) {
		setting = "PrivateNetwork=";
		remedy = "use a Unix socket at a path";
	} else if (!uh_unit_allows_address(unit, &visited->address)) {
		setting = "IPAddressDeny=";
		remedy = "add IPAddressAllow=";
	} else if (uh_address_is_loopback(&visited->address) &&
		   !uh_unit_list_allows(unit, "RestrictNetworkInterfaces", loopback, action)) {
		setting = "RestrictNetworkInterfaces=";
		remedy = "add RestrictNetworkInterfaces=lo";
	}
	if (!setting)
		return;
	uh_doctor_unreachable(subject->report, visited->target);
	uh_doctor_print(subject->report, UH_PART, subject->name,
			"%s keeps it from %s, a target of route %s; %s%s", setting, text,
			visited->route, remedy,
			strcmp(remedy, "add IPAddressAllow=") == 0 ? text : "");
}

/* Reports an abstract name, which belongs to a network name space. */
static void report_abstract(const struct uh_unit_subject *subject,
			    const struct uh_visited *visited)
{
	if (!has_own_network(&subject->unit)) {
		uh_doctor_unix_target(subject->report, visited, &subject->client);
		return;
	}
	uh_doctor_unreachable(subject->report, visited->target);
	uh_doctor_print(subject->report, UH_PART, subject->name,
			"PrivateNetwork= hides unix:%s, a target of route %s, because it is an "
			"abstract name; use a path",
			visited->path, visited->route);
}

static const char *remedy_for(const char *key)
{
	if (strcmp(key, "PrivateTmp") == 0 || strcmp(key, "ProtectHome") == 0)
		return "move the socket to /run";
	if (strncmp(key, "Inaccessible", 12) == 0)
		return "take the path out of it";
	return "add BindPaths= for the socket's directory";
}

/* Reports what hides the socket at a path, or else whether the unit's user may connect to it.
 */
static void report_path(const struct uh_unit_subject *subject, const struct uh_visited *visited)
{
	const char *root = uh_unit_value(&subject->unit, "RootDirectory");
	struct uh_visited there = *visited;
	struct uh_unit_place place;

	uh_unit_place(&subject->unit, visited->path, &place);
	if (place.hidden_by && strcmp(place.hidden_by, "PrivateTmp") == 0 &&
	    uh_unit_value(&subject->unit, "JoinsNamespaceOf"))
		return;
	if (place.hidden_by) {
		uh_doctor_unreachable(subject->report, visited->target);
		uh_doctor_print(subject->report, UH_PART, subject->name,
				"%s= hides unix:%s, a target of route %s; %s", place.hidden_by,
				visited->path, visited->route, remedy_for(place.hidden_by));
	} else if (root && strcmp(place.here, visited->path) != 0 &&
		   access(place.here, F_OK) != 0) {
		uh_doctor_unreachable(subject->report, visited->target);
		uh_doctor_print(subject->report, UH_PART, subject->name,
				"RootDirectory=%s does not contain unix:%s, a target of route "
				"%s; add BindPaths= for its directory",
				root, visited->path, visited->route);
	} else if (subject->user_known) {
		there.path = place.here;
		uh_doctor_unix_target(subject->report, &there, &subject->client);
	}
}

static void report_target(void *context, const struct uh_visited *visited)
{
	struct walk *walk = context;
	const struct uh_unit_subject *subject = walk->subject;

	if (!visited->path) {
		report_ip(subject, visited);
		return;
	}
	if (!walk->unix_seen)
		walk->unix_forbidden = report_unix(subject);
	walk->unix_seen = true;
	if (walk->unix_forbidden)
		uh_doctor_unreachable(subject->report, visited->target);
	if (subject->user_known && uh_unit_is_true(&subject->unit, "PrivateUsers") &&
	    !knows_peer(subject, visited)) {
		uh_doctor_unreachable(subject->report, visited->target);
		uh_doctor_print(subject->report, UH_PART, subject->name,
				"PrivateUsers= shows it the owner of unix:%s as nobody, so "
				"peer_user of route %s never holds; set PrivateUsers=no, or "
				"remove peer_user",
				visited->path, visited->route);
	}
	if (*visited->path == '@')
		report_abstract(subject, visited);
	else
		report_path(subject, visited);
}

/* Reports a network of others. Their addresses and abstract names are not known here. */
static void report_network(const struct uh_unit_subject *subject)
{
	const char *path = uh_unit_value(&subject->unit, "NetworkNamespacePath");
	const char *joined = uh_unit_value(&subject->unit, "JoinsNamespaceOf");

	if (path)
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"NetworkNamespacePath=%s: IP targets and abstract names are "
				"looked up in that network name space; Unix sockets at paths "
				"are the same in all",
				path);
	else if (joined && uh_unit_is_true(&subject->unit, "PrivateNetwork"))
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"JoinsNamespaceOf=%s: IP targets and abstract names are looked "
				"up in the network name space of that unit; Unix sockets at "
				"paths are the same in all",
				joined);
}

void uh_unit_report_targets(const struct uh_unit_subject *subject)
{
	struct walk walk = {subject, false, false};

	report_network(subject);
	uh_each_target(subject->examination->table, &subject->examination->concerned,
		       report_target, &walk);
}
