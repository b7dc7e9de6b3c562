/* SPDX-License-Identifier: MIT */
/*
 * settings.c: the options outside of routes: log, counters, times, stand-ins, public addresses.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_level.h"
#include "config.h"

void uh_settings_begin(struct uh_settings *settings)
{
	settings->value = uh_default_settings;
}

/*
 * Records where a setting is given. Returns false, and reports, if it was given before, in any
 * file.
 */
static bool first_time(struct uh_config *config, enum uh_setting setting, const char *name,
		       unsigned line)
{
	struct uh_place *place = &config->settings.place[setting];

	if (place->file) {
		uh_fault(config, line, "\"%s\" is given twice, also at %s:%u; expected once",
			 name, place->file, place->line);
		return false;
	}
	*place = (struct uh_place){config->file, line};
	return true;
}

void uh_set_log(struct uh_config *config, unsigned line, const char *value)
{
	static const char *const words[] = {
	    [UH_LOG_OFF] = "off",   [UH_LOG_ERROR] = "error", [UH_LOG_WARNING] = "warning",
	    [UH_LOG_INFO] = "info", [UH_LOG_DEBUG] = "debug", NULL};
	int level;

	if (!first_time(config, UH_SET_LOG, "log", line))
		return;
	level = uh_word_parse(config, line, "log level", value, words,
			      "off, error, warning, info or debug");
	if (level >= 0)
		config->settings.value.log_level = level;
}

void uh_set_log_to(struct uh_config *config, unsigned line, const char *value)
{
	static const char *const words[] = {"journal", "stderr", NULL};
	char guess[UH_WHY];

	if (!first_time(config, UH_SET_LOG_TO, "log_to", line))
		return;
	if (value[0] != '/' && strcmp(value, "journal") != 0 && strcmp(value, "stderr") != 0) {
		uh_fault(
		    config, line,
		    "unknown log_to \"%s\"%s; expected journal, stderr or an absolute path",
		    value, uh_did_you_mean(value, words, guess));
		return;
	}
	config->settings.log_to = strdup(value);
	if (!config->settings.log_to)
		uh_fail(config, ENOMEM);
}

void uh_set_log_limit(struct uh_config *config, unsigned line, const char *value)
{
	char *end;
	unsigned long long limit = strtoull(value, &end, 10);

	if (!first_time(config, UH_SET_LOG_LIMIT, "log_limit", line))
		return;
	/* strtoull takes blanks and signs too. */
	if (value[0] < '0' || value[0] > '9' || *end || limit > INT32_MAX)
		uh_fault(config, line,
			 "bad log_limit \"%s\"; expected a number of lines, or 0 for no limit",
			 value);
	else
		config->settings.value.log_limit = (uint32_t)limit;
}

/* Only "on" and "off" are accepted; other words that people write for them are told. */
static void set_switch(struct uh_config *config, unsigned line, const char *name,
		       const char *value, uint32_t *on)
{
	static const char *const words[] = {"off", "on", NULL};
	static const char *const others[] = {"no", "yes", "false", "true", "0", "1"};
	int i;

	for (size_t j = 0; j < sizeof(others) / sizeof(*others); j++)
		if (strcmp(value, others[j]) == 0) {
			uh_fault(config, line,
				 "unknown %s \"%s\" (did you mean \"%s\"?); expected on or off",
				 name, value, words[j % 2]);
			return;
		}
	i = uh_word_parse(config, line, name, value, words, "on or off");
	if (i >= 0)
		*on = (uint32_t)i;
}

void uh_set_stats(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_STATS, "stats", line))
		set_switch(config, line, "stats", value, &config->settings.value.stats);
}

void uh_set_write_cache(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_WRITE_CACHE, "write_cache", line))
		set_switch(config, line, "write_cache", value,
			   &config->settings.value.write_cache);
}

/*
 * Parses "0", or digits with "ms" or "s", into milliseconds that fit an int (poll(2) takes no
 * more).
 */
static bool parse_wait(const char *value, uint32_t *milliseconds)
{
	char *unit;
	unsigned long long number = strtoull(value, &unit, 10);

	if (value[0] < '0' || value[0] > '9' || number > INT32_MAX)
		return false;
	/* strtoull takes blanks and signs too, hence the look at the first character above. */
	if (strcmp(unit, "s") == 0)
		number *= 1000;
	else if (strcmp(unit, "ms") != 0 && (*unit || number))
		return false;
	*milliseconds = (uint32_t)number;
	return number <= INT32_MAX;
}

static void set_wait(struct uh_config *config, unsigned line, const char *name,
		     const char *value, uint32_t *milliseconds)
{
	uint32_t wait;

	if (parse_wait(value, &wait))
		*milliseconds = wait;
	else
		uh_fault(config, line,
			 "bad %s \"%s\"; expected a time like \"500ms\" or \"2s\", at most %ds",
			 name, value, INT32_MAX / 1000);
}

void uh_set_backlog_wait(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_BACKLOG_WAIT, "backlog_wait", line))
		set_wait(config, line, "backlog_wait", value,
			 &config->settings.value.backlog_wait_ms);
}

