/* SPDX-License-Identifier: MIT */
/*
 * heap.c: malloc(3) for the parser object's name space, given back as a whole when it is
 * unloaded.
 *
 * A libc that dlmopen(3) loaded gets its heap by mmap(2), and dlclose(3) leaves it behind: 75
 * MB for each reading of 100,000 routes, in every process, for ever. As in guard.c the calls of
 * all objects of the name space are bound to these functions, those of its libc too, which is
 * made for that. One thread at a time runs in the name space, so there is no lock.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORTED __attribute__((visibility("default")))

#define STEP sizeof(max_align_t)   /* sizes are rounded up to it; so is every address */
#define SMALL_MAX ((size_t)4096)   /* larger blocks are mappings of their own */
#define REGION ((size_t)256 << 10) /* bytes that small blocks are cut from */

/* Before each block. The links are a mapping's; a small block ends up in a free list instead.
 */
struct header {
	_Alignas(max_align_t) size_t size;
};

/* A mapping: a region of small blocks, or one large block. */
struct mapping {
	struct mapping *next, *previous;
	size_t mapped;
	struct header block; /* of a large block */
};

struct free_block {
	struct free_block *next;
};

static struct mapping mappings = {.next = &mappings, .previous = &mappings};
static struct free_block *free_blocks[SMALL_MAX / STEP + 1]; /* by size / STEP */
static char *fresh, *fresh_end; /* what is left of the last region */

static void *out_of_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

static void link_mapping(struct mapping *mapping)
{
	mapping->next = mappings.next;
	mapping->previous = &mappings;
	mapping->next->previous = mapping;
	mappings.next = mapping;
}

static void unlink_mapping(struct mapping *mapping)
{
	mapping->next->previous = mapping->previous;
	mapping->previous->next = mapping->next;
}

static struct mapping *map(size_t size)
{
	struct mapping *mapping =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapping == MAP_FAILED)
		return out_of_memory();
	mapping->mapped = size;
	link_mapping(mapping);
	return mapping;
}

static struct header *header_of(void *memory)
{
	return (struct header *)memory - 1;
}

static void *large_block(size_t size)
{
	struct mapping *mapping = map(sizeof(*mapping) + size);

	if (!mapping)
		return NULL;
	mapping->block.size = size;
	return &mapping->block + 1;
}

static struct mapping *mapping_of(void *memory)
{
	return (struct mapping *)((char *)header_of(memory) - offsetof(struct mapping, block));
}

/* Cuts a block from the region, or from a new one; the rest of the old one is lost, at most 4
 * KiB. */
static void *fresh_block(size_t size)
{
	size_t whole = sizeof(struct header) + size;
	struct header *header;

	if ((size_t)(fresh_end - fresh) < whole) {
		struct mapping *region = map(REGION);

		if (!region)
			return NULL;
		fresh = (char *)(region + 1);
		fresh_end = (char *)region + REGION;
	}
	header = (struct header *)fresh;
	fresh += whole;
	header->size = size;
	return header + 1;
}

/*
 * Not under their own names, about which the compiler knows things that do not hold here: that
 * nothing lies before a block, and that malloc and memset may as well be calloc.
 */
static void *allocate(size_t size)
{
	struct free_block **list, *block;

	if (size > PTRDIFF_MAX - SMALL_MAX)
		return out_of_memory();
	size = size ? (size + STEP - 1) / STEP * STEP : STEP;
	if (size > SMALL_MAX)
		return large_block(size);
	list = &free_blocks[size / STEP];
	block = *list;
	if (!block)
		return fresh_block(size);
	*list = block->next;
	return block;
}

/* errno is left as it was, which callers count on since POSIX.1-2024. */
static void release(void *memory)
{
	int saved = errno;
	struct free_block *block = memory;
	struct free_block **list;

	if (header_of(memory)->size > SMALL_MAX) {
		struct mapping *mapping = mapping_of(memory);

		unlink_mapping(mapping);
		munmap(mapping, mapping->mapped);
		errno = saved;
		return;
	}
	list = &free_blocks[header_of(memory)->size / STEP];
	block->next = *list;
	*list = block;
}

EXPORTED void *malloc(size_t size)
{
	return allocate(size);
}

EXPORTED void free(void *memory)
{
	if (memory)
		release(memory);
}

EXPORTED void *calloc(size_t count, size_t size)
{
	size_t whole;
	void *memory;

	if (__builtin_mul_overflow(count, size, &whole))
		return out_of_memory();
	memory = allocate(whole);
	if (memory && header_of(memory)->size <= SMALL_MAX) /* a new mapping is zero already */
		memset(memory, 0, whole);
	return memory;
}

static void *move(void *memory, size_t size)
{
	void *moved = allocate(size);
	size_t old = header_of(memory)->size;

	if (!moved)
		return NULL;
	memcpy(moved, memory, old < size ? old : size);
	release(memory);
	return moved;
}

EXPORTED void *realloc(void *memory, size_t size)
{
	if (!memory)
		return allocate(size);
	if (size == 0) {
		release(memory);
		return NULL;
	}
	if (size <= header_of(memory)->size && header_of(memory)->size <= SMALL_MAX)
		return memory;
	return move(memory, size);
}

/* dlclose(3) runs it before libconfuse and libc go, and neither frees anything then. */
__attribute__((destructor)) static void unmap_all(void)
{
	while (mappings.next != &mappings) {
		struct mapping *mapping = mappings.next;

		unlink_mapping(mapping);
		munmap(mapping, mapping->mapped);
	}
}
