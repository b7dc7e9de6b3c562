/* SPDX-License-Identifier: MIT */
/* preload_list.c: edits the text of /etc/ld.so.preload in memory. */
#include "preload_list.h"

#include <stdlib.h>
#include <string.h>

/* The text that is edited; its buffer has room for what is added. */
struct list {
	char *text;
	size_t size;
};

static bool is_separator(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == ':';
}

static size_t line_end(const char *text, size_t size, size_t at)
{
	while (at < size && text[at] != '\n')
		at++;
	return at;
}

/* Finds the first word at or after a position. */
static bool next_word(const char *text, size_t size, size_t at, struct uh_preload_word *word)
{
	for (; at < size; at++) {
		if (text[at] == '#')
			at = line_end(text, size, at);
		else if (!is_separator(text[at]))
			break;
	}
	word->start = at;
	while (at < size && text[at] != '#' && !is_separator(text[at]))
		at++;
	word->length = at - word->start;
	return word->length > 0;
}

static bool next_own(const char *text, size_t size, size_t at, struct uh_preload_word *word)
{
	const size_t length = sizeof(UH_OBJECT) - 1;

	for (; next_word(text, size, at, word); at = word->start + word->length) {
		const char *name = text + word->start + word->length - length;

		if (word->length >= length && memcmp(name, UH_OBJECT, length) == 0 &&
		    (word->length == length || name[-1] == '/'))
			return true;
	}
	return false;
}

bool uh_preload_list_find(const char *text, size_t size, struct uh_preload_word *word)
{
	return next_own(text, size, 0, word);
}

/* Replaces a word by another text. */
static void replace(struct list *list, const struct uh_preload_word *word, const char *with)
{
	size_t end = word->start + word->length, length = strlen(with);

	memmove(list->text + word->start + length, list->text + end, list->size - end);
	memcpy(list->text + word->start, with, length);
	list->size = list->size - word->length + length;
}

/* Returns the bytes to remove with a word: the whole line, or the word and one separator. */
static struct uh_preload_word with_surroundings(const struct list *list,
						const struct uh_preload_word *word)
{
	size_t start = word->start, end = line_end(list->text, list->size, start);
	struct uh_preload_word first, next;

	while (start > 0 && list->text[start - 1] != '\n')
		start--;
	next_word(list->text, list->size, start, &first);
	bool is_first = first.start == word->start;
	bool is_last = !next_word(list->text, end, word->start + word->length, &next);
	if (is_first && is_last)
		return (struct uh_preload_word){start, end - start + (end < list->size)};
	if (is_first)
		return (struct uh_preload_word){word->start, word->length + 1};
	return (struct uh_preload_word){word->start - 1, word->length + 1};
}

static void cut_from(struct list *list, size_t at)
{
	struct uh_preload_word word;

	while (next_own(list->text, list->size, at, &word)) {
		struct uh_preload_word gone = with_surroundings(list, &word);

		replace(list, &gone, "");
		at = gone.start;
	}
}

static bool copy(struct list *list, const char *text, size_t size, size_t more)
{
	list->text = calloc(1, size + more + 1); /* never 0 bytes */
	list->size = size;
	if (list->text && size)
		memcpy(list->text, text, size);
	return list->text;
}

static void append(struct list *list, const char *object)
{
	struct uh_preload_word end = {list->size, 0};

	if (list->size && list->text[list->size - 1] != '\n')
		list->text[list->size++] = '\n';
	end.start = list->size;
	replace(list, &end, object);
	list->text[list->size++] = '\n';
}

char *uh_preload_list_add(const char *text, size_t *size, const char *object)
{
	struct list list;
	struct uh_preload_word word;

	if (!copy(&list, text, *size, strlen(object) + 2))
		return NULL;
	if (next_own(list.text, list.size, 0, &word)) {
		replace(&list, &word, object);
		cut_from(&list, word.start + strlen(object));
	} else {
		append(&list, object);
	}
	*size = list.size;
	return list.text;
}

char *uh_preload_list_remove(const char *text, size_t *size)
{
	struct list list;

	if (!copy(&list, text, *size, 0))
		return NULL;
	cut_from(&list, 0);
	*size = list.size;
	return list.text;
}
