/* SPDX-License-Identifier: MIT */
/* process.c: examines a running process. */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/variable.h"
#include "command/inspect/proc.h"
#include "kernel_cover.h"
#include "machine.h"
#include "program.h"
#include "variables.h"
#include "verdict.h"

/* One examination of a process. */
struct subject {
	struct uh_examination *examination;
	struct uh_process process;
	struct uh_client client;
	char name[PATH_MAX + 16], root[64];
	char *conf, *routes, *compiled; /* owned; from its initial environment, or NULL */
};

/* Returns a number of /proc/PID/status, or -1. */
static int status_number(pid_t pid, const char *name)
{
	char path[64], *line = NULL;
	size_t size = 0, length = strlen(name);
	int number = -1;

	uh_proc_path(path, pid, "status");
	FILE *file = fopen(path, "re");
	while (file && number < 0 && getline(&line, &size, file) > 0)
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			number = (int)strtol(line + length + 1, NULL, 10);
	free(line);
	if (file)
		fclose(file);
	return number;
}

/*
 * Calls take for each variable of the process's initial environment. Returns false if this user
 * may not read it.
 */
static bool each_variable(pid_t pid, void (*take)(void *context, const char *variable),
			  void *context)
{
	char path[64], *variable = NULL;
	size_t size = 0;

	uh_proc_path(path, pid, "environ");
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	while (getdelim(&variable, &size, '\0', file) > 0) {
		uh_variable_clean(variable);
		take(context, variable);
	}
	free(variable);
	fclose(file);
	return true;
}

