#!/bin/bash
# SPDX-License-Identifier: MIT
# Looks over the sources without running them. One line a check: "ok NAME", "FAIL NAME" with what was
# found above it, or "SKIP NAME: why". Non-zero when anything was found.
set -u
cd "$(dirname "$0")/.." || exit 1

passed=0 failed=0 skipped=0
found=$(mktemp -d) || exit 1
trap 'rm -rf "$found"' EXIT

flags=(-std=c17 -D_GNU_SOURCE -DUH_VERSION='"0"' -DUH_LIBDIR='"/"' -DUH_LIBEXECDIR='"/"' -Iinclude -Isrc -Itests/unit)
# The kernel's programs are no C for this machine: clang has looked at them as it built them.
mapfile -t sources < <(find src -name '*.c' ! -name '*.bpf.c' | sort)
mapfile -t scripts < <(grep -rlE '^(#!/bin/(ba)?sh|# shellcheck shell=)' .ci conf src tests | sort)
mapfile -t manuals < <(find src -name '*.[1578]' | sort)

# check NAME COMMAND…: passes when the command does and says nothing.
check() {
	local name=$1
	shift
	if "$@" >"$found/$$" 2>&1 && [ ! -s "$found/$$" ]; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		cat "$found/$$"
		echo "FAIL $name"
	fi
}

# needs NAME TOOL: false, and says so, where the tool is not there.
needs() {
	command -v "$2" >/dev/null && return
	skipped=$((skipped + 1))
	echo "SKIP $1: no $2 here"
	return 1
}

format() {
	find src include tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

# One process a file: in a longer list the analyser of clang 14 takes va_start's lists for uninitialised.
tidy() {
	printf '%s\0' "${sources[@]}" |
		xargs -0 -P "$(nproc)" -I{} clang-tidy --quiet {} -- "${flags[@]}" 2>/dev/null
}

# Left out: our declarations stand at the top of a function, and structures that the kernel fills have
# more members than we read. What is assigned and not read gcc sees, too, and through pointers.
cppcheck_on() {
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j "$(nproc)" -D__GNUC__ "${flags[@]:1}" \
		--suppress=missingIncludeSystem --suppress=variableScope --suppress=unusedStructMember \
		--suppress=unreadVariable "$@"
}

# What depends on the machine's own manual pages is left out, and how long a source line is. mandoc's two
# outputs are kept apart: they would meet in the middle of a line.
manuals() {
	mandoc -T lint -W style "${manuals[@]}" 2>"$found/mandoc" |
		cat - "$found/mandoc" |
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' -e 'input text line longer'
	return 0
}

# Leaks are left to clang-tidy, LeakSanitizer and valgrind: gcc 12 loses every pointer that is stored
# at a computed index. A file whose paths are too many to be followed is tried once more without
# merging them, which can also help, and named where that takes too long as well.
analyse() {
	local file=$1 options=(-fanalyzer -Wno-analyzer-malloc-leak -O1 -fPIC -c -o /dev/null) status
	timeout 30 gcc "${flags[@]}" "${options[@]}" "$file"
	status=$?
	[ "$status" = 124 ] || return "$status"
	timeout 60 gcc "${flags[@]}" "${options[@]}" -fno-analyzer-state-merge "$file"
	status=$?
	[ "$status" = 124 ] || return "$status"
	echo "$file" >>"$found/unfinished"
}

analyse_all() {
	local file
	for file in "${sources[@]}"; do
		analyse "$file"
	done
}

# An image is the same for programs of both word sizes: the assertions of src/table say so to each.
word_sizes() {
	gcc -m32 -fsyntax-only -Wno-psabi "${flags[@]}" src/table/*.c
}

if needs 'order of rooms' python3; then
	check 'order of rooms' python3 tests/rooms.py
fi
if needs clang-format clang-format; then
	check clang-format format
fi
if needs shellcheck shellcheck; then
	check shellcheck shellcheck -x --severity=warning --source-path=SCRIPTDIR "${scripts[@]}"
fi
if needs 'mandoc -T lint' mandoc; then
	check 'mandoc -T lint' manuals
fi
if needs cppcheck cppcheck; then
	check 'cppcheck of src' cppcheck_on --enable=warning,style,performance,portability -i src/bpf src
	check 'cppcheck of tests' cppcheck_on --enable=warning,performance,portability tests
fi
if [ "$(uname -m)" = x86_64 ] && needs 'an image on 32-bit x86' gcc; then
	check 'an image on 32-bit x86' word_sizes
fi
if needs 'gcc -fanalyzer' gcc; then
	check 'gcc -fanalyzer' analyse_all
	while read -r file; do
		skipped=$((skipped + 1))
		echo "SKIP gcc -fanalyzer $file: no end after 90 seconds"
	done < <(cat "$found/unfinished" 2>/dev/null)
fi
if needs clang-tidy clang-tidy; then
	check clang-tidy tidy
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
