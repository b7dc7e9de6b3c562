#!/bin/bash
# SPDX-License-Identifier: MIT
# Hostile hosts: other preloaded objects, other mallocs, sanitizers, valgrind, name spaces of their own,
# libraries that come and go. In each the answers are those that the target gives, and nothing else differs.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

hosts=$here/hosts

# What is preloaded with the object: before it and after it in the look-up order, in all three ways.
before='' after=''
launch_as() {
	local preload

	if [ "$1" = without ]; then
		preload=$before:$after
	else
		preload=$before:$object:$after
	fi
	launcher=(env LD_PRELOAD="$preload" UNHAIRPIN_CONF="$UH_TMP/$1.conf" UNHAIRPIN_LOG=off)
}

build() { # NAME OPTION…: $UH_TMP/NAME of the sources and options
	local name=$1
	shift
	(cd "$hosts" && "${CC:-cc}" -std=c17 -O1 -g -D_GNU_SOURCE -Wall -pthread -o "$UH_TMP/$name" "$@")
}

# The ports lead to a Unix path, an IPv4 address, an abstract name, and, after one that fails, an address.
targets=(80 81 82 84)

ask() { # NAME [COMMAND…]: the program that asks all targets, started in that way
	local name=$1
	shift
	client "$name" "80 $public:80 unhairpin" "${@:-env}" "$UH_TMP/asks" "$public" "${targets[@]}"
}

# with LIBRARY NAME [COMMAND…]: asks with a library preloaded before the object, and after it.
with() {
	local library name=$2

	library=$(find /usr/lib -name "$1" -print -quit)
	if [ -z "$library" ]; then
		skip "$name" "no $1 here"
		return
	fi
	shift 2
	before=$library
	ask "$name before the object" "$@"
	before='' after=$library
	ask "$name after the object" "$@"
	after=
}

mallocs() {
	with libjemalloc.so.2 jemalloc
	with libtcmalloc_minimal.so.4 tcmalloc
	with libc_malloc_debug.so.0 "libc's checking malloc" env MALLOC_CHECK_=3 MALLOC_PERTURB_=165
}