static void replace_text(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

static void read_variable(void *context, const char *variable)
{
	struct subject *subject = context;

	uh_doctor_variable(&subject->examination->report, subject->name, variable);
	if (strncmp(variable, "UNHAIRPIN_CONF=", 15) == 0)
		replace_text(&subject->conf, variable + 15);
	else if (strncmp(variable, "UNHAIRPIN_ROUTES=", 17) == 0)
		replace_text(&subject->routes, variable + 17);
	else if (strncmp(variable, "UNHAIRPIN_COMPILED=", 19) == 0)
		replace_text(&subject->compiled, variable + 19);
}

static void report_variables(struct subject *subject)
{
	struct uh_examination *examination = subject->examination;

	if (!each_variable(subject->process.pid, read_variable, subject))
		uh_doctor_print(&examination->report, UH_NOTE, subject->name,
				"this user may not read its environment; run doctor as root");
	const struct uh_program_settings settings = {
	    subject->conf, subject->routes, subject->compiled, subject->client.identity.user};
	uh_doctor_machine(examination, &settings);
	free(subject->conf);
	free(subject->routes);
	free(subject->compiled);
}

static void report_mapping(struct subject *subject)
{
	struct uh_examination *examination = subject->examination;
	struct uh_doctor_report *report = &examination->report;
	const struct uh_process *process = &subject->process;

	switch (process->mapped) {
	case UH_MAPPED:
		uh_doctor_print(report, UH_OK, subject->name, "has loaded the preload object");
		break;
	case UH_MAPPED_REPLACED:
		uh_doctor_print(report, UH_NOTE, subject->name,
				"has loaded a copy of the preload object that was replaced "
				"since; restart the process");
		break;
	case UH_MAPPED_UNKNOWN:
		uh_doctor_print(report, UH_NOTE, subject->name,
				"this user may not read its mappings; run doctor as root");
		break;
	case UH_NOT_MAPPED:
		if (process->has_elf && uh_elf_obstacle(&process->elf, &examination->object))
			return; /* already reported by uh_doctor_elf() */
		uh_doctor_uncaught(
		    report, subject->name,
		    "has not loaded the preload object, because it was started "
		    "without it; restart it with 'unhairpin run' or LD_PRELOAD, or "
		    "after 'unhairpin global enable'");
	}
}

static bool uses_io_uring(pid_t pid)
{
	char path[64], target[64], link[PATH_MAX];
	const struct dirent *entry;
	bool uses = false;

	uh_proc_path(path, pid, "fd");
	DIR *list = opendir(path);
	while (list && !uses && (entry = readdir(list))) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		ssize_t length = readlink(link, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		uses = strcmp(target, "anon_inode:[io_uring]") == 0;
	}
	if (list)
		closedir(list);
	return uses;
}

/* Reports restrictions that the process set, or inherited. */
static void report_restrictions(struct subject *subject)
{
	struct uh_doctor_report *report = &subject->examination->report;
	pid_t pid = subject->process.pid;

	if (status_number(pid, "Seccomp") == 2)
		uh_doctor_print(report, UH_NOTE, subject->name,
				"has a seccomp filter; if the filter refuses socket(AF_UNIX), "
				"connections go to their original addresses");
	if (status_number(pid, "NoNewPrivs") == 1)
		uh_doctor_print(report, UH_NOTE, subject->name,
				"has no_new_privs set; if the process set it itself, it does "
				"not read the configuration again");
	if (uses_io_uring(pid))
		uh_doctor_print(report, UH_NOTE, subject->name,
				"uses io_uring; connections that it makes through io_uring are "
				"%s",
				*report->kernel->cgroup
				    ? "routed to IP targets only, by the kernel"
				    : "not routed");
}

static void report_name_spaces(struct subject *subject)
{
	struct uh_doctor_report *report = &subject->examination->report;
	pid_t pid = subject->process.pid;

	if (uh_process_is_elsewhere(pid, "net")) {
		subject->client.other_network = true;
		uh_doctor_print(
		    report, UH_NOTE, subject->name,
		    "is in another network name space, which has local addresses of its own");
	}
	if (uh_process_is_elsewhere(pid, "mnt")) {
		uh_proc_path(subject->root, pid, "root");
		subject->client.root = subject->root;
		uh_doctor_print(report, UH_NOTE, subject->name,
				"is in another mount name space; paths are checked below %s",
				subject->root);
	}
}

/* Says which process is examined, and how. */
static void report_subject(struct subject *subject, pid_t pid)
{
	struct uh_examination *examination = subject->examination;

	snprintf(subject->name, sizeof(subject->name), "process %d (%s)", (int)pid,
		 subject->process.program);
	subject->client = (struct uh_client){.name = subject->name, .root = ""};
	uh_credentials_of_process(pid, &subject->client.identity);
	examination->subject = subject->name;
	examination->concerned = (struct uh_concerned){subject->process.program,
						       subject->client.identity.user, false};
	uh_doctor_print(&examination->report, UH_OK, subject->name,
			"examined as program %s of user %u", subject->process.program,
			subject->client.identity.user);
}

static void examine(struct subject *subject)
{
	struct uh_examination *examination = subject->examination;
	struct uh_doctor_report *report = &examination->report;

	/* An object that is loaded fits the program. Only Go code bypasses it. */
	if (subject->process.has_elf &&
	    (subject->process.mapped != UH_MAPPED || subject->process.elf.is_go))
		uh_doctor_elf(report, subject->process.program, &subject->process.elf,
			      &examination->object);
	report_mapping(subject);
	report_restrictions(subject);
	report_name_spaces(subject);
	if (examination->table)
		uh_doctor_unix_targets(report, examination->table, &examination->concerned,
				       &subject->client);
}

void uh_doctor_process(struct uh_examination *examination, pid_t pid)
{
	struct uh_doctor_report *report = &examination->report;
	struct subject subject = {.examination = examination};
	struct uh_kernel_cover kernel;

	snprintf(subject.name, sizeof(subject.name), "process %d", (int)pid);
	examination->subject = subject.name;
	if (uh_process_read(pid, &subject.process)) {
		report_subject(&subject, pid);
		report_variables(&subject);
		uh_kernel_cover_of_process(&kernel, pid, examination->table);
		report->kernel = &kernel;
		examine(&subject);
		report->kernel = NULL;
	} else {
		uh_doctor_print(report, UH_FAULT, subject.name, "%s",
				errno == EACCES
				    ? "this user may not look at it; run doctor as root"
				    : "is not running, or is a kernel thread; give the ID of a "
				      "running program");
	}
	uh_doctor_verdict(examination);
	examination->subject = NULL;
}
