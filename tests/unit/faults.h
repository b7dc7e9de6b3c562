/* SPDX-License-Identifier: MIT */
/*
 * faults.h: collects the faults of a parse, one line each, for comparison with the expected
 * ones.
 */
#ifndef UH_TEST_FAULTS_H
#define UH_TEST_FAULTS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/builder.h"

/* dir: a directory (with a final slash) that is removed from file names and texts, or NULL. */
struct faults {
	char text[1 << 16];
	size_t length;
	const char *dir;
	ptrdiff_t at; /* bytes before the last fault in its line; -1: its place is unknown */
};

/* Writes text without the name of the directory. */
static void faults_append(struct faults *faults, const char *text)
{
	size_t dir = faults->dir ? strlen(faults->dir) : 0;

	while (*text && faults->length < sizeof(faults->text) - 1) {
		if (dir && strncmp(text, faults->dir, dir) == 0)
			text += dir;
		else
			faults->text[faults->length++] = *text++;
	}
	faults->text[faults->length] = '\0';
}

static void faults_add(void *context, const struct uh_fault *fault)
{
	struct faults *faults = context;
	char place[32];

	if (fault->line)
		snprintf(place, sizeof(place), ":%u: ", fault->line);
	else
		snprintf(place, sizeof(place), ": ");
	faults_append(faults, fault->warning ? "warning: " : "");
	faults_append(faults, fault->file ? fault->file : "-");
	faults_append(faults, place);
	faults_append(faults, fault->text);
	faults_append(faults, "\n");
	faults->at = fault->position.line ? fault->position.at - fault->position.line : -1;
}

static void faults_begin(struct faults *faults, const char *dir)
{
	faults->length = 0;
	faults->text[0] = '\0';
	faults->dir = dir;
}

#endif
