/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h: what the fuzzers share.
 *
 * Each fuzz_NAME.c defines libFuzzer's LLVMFuzzerTestOneInput and states properties with MUST,
 * beside what the sanitizers see by themselves. Seeds are in corpus/NAME; run.sh runs them.
 */
#ifndef UH_FUZZ_H
#define UH_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse_config.h"

/* Ends the fuzzer with a report, as a sanitizer does. */
_Noreturn void fuzz_fail(const char *file, int line, const char *text);

#define MUST(property) ((property) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #property))

/* libFuzzer's entry points. */
int LLVMFuzzerInitialize(int *count, char ***argument);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A copy with a NUL behind it, cut at the first NUL, in just that many bytes. Freed by the
 * caller. */
char *fuzz_text(const uint8_t *data, size_t size);

/*
 * The file that every include() of an absolute path stands for: none of this machine's is read.
 * NULL, as in the beginning: one that isn't there.
 */
extern const char *fuzz_included;

/*
 * uh_parse_config, with what holds of any parse: an image and no error, or none and at least
 * one; an image can be opened; no fault has control bytes. Ended with munmap(2).
 */
void *fuzz_parse(const char *file, const char *inline_routes, size_t *size);

/* Asks an open table all that can be asked; reads every byte that it points to. */
void fuzz_ask(const struct uh_table *table);

#endif
