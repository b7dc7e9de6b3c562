/* SPDX-License-Identifier: MIT */
/* process.c: examines a running process. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "command/inspect/proc.h"
#include "base/variable.h"

/* One examination of a process. */
struct patient {
	struct uh_examination *examination;
	struct uh_process process;
	struct uh_visitor visitor;
	char name[PATH_MAX + 16], root[64];
	char *conf, *routes, *compiled; /* owned; from its initial environment, or NULL */
};

static void proc_path(char path[64], pid_t pid, const char *name)
{
	snprintf(path, 64, "/proc/%d/%s", (int)pid, name);
}

/* Returns true if the process is in another name space of this kind than this process. */
static bool is_elsewhere(pid_t pid, const char *kind)
{
	char own[64], theirs[64];
	struct stat own_status, their_status;

	snprintf(own, sizeof(own), "/proc/self/ns/%s", kind);
	snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, kind);
	return stat(own, &own_status) == 0 && stat(theirs, &their_status) == 0 &&
	       own_status.st_ino != their_status.st_ino;
}

/* Returns a number of /proc/PID/status, or -1. */
static int status_number(pid_t pid, const char *name)
{
	char path[64], *line = NULL;
	size_t size = 0, length = strlen(name);
	int number = -1;

	proc_path(path, pid, "status");
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

	proc_path(path, pid, "environ");
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

static void keep(char **kept, const char *value)
{
	free(*kept);
	*kept = strdup(value);
}

static void take_variable(void *context, const char *variable)
{
	struct patient *patient = context;

	uh_doctor_variable(&patient->examination->findings, patient->name, variable);
	if (strncmp(variable, "UNHAIRPIN_CONF=", 15) == 0)
		keep(&patient->conf, variable + 15);
	else if (strncmp(variable, "UNHAIRPIN_ROUTES=", 17) == 0)
		keep(&patient->routes, variable + 17);
	else if (strncmp(variable, "UNHAIRPIN_COMPILED=", 19) == 0)
		keep(&patient->compiled, variable + 19);
}

static void variable_findings(struct patient *patient)
{
	struct uh_examination *examination = patient->examination;

	if (!each_variable(patient->process.pid, take_variable, patient))
		uh_doctor_print(&examination->findings, UH_NOTE,
				"%s: its variables are not for this user to see",
				patient->name);
	const struct uh_given given = {patient->conf, patient->routes, patient->compiled,
				       patient->visitor.identity.user};
	if (given.file || given.routes || given.compiled)
		uh_examine_with(examination, &given);
	free(patient->conf);
	free(patient->routes);
	free(patient->compiled);
}

static void mapping_findings(struct patient *patient)
{
	struct uh_examination *examination = patient->examination;
	struct uh_doctor_report *findings = &examination->findings;
	const struct uh_process *process = &patient->process;

	switch (process->mapped) {
	case UH_MAPPED:
		uh_doctor_print(findings, UH_OK, "%s: has the object", patient->name);
		break;
	case UH_MAPPED_REPLACED:
		uh_doctor_print(
		    findings, UH_NOTE,
		    "%s: has a copy of the object that was replaced since; restart it",
		    patient->name);
		break;
	case UH_MAPPED_UNKNOWN:
		uh_doctor_print(findings, UH_NOTE,
				"%s: its mappings are not for this user to see; ask as root",
				patient->name);
		break;
	case UH_NOT_MAPPED:
		if (process->has_elf && uh_elf_obstacle(&process->elf, &examination->object))
			return; /* already reported by uh_doctor_elf() */
		uh_doctor_print(
		    findings, UH_FAULT,
		    "%s: does not have the object, as it was started without; restart it "
		    "by 'unhairpin run', with LD_PRELOAD, or after 'unhairpin global enable'",
		    patient->name);
	}
}

static bool uses_io_uring(pid_t pid)
{
	char path[64], target[64], link[PATH_MAX];
	const struct dirent *entry;
	bool uses = false;

	proc_path(path, pid, "fd");
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
static void confinement_findings(struct patient *patient)
{
	struct uh_doctor_report *findings = &patient->examination->findings;
	pid_t pid = patient->process.pid;

	if (status_number(pid, "Seccomp") == 2)
		uh_doctor_print(findings, UH_NOTE,
				"%s: has a seccomp filter; where that refuses socket(AF_UNIX), "
				"connections go where they ask to",
				patient->name);
	if (status_number(pid, "NoNewPrivs") == 1)
		uh_doctor_print(findings, UH_NOTE,
				"%s: has no_new_privs set; once it set that itself, the "
				"configuration is not read again",
				patient->name);
	if (uses_io_uring(pid))
		uh_doctor_print(
		    findings, UH_NOTE,
		    "%s: uses io_uring; what it connects by that is not seen, and goes "
		    "where it asks to",
		    patient->name);
}

static void place_findings(struct patient *patient)
{
	struct uh_doctor_report *findings = &patient->examination->findings;
	pid_t pid = patient->process.pid;

	if (is_elsewhere(pid, "net")) {
		patient->visitor.other_network = true;
		uh_doctor_print(
		    findings, UH_NOTE,
		    "%s: is in another network name space; local addresses are its own",
		    patient->name);
	}
	if (is_elsewhere(pid, "mnt")) {
		proc_path(patient->root, pid, "root");
		patient->visitor.root = patient->root;
		uh_doctor_print(
		    findings, UH_NOTE,
		    "%s: is in another mount name space; paths are looked for in %s",
		    patient->name, patient->root);
	}
}

void uh_examine_process(struct uh_examination *examination, pid_t pid)
{
	struct uh_doctor_report *findings = &examination->findings;
	struct patient patient = {.examination = examination};

	if (!uh_process_read(pid, &patient.process)) {
		uh_doctor_print(
		    findings, UH_FAULT,
		    "process %d: %s; give the number of a program that runs", (int)pid,
		    errno == EACCES ? "not for this user to look at" : "no such program");
		return;
	}
	snprintf(patient.name, sizeof(patient.name), "process %d (%s)", (int)pid,
		 patient.process.program);
	patient.visitor = (struct uh_visitor){.name = patient.name, .root = ""};
	uh_credentials_of_process(pid, &patient.visitor.identity);
	/* An object that was loaded matches the libc. Only a Go program passes it by. */
	if (patient.process.has_elf &&
	    (patient.process.mapped != UH_MAPPED || patient.process.elf.is_go))
		uh_doctor_elf(findings, patient.process.program, &patient.process.elf,
			      &examination->object);
	mapping_findings(&patient);
	variable_findings(&patient);
	confinement_findings(&patient);
	place_findings(&patient);
	if (examination->table)
		uh_doctor_unix_targets(findings, examination->table, &patient.visitor);
}
