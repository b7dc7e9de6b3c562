/* SPDX-License-Identifier: MIT */
/* loader.h: brings the parser object in for one parse, and lets it go again. */
#ifndef UH_LOADER_H
#define UH_LOADER_H

#include "parser.h"

/*
 * Loads the parser object at parser_path (absolute; NULL: in the directory of the object that
 * this is linked into) into a link-map name space of its own (dlmopen(3)),
 * calls its unhairpin_parse(request, size) and unloads it. Its libconfuse and libc are copies
 * of its own: they can't clash with the program's. Returns the image (see uh_builder_finish) or
 * NULL: errno ELIBACC when the parser object can't be loaded (a sentence is in why, UH_WHY
 * bytes), else as unhairpin_parse left it. Not async-signal-safe.
 */
void *uh_load_table(const char *parser_path, const struct uh_parse_request *request,
		    size_t *size, char *why);

#endif
