/* SPDX-License-Identifier: MIT */
/* compile_source.h: compiles a configuration into a file. */
#ifndef UH_COMPILE_SOURCE_H
#define UH_COMPILE_SOURCE_H

struct uh_table;
struct uh_table_request;

/*
 * Compiles source into a cache that replaces the file at path, again and again until the source
 * no longer changes meanwhile. Returns the table, which lives until exit, or NULL (reported)
 * with errno: EINVAL if the configuration has faults, else the reason of the failure.
 */
const struct uh_table *uh_table_compile(const struct uh_table_request *source,
					const char *path);

/* The exit statuses of `unhairpin compile`. */
enum uh_compiling { UH_COMPILED = 0, UH_FAULTY = 1, UH_NOT_COMPILED = 2 };

/*
 * Compiles source, without its inline routes, into the cache beside its file, unless that is
 * fresh. Prints the result; failures are reported.
 */
enum uh_compiling uh_table_compile_beside(const struct uh_table_request *source);

#endif
