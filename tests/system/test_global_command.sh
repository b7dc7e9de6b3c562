#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin global: the object is put into /etc/ld.so.preload and taken out again, or refused.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

is_root || skip_all "unhairpin global" "needs root"

# An /etc and an installation that this name space alone can see, and that only root can write.
if ! { mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/upper /mnt/work /mnt/lib &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null; }; then
	skip_all "unhairpin global" "no overlay over /etc here"
fi
rm -f /etc/ld.so.preload /etc/unhairpin.{conf,cache}
install -t /mnt/lib "$UH_BUILD"/{unhairpin,libunhairpin.so,unhairpin-compiler} || exit 1
unhairpin=/mnt/lib/unhairpin
list=/etc/ld.so.preload
compiled=/etc/unhairpin.cache
good=/mnt/lib/libunhairpin.so

# global ARGUMENT…: leaves its output in $out and $err, and its status in $status.
global() {
	out=$("$unhairpin" global "$@" 2>"$UH_TMP/err")
	status=$?
	err=$(cat "$UH_TMP/err")
}

# An object under the object's name; C source on standard input, what else gcc is told as arguments.
object_of() {
	gcc -shared -fPIC -w -x c -o "$1/libunhairpin.so" - "${@:2}"
}

compile_other() {
	gcc -shared -fPIC -x c -o /mnt/lib/other.so - </dev/null
}

# Files of /etc that have to do with it.
left() {
	(cd /etc && find . -maxdepth 1 -name '*preload*' -printf '%f\n')
}

enable_and_disable() {
	global enable
	is "enable" "0 $good" "$status $(cat $list)"
	is "enable: mode and owner" "644 0 0" "$(stat -c '%a %u %g' $list)"
	is "enabled: programs have the object" "$good" "$(grep -m 1 -o '/mnt/lib/libunhairpin.so' /proc/self/maps)"
	global enable
	is "enable again changes nothing" "0 $good" "$status $(cat $list)"
	global status
	is "status when enabled" "0 object   $good, version $("$unhairpin" --version | cut -d ' ' -f 2)" \
		"$status $(grep ^object <<<"$out")"
	global disable
	is "disable: nothing is left" "0 " "$status $(left)"
	global disable
	is "disable again" "0 $list: not enabled" "$status $out"
	global status
	is "status when not enabled" "1 $list: not enabled" "$status $(head -n 1 <<<"$out")"
}

# Odd blanks, comments and a last line without its end, as somebody may have left them.
other_lines() {
	local text=$'# by hand:\n\n \t/mnt/lib/other.so:  # kept\n:/mnt/lib/other.so'

	compile_other
	printf '%s' "$text" >$list
	global enable
	is "other lines are kept" "0 $text"$'\n'"$good" "$status $(cat $list)"
	global disable
	is "other lines are left" "0 $text" "$status $(cat $list)"
	printf '/usr/local/lib/libunhairpin.so\n/mnt/lib/other.so\n' >$list
	"$unhairpin" global enable >/dev/null 2>&1
	is "an older path is replaced" "$good"$'\n'/mnt/lib/other.so "$(cat $list)"
	rm $list
}

# running NAME EXPECTED…: what status says of a process.
running() {
	is "status: $1" "$2" "$("$unhairpin" global --json status | "$python" -c '
import json, sys
for process in json.load(sys.stdin)["processes"]:
    if process["pid"] == int(sys.argv[1]):
        print(process["has_object"], process["why"])' "$3")"
}

processes() {
	local before after static

	echo '#include <unistd.h>
int main(void) { return pause(); }' | gcc -static -x c -o "$UH_TMP/static" -
	sleep 60 &
	before=$!
	wait_for grep -q sleep "/proc/$before/comm"
	"$unhairpin" global enable >/dev/null 2>&1
	sleep 60 &
	after=$!
	"$UH_TMP/static" &
	static=$!
	wait_for grep -q libunhairpin "/proc/$after/maps"
	wait_for grep -q static "/proc/$static/comm"
	running "a process that has it" "True None" $after
	running "a process from before" "False started before the object was enabled; restart it" $before
	running "a static program" "False statically linked" $static
	kill $before $after $static
	wait $before $after $static 2>/dev/null
	"$unhairpin" global disable >/dev/null
}

