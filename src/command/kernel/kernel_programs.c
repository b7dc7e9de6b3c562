/* SPDX-License-Identifier: MIT */
/* kernel_programs.c: loads, attaches and pins the BPF programs. */
#include "kernel_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The output of clang (Makefile). */
extern const char _binary_cgroup_hooks_bpf_start[], _binary_cgroup_hooks_bpf_end[];

static size_t size_of_object(void)
{
	/* cppcheck-suppress comparePointers; both ends of one file */
	return (size_t)(_binary_cgroup_hooks_bpf_end - _binary_cgroup_hooks_bpf_start);
}

bool uh_kernel_programs_exist(void)
{
	return size_of_object() > 0;
}

static struct bpf_program *program_of(const struct uh_kernel_programs *programs, int hook)
{
	char name[32];

	snprintf(name, sizeof(name), "uh_%s", uh_hook_name[hook]);
	return bpf_object__find_program_by_name(programs->object, name);
}

/* Sets the constant "can_set_error", the only one in the object's .rodata. */
static bool set_constant(struct bpf_object *object)
{
	struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata");
	uint32_t value = libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
						 BPF_FUNC_set_retval, NULL) == 1;

	return bpf_map__set_initial_value(constants, &value, sizeof(value)) == 0;
}

bool uh_kernel_programs_load(struct uh_kernel_programs *programs)
{
	*programs = (struct uh_kernel_programs){0};
	if (!uh_kernel_programs_exist()) {
		errno = ENOTSUP;
		return false;
	}
	libbpf_set_print(NULL);
	programs->object =
	    bpf_object__open_mem(_binary_cgroup_hooks_bpf_start, size_of_object(), NULL);
	if (!programs->object)
		return false;
	if (set_constant(programs->object) && bpf_object__load(programs->object) == 0)
		return true;
	uh_kernel_programs_close(programs);
	return false;
}

bool uh_kernel_programs_attach(struct uh_kernel_programs *programs, int cgroup)
{
	for (int hook = 0; hook < UH_HOOKS; hook++) {
		programs->link[hook] =
		    bpf_program__attach_cgroup(program_of(programs, hook), cgroup);
		if (programs->link[hook])
			continue;
		while (hook-- > 0) {
			int error = errno;

			bpf_link__destroy(programs->link[hook]);
			programs->link[hook] = NULL;
			errno = error;
		}
		return false;
	}
	return true;
}

bool uh_kernel_programs_pin(const struct uh_kernel_programs *programs, const char *directory)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/table", directory);
	if (bpf_obj_pin(uh_kernel_programs_table(programs), path) != 0)
		return false;
	for (int hook = 0; hook < UH_HOOKS; hook++) {
		snprintf(path, sizeof(path), "%s/%s", directory, uh_hook_name[hook]);
		if (bpf_link__pin(programs->link[hook], path) != 0)
			return false;
	}
	return true;
}

int uh_kernel_programs_table(const struct uh_kernel_programs *programs)
{
	return bpf_object__find_map_fd_by_name(programs->object, "table");
}

void uh_kernel_programs_close(struct uh_kernel_programs *programs)
{
	int error = errno;

	for (int hook = 0; hook < UH_HOOKS; hook++)
		bpf_link__destroy(programs->link[hook]);
	bpf_object__close(programs->object);
	*programs = (struct uh_kernel_programs){0};
	errno = error;
}
