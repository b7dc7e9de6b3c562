#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin compile, and programs that have their routes from what it wrote.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"
unhairpin=$UH_BUILD/unhairpin

# What has no compiler beside it can have its routes from a cache alone.
mkdir "$UH_TMP/alone"
install -t "$UH_TMP/alone" "$object" || exit 1
with_compiler=$preloaded
without_compiler="$UH_TMP/alone/libunhairpin.so $UH_TMP/quick_clock.so"

# compiles EXPECTED-STATUS [FILE]
compiles() {
	"$unhairpin" compile "${2-$conf}" >"$UH_TMP/out" 2>"$UH_TMP/err"
	is "compile ends with $1" "$1" $?
}

# asks_once WORD…: what one connection of a new program gets.
asks_once() {
	start_asker "$@"
	ask
	stop_asker
}

writes() {
	route one >"$conf"
	compiles 0
	is "compile says what it did" "$conf: 1 route in $cache" "$(cat "$UH_TMP/out")"
	is "anybody can read it, its owner can write" 644 "$(stat -c %a "$cache")"
	is "nothing else is left" "one two unhairpin.cache unhairpin.conf" "$(ls "$work" | tr '\n' ' ' | sed 's/ $//')"
	inode=$(stat -c %i "$cache")
	compiles 0
	is "compile has nothing to do" "$conf: $cache is up to date" "$(cat "$UH_TMP/out")"
	is "it did nothing" "$inode" "$(stat -c %i "$cache")"
	route two >"$conf"
	compiles 0
	if [ "$(stat -c %i "$cache")" != "$inode" ]; then
		ok "a new file takes the old one's place"
	else
		fail "a new file takes the old one's place" "it was written into"
	fi
}

refuses() {
	cp "$cache" "$UH_TMP/before"
	printf '\nroute "nonsense" {}\n' >"$conf"
	compiles 1
	is "faults are told" 1 "$(grep -c "^$conf:2: " "$UH_TMP/err")"
	if cmp -s "$cache" "$UH_TMP/before"; then
		ok "faults: the old cache stays"
	else
		fail "faults: the old cache stays" "it is another"
	fi
	compiles 1 "$work/nowhere.conf"
	"$unhairpin" compile a b >/dev/null 2>&1
	is "compile of two files" 2 $?
	if is_root; then
		route one >"$work/others.conf"
		chown 65534 "$work/others.conf"
		compiles 1 "$work/others.conf"
		rm "$work/others.conf"
	fi
	mkdir "$UH_TMP/sealed"
	route one >"$UH_TMP/sealed/u.conf"
	if mount -t tmpfs -o ro none "$UH_TMP/sealed" 2>/dev/null; then
		umount "$UH_TMP/sealed"
		mount --bind "$UH_TMP/sealed" "$UH_TMP/sealed"
		mount -o remount,bind,ro "$UH_TMP/sealed"
		compiles 2 "$UH_TMP/sealed/u.conf"
		is "a directory that can't be written to is told" 1 "$(grep -c sealed "$UH_TMP/err")"
		umount "$UH_TMP/sealed"
	else
		skip "a directory that can't be written to" "no mounts here"
	fi
}

is_used() {
	route one >"$conf"
	compiles 0
	preloaded=$without_compiler
	is "routes come from the cache" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	start_asker UNHAIRPIN_CONF="$conf"
	is "it is mapped" one "$(ask)"
	is "it is mapped to be shared" r--s "$(awk -v cache="$cache" '$6 == cache { print $2 }' "/proc/$asker/maps")"
	route two >"$conf"
	is "the text changed, nobody can read it" "one one" "$(ask) $(ask)"
	is "that is told once" 1 "$(logged "expected the compiler of routes there")"
	compiles 0
	is "it is compiled" two "$(ask)"
	rm "$cache"
	is "the cache is not needed any more" two "$(ask)"
	stop_asker
	preloaded=$with_compiler
	is "without a cache the text is read" two "$(asks_once UNHAIRPIN_CONF="$conf")"
}

is_stale() {
	route one >"$conf"
	compiles 0
	route two >"$conf"
	is "stale: the text is read" two "$(asks_once UNHAIRPIN_CONF="$conf")"
	is "stale: no warning" 0 "$(grep -c -i warning "$log")"
	preloaded=$without_compiler
	is "stale, no compiler: no routes" decoy "$(asks_once UNHAIRPIN_CONF="$conf")"
	preloaded=$with_compiler
	echo nonsense >"$conf"
	is "broken text: what was compiled last" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	is "broken text: the place is told" 1 "$(logged "$conf:1: ")"
	is "broken text: told what holds" 1 "$(logged 'those that were compiled last')"
	start_asker UNHAIRPIN_CONF="$conf"
	is "broken text, later mended" one "$(ask)"
	route two >"$conf"
	is "mended" two "$(ask)"
	stop_asker
}

is_only_the_files() {
	route one >"$conf"
	compiles 0
	is "with routes of a variable" one \
		"$(asks_once UNHAIRPIN_CONF="$conf" "UNHAIRPIN_ROUTES=192.0.2.1=direct")"
	is "with routes of a variable the compiler is needed" 1 "$(logged '2 routes read')"
	route two >"$work/other.conf"
	is "another file of the directory" two "$(asks_once UNHAIRPIN_CONF="$work/other.conf")"
	rm "$work/other.conf"
}

