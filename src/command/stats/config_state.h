/* SPDX-License-Identifier: MIT */
/* config_state.h: the state of the configuration, for Prometheus. */
#ifndef UH_CONFIG_STATE_H
#define UH_CONFIG_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct uh_config_state {
	bool good; /* the text has no faults */
	bool off;  /* the routes are switched off */
	uint32_t routes;
	uint64_t hash;	   /* 48 bits: paths and contents of the text files as they are now */
	uint64_t compiled; /* when the cache was written, in seconds since 1970, or 0 */
};

/*
 * Reads the configuration that programs use by default (UNHAIRPIN_CONF or the default file),
 * from its cache if that is fresh. Returns false on failure (reported); faults of the
 * configuration are not reported.
 */
bool uh_config_state_read(struct uh_config_state *state);

/* Prints the state in the text format of Prometheus. */
void uh_config_state_prometheus(FILE *out, const struct uh_config_state *state);

#endif
