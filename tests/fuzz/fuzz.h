/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h: functions that the fuzzers share.
 *
 * Each fuzz_NAME.c defines libFuzzer's LLVMFuzzerTestOneInput and states properties with MUST,
 * in addition to what the sanitizers check. The seeds are in corpus/NAME; run.sh runs the
 * fuzzers.
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

/*
 * Returns a copy, cut at the first NUL and NUL-terminated, in a block of exactly its size. The
 * caller frees it.
 */
char *fuzz_text(const uint8_t *data, size_t size);

/*
 * The file that every include() of an absolute path reads, in place of files of this machine.
 * NULL, the initial value, stands for a missing file.
 */
extern const char *fuzz_included;

/*
 * Calls uh_parse_config and checks what holds for any parse: there is an image and no error, or
 * no image and at least one error; the image can be opened; no fault has control bytes. The
 * caller unmaps the image.
 */
void *fuzz_parse(const char *file, const char *inline_routes, size_t *size);

/* Calls every look-up on an open table, and reads every byte that the results refer to. */
void fuzz_ask(const struct uh_table *table);

#endif