void uh_set_backlog_wait_nonblocking(struct uh_config *config, unsigned line, const char *value)
{
	static const char name[] = "backlog_wait_nonblocking";

	if (first_time(config, UH_SET_BACKLOG_WAIT_NONBLOCKING, name, line))
		set_wait(config, line, name, value,
			 &config->settings.value.backlog_wait_nonblocking_ms);
}

void uh_set_retry_after(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_RETRY_AFTER, "retry_after", line))
		set_wait(config, line, "retry_after", value,
			 &config->settings.value.retry_after_ms);
}

void uh_set_retry_limit(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_RETRY_LIMIT, "retry_limit", line))
		set_wait(config, line, "retry_limit", value,
			 &config->settings.value.retry_limit_ms);
}

void uh_set_compile_limit(struct uh_config *config, unsigned line, const char *value)
{
	const struct uh_parse_request *request = config->request;
	uint32_t *limit = &config->settings.value.compile_limit_ms;

	if (!first_time(config, UH_SET_COMPILE_LIMIT, "compile_limit", line))
		return;
	set_wait(config, line, "compile_limit", value, limit);
	if (request->limit)
		request->limit(request->context, *limit);
}

/*
 * True if the destination can be a network for stand-ins: an address and prefix length of the
 * family, no ports, and enough room for names.
 */
static bool is_pool(const struct uh_destination *destination, enum uh_family family)
{
	bool v4 = uh_address_is_v4(&destination->address) &&
		  destination->prefix_length >= UH_V4_PREFIX;

	return !uh_destination_is_name(destination) && destination->first_port == 0 &&
	       destination->last_port == UINT16_MAX && v4 == (family == UH_IPV4) &&
	       destination->prefix_length <= (v4 ? UH_POOL_MAX_V4 : UH_POOL_MAX_V6);
}

static void set_pool(struct uh_config *config, unsigned line, enum uh_family family,
		     const char *value)
{
	static const char *const name[] = {"stand_in_ipv4", "stand_in_ipv6"};
	static const char *const expected[] = {
	    "an IPv4 network like \"240.0.0.0/4\", at most /24",
	    "an IPv6 network like "
	    "\"2001:db8:ffff::/48\", at most /96"};
	struct uh_destination destination;
	char why[UH_WHY];

	if (!first_time(config, UH_SET_STAND_IN_IPV4 + (enum uh_setting)family, name[family],
			line))
		return;
	if (!uh_destination_parse(value, &destination, why))
		uh_fault(config, line, "%s", why);
	else if (!is_pool(&destination, family))
		uh_fault(config, line, "bad %s \"%s\"; expected %s", name[family], value,
			 expected[family]);
	else
		config->settings.value.stand_in[family] =
		    (struct uh_prefix){destination.address, destination.prefix_length};
}

void uh_set_stand_in_ipv4(struct uh_config *config, unsigned line, const char *value)
{
	set_pool(config, line, UH_IPV4, value);
}

void uh_set_stand_in_ipv6(struct uh_config *config, unsigned line, const char *value)
{
	set_pool(config, line, UH_IPV6, value);
}

/* The address is formatted again, so that the text has no blank in it. */
void uh_set_public(struct uh_config *config, unsigned line, const char *value)
{
	struct uh_settings *settings = &config->settings;
	size_t length = settings->publics ? strlen(settings->publics) : 0;
	struct uh_address address;
	char *grown;

	if (!uh_address_parse(value, &address)) {
		uh_fault(config, line,
			 "bad address \"%s\" in public; expected an IPv4 or IPv6 address",
			 value);
		return;
	}
	grown = realloc(settings->publics, length + UH_ADDRESS_TEXT + 1);
	if (!grown) {
		uh_fail(config, ENOMEM);
		return;
	}
	settings->publics = grown;
	if (length)
		grown[length++] = ' ';
	uh_address_format(&address, grown + length);
}

/*
 * Excludes the addresses of this host's interfaces from stand-ins. Best effort: netlink may be
 * forbidden.
 */
static void add_interfaces(struct uh_config *config)
{
	struct ifaddrs *list, *at;

	if (!uh_builder_has_names(config->builder) || getifaddrs(&list) < 0)
		return;
	for (at = list; at; at = at->ifa_next) {
		struct uh_endpoint endpoint;

		if (at->ifa_addr &&
		    uh_endpoint_from_sockaddr(at->ifa_addr, sizeof(struct sockaddr_in6),
					      &endpoint) &&
		    uh_builder_interface(config->builder, &endpoint.address) < 0)
			uh_fail(config, errno);
	}
	freeifaddrs(list);
}

void uh_settings_finish(struct uh_config *config)
{
	const char *log_to = config->settings.log_to ? config->settings.log_to : "journal";
	const char *routes = config->request->inline_routes;

	add_interfaces(config);
	if (uh_builder_settings(config->builder, &config->settings.value, log_to) < 0 ||
	    (config->settings.publics &&
	     uh_builder_publics(config->builder, config->settings.publics) < 0) ||
	    (routes && uh_builder_inline(config->builder, routes) < 0))
		uh_fail(config, errno);
}
