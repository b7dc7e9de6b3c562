/* SPDX-License-Identifier: MIT */
/* quote.h: texts from anywhere, written so that whoever reads the output takes them as they
 * are. JSON has its own: json.h.
 */
#ifndef UH_QUOTE_H
#define UH_QUOTE_H

#include <stdio.h>

/* As a field of a CSV file (RFC 4180): in quotes where it needs them. */
void uh_put_csv(FILE *out, const char *text);

/* As the value of a label in Prometheus' text format, with its quotes. What is no UTF-8 becomes
 * U+FFFD. */
void uh_put_label(FILE *out, const char *text);

#endif
