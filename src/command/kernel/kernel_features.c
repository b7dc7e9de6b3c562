/* SPDX-License-Identifier: MIT */
/*
 * kernel_features.c: probes the kernel's features.
 *
 * The versions are those in which the commits that the table's comments name were released. A
 * distribution's kernel may have a feature earlier, so versions are never compared.
 */
#include "kernel_features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel_programs.h"

#define ROW_BYTES 32

static bool probe_file_system(void)
{
	char folder[PATH_MAX];

	return uh_attachments_folder(folder);
}

static bool probe_cgroups(void)
{
	struct uh_cgroup cgroup;

	return uh_cgroup_find(NULL, &cgroup) || errno != ENODEV;
}

/* Makes a small array, and closes it again. Returns false with errno. */
static bool can_make_array(uint32_t flags)
{
	struct bpf_map_create_opts options = {.sz = sizeof(options), .map_flags = flags};
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "uh_probe", sizeof(uint32_t), ROW_BYTES, 1,
				&options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool probe_system_call(void)
{
	return can_make_array(0) || errno != ENOSYS;
}

/* Loads "return 1" for an attach type. Returns false with errno. */
static bool can_load(int type)
{
	static const struct bpf_insn allow[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_prog_load_opts options = {
	    .sz = sizeof(options),
	    .expected_attach_type = (enum bpf_attach_type)type,
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "uh_probe", "MIT", allow,
			       sizeof(allow) / sizeof(*allow), &options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* The map of rows is opened by its id, which is what needs most rights (CAP_SYS_ADMIN). */
static bool probe_rights(void)
{
	if (!can_make_array(0) && errno == EPERM)
		return false;
	if (!can_load(BPF_CGROUP_INET4_CONNECT) && errno == EPERM)
		return false;
	return bpf_map_get_fd_by_id(0) < 0 && errno != EPERM; /* ids begin with 1 */
}

/*
 * No program and no cgroup are given, so nothing can be attached. link_create() looks for the
 * program first (EBADF, linux/kernel/bpf/syscall.c); a kernel without it does not know the
 * command (EINVAL).
 */
static bool probe_links(void)
{
	return bpf_link_create(-1, -1, BPF_CGROUP_INET4_CONNECT, NULL) < 0 && errno == EBADF;
}

static bool probe_mapped_arrays(void)
{
	return can_make_array(BPF_F_MMAPABLE);
}

static bool probe_sizes(void)
{
	return can_make_array(BPF_F_INNER_MAP);
}

static bool has_helper(enum bpf_func_id helper)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, helper, NULL) == 1;
}

static bool probe_socket_storage(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_SK_STORAGE, NULL) == 1 &&
	       has_helper(BPF_FUNC_sk_storage_get);
}

static bool probe_lru_maps(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_LRU_HASH, NULL) == 1;
}

static bool probe_listeners(void)
{
	return has_helper(BPF_FUNC_skc_lookup_tcp);
}

static bool probe_name_spaces(void)
{
	return has_helper(BPF_FUNC_get_netns_cookie);
}

static bool probe_errors(void)
{
	return has_helper(BPF_FUNC_set_retval);
}

static bool probe_verifier(void)
{
	struct uh_kernel_programs programs;

	if (!uh_kernel_programs_load(&programs))
		return false;
	uh_kernel_programs_close(&programs);
	return true;
}

/*
 * A feature. If the kernel has it from a version on, effect says what it is for; else it is the
 * whole sentence.
 */
struct feature {
	const char *name, *since;
	bool (*probe)(void); /* NULL: a hook */
	const char *effect;
};