# start_in CGROUP: starts a process there; its number is added to $started.
start_in() {
	mkdir -p "$cgroup/$1"
	sh -c 'echo 0 >"$0/cgroup.procs" && exec sleep 60' "$cgroup/$1" &
	started+=($!)
	wait_for grep -q sleep "/proc/$!/comm"
}

# The processes' cgroups tell what systemd can restart.
units_to_restart() {
	local cgroups cgroup started=()

	cgroups=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)
	cgroup=$cgroups/unhairpin-test-$(basename "$UH_TMP")
	if [ -z "$cgroups" ] || ! mkdir "$cgroup" 2>/dev/null; then
		skip "units to restart" "no cgroup can be made here"
		return
	fi
	start_in system.slice/uh-b.service
	start_in system.slice/uh-b.service/worker
	start_in system.slice/uh-a.service
	start_in user.slice/session-uh.scope
	start_in user.slice/user@65534.service/app.slice/uh-u.service
	start_in user.slice/user@65534.service/init.scope
	"$unhairpin" global enable >/dev/null 2>&1
	start_in system.slice/uh-new.service
	global status
	is "restart: services" 1 "$(grep -c '^restart  systemctl restart uh-b.service uh-a.service$' <<<"$out")"
	is "restart: one that has the object is not named" 0 "$(grep -c 'restart .*uh-new.service' <<<"$out")"
	is "restart: a user's service" 1 "$(grep -c '^         systemctl --user --machine=nobody@ restart uh-u.service$' <<<"$out")"
	is "restart: a user's manager" 1 "$(grep -c '^         systemctl --user --machine=nobody@ daemon-reexec$' <<<"$out")"
	is "by hand: a session" 1 "$(grep -c '^\(by hand\|       \)  session-uh.scope, 1 process: end the session or container' <<<"$out")"
	is "a process and its unit" 1 "$(grep -c "^ *${started[1]}  no  *uh-b.service  " <<<"$out")"
	is "restart: JSON" "service None [${started[0]}, ${started[1]}] True" "$("$unhairpin" global --json status | "$python" -c '
import json, sys
status = json.load(sys.stdin)
for unit in status["units"]:
    if unit["unit"] == "uh-b.service":
        print(unit["kind"], unit["user"], unit["pids"],
              any(line.startswith("systemctl restart ") and "uh-b.service" in line for line in status["restart"]))')"
	touch /etc/unhairpin.off
	global status
	is "switched off" "routes   switched off by /etc/unhairpin.off" "$(grep '^routes' <<<"$out")"
	is "switched off: JSON" /etc/unhairpin.off "$("$unhairpin" global --json status | "$python" -c 'import json, sys; print(json.load(sys.stdin)["off"])')"
	is "switched off: the test programs have routes all the same" "test     loads and behaves" "$(grep '^test' <<<"$out")"
	out=$("$unhairpin" doctor true 2>&1)
	is "switched off: doctor has no fault of the object" "fault: /etc/unhairpin.off: switches all routes off; remove it" "$(grep '^fault' <<<"$out")"
	is "switched off: doctor says what it did not test" 1 "$(grep -c "^note: $good: is not tested by connections" <<<"$out")"
	rm /etc/unhairpin.off
	"$unhairpin" global disable >/dev/null
	kill "${started[@]}"
	wait "${started[@]}" 2>/dev/null
	find "$cgroup" -depth -type d -exec rmdir {} +
}

# refused NAME WHY: enable fails for that reason, and the file is as it was.
refused() {
	local before
	before=$(cat $list 2>/dev/null)
	global enable
	case $status:$err in
	1:*"$2"*) is "refused: $1" "$before" "$(cat $list 2>/dev/null)" ;;
	*) fail "refused: $1" "expected '$2', got status $status, '$err'" ;;
	esac
}

# An installation with another object.
with_object() {
	rm -rf /mnt/bad && mkdir -p /mnt/bad/bin &&
		cp /mnt/lib/{unhairpin,unhairpin-compiler} /mnt/bad/bin && unhairpin=/mnt/bad/bin/unhairpin
}