# Written into where it lies: a new program must not go by it, and says so once.
is_damaged() {
	local size offset answer wrong=0 told=0 tried=0
	route one >"$conf"
	rm -f "$cache"
	compiles 0
	cp "$cache" "$UH_TMP/good"
	size=$(stat -c %s "$cache")
	for ((offset = 8; offset < size; offset += size / 12)); do
		printf '\377' | dd of="$cache" bs=1 seek="$offset" conv=notrunc status=none
		cmp -s "$cache" "$UH_TMP/good" && printf '\376' |
			dd of="$cache" bs=1 seek="$offset" conv=notrunc status=none
		answer=$(asks_once UNHAIRPIN_CONF="$conf")
		tried=$((tried + 1))
		[ "$answer" = one ] || wrong=$((wrong + 1))
		told=$((told + $(logged 'damaged')))
		cat "$UH_TMP/good" >"$cache"
	done
	is "damaged: the text is read" 0 "$wrong"
	is "damaged: told once each time" "$tried" "$told"
	truncate -s 5000 "$cache"
	is "truncated" "one 1" "$(asks_once UNHAIRPIN_CONF="$conf") $(logged damaged)"
	: >"$cache"
	is "empty" "one 1" "$(asks_once UNHAIRPIN_CONF="$conf") $(logged damaged)"
	rm "$cache"
}

# Found by a look-up, when the routes are long in use.
is_damaged_late() {
	local i
	for ((i = 0; i < 3000; i++)); do
		echo "route \"10.0.$((i / 256)).$((i % 256))\" { to = \"192.0.2.1\" }"
	done >"$conf"
	route one >>"$conf"
	compiles 0
	start_asker UNHAIRPIN_CONF="$conf"
	is "many routes" one "$(ask)"
	stop_asker
	# Behind the front and the beginnings, where the index is: only look-ups go there.
	dd if=/dev/zero of="$cache" bs=4096 seek=6 count=10 conv=notrunc status=none
	is "damaged where a look-up goes" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	is "damaged where a look-up goes: told" 1 "$(logged damaged)"
	if is_root; then
		mkdir -p "$UH_TMP/empty"
		start_asker UNHAIRPIN_CONF="$conf"
		is "damaged, and the text is out of reach" "decoy decoy" \
			"$(ask "chroot=$UH_TMP/empty") $(ask)"
		stop_asker
	fi
	rm "$cache"
}

is_not_trusted() {
	route one >"$conf"
	compiles 0
	chmod 666 "$cache"
	is "others can write it" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	is "others can write it: told" 1 "$(logged 'only root can write')"
	chmod 644 "$cache"
	if is_root; then
		chown 65534 "$cache"
		preloaded=$without_compiler
		is "somebody else's" decoy "$(asks_once UNHAIRPIN_CONF="$conf")"
		is "somebody else's: told" 1 "$(logged 'only root can write')"
		preloaded=$with_compiler
		chown 0 "$cache"
	fi
	rm "$cache"
}

# The cache changes the very directory that the configuration includes.
own_directory() {
	mkdir "$work/same"
	echo "include(\"$work/same/*.conf\")" >"$work/same/0.conf"
	route one >"$work/same/1.conf"
	compiles 0 "$work/same/0.conf"
	compiles 0 "$work/same/0.conf"
	is "its own directory: up to date" 1 "$(grep -c 'up to date' "$UH_TMP/out")"
	preloaded=$without_compiler
	is "its own directory: used" one "$(asks_once UNHAIRPIN_CONF="$work/same/0.conf")"
	preloaded=$with_compiler
	route two >"$work/same/1.conf"
	echo "# new" >"$work/same/2.conf"
	compiles 0 "$work/same/0.conf"
	preloaded=$without_compiler
	is "its own directory: a file is added" two "$(asks_once UNHAIRPIN_CONF="$work/same/0.conf")"
	preloaded=$with_compiler
	rm -r "$work/same"
}

default_file() {
	if ! is_root || ! "$here/with_etc.sh" "$work" true 2>/dev/null; then
		skip "compile of the default file" "needs root and an overlay over /etc"
		return
	fi
	mkdir "$UH_TMP/etc"
	route one >"$UH_TMP/etc/unhairpin.conf"
	is "compile of the default file" "/etc/unhairpin.conf: 1 route in /etc/unhairpin.cache" \
		"$("$here/with_etc.sh" "$UH_TMP/etc" "$unhairpin" compile)"
	rm "$UH_TMP/etc/unhairpin.conf"
	"$here/with_etc.sh" "$UH_TMP/etc" "$unhairpin" compile >/dev/null 2>"$UH_TMP/err"
	is "no default file to compile" "1 1" "$? $(grep -c '/etc/unhairpin.conf: cannot be opened' "$UH_TMP/err")"
}

units() {
	local directory=$UH_TMP/units

	if ! have systemd-analyze; then
		skip "systemd units" "no systemd-analyze"
		return
	fi
	mkdir "$directory"
	sed "s|/usr/local/bin/unhairpin|$unhairpin|" "$root/conf/unhairpin-compile.service" \
		>"$directory/unhairpin-compile.service"
	cp "$root/conf/unhairpin-compile.path" "$directory"
	is "systemd units" "" "$(systemd-analyze verify --man=no "$directory"/unhairpin-compile.{path,service} 2>&1 |
		grep unhairpin-compile)"
}

start_words || failed_all compile "the servers don't start"
writes
refuses
is_used
is_stale
is_only_the_files
is_damaged
is_damaged_late
is_not_trusted
own_directory
default_file
units
finish
