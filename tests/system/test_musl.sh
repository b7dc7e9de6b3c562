#!/bin/bash
# SPDX-License-Identifier: MIT
# A program that uses musl, with the object that is built for it.
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
finish