broken_objects() {
	with_object
	object_of /mnt/bad/bin <<<'__attribute__((constructor)) static void f(void) { *(volatile int *)0 = 0; }'
	refused "crashes when it is loaded" "true: was killed by signal 11"
	object_of /mnt/bad/bin <<<'int connect(int a, void *b, int c) { *(volatile int *)0 = 0; return 0; }'
	refused "crashes in connect()" "64 connecting threads: was killed by signal 11"
	object_of /mnt/bad/bin <<<'__attribute__((constructor)) static void f(void) { for (;;) pause(); }'
	refused "hangs" "true: did not end in 10 seconds"
	object_of /mnt/bad/bin <<<'__attribute__((constructor)) static void f(void) { write(1, "hello\n", 6); }'
	refused "prints" "true: printed 'hello'"
	object_of /mnt/bad/bin <<<'__attribute__((destructor)) static void f(void) { _exit(3); }'
	refused "changes the exit status" "true: exit status 3; expected 0"
	object_of /mnt/bad/bin <<<'__attribute__((constructor)) static void f(void) { if (!fork()) pause(); }'
	refused "leaves a process behind" "true: left a process behind"
	object_of /mnt/bad/bin </dev/null
	refused "does not route" "a routed connection did not reach its target"
	gcc -shared -x c -o /mnt/bad/bin/libmissing.so - </dev/null
	object_of /mnt/bad/bin -Wl,--no-as-needed -L/mnt/bad/bin -lmissing </dev/null && rm /mnt/bad/bin/libmissing.so
	refused "needs what is not there" "libmissing.so: cannot open shared object file"
	head -c 4000 "$good" >/mnt/bad/bin/libunhairpin.so
	refused "is cut off" "not enabled: true: "
	: >/mnt/bad/bin/libunhairpin.so
	refused "is empty" "expected the preload object of unhairpin"
	cp "$good" /mnt/bad/bin && printf '\267' | dd of=/mnt/bad/bin/libunhairpin.so bs=1 seek=18 conv=notrunc 2>/dev/null
	refused "is for another machine" "is for AArch64, 64 bits; expected"
	printf '\1' | dd of=/mnt/bad/bin/libunhairpin.so bs=1 seek=4 conv=notrunc 2>/dev/null
	refused "is of another word size" "32 bits; expected"
	rm /mnt/bad/bin/libunhairpin.so
	refused "is not there" "libunhairpin.so: No such file or directory"
	unhairpin=/mnt/lib/unhairpin
}

# What others could write, they could put into every program.
owners() {
	chmod o+w $good
	refused "object that others can write" "$good: is writable by others (mode 0757)"
	chmod o-w $good
	chown 1 /mnt/lib/unhairpin-compiler
	refused "compiler of another user" "/mnt/lib/unhairpin-compiler: is owned by user 1; expected root"
	chown 0 /mnt/lib/unhairpin-compiler
	chmod 1777 /mnt/lib
	refused "directory that others can write" "/mnt/lib: is writable by others (mode 1777)"
	chmod 755 /mnt/lib
	echo 'route "203.0.113.1:443" { to = "unix:@https" }' >/etc/unhairpin.conf
	chown 1 /etc/unhairpin.conf
	refused "configuration of another user" "/etc/unhairpin.conf: is owned by user 1"
	rm /etc/unhairpin.conf
	echo >$list && chmod 666 $list
	refused "list that others can write" "$list: is writable by others (mode 0666)"
	rm $list && ln -s /dev/null $list
	refused "list that is a link" "$list: a symbolic link; expected a regular file"
	rm $list
}

