/* SPDX-License-Identifier: MIT */
/*
 * kernel_features.h: asks this machine for everything that `kernel enable` needs. Nothing is
 * attached to a cgroup, and nothing stays loaded.
 */
#ifndef UH_KERNEL_FEATURES_H
#define UH_KERNEL_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

#include "command/attached/attachments.h"

/* The features, in the order in which a missing one is named. */
enum uh_kernel_feature {
	UH_FEATURE_PROGRAMS,	/* this command contains the programs */
	UH_FEATURE_CGROUPS,	/* a cgroup hierarchy of version 2 is mounted */
	UH_FEATURE_FILE_SYSTEM, /* a BPF file system is mounted */
	UH_FEATURE_SYSTEM_CALL, /* bpf(2) */
	UH_FEATURE_RIGHTS,	/* this process may use it */
	UH_FEATURE_HOOKS,	/* one for each of uh_hook_name, in that order */
	UH_FEATURE_LINKS = UH_FEATURE_HOOKS + UH_HOOKS,
	UH_FEATURE_MAPPED_ARRAYS, /* BPF_F_MMAPABLE */
	UH_FEATURE_SIZES,	  /* maps of maps of different sizes: BPF_F_INNER_MAP */
	UH_FEATURE_SOCKET_STORAGE,
	UH_FEATURE_LRU_MAPS,
	UH_FEATURE_LISTENERS,	/* bpf_skc_lookup_tcp() */
	UH_FEATURE_NAME_SPACES, /* bpf_get_netns_cookie() */
	UH_FEATURE_VERIFIER,	/* the kernel takes the programs as they are */
	UH_FEATURE_ERRORS,	/* bpf_set_retval(): optional */
	UH_KERNEL_FEATURES
};

/* UH_FEATURE_UNKNOWN: it could not be asked for, because an earlier one is missing. */
enum uh_feature_state { UH_FEATURE_THERE, UH_FEATURE_MISSING, UH_FEATURE_UNKNOWN };

struct uh_kernel_features {
	enum uh_feature_state state[UH_KERNEL_FEATURES];
	int error; /* errno of the verifier's refusal */
};

/* Asks for all features. Returns true if all are there, except for optional ones. */
bool uh_kernel_features_probe(struct uh_kernel_features *features);

/* True if `kernel enable` does without the feature. */
bool uh_feature_is_optional(enum uh_kernel_feature feature);

/* Returns the feature's name in JSON: one word, or several with "-". */
const char *uh_feature_name(enum uh_kernel_feature feature);

/* Returns the first version of Linux that has the feature, as "5.10", or NULL if any has. */
const char *uh_feature_since(enum uh_kernel_feature feature);

#define UH_FEATURE_TEXT 384

/*
 * Writes a sentence about a missing feature: the meaning for the routes, and what to do. text
 * has UH_FEATURE_TEXT bytes. Returns text. Pure.
 */
char *uh_feature_describe(const struct uh_kernel_features *features,
			  enum uh_kernel_feature feature, char *text);

/*
 * Writes the sentence about the first feature that is missing and needed, as
 * uh_feature_describe(). Returns false if there is no such feature. Pure.
 */
bool uh_kernel_features_first_missing(const struct uh_kernel_features *features, char *text);

#endif