# As where /etc/ld.so.preload names one and LD_PRELOAD another.
twice() {
	install -D -t "$UH_TMP/second" "$UH_TMP"/lib/*
	after=$UH_TMP/second/libunhairpin.so
	ask "the object twice"
	after=
}

# While the routes are read it connects, too, and must neither wait for that nor come back to it.
hooks() {
	before=$UH_TMP/libhooks.so
	ask "an object whose file functions connect, before the object"
	before='' after=$UH_TMP/libhooks.so
	ask "an object whose file functions connect, after the object"
	after=
}

# unmatched NAME COMMAND…: with no route for it, the same as without the object.
unmatched() {
	local name=$1
	shift
	run without "$@"
	run unmatched "$@"
	outcome "$name" "$(same unmatched)"
}

# It calls libc's functions as libc's own, so where it comes first it goes past the object; with a
# directory it has Unix sockets in place of the program's own, and the public address is nowhere. A
# socket that is replaced again under that one's feet is no use to the program.
socket_wrapper() {
	local library

	library=$(find /usr/lib -name libsocket_wrapper.so -print -quit)
	if [ -z "$library" ]; then
		skip libsocket-wrapper "not installed"
		return
	fi
	mkdir "$UH_TMP/wrapped"
	after=$library
	ask "libsocket-wrapper after the object"
	unmatched "libsocket-wrapper after the object, with a directory" \
		env SOCKET_WRAPPER_DIR="$UH_TMP/wrapped" "$UH_TMP/asks" "$public" "${targets[@]}"
	after='' before=$library
	untouched "libsocket-wrapper before the object" "$UH_TMP/asks" "$public" "${targets[@]}"
	untouched "libsocket-wrapper before the object, with a directory" \
		env SOCKET_WRAPPER_DIR="$UH_TMP/wrapped" "$UH_TMP/asks" "$public" "${targets[@]}"
	before=
}

others() {
	with libeatmydata.so libeatmydata
	socket_wrapper
	with libfaketime.so.1 libfaketime env FAKETIME=-1d
}

linking() {
	ask "symbols bound at the start" env LD_BIND_NOW=1
	client "a library that is loaded and unloaded" unhairpin \
		"$UH_TMP/unloads" "$UH_TMP/libask.so" "$public" "${targets[@]}"
	untouched "a name space where nothing is preloaded" \
		"$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 another another
	client "the own name space after others" unhairpin sh -c \
		"'$UH_TMP/spaces' '$UH_TMP/libask.so' $public 80 another own another own another own | grep -v another"
	client "a library with static TLS after the first connect" unhairpin \
		"$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 own "$UH_TMP/libtls.so" own
	untouched "a constructor that waits for a thread that connects, no routes" \
		env UNHAIRPIN=off "$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 "$UH_TMP/libwaits.so"
	client "a constructor that waits for a thread that connects" unhairpin \
		"$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 own "$UH_TMP/libwaits.so"
	client "a constructor that waits for a thread that is the first to connect" unhairpin \
		"$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 "$UH_TMP/libwaits.so"
	"$UH_BUILD/unhairpin" compile "$UH_TMP/routed.conf" >"$UH_TMP/compile.log" || fail compile "$(cat "$UH_TMP/compile.log")"
	run routed "$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 "$UH_TMP/libwaits.so"
	is "a constructor that waits for a thread that connects, with a cache" \
		"constructor: 80 $public:80 unhairpin" "$(cat "$UH_TMP/out.routed")"
	rm "$UH_TMP/unhairpin.cache"
	client "no name space left" unhairpin "$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 all own own
	client "no name space left later" unhairpin "$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 own all own
}

# Runtimes that stand between the program and libc, and look at each of its accesses.
sanitizers() {
	local runtime

	runtime=$(cc -print-file-name=libasan.so)
	if build asks.asan -fsanitize=address asks.c ask.c 2>"$UH_TMP/build.log"; then
		before=$runtime
		client "ASan, its runtime first" unhairpin "$UH_TMP/asks.asan" "$public" "${targets[@]}"
		before=
		client "ASan, the object first" unhairpin env ASAN_OPTIONS=verify_asan_link_order=0 \
			"$UH_TMP/asks.asan" "$public" "${targets[@]}"
	else
		skip "ASan" "cc has no -fsanitize=address: $(tail -n 1 "$UH_TMP/build.log")"
	fi
	if have clang && CC=clang build asks.clang -fsanitize=address,undefined asks.c ask.c 2>"$UH_TMP/build.log"; then
		client "ASan and UBSan of clang" unhairpin "$UH_TMP/asks.clang" "$public" "${targets[@]}"
	else
		skip "ASan and UBSan of clang" "no clang with -fsanitize=address"
	fi
}

valgrind_checks() {
	local checked=(valgrind -q --error-exitcode=9)

	ask valgrind "${checked[@]}"
	client "valgrind: no leak, no descriptor" unhairpin "${checked[@]}" --leak-check=full --show-leak-kinds=all \
		"$UH_TMP/spaces" "$UH_TMP/libask.so" "$public" 80 own own own
}

have cc || skip_all "hostile hosts" "no compiler"
build asks asks.c ask.c || failed_all "hostile hosts" "can't be built"
build libask.so -shared -fPIC ask.c
build libtls.so -shared -fPIC tls.c
build libhooks.so -shared -fPIC hooks.c
build libwaits.so -shared -fPIC waits.c ask.c
build unloads unloads.c -rdynamic
build spaces spaces.c ask.c
write_routes
start_nginx
start_abstract
ask "alone"
mallocs
others
twice
hooks
linking
sanitizers
if have valgrind; then valgrind_checks; else skip valgrind "not installed"; fi
finish
