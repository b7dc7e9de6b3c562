/* SPDX-License-Identifier: MIT */
/* proc.c: reads /proc/PID, as far as the kernel allows this user. */
#include "proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "preload_list.h"

void uh_proc_path(char path[64], pid_t pid, const char *name)
{
	snprintf(path, 64, "/proc/%d/%s", (int)pid, name);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/*
 * Checks whether a line of /proc/PID/maps ends with the path of our object (of the build for
 * glibc or for musl).
 */
static enum uh_object_mapping mapping(char *line)
{
	static const char deleted[] = " (deleted)";
	enum uh_object_mapping mapped = UH_MAPPED;

	line[strcspn(line, "\n")] = '\0';
	if (ends_with(line, deleted)) {
		line[strlen(line) - (sizeof(deleted) - 1)] = '\0';
		mapped = UH_MAPPED_REPLACED;
	}
	return ends_with(line, "/" UH_OBJECT) || ends_with(line, "/libunhairpin-musl.so")
		   ? mapped
		   : UH_NOT_MAPPED;
}

static enum uh_object_mapping find_mapping(pid_t pid)
{
	char path[64], *line = NULL;
	enum uh_object_mapping mapped = UH_NOT_MAPPED;
	size_t size = 0;

	uh_proc_path(path, pid, "maps");
	FILE *maps = fopen(path, "re");
	if (!maps)
		return UH_MAPPED_UNKNOWN;
	while (mapped == UH_NOT_MAPPED && getline(&line, &size, maps) > 0)
		mapped = mapping(line);
	/* maps of another user's process can be opened but not read. */
	if (mapped == UH_NOT_MAPPED && (ferror(maps) || !line || !*line))
		mapped = UH_MAPPED_UNKNOWN;
	free(line);
	fclose(maps);
	return mapped;
}

/*
 * Reads field 22 of /proc/PID/stat: proc(5). The program's name, in parentheses before it, can
 * contain blanks and parentheses.
 */
static int64_t start_time(pid_t pid)
{
	char path[64], text[1024];
	int64_t booted = (int64_t)(uh_clock_ns(CLOCK_REALTIME) - uh_clock_ns(CLOCK_BOOTTIME));
	int64_t ticks = 0;

	uh_proc_path(path, pid, "stat");
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	const char *at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		ticks = strtoll(at, NULL, 10);
	return booted / 1000000 + ticks * 1000 / sysconf(_SC_CLK_TCK);
}

bool uh_process_read(pid_t pid, struct uh_process *process)
{
	char path[64];

	*process = (struct uh_process){.pid = pid};
	uh_proc_path(path, pid, "exe");
	ssize_t length = readlink(path, process->program, sizeof(process->program) - 1);
	if (length < 0)
		return false;
	process->program[length] = '\0';
	process->has_elf = uh_elf_read_path(path, &process->elf);
	process->mapped = find_mapping(pid);
	process->started = start_time(pid);
	return true;
}

static int is_number(const struct dirent *entry)
{
	return entry->d_name[strspn(entry->d_name, "0123456789")] == '\0';
}

void uh_processes(void (*visit)(void *context, const struct uh_process *process), void *context)
{
	struct dirent **entry;
	struct uh_process process;
	int count = scandir("/proc", &entry, is_number, versionsort);

	for (int i = 0; i < count; i++) {
		if (uh_process_read((pid_t)strtol(entry[i]->d_name, NULL, 10), &process))
			visit(context, &process);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

bool uh_process_shares(pid_t pid, const char *path)
{
	char theirs[PATH_MAX + 64];
	struct stat own, other;

	snprintf(theirs, sizeof(theirs), "/proc/%d/root%s", (int)pid, path);
	bool have = stat(path, &own) == 0, has = stat(theirs, &other) == 0;
	return have == has &&
	       (!have || (own.st_dev == other.st_dev && own.st_ino == other.st_ino));
}

bool uh_process_is_elsewhere(pid_t pid, const char *kind)
{
	char own[64], theirs[64], name[32];
	struct stat own_status, their_status;

	snprintf(name, sizeof(name), "ns/%s", kind);
	snprintf(own, sizeof(own), "/proc/self/%s", name);
	uh_proc_path(theirs, pid, name);
	return stat(own, &own_status) == 0 && stat(theirs, &their_status) == 0 &&
	       own_status.st_ino != their_status.st_ino;
}
