/* SPDX-License-Identifier: MIT */
/* find_compiler.c: finds unhairpin-compiler, at absolute paths alone. */
#include "find_compiler.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compiler_protocol.h"
#include "base/file_stamp.h"

bool uh_compiler_path(const char *object, unsigned i, char *path, size_t size)
{
	static const char *const behind[] = {UH_COMPILER, "../libexec/" UH_COMPILER};
	const char *name = UH_LIBEXECDIR "/" UH_COMPILER;
	size_t length = 0;

	if (!object || *object != '/') {
		object = "";
		i += 2;
	}
	if (i > 2)
		return false;
	if (i < 2) {
		length = (size_t)(strrchr(object, '/') - object) + 1;
		name = behind[i];
	}
	*path = '\0';
	if (length + strlen(name) < size) {
		memcpy(path, object, length);
		strcpy(path + length, name);
	}
	return true;
}

int uh_find_compiler(const char *object, bool secure, char *path, size_t size)
{
	struct stat status;
	struct uh_stamp stamp;
	int error = ENOENT;

	for (unsigned i = 0; error == ENOENT && uh_compiler_path(object, i, path, size); i++)
		error = stat(path, &status) == 0 ? 0 : errno;
	if (error)
		return error;
	stamp = uh_stamp_of(&status);
	return uh_stamp_is_trusted(&stamp, secure, geteuid()) ? 0 : EPERM;
}
