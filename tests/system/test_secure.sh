#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that run with more rights than their caller (AT_SECURE): the caller's environment has no say,
# and a configuration that others could have written is refused, with the reason in the log.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

launch_as() {
	launcher=("$here/with_etc.sh" "$UH_TMP/etc.$1")
}

as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
ask=(-sS "http://$public/who")

# A journal of the test's own; what the object logs by itself goes there.
listen='import os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
while True:
    print(server.recv(4096).decode(), flush=True)'
start_journal() {
	mount -t tmpfs none /run
	mkdir -p /run/systemd/journal
	start_server journal "$python" -c "$listen" /run/systemd/journal/socket
	wait_for test -S /run/systemd/journal/socket
}

make_etc() {
	mkdir "$UH_TMP"/etc.{without,routed,unmatched,refused}
	for way in routed unmatched refused; do
		echo "$object" >"$UH_TMP/etc.$way/ld.so.preload"
	done
	cp "$UH_TMP/routed.conf" "$UH_TMP/etc.routed/unhairpin.conf"
	cp "$UH_TMP/unmatched.conf" "$UH_TMP/etc.unmatched/unhairpin.conf"
	# What a caller would like to lead the program to.
	echo "route \"$public\" { to = \"$near:8081\" }" >"$UH_TMP/callers.conf"
	sed "s/unix:[^\"]*/direct/" "$UH_TMP/routed.conf" >"$UH_TMP/direct.conf"
	"$UH_BUILD/unhairpin-compiler" -r "$public:80=direct" >"$UH_TMP/direct.compiled"
	chown 65534 "$UH_TMP/callers.conf" "$UH_TMP/direct.conf" "$UH_TMP/direct.compiled"
}

# The programs: with root's rights by the set-user-ID bit, with another user's, with a group's, and with
# a capability in the file.
make_programs() {
	install -m 4755 "$(command -v curl)" "$UH_TMP/curl.root"
	install -m 4755 -o daemon "$(command -v curl)" "$UH_TMP/curl.daemon"
	install -m 2755 -g daemon "$(command -v curl)" "$UH_TMP/curl.group"
	install -m 755 "$(command -v curl)" "$UH_TMP/curl.capable"
	install -m 755 "$(command -v curl)" "$UH_TMP/curl.plain"
	programs=("$UH_TMP"/curl.{root,daemon,group})
	if have setcap && setcap cap_net_bind_service+ep "$UH_TMP/curl.capable" 2>"$UH_TMP/setcap.err"; then
		programs+=("$UH_TMP/curl.capable")
	else
		skip "a program with file capabilities" "no setcap, or none here: $(head -n 1 "$UH_TMP/setcap.err")"
	fi
}

