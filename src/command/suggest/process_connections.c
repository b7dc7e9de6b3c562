/* SPDX-License-Identifier: MIT */
/* process_connections.c: finds a process's sockets in the tables of /proc/PID/net. */
#include "process_connections.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/doctor/kernel_cover.h"
#include "command/inspect/ip_sockets.h"
#include "command/inspect/listeners.h"
#include "command/inspect/proc.h"

/* One reading: the process's sockets, and the ports at which somebody listens. */
struct reading {
	struct uh_trace *trace;
	struct uh_connection connection; /* the members that all its connections have */
	unsigned long *inode;
	size_t count;
	bool failed; /* memory ran out, which is reported */
	bool listening[65536];
};

static const struct {
	const char *name;
	uint16_t protocol;
} tables[] = {{"net/tcp", IPPROTO_TCP},
	      {"net/tcp6", IPPROTO_TCP},
	      {"net/udp", IPPROTO_UDP},
	      {"net/udp6", IPPROTO_UDP}};

static void add_inode(void *context, pid_t process, unsigned long inode)
{
	struct reading *reading = context;
	unsigned long *grown = uh_array_grow(reading->inode, reading->count, sizeof(*grown));

	(void)process;
	if (!grown) {
		reading->failed = true;
		return;
	}
	reading->inode = grown;
	grown[reading->count++] = inode;
}

static bool is_own(const struct reading *reading, unsigned long inode)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->inode[i] == inode)
			return true;
	return false;
}

static void note_listener(struct reading *reading, const struct uh_ip_socket *socket)
{
	if (reading->connection.protocol == IPPROTO_TCP && socket->state == UH_IP_LISTENING)
		reading->listening[socket->local.port] = true;
}

static void add_connection(struct reading *reading, const struct uh_ip_socket *socket)
{
	struct uh_connection connection = reading->connection;

	if ((socket->state != UH_IP_ESTABLISHED && socket->state != UH_IP_SYN_SENT) ||
	    socket->remote.port == 0 ||
	    (connection.protocol == IPPROTO_TCP && reading->listening[socket->local.port]) ||
	    !is_own(reading, socket->inode))
		return;
	connection.to = socket->remote;
	connection.user = socket->user;
	connection.error = socket->state == UH_IP_ESTABLISHED ? 0 : UH_TRACE_UNKNOWN;
	if (!uh_trace_add(reading->trace, &connection))
		reading->failed = true;
}

/* Calls visit for each socket of each table. A table is missing if IPv6 is. */
static void each_socket(struct reading *reading, pid_t process,
			void (*visit)(struct reading *reading,
				      const struct uh_ip_socket *socket))
{
	char path[64], line[512];
	struct uh_ip_socket socket;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		uh_proc_path(path, process, tables[i].name);
		FILE *file = fopen(path, "re");

		reading->connection.protocol = tables[i].protocol;
		while (file && fgets(line, sizeof(line), file))
			if (uh_ip_socket_parse(line, &socket))
				visit(reading, &socket);
		if (file)
			fclose(file);
	}
}

/*
 * Sets *text to the reason why only the kernel back end can route the process, and what to do;
 * to NULL if the preload object can. Returns false on failure (reported).
 */
static bool explain(const struct uh_process *process, struct uh_trace *trace, const char **text)
{
	const char *path = uh_installed_object_path();
	struct uh_kernel_cover cover;
	enum uh_obstacle obstacle;
	struct uh_elf object;
	char why[2 * PATH_MAX];

	*text = NULL;
	if (!path)
		return false;
	if (!process->has_elf || !uh_elf_read_path(path, &object))
		return true;
	obstacle = uh_elf_obstacle(&process->elf, &object);
	if (obstacle == UH_NO_OBSTACLE)
		return true;
	uh_kernel_cover_of_process(&cover, process->pid, NULL);
	if (*cover.cgroup)
		snprintf(why, sizeof(why),
			 "the kernel catches %s (cgroup %s) after 'unhairpin kernel reload'; "
			 "the preload object cannot: %s",
			 uh_program_name(process->program), cover.cgroup,
			 uh_obstacle_text(&process->elf, obstacle));
	else
		snprintf(why, sizeof(why), "only '%s' catches %s: %s", cover.command,
			 uh_program_name(process->program),
			 uh_obstacle_text(&process->elf, obstacle));
	*text = uh_trace_intern(trace, why);
	return *text;
}

static bool read_process(pid_t pid, struct uh_process *process)
{
	if (!uh_process_read(pid, process))
		uh_error("process %d: %s", (int)pid,
			 errno == EACCES ? "this user may not look at it; run suggest as root"
					 : "is not running, or is a kernel thread");
	else if (uh_process_is_elsewhere(pid, "net"))
		uh_error("process %d is in another network name space; run suggest there: "
			 "'nsenter -n -t %d unhairpin suggest ...'",
			 (int)pid, (int)pid);
	else
		return true;
	return false;
}

bool uh_process_connections(struct uh_trace *trace, pid_t pid)
{
	struct reading reading = {.trace = trace,
				  .connection = {.microseconds = -1, .process = (uint32_t)pid}};
	struct uh_process process;
	bool good;

	if (!read_process(pid, &process) ||
	    !explain(&process, trace, &reading.connection.only_kernel))
		return false;
	reading.connection.program = uh_trace_intern(trace, process.program);
	good = uh_sockets_of_process(pid, add_inode, &reading);
	if (!good)
		uh_error("process %d: its descriptors cannot be read: %s; run suggest as root",
			 (int)pid, strerror(errno));
	if (good) {
		each_socket(&reading, pid, note_listener);
		each_socket(&reading, pid, add_connection);
		good = !reading.failed && reading.connection.program;
	}
	free(reading.inode);
	return good;
}
