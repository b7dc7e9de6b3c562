#!/bin/bash
# SPDX-License-Identifier: MIT
# A changed configuration takes effect in programs that run; a broken one never does.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

changed_file() {
	route one >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "as it is at first" one "$(ask)"
	route two >"$conf"
	is "rewritten in place" two "$(ask)"
	settle
	route one >"$work/new"
	mv "$work/new" "$conf"
	is "renamed over" one "$(ask)"
	settle
	is "nothing changed, nothing read" "$(logged 'changed')" "$(ask >/dev/null; logged 'changed')"
	stop_asker
}

# As Kubernetes mounts a ConfigMap: the file is a link into a directory that is a link.
swapped_link() {
	mkdir "$work/..1" "$work/..2"
	route one >"$work/..1/unhairpin.conf"
	route two >"$work/..2/unhairpin.conf"
	ln -s ..1 "$work/..data"
	rm "$conf"
	ln -s ..data/unhairpin.conf "$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "through links" one "$(ask)"
	ln -s ..2 "$work/..new"
	mv -T "$work/..new" "$work/..data"
	is "a link is swapped" two "$(ask)"
	stop_asker
	rm "$conf"
}

included_directory() {
	mkdir "$work/d"
	echo "include(\"$work/d/*.conf\") route \"192.0.2.1\" { to = \"direct\" }" >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "an empty directory is included" decoy "$(ask)"
	route one >"$work/d/a.conf"
	is "a file is added" one "$(ask)"
	settle
	route two >"$work/d/a.conf"
	is "it is changed" two "$(ask)"
	settle
	rm "$work/d/a.conf"
	is "it is removed" decoy "$(ask)"
	rm -r "$work/d"
	is "the directory is removed" decoy "$(ask)"
	mkdir "$work/d"
	route one >"$work/d/b.conf"
	is "it is made again" one "$(ask)"
	stop_asker
	rm -r "$work/d"
}

# The line that names the place comes once, however often is asked; and once more for another fault.
broken_text() {
	route one >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	ask >/dev/null
	echo 'route "nonsense" {}' >"$conf"
	settle
	is "broken text: the routes stay" "one one one" "$(ask) $(ask) $(ask)"
	is "broken text: one line names the place" 1 "$(logged "$conf:1: ")"
	is "broken text: one line says what holds" 1 "$(logged 'the previous routes stay in use')"
	printf '\nroute "nonsense" {}' >"$conf"
	settle
	is "other broken text" "one one" "$(ask) $(ask)"
	is "other broken text: one line" 1 "$(logged "$conf:2: ")"
	echo "include(\"$work/part.conf\")" >"$conf"
	settle
	is "an included file is missing" "one one" "$(ask) $(ask)"
	is "an included file is missing: one line" 1 "$(logged "$work/part.conf: cannot be opened")"
	route two >"$work/part.conf"
	is "it is there" two "$(ask)"
	chmod 666 "$work/part.conf"
	is "others can write it" "two two" "$(ask) $(ask)"
	is "others can write it: one line" 1 "$(logged 'is writable by others')"
	route one >"$work/part.conf"
	chmod 644 "$work/part.conf"
	is "they can't any more" one "$(ask)"
	rm "$conf"
	is "the file is missing" "one one" "$(ask) $(ask)"
	is "the file is missing: one line" 1 "$(logged "$conf: cannot be opened")"
	route two >"$conf"
	is "the file is back" two "$(ask)"
	stop_asker
}

broken_at_start() {
	echo 'nonsense' >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "broken at start: no routes" "decoy decoy" "$(ask) $(ask)"
	is "broken at start: one line" 1 "$(logged "$conf:1: ")"
	route one >"$conf"
	is "mended" one "$(ask)"
	stop_asker
}

