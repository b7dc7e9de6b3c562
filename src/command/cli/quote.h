/* SPDX-License-Identifier: MIT */
/* quote.h: escapes arbitrary texts for CSV and for Prometheus. json.h does so for JSON. */
#ifndef UH_QUOTE_H
#define UH_QUOTE_H

#include <stdio.h>

/* Writes text as a field of a CSV file (RFC 4180), in quotes if it needs them. */
void uh_put_csv(FILE *out, const char *text);

/* Writes text as the value of a label in Prometheus' text format, with its quotes. Bytes that
 * are not UTF-8 become U+FFFD. */
void uh_put_label(FILE *out, const char *text);

#endif
