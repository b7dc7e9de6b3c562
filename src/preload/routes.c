/* SPDX-License-Identifier: MIT */
/*
 * routes.c: reads the routes on first use, and hands them out with one load ever after.
 *
 * The first reader works with all signals blocked, so that no handler of its own thread can
 * come back here, and a fork waits for it (pthread_atfork), so that no child finds the work
 * half done.
 */
#include "routes.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptors.h"
#include "environment.h"
#include "epoll_sets.h"
#include "loader.h"
#include "look_up.h"
#include "report.h"
#include "tell.h"
#include "user_memory.h"

#define PARSER "$ORIGIN/" UH_PARSER_OBJECT

static struct uh_routes routes = {.self.effective_user = geteuid};
static _Atomic(const struct uh_routes *) current;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

static void lock_for_fork(void)
{
	pthread_mutex_lock(&reading);
}

static void unlock_after_fork(void)
{
	pthread_mutex_unlock(&reading);
}

/*
 * From the start, not with the first read: a fork that is under way when the handlers are
 * registered calls none of them. No system call is made, nothing is allocated.
 */
__attribute__((constructor)) static void hold_forks(void)
{
	pthread_atfork(lock_for_fork, unlock_after_fork, unlock_after_fork);
}

static void report_fault(void *context, bool warning, const char *file, unsigned line,
			 const char *text)
{
	enum uh_log_level level = warning ? UH_LOG_WARNING : UH_LOG_ERROR;

	(void)context;
	if (file && line)
		uh_report(level, "%s:%u: %s", file, line, text);
	else if (file)
		uh_report(level, "%s: %s", file, text);
	else
		uh_report(level, "%s", text);
}

/* UNHAIRPIN_LOG=LEVEL or LEVEL:PLACE. Returns the level, or -1, and the place, or NULL. */
static int log_variable(const char **place)
{
	const char *value = uh_variable("UNHAIRPIN_LOG");
	const char *colon = value ? strchr(value, ':') : NULL;
	char name[16];

	*place = colon ? colon + 1 : NULL;
	if (!value)
		return -1;
	snprintf(name, sizeof(name), "%.*s",
		 colon ? (int)(colon - value) : (int)sizeof(name) - 1, value);
	return uh_log_level_parse(name);
}

static void set_log(const struct uh_table *table)
{
	const struct uh_table_settings *settings = table ? uh_table_settings(table) : NULL;
	const char *place;
	int level = log_variable(&place);

	if (level < 0)
		level = settings ? settings->log_level : UH_LOG_WARNING;
	if (!place)
		place = settings ? uh_table_text(table, settings->log_to) : "journal";
	uh_report_to((enum uh_log_level)level, place);
}

bool uh_may_have_routes(void)
{
	const char *off = uh_variable("UNHAIRPIN");
	int saved = errno;
	bool may = !(off && strcmp(off, "off") == 0) &&
		   (uh_variable("UNHAIRPIN_CONF") || uh_variable("UNHAIRPIN_ROUTES") ||
		    access(UH_DEFAULT_CONF, F_OK) == 0);

	errno = saved;
	return may;
}

/* False when there is nothing to read after all, or nothing that may be. */
static bool ask_for(struct uh_parse_request *request)
{
	const char *file = uh_variable("UNHAIRPIN_CONF");

	*request = (struct uh_parse_request){
	    .version = UH_PARSER_VERSION,
	    .file = file ? file : UH_DEFAULT_CONF,
	    .optional = !file,
	    .inline_routes = uh_variable("UNHAIRPIN_ROUTES"),
	    .check_owner = true,
	    .secure = getauxval(AT_SECURE),
	    .report = {.fault = report_fault},
	};
	if (*request->file != '/') {
		uh_report(UH_LOG_ERROR, "UNHAIRPIN_CONF=%s: expected an absolute path",
			  request->file);
		return false;
	}
	if (strcmp(request->file, "/dev/null") == 0 ||
	    (request->optional && access(request->file, F_OK) != 0))
		request->file = NULL;
	return request->file || (request->inline_routes && *request->inline_routes);
}

static void judge_programs(const struct uh_table *table)
{
	size_t bytes = (uh_table_conditions(table) + 7) / 8;
	static unsigned char few[64];
	unsigned char *verdict = bytes <= sizeof(few) ? few : calloc(1, bytes);
	char executable[4096];
	ssize_t length = readlink("/proc/self/exe", executable, sizeof(executable) - 1);

	executable[length > 0 ? length : 0] = '\0';
	if (bytes && verdict)
		uh_table_judge_programs(table, executable, verdict);
	routes.self.matches_programs = verdict;
}

static void read_routes(void)
{
	struct uh_parse_request request;
	char why[UH_WHY];
	void *image;
	size_t size;

	if (!uh_may_have_routes())
		return;
	set_log(NULL);
	if (!ask_for(&request))
		return;
	image = uh_load_table(PARSER, &request, &size, why);
	if (!image) {
		if (errno == ELIBACC)
			uh_report(UH_LOG_ERROR, "no routes: the parser can't be loaded: %s",
				  why);
		else
			uh_report(UH_LOG_ERROR,
				  "no routes: every connection goes where it asks to");
		return;
	}
	routes.table = uh_table_open(image, size);
	if (!routes.table) {
		munmap(image, size);
		return;
	}
	set_log(routes.table);
	if (uh_report_wants(UH_LOG_WARNING))
		routes.tell = uh_tell;
	judge_programs(routes.table);
	uh_epoll_sets_discover();
	uh_learn_limit();
	uh_report(UH_LOG_INFO, "%u route%s read", uh_table_routes(routes.table),
		  uh_table_routes(routes.table) == 1 ? "" : "s");
}

/* Double-checked: whoever waited finds the work done. */
static const struct uh_routes *read_once(void)
{
	sigset_t all, before;
	int saved = errno, state;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	state = uh_hold_cancel();
	pthread_mutex_lock(&reading);
	if (!atomic_load(&current)) {
		read_routes();
		atomic_store_explicit(&current, &routes, memory_order_release);
	}
	pthread_mutex_unlock(&reading);
	uh_release_cancel(state);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return &routes;
}

const struct uh_routes *uh_routes(void)
{
	const struct uh_routes *known = atomic_load_explicit(&current, memory_order_acquire);

	return __builtin_expect(known != NULL, 1) ? known : read_once();
}

bool uh_asks_for(int fd, const struct sockaddr *address, socklen_t length,
		 struct uh_endpoint *asked)
{
	/* The least is a sockaddr_in, the most what the kernel takes (move_addr_to_kernel). */
	if (length < 16 || length > sizeof(struct sockaddr_storage) ||
	    !uh_readable(fd, address, length))
		return false;
	return uh_endpoint_from_sockaddr(address, length, asked);
}

socklen_t uh_real_name(int fd, const struct sockaddr *address, socklen_t length,
		       struct sockaddr_storage *real)
{
	struct uh_endpoint asked;

	if (!uh_known_any() || !uh_asks_for(fd, address, length, &asked))
		return 0;
	return uh_known_real(&asked, address->sa_family, real);
}
