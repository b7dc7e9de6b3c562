/* SPDX-License-Identifier: MIT */
/* test_preload_list.c: adding our object to the text of /etc/ld.so.preload, and removing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command/inspect/preload_list.h"

#define OURS "/usr/lib/libunhairpin.so"
#define OLD "/usr/local/lib/libunhairpin.so"

typedef char *edit(const char *text, size_t *size);

static char *add(const char *text, size_t *size)
{
	return uh_preload_list_add(text, size, OURS);
}

static void expect(edit *what, const char *text, const char *expected)
{
	size_t size = strlen(text);
	char *edited = what(text, &size);

	assert_non_null(edited);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(edited, expected, size);
	free(edited);
}

/* Adds the object twice: the second time changes nothing. */
static void expect_added(const char *text, const char *expected)
{
	expect(add, text, expected);
	expect(add, expected, expected);
}

static void test_added_at_the_end(void **state)
{
	(void)state;
	expect_added("", OURS "\n");
	expect_added("\n", "\n" OURS "\n");
	expect_added("/lib/a.so\n", "/lib/a.so\n" OURS "\n");
	expect_added("# a comment\n\n /lib/a.so:\t/lib/b.so # more\n",
		     "# a comment\n\n /lib/a.so:\t/lib/b.so # more\n" OURS "\n");
}

static void test_last_line_without_end(void **state)
{
	(void)state;
	expect_added("/lib/a.so", "/lib/a.so\n" OURS "\n");
	expect_added("# a comment", "# a comment\n" OURS "\n");
}

static void test_takes_an_older_ones_place(void **state)
{
	(void)state;
	expect_added(OLD "\n/lib/a.so\n", OURS "\n/lib/a.so\n");
	expect_added("/lib/a.so:" OLD ":/lib/b.so\n", "/lib/a.so:" OURS ":/lib/b.so\n");
	expect_added("libunhairpin.so\n", OURS "\n");
	expect_added(OLD " " OURS "\n" OLD "\n/lib/a.so\n", OURS "\n/lib/a.so\n");
	expect_added(OURS " " OURS " /lib/a.so " OURS, OURS " /lib/a.so");
}

static void test_comments_are_no_words(void **state)
{
	(void)state;
	expect_added("# " OURS "\n", "# " OURS "\n" OURS "\n");
	expect_added("/lib/a.so#" OURS "\n", "/lib/a.so#" OURS "\n" OURS "\n");
	expect(uh_preload_list_remove, "# " OURS "\n", "# " OURS "\n");
}

static void test_other_names_are_not_ours(void **state)
{
	(void)state;
	expect(uh_preload_list_remove, "/lib/notlibunhairpin.so\n",
	       "/lib/notlibunhairpin.so\n");
	expect(uh_preload_list_remove, OURS ".1 /x/libunhairpin.so/y\n",
	       OURS ".1 /x/libunhairpin.so/y\n");
	expect(uh_preload_list_remove, "n.so\n", "n.so\n");
}

static void test_line_goes(void **state)
{
	(void)state;
	expect(uh_preload_list_remove, OURS "\n", "");
	expect(uh_preload_list_remove, OURS, "");
	expect(uh_preload_list_remove, "\t" OURS " # for the proxy\n\n", "\n");
	expect(uh_preload_list_remove, "/lib/a.so\n" OURS "\n/lib/b.so\n",
	       "/lib/a.so\n/lib/b.so\n");
	expect(uh_preload_list_remove, OURS " " OURS "\n" OLD "\n", "");
}

static void test_word_goes(void **state)
{
	(void)state;
	expect(uh_preload_list_remove, OURS ":/lib/b.so\n", "/lib/b.so\n");
	expect(uh_preload_list_remove, "/lib/a.so " OURS "\n", "/lib/a.so\n");
	expect(uh_preload_list_remove, "/lib/a.so  " OURS "  /lib/b.so # c\n",
	       "/lib/a.so   /lib/b.so # c\n");
	expect(uh_preload_list_remove, "/lib/a.so:" OURS "# c", "/lib/a.so# c");
}

/* Copies a text with blanks in place of comments and separators. */
static void other_words(const char *text, size_t size, char *out)
{
	bool comment = false;

	for (size_t i = 0; i < size; i++) {
		comment = text[i] == '#' || (comment && text[i] != '\n');
		*out++ = comment || strchr(" \t\n:", text[i]) ? ' ' : text[i];
	}
	*out = '\0';
}

static bool ends_with(const char *word, const char *end)
{
	return strlen(word) >= strlen(end) &&
	       strcmp(word + strlen(word) - strlen(end), end) == 0;
}

static void squeeze(char *words)
{
	char kept[4096] = "", *rest;

	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!ends_with(word, "/" UH_OBJECT)) {
			strcat(kept, word);
			strcat(kept, " ");
		}
	strcpy(words, kept);
}

static void check_words(const char *text, size_t size, edit *what, int own)
{
	char before[4096], after[4096];
	size_t new_size = size, count = 0;
	char *edited = what(text, &new_size);
	struct uh_preload_word word;

	assert_non_null(edited);
	for (size_t at = 0; uh_preload_list_find(edited + at, new_size - at, &word);
	     at += word.start + word.length)
		count++;
	assert_int_equal(count, own);
	other_words(text, size, before);
	other_words(edited, new_size, after);
	squeeze(before);
	squeeze(after);
	if (strcmp(before, after) != 0)
		print_error("text '%s', edited '%.*s'\n", text, (int)new_size, edited);
	assert_string_equal(before, after);
	free(edited);
}

static void test_random_texts(void **state)
{
	static const char *const piece[] = {OURS, OLD,	 "/a.so", " ", "\t", "\n",
					    ":",  "#c ", "x",	  "#", "\n"};
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[1024] = "";

		for (int i = 0; i < 12; i++) {
			random = random * 1664525 + 1013904223;
			strcat(text, piece[(random >> 16) % (sizeof(piece) / sizeof(*piece))]);
		}
		check_words(text, strlen(text), add, 1);
		check_words(text, strlen(text), uh_preload_list_remove, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_added_at_the_end),
	    cmocka_unit_test(test_last_line_without_end),
	    cmocka_unit_test(test_takes_an_older_ones_place),
	    cmocka_unit_test(test_comments_are_no_words),
	    cmocka_unit_test(test_other_names_are_not_ours),
	    cmocka_unit_test(test_line_goes),
	    cmocka_unit_test(test_word_goes),
	    cmocka_unit_test(test_random_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