environment_is_ignored() { # PROGRAM
	local name=${1##*.} log=$UH_TMP/callers.log.${1##*.}

	client "$name" unhairpin "${as_nobody[@]}" "$1" "${ask[@]}"
	client "$name, UNHAIRPIN=off" unhairpin "${as_nobody[@]}" env UNHAIRPIN=off "$1" "${ask[@]}"
	client "$name, UNHAIRPIN_CONF" unhairpin \
		"${as_nobody[@]}" env UNHAIRPIN_CONF="$UH_TMP/direct.conf" "$1" "${ask[@]}"
	client "$name, UNHAIRPIN_ROUTES" unhairpin \
		"${as_nobody[@]}" env UNHAIRPIN_ROUTES="$public:80=direct" "$1" "${ask[@]}"
	client "$name, UNHAIRPIN_COMPILED" unhairpin "${as_nobody[@]}" env UNHAIRPIN_CONF=/dev/null \
		UNHAIRPIN_ROUTES="$public:80=direct" UNHAIRPIN_COMPILED="$UH_TMP/direct.compiled" "$1" "${ask[@]}"
	client "$name, UNHAIRPIN_LOG to stderr" unhairpin \
		"${as_nobody[@]}" env UNHAIRPIN_LOG=debug:stderr "$1" "${ask[@]}"
	client "$name, UNHAIRPIN_LOG to a file" unhairpin "${as_nobody[@]}" env UNHAIRPIN_LOG="debug:$log" "$1" "${ask[@]}"
	if [ -e "$log" ]; then
		fail "$name makes no file for its caller" "$(ls -l "$log")"
	else
		ok "$name makes no file for its caller"
	fi
}

# Without any configuration the caller's is none either.
nothing_from_caller() { # PROGRAM
	local name=${1##*.}

	untouched "$name without a configuration, UNHAIRPIN_CONF" \
		"${as_nobody[@]}" env UNHAIRPIN_CONF="$UH_TMP/callers.conf" "$1" "${ask[@]}"
	untouched "$name without a configuration, UNHAIRPIN_ROUTES" \
		"${as_nobody[@]}" env UNHAIRPIN_ROUTES="$public:80=$near:8081" "$1" "${ask[@]}"
}

# shellcheck disable=SC2317 # called by wait_for
# logged_since LINE TEXT: whether the journal has had it after that many lines.
logged_since() {
	tail -n "+$(($1 + 1))" "$UH_TMP/journal.log" | grep -q -F -e "$2"
}

# asked NAME ANSWER REASON COMMAND…: the answer, nothing else from the program, and the reason in the log;
# an empty reason: nothing in the log; "-": what is in the log is setpriv's, which reads the routes, too.
asked() {
	local name=$1 answer=$2 reason=$3 before
	shift 3
	before=$(wc -l <"$UH_TMP/journal.log")
	run refused "$@"
	is "$name: answer" "$answer" "$(cat "$UH_TMP/out.refused")"
	is "$name: nothing on stderr" "" "$(cat "$UH_TMP/err.refused")"
	if [ "$reason" = - ]; then
		return
	elif [ -z "$reason" ]; then
		is "$name: nothing in the log" "" "$(tail -n "+$((before + 1))" "$UH_TMP/journal.log")"
	elif wait_for logged_since "$before" "$reason"; then
		ok "$name: reason in the log"
	else
		fail "$name: reason in the log" "no '$reason' in: $(tail -n "+$((before + 1))" "$UH_TMP/journal.log")"
	fi
}

# configured OWNER MODE: the configuration that only those could have written.
configured() {
	install -o "$1" -m "$2" "$UH_TMP/routed.conf" "$UH_TMP/etc.refused/unhairpin.conf"
}

refused() {
	local conf=/etc/unhairpin.conf root=("${as_nobody[@]}" "$UH_TMP/curl.root" "${ask[@]}")
	local daemon=("${as_nobody[@]}" "$UH_TMP/curl.daemon" "${ask[@]}")

	configured root 644
	asked "owned by root" unhairpin "" "${root[@]}"
	configured 65534 644
	asked "owned by the caller" decoy "$conf: is owned by user 65534; expected root" "${root[@]}"
	configured root 664
	asked "writable by a group" decoy "$conf: is writable by others (mode 664)" "${root[@]}"
	configured root 646
	asked "writable by all" decoy "$conf: is writable by others (mode 646)" "${root[@]}"
	# Its effective user may be anybody's choice in a program that others start.
	configured daemon 644
	asked "owned by the effective user" decoy "$conf: is owned by user $(id -u daemon); expected root" "${daemon[@]}"
	asked "owned by the user, not AT_SECURE" unhairpin - setpriv --reuid=daemon --regid=daemon --clear-groups \
		curl "${ask[@]}"
	asked "owned by another user, not AT_SECURE" decoy \
		"$conf: is owned by user $(id -u daemon); expected root or the user that runs the program" \
		"${as_nobody[@]}" curl "${ask[@]}"
	# By a name that is good, a file that is not.
	mkdir "$UH_TMP/etc.refused/unhairpin.d"
	echo 'include("/etc/unhairpin.d/*.conf")' >"$UH_TMP/etc.refused/unhairpin.conf"
	chown root "$UH_TMP/etc.refused/unhairpin.conf"
	install -o 65534 "$UH_TMP/routed.conf" "$UH_TMP/etc.refused/unhairpin.d/a.conf"
	asked "an included file of the caller's" decoy "/etc/unhairpin.d/a.conf: is owned by user 65534" "${root[@]}"
	ln -sf "$UH_TMP/callers.conf" "$UH_TMP/etc.refused/unhairpin.d/a.conf"
	asked "a link to the caller's file" decoy "/etc/unhairpin.d/a.conf: is owned by user 65534" "${root[@]}"
	install "$UH_TMP/routed.conf" "$UH_TMP/etc.refused/unhairpin.d/a.conf"
	asked "an included file of root's" unhairpin "" "${root[@]}"
}

# A trace of the caller's learns from the caller's own programs, and from no others.
# shellcheck disable=SC2016 # Python's text
not_traced_by_caller() {
	local room=/run/user/65534 traced=("$UH_TMP"/curl.{root,group})

	[ ! -e "$UH_TMP/curl.capable" ] || traced+=("$UH_TMP/curl.capable")
	install -d -o 65534 "$room"
	start_server tracer "${as_nobody[@]}" "$python" -c 'import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.bind(sys.argv[1])
server.listen(99)
while True:
    print(len(server.accept()[0].recv(4096)) > 0, flush=True)' "$room/unhairpin.trace"
	wait_for test -S "$room/unhairpin.trace"
	for program in "${traced[@]}"; do
		asked "${program##*.}, while its caller traces" unhairpin - "${as_nobody[@]}" "$program" "${ask[@]}"
	done
	is "no message to a trace of the caller's" "" "$(cat "$UH_TMP/tracer.log")"
	asked "the caller's program, which it traces" unhairpin - "${as_nobody[@]}" "$UH_TMP/curl.plain" "${ask[@]}"
	if wait_for test -s "$UH_TMP/tracer.log"; then
		ok "a message of the caller's program"
	else
		fail "a message of the caller's program"
	fi
	rm "$room/unhairpin.trace"
}

# A compiler that others could have written is never started.
compilers() {
	local there=$UH_TMP/other/unhairpin-compiler root=("${as_nobody[@]}" "$UH_TMP/curl.root" "${ask[@]}")
	local daemon=("${as_nobody[@]}" "$UH_TMP/curl.daemon" "${ask[@]}")

	configured root 644
	install -D -t "$UH_TMP/other" "$object" "$UH_TMP/lib/unhairpin-compiler"
	echo "$UH_TMP/other/libunhairpin.so" >"$UH_TMP/etc.refused/ld.so.preload"
	asked "a compiler of root's" unhairpin "" "${root[@]}"
	chmod 775 "$there"
	asked "a compiler that a group can write" decoy "$there is not used: others can write it" "${root[@]}"
	chmod 755 "$there"
	chown 65534 "$there"
	asked "a compiler of the caller's" decoy "$there is not used: others can write it" "${root[@]}"
	asked "a compiler of the user's, not AT_SECURE" unhairpin - "${as_nobody[@]}" curl "${ask[@]}"
	chown daemon "$there"
	asked "a compiler of the effective user's" decoy "$there is not used: others can write it" "${daemon[@]}"
	echo "$object" >"$UH_TMP/etc.refused/ld.so.preload"
}

# What every system has of such programs: as without the object, whatever is in their environment.
# shellcheck disable=SC2016 # the inner shell's variables
usual_programs() {
	local noise=(UNHAIRPIN_CONF=/nowhere UNHAIRPIN_ROUTES=nonsense)
	local caller=("${as_nobody[@]}" env "${noise[@]}" UNHAIRPIN_LOG=debug:stderr)

	says "su" '^nobody$' env "${noise[@]}" su -s /bin/sh nobody -c 'id -un; echo "$HOME"; exit 3'
	says "su, a login" 'uid=1\(daemon\)' env "${noise[@]}" su -s /bin/sh - daemon -c 'id; pwd'
	says "su without the password" 'Authentication failure' "${caller[@]}" sh -c 'su root -c id <&-'
	says "passwd -S" '^nobody ' "${caller[@]}" passwd -S nobody
	says "passwd" 'password' "${caller[@]}" sh -c 'printf "a\nb\nb\n" | passwd'
	says "newgrp" '65534' "${caller[@]}" sh -c 'echo "id -g; id -G" | newgrp nogroup'
	says "mount" '^[0-9]+$' "${caller[@]}" sh -c 'mount | grep -c .; mount /nowhere'
}

is_root || skip_all "AT_SECURE" "needs root"
write_routes
"$here/with_etc.sh" "$UH_TMP" true 2>/dev/null || skip_all "AT_SECURE" "no overlay over /etc here"
start_journal
make_etc
make_programs
install -m 4755 "$(command -v id)" "$UH_TMP/id"
[ "$("${as_nobody[@]}" "$UH_TMP/id" -u)" = 0 ] || skip_all "AT_SECURE" "set-user-ID programs get no rights here"
start_nginx
for program in "${programs[@]}"; do
	environment_is_ignored "$program"
done
configured root 644
not_traced_by_caller
refused
compilers
usual_programs
rm "$UH_TMP"/etc.*/unhairpin.conf
for program in "${programs[@]}"; do
	nothing_from_caller "$program"
done
finish
