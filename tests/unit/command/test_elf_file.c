/* SPDX-License-Identifier: MIT */
/* test_elf_file.c: what is read from ELF headers, and that damaged ones do no harm. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
	strcpy(program.interpreter, "/lib/ld.so");
	program.is_go = true;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_IS_GO);
	program.libc = UH_LIBC_MUSL;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_LIBC);
	program.machine = EM_AARCH64;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_MACHINE);
	program.bits = 32;
	assert_int_equal(uh_elf_obstacle(&program, &object), UH_OTHER_WIDTH);
}

/* A big-endian 32-bit program with one header, made by hand: the fields are those of elf(5). */
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
	close(fd);
}

/* Bytes are changed where headers, notes and the dynamic section are. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_this_program),    cmocka_unit_test(test_no_elf_file),
	    cmocka_unit_test(test_obstacles),	    cmocka_unit_test(test_other_byte_order),
	    cmocka_unit_test(test_damaged_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
