/* SPDX-License-Identifier: MIT */
/* test_elf_file.c: reading ELF headers; damaged and huge files do no harm. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/inspect/elf_file.h"

static void test_this_program(void **state)
{
	struct uh_elf elf;
	char text[24];

	(void)state;
	assert_true(uh_elf_read_path("/proc/self/exe", &elf));
	assert_int_equal(elf.bits, sizeof(void *) * 8);
	assert_true(*elf.interpreter == '/');
	assert_int_not_equal(elf.libc, UH_LIBC_NONE);
	assert_false(elf.is_go);
	assert_string_equal(elf.version, "");
	assert_non_null(uh_elf_machine(&elf, text));
	assert_int_equal(uh_elf_obstacle(&elf, &elf), UH_NO_OBSTACLE);
}

static void test_no_elf_file(void **state)
{
	struct uh_elf elf;

	(void)state;
	assert_false(uh_elf_read_path("/dev/null", &elf));
	assert_int_equal(errno, ENOEXEC);
	assert_false(uh_elf_read_path("/etc/passwd", &elf));
	assert_int_equal(errno, ENOEXEC);
	assert_false(uh_elf_read_path("/nowhere", &elf));
	assert_int_equal(errno, ENOENT);
	assert_false(uh_elf_read_path("/", &elf));
}

static void test_obstacles(void **state)
{
	const struct uh_elf object = {
	    .bits = 64, .machine = EM_X86_64, .little_endian = true, .libc = UH_LIBC_GLIBC};
	struct uh_elf program = object;

	(void)state;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_IS_STATIC);
	assert_string_equal(uh_obstacle_text(&program, UH_IS_STATIC),
			    "it is statically linked");
	strcpy(program.interpreter, "/lib/ld.so");
	program.is_go = true;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_IS_GO);
	assert_string_equal(uh_obstacle_text(&program, UH_IS_STATIC),
			    "it is a static Go program");
	program.libc = UH_LIBC_MUSL;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_LIBC);
	program.machine = EM_AARCH64;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_MACHINE);
	program.bits = 32;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_WIDTH);
}

/* A big-endian 32-bit program with one program header. The offsets are those of elf(5). */
static void test_other_byte_order(void **state)
{
	unsigned char file[0x80] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2MSB, 1};
	struct uh_elf elf;
	char text[24];
	int fd = memfd_create("elf", MFD_CLOEXEC);

	(void)state;
	file[19] = EM_MIPS;
	file[31] = 52; /* e_phoff */
	file[43] = 32; /* e_phentsize */
	file[45] = 1;  /* e_phnum */
	file[52 + 3] = PT_INTERP;
	file[52 + 7] = 0x60;  /* p_offset */
	file[52 + 19] = 0x18; /* p_filesz */
	strcpy((char *)file + 0x60, "/lib/ld-musl-mips.so.1");
	assert_int_equal(write(fd, file, sizeof(file)), sizeof(file));
	assert_true(uh_elf_read(fd, &elf));
	assert_int_equal(elf.bits, 32);
	assert_string_equal(uh_elf_machine(&elf, text), "MIPS");
	assert_string_equal(elf.interpreter, "/lib/ld-musl-mips.so.1");
	assert_int_equal(elf.libc, UH_LIBC_MUSL);
	file[43] = 33; /* not the size of a program header: the kernel does not run this */
	assert_int_equal(pwrite(fd, file, sizeof(file), 0), sizeof(file));
	assert_true(uh_elf_read(fd, &elf));
	assert_string_equal(elf.interpreter, "");
	close(fd);
}

/* The file ends within the ELF header. */
static void test_cut_header(void **state)
{
	unsigned char file[52] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1};
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct uh_elf elf;

	(void)state;
	file[20] = 1; /* e_version */
	file[40] = 1; /* e_shoff */
	assert_int_equal(write(fd, file, sizeof(file)), sizeof(file));
	assert_false(uh_elf_read(fd, &elf));
	assert_int_equal(errno, ENOEXEC);
	close(fd);
}

/* Changes bytes of the headers, the notes and the dynamic section. */
static void test_damaged_headers(void **state)
{
	unsigned char bytes[8192];
	int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("elf", MFD_CLOEXEC);
	ssize_t size = read(own, bytes, sizeof(bytes));
	uint32_t random = 1;
	struct uh_elf elf;

	(void)state;
	assert_int_equal(size, sizeof(bytes));
	for (int round = 0; round < 20000; round++) {
		unsigned char changed[sizeof(bytes)];

		memcpy(changed, bytes, sizeof(bytes));
		for (int i = 0; i < 4; i++) {
			random = random * 1664525 + 1013904223;
			changed[16 + (random >> 8) % 1008] = (unsigned char)(random >> 24);
		}
		assert_int_equal(pwrite(fd, changed, sizeof(changed), 0), sizeof(changed));
		if (uh_elf_read(fd, &elf))
			assert_true(strlen(elf.interpreter) < sizeof(elf.interpreter));
	}
	close(own);
	close(fd);
}

/* Returns a file in memory with the bytes of another one. */
static int copy_of(const char *path, size_t *size)
{
	static char bytes[1 << 20];
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("elf", MFD_CLOEXEC);
	ssize_t length = read(from, bytes, sizeof(bytes));

	assert_true(length > 4096 && (size_t)length < sizeof(bytes));
	assert_int_equal(write(fd, bytes, (size_t)length), length);
	close(from);
	*size = (size_t)length;
	return fd;
}