# A program that was started without any configuration.
default_file() {
	if ! is_root || ! "$here/with_etc.sh" "$work" true 2>/dev/null; then
		skip "the default file" "needs root and an overlay over /etc"
		return
	fi
	mkdir "$UH_TMP/etc"
	start_asker "$here/with_etc.sh" "$UH_TMP/etc"
	is "no default file" decoy "$(ask)"
	# Its own /etc is seen through its root directory.
	wait_for test -e "/proc/$asker/root/etc/passwd"
	route one >"/proc/$asker/root/etc/unhairpin.conf"
	is "the default file appears" one "$(ask)"
	rm "/proc/$asker/root/etc/unhairpin.conf"
	is "the default file is removed" "decoy decoy" "$(ask) $(ask)"
	is "the default file is removed: one line" 1 "$(logged 'changed: 0 routes')"
	route two >"/proc/$asker/root/etc/unhairpin.conf"
	is "the default file is back" two "$(ask)"
	stop_asker
}

variables() {
	start_asker UNHAIRPIN_CONF=/dev/null "UNHAIRPIN_ROUTES=$public:7000=unix:$work/one"
	is "routes of a variable alone" "one one" "$(ask) $(ask)"
	stop_asker
	route one >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf" "UNHAIRPIN_ROUTES=$public:7001=unix:$work/one"
	is "a file and a variable" one "$(ask)"
	route two >"$conf"
	is "the file changes" two "$(ask)"
	stop_asker
	start_asker UNHAIRPIN=off UNHAIRPIN_CONF="$conf"
	is "off" "decoy decoy" "$(ask) $(ask)"
	stop_asker
}

# unhairpin.off beside the configuration switches all routes off, whatever else is compiled or broken.
switched_off() {
	local off=$work/unhairpin.off

	route one >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "before it is switched off" one "$(ask)"
	: >"$off"
	is "switched off" "decoy decoy" "$(ask) $(ask)"
	is "switched off: one line" 1 "$(logged "routes are switched off by $off")"
	route two >"$conf"
	is "switched off, the file changes" decoy "$(ask)"
	rm "$off"
	is "switched on again" "two two" "$(ask) $(ask)"
	is "switched on again: one line" 1 "$(logged "routes are switched on again: there is no $off")"
	echo nonsense >"$conf"
	settle
	is "broken text" two "$(ask)"
	: >"$off"
	is "broken text, switched off" decoy "$(ask)"
	rm "$off"
	is "broken text, switched on again" two "$(ask)"
	stop_asker
	route one >"$conf"
	settle
	"$UH_BUILD/unhairpin" compile "$conf" >/dev/null
	: >"$off"
	start_asker UNHAIRPIN_CONF="$conf" "UNHAIRPIN_ROUTES=$public:7001=unix:$work/one"
	is "switched off before the start, inline routes too" decoy "$(ask)"
	stop_asker
	start_asker UNHAIRPIN_CONF="$conf"
	is "switched off, compiled before" decoy "$(ask)"
	is "a new process says it once" 1 "$(logged "routes are switched off by $off")"
	mv "$UH_TMP/lib/unhairpin-compiler" "$UH_TMP/lib/away"
	rm "$off"
	is "switched on again, without a compiler" one "$(ask)"
	: >"$off"
	is "switched off again, without a compiler" decoy "$(ask)"
	mv "$UH_TMP/lib/away" "$UH_TMP/lib/unhairpin-compiler"
	stop_asker
	is "check says it" "unhairpin: note: routes are switched off by $off" \
		"$("$UH_BUILD/unhairpin" check "$conf" 2>&1 >/dev/null | head -n 1)"
	is "lookup says it" "unhairpin: note: routes are switched off by $off" \
		"$("$UH_BUILD/unhairpin" lookup -c "$conf" "$public:7000" 2>&1 >/dev/null)"
	is "lookup answers as connect() does" "goes to the address itself" \
		"$("$UH_BUILD/unhairpin" lookup -c "$conf" "$public:7000" 2>/dev/null | grep -o 'goes to the .*')"
	is "run says it" 1 "$("$UH_BUILD/unhairpin" run -c "$conf" -- true 2>&1 | grep -c "switched off by $off")"
	rm "$off" "$cache"
}

