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
	is "faults are told" 1 "$(grep -c "^$conf:2:7: " "$UH_TMP/err")"
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

# How the program that asks has the cache mapped.
mapped() {
	awk -v cache="$cache" '$6 == cache { print $2 }' "/proc/$asker/maps"
}

is_used() {
	route one >"$conf"
	compiles 0
	preloaded=$without_compiler
	is "routes come from the cache" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	start_asker UNHAIRPIN_CONF="$conf"
	is "it is used again" one "$(ask)"
	is "it is copied" "" "$(mapped)"
	route two >"$conf"
	is "the text changed, nobody can read it" "one one" "$(ask) $(ask)"
	is "that is told once" 1 "$(logged "install the compiler of routes there")"
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
	is "broken text: told what holds" 1 "$(logged 'using the routes that were compiled last')"
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
	truncate -s 500 "$cache"
	is "truncated" "one 1" "$(asks_once UNHAIRPIN_CONF="$conf") $(logged damaged)"
	: >"$cache"
	is "empty" "one 1" "$(asks_once UNHAIRPIN_CONF="$conf") $(logged damaged)"
	rm "$cache"
}

# Behind the front of a cache that is too large to be read as a whole when it is mapped.
is_damaged_in_the_middle() {
	local i bytes
	for ((i = 0; i < 3000; i++)); do
		echo "route \"10.0.$((i / 256)).$((i % 256))\" { to = \"192.0.2.1\" }"
	done >"$conf"
	route one >>"$conf"
	compiles 0
	is "many routes" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	start_asker UNHAIRPIN_CONF="$conf"
	is "many routes are mapped to be shared" "one r--s" "$(ask) $(mapped)"
	stop_asker
	for bytes in /dev/zero /dev/urandom; do
		# The index, which has 64 KiB, behind one or two.
		dd if=$bytes of="$cache" bs=4096 seek=1 count=15 conv=notrunc status=none
		is "$bytes in the middle: no route matches" decoy "$(asks_once UNHAIRPIN_CONF="$conf")"
		# What it was made from lies in there, too: it counts as stale.
		dd if=$bytes of="$cache" bs=4096 seek=1 count=$(($(stat -c %s "$cache") / 4096 - 2)) \
			conv=notrunc status=none
		is "$bytes behind the front: the text is read" one "$(asks_once UNHAIRPIN_CONF="$conf")"
		"$unhairpin" check "$conf" >/dev/null 2>"$UH_TMP/err"
		is "$bytes in the middle: check tells" "1 1" "$? $(grep -c "$cache: damaged" "$UH_TMP/err")"
		"$unhairpin" doctor -c "$conf" >"$UH_TMP/out"
		is "$bytes in the middle: doctor tells" "1 1" "$? $(grep -c "^fault: $cache: damaged" "$UH_TMP/out")"
		compiles 0
		is "$bytes in the middle: compiled again" "$conf: 3001 routes in $cache" "$(cat "$UH_TMP/out")"
		is "$bytes in the middle: used again" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	done
	"$unhairpin" check "$conf" >/dev/null 2>&1
	is "check finds a whole one good" 0 $?
	"$unhairpin" doctor -c "$conf" >"$UH_TMP/out"
	is "doctor finds a whole one good" "0 1" "$? $(grep -c "^ok: $cache: " "$UH_TMP/out")"
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

# A process of root's leaves the cache that the configuration asks for, and the text as it is.
write_cache() {
	if ! is_root; then
		skip "write_cache" "needs root"
		return
	fi
	{
		echo 'write_cache = on'
		route one
	} >"$conf"
	cp "$conf" "$UH_TMP/text"
	rm -f "$cache"
	is "write_cache: routed" one "$(asks_once UNHAIRPIN_CONF="$conf")"
	is "write_cache: the text is as it was" "" "$(cmp "$conf" "$UH_TMP/text" 2>&1)"
	is "write_cache: the cache is beside it" 644 "$(stat -c %a "$cache")"
	rm -f "$cache"
}

# asks_by_run OPTION…: what one connection of a program gets that run starts, traced.
asks_by_run() {
	preloaded=$UH_TMP/quick_clock.so
	asks_once strace -f -s 300 -e trace=execve,connect -o "$UH_TMP/calls" "$unhairpin" run -q "$@" --
	preloaded=$with_compiler
}

# What run hands over is all that a program needs.
by_run() {
	local option

	if ! have strace || ! strace -o /dev/null true 2>/dev/null; then
		skip "run compiles" "no strace here"
		return
	fi
	install -t "$UH_TMP/lib" "$unhairpin" || exit 1
	unhairpin=$UH_TMP/lib/unhairpin
	route one >"$conf"
	rm -f "$cache"
	for option in "-m$public:7000=unix:$work/one" "-c$conf"; do
		is "run ${option:0:2}: routed" one "$(asks_by_run "$option")"
		is "run ${option:0:2}: the compiler is not started" 0 "$(grep -c 'execve.*unhairpin-compiler' "$UH_TMP/calls")"
		is "run ${option:0:2}: the log" 0 "$(grep -c 'is not used' "$log")"
	done
	is "UNHAIRPIN_ROUTES of the environment" one "$(UNHAIRPIN_ROUTES="$public:7000=unix:$work/one" asks_by_run)"
	is "UNHAIRPIN_ROUTES of the environment: the compiler is not started" 0 \
		"$(grep -c 'execve.*unhairpin-compiler' "$UH_TMP/calls")"
	asks_once UNHAIRPIN_CONF="$conf" strace -f -e trace=execve -o "$UH_TMP/calls" env -- >/dev/null
	is "without run it is started" 1 "$(grep -c 'execve.*unhairpin-compiler.*= 0' "$UH_TMP/calls")"
	unhairpin=$UH_BUILD/unhairpin
}

# The text changes while a program runs that its routes were handed over to.
edited() {
	preloaded=$UH_TMP/quick_clock.so
	route one >"$conf"
	start_asker "$UH_TMP/lib/unhairpin" run -q -c "$conf" --
	is "edited: before" one "$(ask)"
	settle
	route two >"$conf"
	is "edited: after" two "$(ask)"
	stop_asker
	preloaded=$with_compiler
}

# not_used NAME WHY FILE: a program that has FILE as UNHAIRPIN_COMPILED is routed by the text.
not_used() {
	is "UNHAIRPIN_COMPILED: $1" one "$(asks_once UNHAIRPIN_CONF="$conf" UNHAIRPIN_COMPILED="$3")"
	is "UNHAIRPIN_COMPILED: $1, and why" 1 "$(grep -c -E "$2" "$log")"
}

is_handed_over_in_vain() {
	local bad=$UH_TMP/bad

	route one >"$conf"
	compiles 0
	mkdir "$bad"
	mv "$cache" "$bad/good"
	is "UNHAIRPIN_COMPILED: a good one" one "$(preloaded=$without_compiler asks_once UNHAIRPIN_CONF="$conf" UNHAIRPIN_COMPILED="$bad/good")"
	head -c 20000 /dev/urandom >"$bad/garbage"
	not_used garbage "garbage is not used: damaged" "$bad/garbage"
	: >"$bad/empty"
	not_used "an empty file" "empty is not used: damaged" "$bad/empty"
	mkdir "$bad/directory"
	not_used "a directory" "directory is not used: expected a file" "$bad/directory"
	mkfifo "$bad/fifo"
	not_used "a FIFO" "fifo is not used: expected a file" "$bad/fifo"
	ln -s good "$bad/link"
	not_used "a symbolic link" "1 route read" "$bad/link"
	not_used "a file that is not there" "1 route read" "$bad/nothing"
	not_used "a relative path" "1 route read" good
	cp "$bad/good" "$bad/open"
	chmod 666 "$bad/open"
	not_used "a file that others can write" "open is not used: expected a file" "$bad/open"
	"$unhairpin" compile "$conf" >/dev/null && mv "$cache" "$bad/of_text"
	is "UNHAIRPIN_COMPILED: for another program's routes" two \
		"$(asks_once UNHAIRPIN_CONF="$conf" UNHAIRPIN_ROUTES="$public:7000=unix:$work/two" UNHAIRPIN_COMPILED="$bad/of_text")"
	is "UNHAIRPIN_COMPILED: for another program's routes, and why" 1 "$(logged 'made from another configuration')"
	if is_root; then
		cp "$bad/good" "$bad/foreign"
		chown 65534 "$bad/foreign"
		not_used "another user's file" "foreign is not used: expected a file" "$bad/foreign"
	fi
	route two >"$conf"
	is "UNHAIRPIN_COMPILED: an old one" two "$(asks_once UNHAIRPIN_CONF="$conf" UNHAIRPIN_COMPILED="$bad/good")"
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
	local directory=$UH_TMP/units unit

	if ! have systemd-analyze; then
		skip "systemd units" "no systemd-analyze"
		return
	fi
	mkdir "$directory"
	for unit in compile kernel; do
		sed "s|/usr/local/bin/unhairpin|$unhairpin|" "$root/conf/unhairpin-$unit.service" \
			>"$directory/unhairpin-$unit.service"
	done
	cp "$root/conf/unhairpin-compile.path" "$directory"
	is "systemd units" "" "$(systemd-analyze verify --man=no "$directory"/unhairpin-{compile.path,compile.service,kernel.service} 2>&1 |
		grep unhairpin-)"
}

start_words || failed_all compile "the servers don't start"
writes
refuses
is_used
is_stale
is_only_the_files
is_damaged
is_damaged_in_the_middle
is_not_trusted
own_directory
write_cache
by_run
edited
is_handed_over_in_vain
default_file
units
finish
