/* SPDX-License-Identifier: MIT */
/* map_option.h: -m DEST=TARGET[,TARGET]… */
#ifndef UH_MAP_OPTION_H
#define UH_MAP_OPTION_H

#include <stdbool.h>

/*
 * Adds argument, "DEST=TARGET[,TARGET]…", to *routes: a string in the form of UNHAIRPIN_ROUTES,
 * from malloc(3), or NULL. A route with the same DEST is replaced. warns: also warn of doubtful
 * values, because no later reader of the routes in this process will. Returns false if argument
 * is wrong or memory ran out (reported); *routes is then unchanged.
 */
bool uh_map_option_add(char **routes, const char *argument, bool warns);

/*
 * Sets *routes to a copy of UNHAIRPIN_ROUTES for uh_map_option_add(), or to NULL if that is not
 * set. Returns false if memory ran out (reported).
 */
bool uh_map_option_begin(char **routes);

#endif