configuration() {
	echo 'route "203.0.113.1:99999" { to = "unix:@https" }' >/etc/unhairpin.conf
	refused "configuration with a fault" "/etc/unhairpin.conf:1:7: "
	refused "configuration with a fault is the reason" "/etc/unhairpin.conf: has faults"
	is "configuration with a fault: told as check tells it" "$("$unhairpin" check 2>&1)" "$(head -n 3 <<<"$err")"
	[ -e $compiled ] && fail "configuration with a fault" "it was compiled"
	echo 'route "203.0.113.1:443" { to = "unix:@https" }' >/etc/unhairpin.conf
	chmod 600 /etc/unhairpin.conf
	refused "configuration that other users cannot read" "/etc/unhairpin.conf: is not readable by other users (mode 600)"
	refused "configuration that other users cannot read: the cure" "chmod o+rX /etc/unhairpin.conf'"
	chmod 644 /etc/unhairpin.conf
	rm -f $compiled
	global enable
	is "enable with a configuration" "0 $good" "$status $(cat $list)"
	is "enable compiles it" "/etc/unhairpin.conf: 1 route in $compiled" "$(head -n 1 <<<"$out")"
	is "enable compiles it: mode and owner" "644 0" "$(stat -c '%a %u' $compiled)"
	is "enable compiles it: fresh" "/etc/unhairpin.conf: $compiled is up to date" "$("$unhairpin" compile)"
	is "enable tells how changes are compiled" \
		"/etc/unhairpin.conf: after each change run 'unhairpin compile', or once 'systemctl enable --now unhairpin-compile.path'" \
		"$(tail -n 1 <<<"$out")"
	echo 'route "203.0.113.1:80" { to = "unix:@http" }' >>/etc/unhairpin.conf
	mkdir -p /etc/systemd/system/multi-user.target.wants
	ln -sf /nowhere/unhairpin-compile.path /etc/systemd/system/multi-user.target.wants
	global enable
	is "enable again compiles what changed" "0 /etc/unhairpin.conf: 2 routes in $compiled" "$status $(head -n 1 <<<"$out")"
	is "enable tells that changes are compiled" "/etc/unhairpin.conf: changes are compiled by unhairpin-compile.path" \
		"$(tail -n 1 <<<"$out")"
	rm /etc/systemd/system/multi-user.target.wants/unhairpin-compile.path
	rm $list /etc/unhairpin.conf $compiled
	mkdir $compiled
	echo 'route "203.0.113.1:443" { to = "unix:@https" }' >/etc/unhairpin.conf
	refused "a cache that cannot be written" "/etc/unhairpin.conf: cannot be compiled"
	rmdir $compiled
	rm /etc/unhairpin.conf
}

# The system calls of a run: name and how many of that name there were before, with it.
calls_of() {
	strace -o "$UH_TMP/trace" "$unhairpin" global "$1" >/dev/null 2>&1
	# But for the first: execve, which strace waits for.
	sed -n -E '2,$s/^([a-z_0-9]+)\(.*/\1/p' "$UH_TMP/trace" | awk '{ print $1, ++count[$1] }'
}

reset() {
	if [ -n "$1" ]; then echo "$1" >$list; else rm -f $list; fi
}

# Killed in its first system call, its second, …: the old file is there, or the new one.
interrupted() { # ACTION OLD NEW
	local name number states='' now killed=0

	reset "$2"
	while read -r name number; do
		reset "$2"
		# The subshell's own errors are bash's remarks on commands that a signal ended.
		(
			strace -o /dev/null -e "inject=$name:signal=KILL:when=$number" \
				"$unhairpin" global "$1" >/dev/null 2>&1
			exit $?
		) 2>/dev/null
		[ $? != 137 ] || killed=$((killed + 1))
		now=$(cat $list 2>/dev/null)
		case $now in
		"$2") states+=o ;;
		"$3") states+=n ;;
		*) fail "$1 is killed in $name $number" "neither the old nor the new file: '$now'" ;;
		esac
	done < <(calls_of "$1")
	if [ $killed -gt 30 ] && grep -q -E '^o{20,}n+$' <<<"$states"; then
		ok "$1 is killed in each of $killed system calls"
	else
		fail "$1 is killed in $killed system calls" "the states were $states"
	fi
	reset "$2"
	"$unhairpin" global "$1" >/dev/null 2>&1
	is "$1: nothing stays of those that were killed" "$3$([ -z "$3" ] || echo ld.so.preload)" \
		"$(cat $list 2>/dev/null)$(left)"
	rm -f $list
}

kills() {
	if ! have strace || ! strace -o /dev/null true 2>/dev/null; then
		skip "killed at any point" "no strace here"
		return
	fi
	interrupted enable '' "$good"
	interrupted enable '# a comment' $'# a comment\n'"$good"
	interrupted disable "$good" ''
	interrupted disable "$good"$'\n# a comment' '# a comment'
}

