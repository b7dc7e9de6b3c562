#!/bin/bash
# SPDX-License-Identifier: MIT
# A program that uses musl, with the object that is built for it, and all three parts built by musl-gcc.
#
# Building all three is a long check. It runs if UH_LONG is set and tests/musl_libraries.sh has built the libraries.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"
unhairpin=$UH_BUILD/unhairpin

have musl-gcc || skip_all "musl" "no musl-gcc"
[ -e "$UH_BUILD/libunhairpin-musl.so" ] || failed_all "musl" "the object was not built"
musl-gcc -O2 -o "$UH_TMP/asker" "$clients/asker.c" || failed_all "musl" "the client is not built"
musl-gcc -O2 -shared -fPIC -o "$UH_TMP/quick_clock.so" "$clients/quick_clock.c" || exit 1
# Where an installation has it: beside the compiler, which is one for both libcs.
install -t "$UH_TMP/lib" "$UH_BUILD/libunhairpin-musl.so" || exit 1
preloaded="$UH_TMP/lib/libunhairpin-musl.so:$UH_TMP/quick_clock.so"
asking=("$UH_TMP/asker")

is "needs musl alone" "libc.so" \
	"$(readelf -d "$UH_TMP/lib/libunhairpin-musl.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
start_words || failed_all musl "the servers don't start"
route one >"$conf"
start_asker UNHAIRPIN_CONF="$conf"
is "without a cache: from text" one "$(ask)"
is "without a cache: nothing to complain of" 0 "$(logged "no routes are read")"
route two >"$conf"
is "the text changes" two "$(ask)"
stop_asker
start_asker UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$public:7000=unix:$work/two"
is "from a variable" two "$(ask)"
stop_asker
mkdir "$UH_TMP/alone"
cp "$UH_TMP/lib/libunhairpin-musl.so" "$UH_TMP/alone/"
preloaded=$UH_TMP/alone/libunhairpin-musl.so:$UH_TMP/quick_clock.so
start_asker UNHAIRPIN_CONF="$conf"
is "without a compiler: no routes" "decoy decoy" "$(ask) $(ask)"
is "without a compiler: told once" 1 "$(logged "/unhairpin-compiler: ENOENT")"
route one >"$conf"
"$unhairpin" compile "$conf" >/dev/null
is "a cache appears" one "$(ask)"
stop_asker
preloaded="$UH_TMP/lib/libunhairpin-musl.so:$UH_TMP/quick_clock.so"
start_asker UNHAIRPIN_CONF="$conf"
is "a cache is there" one "$(ask)"
route two >"$conf"
is "stale: the text counts" two "$(ask)"
"$unhairpin" compile "$conf" >/dev/null
is "compiled again" two "$(ask)"
printf '\377' | dd of="$cache" bs=1 seek=40 conv=notrunc status=none
stop_asker
start_asker UNHAIRPIN_CONF="$conf"
is "damaged: the text counts" "two 1" "$(ask) $(logged damaged)"
stop_asker

# make_musl TARGET: the make of a system whose only libc is musl.
make_musl() {
	PKG_CONFIG_LIBDIR=$libraries/lib/pkgconfig make -C "$root" --no-print-directory -j 2 BUILD="$UH_TMP/whole" CC=musl-gcc \
		LTO= CFLAGS=-O0 PKG_CONFIG='pkg-config --static' STATIC='-static -no-pie' DESTDIR="$UH_TMP/root" PREFIX=/usr "$1" \
		>"$UH_TMP/make" 2>&1 || failed_all "make CC=musl-gcc $1" "$(tail -n 20 "$UH_TMP/make")"
	ok "make CC=musl-gcc $1"
}

whole() {
	local usr=$UH_TMP/root/usr

	make_musl install
	is "the object has the name that the command looks for" libunhairpin.so "$(cd "$usr/lib" && echo *.so)"
	is "the object and the command need musl alone" "libc.so libc.so" \
		"$(readelf -d "$usr/lib/libunhairpin.so" "$usr/bin/unhairpin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | xargs)"
	is "the compiler needs nothing" 0 "$(readelf -l -d "$usr/libexec/unhairpin-compiler" | grep -c -e INTERP -e NEEDED)"
	route two >"$conf"
	rm -f "$cache"
	is "built by musl-gcc: check" "$conf: OK: 1 route" "$("$usr/bin/unhairpin" check "$conf" 2>&1 | sed "/: warning: /d")"
	is "built by musl-gcc: run, without a cache" two "$(echo | "$usr/bin/unhairpin" run -c "$conf" -- "$UH_TMP/asker" "$public" 7000 2>&1)"
	is "built by musl-gcc: compile" 0 "$("$usr/bin/unhairpin" compile "$conf" >/dev/null; echo $?)"
	is "built by musl-gcc: the compiled routes" "up to date" "$("$usr/bin/unhairpin" compile "$conf" | grep -o 'up to date')"
	is "built by musl-gcc: run, inline" one \
		"$(echo | "$usr/bin/unhairpin" run -m "$public:7000=unix:$work/one" -- "$UH_TMP/asker" "$public" 7000 2>&1)"
	make_musl uninstall
	is "make CC=musl-gcc uninstall leaves nothing" "" "$(find "$UH_TMP/root" -type f)"
}

libraries=$UH_BUILD/musl-libraries
[ -n "${UH_LONG-}" ] || skip_all "make CC=musl-gcc" "a long check; set UH_LONG to run it"
[ -e "$libraries/complete" ] || skip_all "make CC=musl-gcc" "no $libraries; tests/musl_libraries.sh makes it"
whole
finish