static const struct feature feature_table[UH_KERNEL_FEATURES] = {
    [UH_FEATURE_PROGRAMS] = {"programs", NULL, uh_kernel_programs_exist,
			     "this unhairpin was built without clang, so it does not contain "
			     "the kernel's programs; expected one that was built with clang"},
    [UH_FEATURE_CGROUPS] = {"cgroups", NULL, probe_cgroups,
			    "no cgroup hierarchy of version 2 is mounted; expected one: 'mount "
			    "-t cgroup2 cgroup2 /sys/fs/cgroup'"},
    [UH_FEATURE_FILE_SYSTEM] = {"file-system", NULL, probe_file_system,
				"no BPF file system is mounted; expected one: 'mount -t bpf "
				"bpf /sys/fs/bpf'"},
    [UH_FEATURE_SYSTEM_CALL] = {"system-call", NULL, probe_system_call,
				"the kernel has no bpf(2), or a seccomp filter hides it; "
				"expected a kernel with CONFIG_BPF_SYSCALL"},
    [UH_FEATURE_RIGHTS] = {"rights", NULL, probe_rights,
			   "this process may not use BPF, so the kernel's features are not "
			   "known; expected root, with CAP_BPF, CAP_NET_ADMIN and "
			   "CAP_SYS_ADMIN, and no filter of bpf(2)"},
    /* d74bad4e74ee, 1cedee13d25a, 983695fa6765, 1b66d253610c */
    [UH_FEATURE_HOOKS] = {"connect4", "4.17", NULL, "routing connect() of IPv4 sockets"},
    [UH_FEATURE_HOOKS + 1] = {"connect6", "4.17", NULL, "routing connect() of IPv6 sockets"},
    [UH_FEATURE_HOOKS + 2] = {"sendmsg4", "4.18", NULL, "routing datagrams of IPv4 sockets"},
    [UH_FEATURE_HOOKS + 3] = {"sendmsg6", "4.18", NULL, "routing datagrams of IPv6 sockets"},
    [UH_FEATURE_HOOKS + 4] = {"recvmsg4", "5.2", NULL,
			      "the sender's address of answers to IPv4 datagrams"},
    [UH_FEATURE_HOOKS + 5] = {"recvmsg6", "5.2", NULL,
			      "the sender's address of answers to IPv6 datagrams"},
    [UH_FEATURE_HOOKS + 6] = {"getpeername4", "5.8", NULL, "getpeername() of IPv4 sockets"},
    [UH_FEATURE_HOOKS + 7] = {"getpeername6", "5.8", NULL, "getpeername() of IPv6 sockets"},
    /* af6eea57437a */
    [UH_FEATURE_LINKS] = {"links", "5.7", probe_links,
			  "programs that stay attached after the command has ended"},
    /* fc9702273e2e */
    [UH_FEATURE_MAPPED_ARRAYS] = {"mapped-arrays", "5.5", probe_mapped_arrays,
				  "writing the table (BPF_F_MMAPABLE)"},
    /* 4a8f87e60f6d */
    [UH_FEATURE_SIZES] = {"map-sizes", "5.10", probe_sizes,
			  "replacing the table by one of another size (BPF_F_INNER_MAP)"},
    /* 6ac99e8f23d4; for these hooks fb85c4a730af */
    [UH_FEATURE_SOCKET_STORAGE] = {"socket-storage", "5.3", probe_socket_storage,
				   "remembering the address that a socket asked for"},
    /* 29ba732acbee */
    [UH_FEATURE_LRU_MAPS] = {"lru-maps", "4.10", probe_lru_maps,
			     "remembering the destinations of datagrams"},
    /* edbf8c01de5a */
    [UH_FEATURE_LISTENERS] = {"listener-lookup", "5.2", probe_listeners,
			      "on_failure = \"original\" (bpf_skc_lookup_tcp())"},
    /* f318903c0bf4 */
    [UH_FEATURE_NAME_SPACES] = {"name-space-cookies", "5.7", probe_name_spaces,
				"knowing targets on this host (bpf_get_netns_cookie())"},
    [UH_FEATURE_VERIFIER] = {"verifier", NULL, probe_verifier, "the programs"},
    /* b44123b4a3dc (5.18); for these hooks bed89185af0d */
    [UH_FEATURE_ERRORS] = {"errors", "6.1", probe_errors,
			   "a route to \"refuse\" fails with EPERM, and not with ECONNREFUSED "
			   "(bpf_set_retval())"},
};

static bool is_hook(int feature)
{
	return feature >= UH_FEATURE_HOOKS && feature < UH_FEATURE_HOOKS + UH_HOOKS;
}

static bool is_there(int feature)
{
	if (is_hook(feature))
		return can_load(uh_hook_type[feature - UH_FEATURE_HOOKS]);
	return feature_table[feature].probe();
}

static bool can_ask(const struct uh_kernel_features *features, int feature)
{
	if (feature == UH_FEATURE_RIGHTS)
		return features->state[UH_FEATURE_SYSTEM_CALL] == UH_FEATURE_THERE;
	if (feature == UH_FEATURE_VERIFIER &&
	    features->state[UH_FEATURE_PROGRAMS] != UH_FEATURE_THERE)
		return false;
	return feature < UH_FEATURE_RIGHTS ||
	       features->state[UH_FEATURE_RIGHTS] == UH_FEATURE_THERE;
}

bool uh_kernel_features_probe(struct uh_kernel_features *features)
{
	bool good = true;

	*features = (struct uh_kernel_features){.error = 0};
	libbpf_set_print(NULL);
	for (int i = 0; i < UH_KERNEL_FEATURES; i++) {
		enum uh_feature_state *state = &features->state[i];

		if (!can_ask(features, i))
			*state = UH_FEATURE_UNKNOWN;
		else
			*state = is_there(i) ? UH_FEATURE_THERE : UH_FEATURE_MISSING;
		if (i == UH_FEATURE_VERIFIER && *state == UH_FEATURE_MISSING)
			features->error = errno;
		good &= *state == UH_FEATURE_THERE || uh_feature_is_optional(i);
	}
	return good;
}

bool uh_feature_is_optional(enum uh_kernel_feature feature)
{
	return feature == UH_FEATURE_ERRORS;
}

const char *uh_feature_name(enum uh_kernel_feature feature)
{
	return feature_table[feature].name;
}

const char *uh_feature_since(enum uh_kernel_feature feature)
{
	return feature_table[feature].since;
}

char *uh_feature_describe(const struct uh_kernel_features *features,
			  enum uh_kernel_feature feature, char *text)
{
	const struct feature *row = &feature_table[feature];

	if (feature == UH_FEATURE_VERIFIER)
		snprintf(text, UH_FEATURE_TEXT, "the kernel does not take the programs: %s",
			 strerror(features->error));
	else if (uh_feature_is_optional(feature))
		snprintf(text, UH_FEATURE_TEXT, "%s, before Linux %s", row->effect, row->since);
	else if (row->since)
		snprintf(text, UH_FEATURE_TEXT,
			 "the kernel has no \"%s\", which is needed for %s; expected Linux %s "
			 "or later%s",
			 row->name, row->effect, row->since,
			 is_hook(feature) ? ", with CONFIG_CGROUP_BPF" : "");
	else
		snprintf(text, UH_FEATURE_TEXT, "%s", row->effect);
	return text;
}

bool uh_kernel_features_first_missing(const struct uh_kernel_features *features, char *text)
{
	for (int i = 0; i < UH_KERNEL_FEATURES; i++) {
		if (features->state[i] != UH_FEATURE_MISSING || uh_feature_is_optional(i))
			continue;
		uh_feature_describe(features, i, text);
		return true;
	}
	return false;
}