# Inline routes alone belong to /etc/unhairpin.off.
switched_off_inline() {
	if ! is_root || ! "$here/with_etc.sh" "$work" true 2>/dev/null; then
		skip "inline routes are switched off" "needs root and an overlay over /etc"
		return
	fi
	mkdir "$UH_TMP/etc2"
	start_asker "$here/with_etc.sh" "$UH_TMP/etc2" env UNHAIRPIN_CONF=/dev/null \
		"UNHAIRPIN_ROUTES=$public:7000=unix:$work/one"
	is "inline routes" one "$(ask)"
	: >"/proc/$asker/root/etc/unhairpin.off"
	is "inline routes are switched off" "decoy decoy" "$(ask) $(ask)"
	rm "/proc/$asker/root/etc/unhairpin.off"
	is "inline routes are switched on again" one "$(ask)"
	stop_asker
}

# A new program uses the routes that were compiled last, whatever is wrong with a drop-in.
faulty_drop_in() {
	local fault

	mkdir "$work/parts"
	{ echo "include(\"$work/parts/*.conf\")"; route one; } >"$conf"
	settle
	"$UH_BUILD/unhairpin" compile "$conf" >/dev/null
	for fault in nonsense 'include("/nonexistent.conf")' writable; do
		echo "$fault" >"$work/parts/new.conf"
		if [ "$fault" = writable ]; then
			echo '# nothing' >"$work/parts/new.conf"
			chmod 666 "$work/parts/new.conf"
		fi
		settle
		"$UH_BUILD/unhairpin" compile "$conf" >/dev/null 2>&1
		is "a faulty drop-in, $fault: compile fails" 1 $?
		start_asker UNHAIRPIN_CONF="$conf"
		is "a faulty drop-in, $fault: a new program" "one one" "$(ask) $(ask)"
		is "a faulty drop-in, $fault: one line" 1 "$(logged 'using the routes that were compiled last')"
		stop_asker
	done
	rm -r "$work/parts" "$cache"
}

# From then on no file of ours is looked at, also not at one that is where the other one was.
confined() {
	if ! is_root; then
		skip "a confined program keeps its routes" "needs root"
		return
	fi
	route one >"$conf"
	mkdir -p "$UH_TMP/jail$work"
	ln "$work/one" "$UH_TMP/jail$work/one"
	ln "$work/two" "$UH_TMP/jail$work/two"
	route two >"$UH_TMP/jail$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "before chroot" one "$(ask)"
	is "after chroot" "one one" "$(ask "chroot=$UH_TMP/jail") $(ask)"
	stop_asker
	chmod 600 "$conf"
	chmod 666 "$work/one" "$work/two"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "after setuid" "one one" "$(ask user=65534) $(ask)"
	route two >"$conf"
	is "after setuid, what can't be read is kept" "one one" "$(ask) $(ask)"
	is "after setuid: one line" 1 "$(logged "$conf: cannot be opened")"
	chmod 644 "$conf"
	is "after setuid, what can be read is" two "$(ask)"
	stop_asker
}

forked() {
	route one >"$conf"
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "before fork" one "$(ask)"
	route two >"$conf"
	is "in a forked child" two "$(ask fork)"
	settle
	route one >"$conf"
	is "in a forked child again" one "$(ask)"
	stop_asker
}

# With the machine's own clock: at the first connect after a second.
in_time() {
	route one >"$conf"
	preloaded=$object
	settle
	start_asker UNHAIRPIN_CONF="$conf"
	is "by the real clock" one "$(ask)"
	route two >"$conf"
	sleep 1
	is "by the real clock, a second later" two "$(ask)"
	stop_asker
	preloaded="$object $UH_TMP/quick_clock.so"
}

start_words || failed_all changes "the servers don't start"
changed_file
swapped_link
included_directory
broken_text
broken_at_start
default_file
variables
switched_off
switched_off_inline
faulty_drop_in
confined
forked
in_time
finish