at_once() {
	local pids=()

	for _ in 1 2 3 4 5 6; do
		"$unhairpin" global enable >/dev/null 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "six at once" "$good" "$(cat $list)"
	rm $list
}

# As in the build of an image: root, but no right to mount.
without_mounts() {
	out=$(setpriv --bounding-set -sys_admin "$unhairpin" global enable 2>&1)
	is "without the right to mount" "0 $good" "$? $(cat $list)"
	case $out in
	*"not tested: a set-user-id program"*) ok "without the right to mount, what was not tried is told" ;;
	*) fail "without the right to mount, what was not tried is told" "$out" ;;
	esac
	rm $list
}

# The files that programs need, in a directory.
make_image() {
	local file

	mkdir -p /mnt/image/{etc,bin,dev,tmp} && touch /mnt/image/dev/null
	cp /bin/true /bin/sh /mnt/image/bin
	# The loader by the name that programs ask for it by.
	install -D -t "/mnt/image$(dirname "$(ldd /bin/true | awk '/libc\.so/ { print $3 }')")" \
		"$(readelf -p .interp /bin/true | grep -o '/.*')"
	for file in $(ldd /bin/true /bin/sh "$UH_BUILD/unhairpin" | grep -o '/[^ ]*lib[^ ]*' | grep -v :); do
		install -D "$file" "/mnt/image$file"
	done
	mkdir -p /mnt/image/opt && cp -r /mnt/lib /mnt/image/opt/lib
}

image() {
	make_image
	unhairpin=/mnt/image/opt/lib/unhairpin
	ln -s /mnt/elsewhere /mnt/image/etc/link
	echo 'route "203.0.113.1:443" { to = "unix:@https" }' >/mnt/image/etc/unhairpin.conf
	global enable --root /mnt/image
	is "an image" "0 /opt/lib/libunhairpin.so" "$status $(cat /mnt/image/etc/ld.so.preload)$err"
	[ -e $list ] && fail "an image" "this system's own file was touched"
	[ -e $compiled ] && fail "an image" "this system has a cache"
	is "an image's configuration is compiled" "/etc/unhairpin.conf: /etc/unhairpin.cache is up to date" \
		"$(chroot /mnt/image /opt/lib/unhairpin compile 2>&1)"
	is "an image: how changes are compiled" 1 "$(grep -c '^/mnt/image/etc/unhairpin.conf: after each change run ' <<<"$out")"
	mkdir -p /mnt/image/etc/systemd/system/multi-user.target.wants
	ln -s /lib/systemd/system/unhairpin-compile.path /mnt/image/etc/systemd/system/multi-user.target.wants
	global enable --root /mnt/image
	is "an image: changes are compiled" 1 "$(grep -c '^/mnt/image/etc/unhairpin.conf: changes are compiled by ' <<<"$out")"
	global --root=/mnt/image status
	is "an image's status" "0 test     loads and behaves" "$status $(grep "^test " <<<"$out")"
	echo 'route' >/mnt/image/etc/unhairpin.conf
	global --root=/mnt/image enable
	is "an image's configuration is checked" "1" "$status"
	global --root=/mnt/image disable
	is "an image that is disabled" "0" "$status$(ls /mnt/image/etc/*preload* 2>/dev/null)"
	unhairpin=/mnt/lib/unhairpin
}

wrong_use() {
	global
	is "no action" "2 unhairpin: global: expected enable, disable or status" "$status $(head -n 1 <<<"$err")"
	global enbale
	is "a wrong action" "2 unhairpin: global: 'enbale': expected enable, disable or status; did you mean 'enable'?" "$status $(head -n 1 <<<"$err")"
	global enable now
	is "too many" "2 unhairpin: global: unexpected 'now'" "$status $(head -n 1 <<<"$err")"
	global --root /nowhere enable
	is "no such root" "2 unhairpin: --root /nowhere: No such file or directory; expected a directory" "$status $err"
	out=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$unhairpin" global enable 2>&1)
	is "somebody else" 1 "$?"
}

enable_and_disable
other_lines
processes
units_to_restart
broken_objects
owners
configuration
kills
at_once
without_mounts
image
wrong_use
finish