/* Changes bytes of the section headers, which are at the end of the file, and of any part. */
static void test_damaged_sections(void **state)
{
	size_t size;
	int fd = copy_of("/bin/true", &size);
	uint32_t random = 1;
	struct uh_elf elf;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned char old[4], new;
		off_t at[4];

		for (int i = 0; i < 4; i++) {
			random = random * 1664525 + 1013904223;
			new = (unsigned char)(random >> 24);
			at[i] = (off_t)(i == 0 ? (random >> 8) % size
					       : size - 1 - (random >> 8) % 2048);
			assert_int_equal(pread(fd, &old[i], 1, at[i]), 1);
			assert_int_equal(pwrite(fd, &new, 1, at[i]), 1);
		}
		if (uh_elf_read(fd, &elf))
			assert_true(strlen(elf.interpreter) < sizeof(elf.interpreter));
		for (int i = 4; i-- > 0;)
			assert_int_equal(pwrite(fd, &old[i], 1, at[i]), 1);
	}
	assert_true(uh_elf_read(fd, &elf));
	assert_int_equal(uh_elf_obstacle(&elf, &elf), UH_NO_OBSTACLE);
	close(fd);
}

/* The sections claim half of a file of a terabyte. Only the first bytes of each are read. */
static void test_huge_file(void **state)
{
	const uint64_t half = UINT64_C(1) << 39;
	const Elf64_Ehdr header = {
	    .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
	    .e_type = ET_DYN,
	    .e_machine = EM_X86_64,
	    .e_version = EV_CURRENT,
	    .e_phoff = 1024,
	    .e_shoff = 512,
	    .e_ehsize = sizeof(Elf64_Ehdr),
	    .e_phentsize = sizeof(Elf64_Phdr),
	    .e_phnum = 1,
	    .e_shentsize = sizeof(Elf64_Shdr),
	    .e_shnum = 3,
	    .e_shstrndx = 1,
	};
	const Elf64_Shdr section[] = {
	    {0},
	    {.sh_type = SHT_STRTAB, .sh_offset = half, .sh_size = half},
	    {.sh_type = SHT_DYNAMIC, .sh_offset = 4096, .sh_size = half, .sh_link = 1},
	};
	const Elf64_Phdr note = {.p_type = PT_NOTE, .p_offset = 4096, .p_filesz = half};
	const Elf64_Dyn needed = {.d_tag = DT_NEEDED, .d_un.d_val = 16};
	static const char texts[32] = ".go.buildinfo\0\0\0libc.so.6";
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct rusage before, after;
	struct uh_elf elf;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)(2 * half)), 0);
	assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(pwrite(fd, section, sizeof(section), 512), sizeof(section));
	assert_int_equal(pwrite(fd, &note, sizeof(note), 1024), sizeof(note));
	assert_int_equal(pwrite(fd, &needed, sizeof(needed), 4096), sizeof(needed));
	assert_int_equal(pwrite(fd, texts, sizeof(texts), (off_t)half), sizeof(texts));
	getrusage(RUSAGE_SELF, &before);
	assert_true(uh_elf_read(fd, &elf));
	getrusage(RUSAGE_SELF, &after);
	assert_true(elf.is_go);
	assert_int_equal(elf.libc, UH_LIBC_GLIBC);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 << 10); /* KiB */
	close(fd);
}

/* If the ELF header lacks a number of other headers, none of them is read. */
static void test_extended_numbers(void **state)
{
	const uint16_t none = 0, extended = PN_XNUM;
	struct uh_elf elf;
	size_t size;
	int fd = copy_of("/bin/true", &size);

	(void)state;
	assert_true(uh_elf_read(fd, &elf));
	assert_true(*elf.interpreter == '/');
	assert_int_equal(pwrite(fd, &none, 2, offsetof(Elf64_Ehdr, e_shnum)), 2);
	assert_true(uh_elf_read(fd, &elf));
	assert_int_equal(elf.bits, 64);
	assert_string_equal(elf.interpreter, "");
	close(fd);
	fd = copy_of("/bin/true", &size);
	assert_int_equal(pwrite(fd, &extended, 2, offsetof(Elf64_Ehdr, e_phnum)), 2);
	assert_true(uh_elf_read(fd, &elf));
	assert_string_equal(elf.interpreter, "");
	close(fd);
}

struct cutting {
	int fd;
	off_t size;
	atomic_bool ends;
};

static void *cut_often(void *context)
{
	struct cutting *cutting = context;

	for (unsigned i = 0; !atomic_load(&cutting->ends); i++) {
		if (ftruncate(cutting->fd, i % 2 ? cutting->size : 100) != 0)
			return context;
	}
	return NULL;
}

/* A file is cut while it is read. A mapping of it would raise SIGBUS. */
static void test_cut_meanwhile(void **state)
{
	size_t size;
	struct cutting cutting = {.fd = copy_of("/bin/true", &size)};
	struct uh_elf elf;
	pthread_t thread;
	void *failed;

	(void)state;
	cutting.size = (off_t)size;
	assert_int_equal(pthread_create(&thread, NULL, cut_often, &cutting), 0);
	for (int round = 0; round < 5000; round++)
		if (uh_elf_read(cutting.fd, &elf))
			assert_int_equal(elf.bits, sizeof(void *) * 8);
	atomic_store(&cutting.ends, true);
	pthread_join(thread, &failed);
	assert_null(failed);
	close(cutting.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_this_program),     cmocka_unit_test(test_no_elf_file),
	    cmocka_unit_test(test_obstacles),	     cmocka_unit_test(test_other_byte_order),
	    cmocka_unit_test(test_cut_header),	     cmocka_unit_test(test_damaged_headers),
	    cmocka_unit_test(test_damaged_sections), cmocka_unit_test(test_huge_file),
	    cmocka_unit_test(test_extended_numbers), cmocka_unit_test(test_cut_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
