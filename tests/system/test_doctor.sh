#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin doctor: proves that connections are intercepted, and says why a program's can't be.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

unhairpin=$UH_TMP/lib/unhairpin
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
cd "$UH_TMP" || exit 1
socket=$UH_TMP/run/app.sock
by_kernel=", or run 'unhairpin kernel enable', which catches it for routes with IP targets"
mkdir run
cat >good.conf <<EOC
route "$public:443" { to = "unix:$socket" }
route "$public:80" { to = "192.168.1.20" }
EOC
"$python" - "$socket" <<'EOP' || exit 1
import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
EOP
chmod 666 "$socket"

# doctor ARGUMENT…: leaves its output in $out and its status in $status.
doctor() {
	out=$("$unhairpin" doctor "$@" 2>&1)
	status=$?
}

# finds NAME STATUS TEXT ARGUMENT…: a line that begins so, after "$UH_TMP/" was taken out of it.
finds() {
	local name=$1 expected=$2 text=$3
	shift 3
	doctor -c good.conf -- "$@"
	if [ $status != "$expected" ]; then
		fail "$name" "expected status $expected, got $status: $out"
	elif grep -q -F -e "$text" <<<"${out//"$UH_TMP/"/}"; then
		ok "$name"
	else
		fail "$name" "no '$text' in: $out"
	fi
}

compile() { # NAME ARGUMENT…: C source on standard input
	gcc -x c -o "$@" - 2>"$UH_TMP/gcc.err"
}

the_machine() {
	doctor -c good.conf
	is "good as it is" 0 $status
	is "a connection is proven" 1 "$(grep -c '^ok: .*1024 test connections from 64 threads reached the Unix socket' <<<"$out")"
	is "every line is a finding" 0 "$(grep -c -v -E '^(ok|note|fault): ' <<<"$out")"
	is "routes are counted" "ok: good.conf: 2 routes" "$(grep -F 'good.conf: 2' <<<"$out")"
	echo 'route "203.0.113.1:99999" { to = "direct" }' >bad.conf
	doctor -c bad.conf
	is "a broken configuration" "1 fault: bad.conf: has faults, so no connection is routed; run 'unhairpin check' to list them" \
		"$status $(grep '^fault' <<<"$out")"
	mkdir broken && cp "$unhairpin" "$UH_TMP/lib/unhairpin-compiler" broken
	gcc -shared -fPIC -x c -o broken/libunhairpin.so - <<<'int connect(void) { *(volatile int *)0 = 0; return 0; }' 2>/dev/null
	out=$(broken/unhairpin doctor -c good.conf 2>&1)
	is "a broken object" 1 $?
	is "a broken object's fault" 1 "$(grep -c '^fault: .*does not work here: 64 connecting threads: was killed by signal 11' <<<"$out")"
}

# compiler NAME STATUS TEXT: what is found of $UH_TMP/other/unhairpin-compiler.
compiler() {
	out=$(other/unhairpin doctor -c good.conf 2>&1)
	is "compiler: $1" "$2 1" "$? $(grep -c "^$3" <<<"${out//"$UH_TMP/"/}")"
}

compilers() {
	local other=other/unhairpin-compiler

	doctor -c good.conf
	is "compiler: tried" 1 "$(grep -c "^ok: $UH_TMP/lib/unhairpin-compiler: compiles routes" <<<"$out")"
	mkdir other && cp "$unhairpin" "$object" other
	compiler "not there" 1 "fault: /.*/unhairpin-compiler: No such file or directory; install"
	cp lib/unhairpin-compiler $other && chmod 775 $other
	compiler "others can write it" 1 "fault: $other: is not used, because users other than root"
	chmod 644 $other
	compiler "not executable" 1 "fault: $other: cannot be started: Permission denied; set its mode to 755"
	printf '#!/bin/sh\nexec sleep 30\n' >$other && chmod 755 $other
	compiler "hangs" 1 "fault: $other: did not end in 1000 ms"
	printf '#!/bin/sh\necho hello\n' >$other
	compiler "of another version" 1 "fault: $other: has output that this version cannot read"
	printf '#!/bin/sh\nexit 3\n' >$other
	compiler "fails" 1 "fault: $other: failed with exit status 3"
	printf '#!/bin/sh\nkill -9 $$\n' >$other
	compiler "is killed" 1 "fault: $other: was killed by signal 9"
	rm -r other
}

# form NAME TEXT: what is found of good.conf's compiled form; nothing of that is a fault.
form() {
	finds "compiled: $1" 0 "$2"
}

forms() {
	local none="note: good.conf: no up-to-date compiled form, so the first connection of each process starts the compiler (about a millisecond); "

	form "none" "${none}run 'unhairpin compile good.conf'"
	UNHAIRPIN_ROUTES=198.51.100.1=direct form "with other routes" "${none}start programs with 'unhairpin run'"
	"$unhairpin" compile good.conf >/dev/null
	form "fresh" "ok: unhairpin.cache: up-to-date compiled form of good.conf"
	is "compiled: fresh, and no more" 2 "$(grep -c good.conf <<<"$out")"
	UNHAIRPIN_COMPILED=$UH_TMP/nowhere form "what was handed over is gone" "note: nowhere: missing, or not readable by the user, so it is not used for good.conf"
	UNHAIRPIN_COMPILED=$UH_TMP/nowhere form "what was handed over is gone, the cache is there" \
		"ok: unhairpin.cache: up-to-date compiled form of good.conf"
	chmod 666 unhairpin.cache
	form "others can write it" "note: unhairpin.cache: not a regular file that only root or the user can write"
	chmod 644 unhairpin.cache
	echo "# a change" >>good.conf
	form "old" "note: unhairpin.cache: older than the configuration, so it is not used for good.conf"
	form "old, and what that means" "${none}run 'unhairpin compile good.conf'"
	truncate -s 500 unhairpin.cache
	finds "compiled: damaged" 1 "fault: unhairpin.cache: damaged, or made by another version, so it is not used for good.conf"
	rm unhairpin.cache
	"$unhairpin" run -c good.conf printenv UNHAIRPIN_COMPILED >handed
	UNHAIRPIN_COMPILED=$(cat handed) form "handed over" "ok: runtime/unhairpin/routes-"
}

programs() {
	finds "a program" 0 "dynamically linked with" curl --version
	compile static -static <<<'int main(void) { return 3; }'
	finds "a static program" 1 "fault: static: is a statically linked program, so it cannot load the preload object; " "$UH_TMP/static"
	compile go <<<'__asm__(".section .note.go.buildid,\"a\",@note\n.long 4,4,4\n.asciz \"Go\\0\"\n.asciz \"abc\"\n.text");
		int main(void) { return 0; }'
	finds "a Go program" 1 "fault: go: is a Go program, which makes system calls without libc, so it is not routed; " "$UH_TMP/go"
	if have musl-gcc && musl-gcc -x c -o musl - <<<'int main(void) { return 0; }' 2>/dev/null; then
		finds "a program of another libc" 1 "fault: musl: is linked with musl, but the preload object is for glibc; " "$UH_TMP/musl"
	else
		skip "a program of another libc" "no musl-gcc here"
	fi
	if compile narrow -m32 <<<'int main(void) { return 0; }'; then
		finds "a 32-bit program" 1 "fault: narrow: is a 32-bit program, but the preload object has 64 bits; " "$UH_TMP/narrow"
	else
		skip "a 32-bit program" "no 32-bit libc here"
	fi
	cp "$(type -P true)" machine && printf '\267' | dd of=machine bs=1 seek=18 conv=notrunc 2>/dev/null
	finds "a program for another machine" 1 "fault: machine: is for AArch64, but the preload object is for" "$UH_TMP/machine"
	printf '#!%s\n' "$UH_TMP/static" >script && chmod +x script
	finds "a script" 1 "ok: script: is a script, run by static" "$UH_TMP/script"
	finds "a script's interpreter" 1 "fault: static: is a statically" "$UH_TMP/script"
	cp static interpreter && printf '#!/usr/bin/env -S A=b interpreter x\n' >by_env && chmod +x by_env
	PATH=$UH_TMP:$PATH finds "a script's program by way of env" 1 "fault: interpreter: is a statically" "$UH_TMP/by_env"
	echo text >text
	finds "no program" 0 "note: text: is neither an ELF program nor a script with #!" "$UH_TMP/text"
	finds "a program that is not there" 1 "fault: no-such-program: was not found in PATH; " no-such-program
}

rights() {
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	if ! is_root; then
		skip "programs with rights" "needs root"
		return
	fi
	chmod 755 . lib && chown 65534 good.conf
	install -m 4755 "$(type -P true)" suid
	out=$("${nobody[@]}" "$unhairpin" doctor -c good.conf -- "$UH_TMP/suid" 2>&1)
	is "a set-user-id program" "1 fault: $UH_TMP/suid: is set-user-id, so it ignores LD_PRELOAD; run 'unhairpin global enable'$by_kernel" \
		"$? $(grep ^fault <<<"$out")"
	install -m 755 "$(type -P true)" capable
	if "$python" -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))' capable 2>/dev/null; then
		out=$("${nobody[@]}" "$unhairpin" doctor -c good.conf -- "$UH_TMP/capable" 2>&1)
		is "a program with capabilities" "1 fault: $UH_TMP/capable: has file capabilities, so it ignores LD_PRELOAD; run 'unhairpin global enable'$by_kernel" \
			"$? $(grep ^fault <<<"$out")"
	else
		skip "a program with capabilities" "this file system takes none"
	fi
	chmod 600 "$socket"
	out=$("${nobody[@]}" "$unhairpin" doctor -c good.conf true 2>&1)
	is "a target that is forbidden" "1 fault: true: user 65534 may not connect to unix:$socket, a target of route $public:443, because of the mode of $socket; change the mode" \
		"$? $(grep ^fault <<<"$out")"
	chmod 666 "$socket"
	chown 0 good.conf
}

# process NAME STATUS TEXT COMMAND…: the same for a process that was started by a command.
process() {
	local name=$1 expected=$2 text=$3 pid
	shift 3
	"$@" >"$UH_TMP/out.process" 2>/dev/null &
	pid=$!
	wait_for grep -q -E 'sleep|python' "/proc/$pid/comm"
	sleep 0.1
	finds "$name" "$expected" "$text" $pid
	kill $pid
	wait $pid 2>/dev/null
}

processes() {
	process "a process without the object" 1 "has not loaded the preload object, because it was started without it; " sleep 60
	process "a process with it" 0 "(/usr/bin/sleep): has loaded the preload object" "$unhairpin" run sleep 60
	process "a process with its own routes" 0 "UNHAIRPIN_ROUTES: 1 route" "$unhairpin" run -m "$public:443=direct" sleep 60
	process "a process with compiled routes" 0 "ok: runtime/unhairpin/routes-" \
		"$unhairpin" run -m "$public:443=direct" sleep 60
	process "a process without" 0 "UNHAIRPIN_ROUTES: no up-to-date compiled form, " \
		env -u XDG_RUNTIME_DIR LD_PRELOAD="$object" UNHAIRPIN_ROUTES="$public:443=direct" sleep 60
	if is_root; then
		mkdir -m 700 theirs && chown 65534 theirs
		process "another user's process with compiled routes" 0 "ok: theirs/unhairpin/routes-" \
			setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$UH_TMP/theirs" \
			"$unhairpin" run -m "$public:443=direct" sleep 60
	fi
	process "a process that is switched off" 1 "UNHAIRPIN=off, so no connection is routed; " env UNHAIRPIN=off "$unhairpin" run sleep 60
	process "a process that is switched off, in quotes" 1 "UNHAIRPIN=off, so no connection is routed; " \
		env UNHAIRPIN='"off"' LD_PRELOAD="$object" sleep 60
	process "a process with routes in quotes" 0 "UNHAIRPIN_ROUTES: 1 route" \
		env UNHAIRPIN_ROUTES="'$public:443=direct'" LD_PRELOAD="$object" sleep 60
	process "a process with an unknown word" 0 "UNHAIRPIN=Off is ignored; expected on or off" \
		env UNHAIRPIN=Off LD_PRELOAD="$object" sleep 60
	process "a process with an unknown level" 0 "UNHAIRPIN_LOG=loud is ignored; expected off, error," \
		env UNHAIRPIN_LOG=loud LD_PRELOAD="$object" sleep 60
	process "LD_PRELOAD in quotes" 1 "ld.so takes the quotes as part of the path" env LD_PRELOAD="\"$object\"" sleep 60
	process "no_new_privs" 0 "has no_new_privs set" setpriv --no-new-privs "$unhairpin" run sleep 60
	process "another network name space" 0 "is in another network name space" unshare --net "$unhairpin" run sleep 60
	process "a target that its / has not" 1 "unix:run/app.sock, a target of route $public:443, does not exist in its root directory; mount it there" \
		unshare --mount sh -c "mount -t tmpfs none run && exec '$unhairpin' run sleep 60"
	if "$python" -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) < 0)'; then
		process "a process that uses io_uring" 0 "uses io_uring; " "$unhairpin" run "$python" -c 'import ctypes, time
ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120))
time.sleep(60)'
	else
		skip "a process that uses io_uring" "not allowed here"
	fi
	finds "a process that is not there" 1 "fault: process 4194304: is not running, or is a kernel thread; " 4194304
}

# unit NAME STATUS TEXT LINE…: the same for a unit with these lines.
unit() {
	local name=$1 expected=$2 text=$3
	shift 3
	printf '%s\n' '[Service]' "ExecStart=/usr/bin/sleep 60" "Environment=LD_PRELOAD=$object" "$@" >app.service
	finds "unit: $name" "$expected" "$text" ./app.service
}

units() {
	unit "a good one" 0 "ok: ./app.service: LD_PRELOAD names the preload object" "PrivateTmp=no"
	unit "with routes, none compiled" 0 "UNHAIRPIN_ROUTES: no up-to-date compiled form, " "Environment=UNHAIRPIN_ROUTES=$public:443=direct"
	unit "with what was compiled" 0 "ok: runtime/unhairpin/routes-" \
		"Environment=UNHAIRPIN_ROUTES=$public:443=direct" \
		"Environment=UNHAIRPIN_COMPILED=$("$unhairpin" run -m "$public:443=direct" printenv UNHAIRPIN_COMPILED)"
	unit "without the object" 1 "fault: ./app.service: does not load the preload object; add Environment=LD_PRELOAD=" "Environment="
	unit "PrivateTmp" 1 "fault: ./app.service: PrivateTmp= hides unix:" "PrivateTmp=yes"
	unit "ProtectHome" 1 "ProtectHome= hides unix:/home/app.sock, a target of route $public:443; move the socket to /run" \
		"ProtectHome=tmpfs" "Environment=UNHAIRPIN_ROUTES=$public:443=unix:/home/app.sock"
	unit "InaccessiblePaths" 1 "InaccessiblePaths= hides unix:" "InaccessiblePaths=-$UH_TMP"
	unit "TemporaryFileSystem" 1 "TemporaryFileSystem= hides unix:" "TemporaryFileSystem=$UH_TMP:ro"
	unit "RootDirectory" 1 "RootDirectory=/nowhere does not contain " "RootDirectory=/nowhere"
	unit "RootDirectory with BindPaths" 0 "ok: ./app.service" "RootDirectory=/nowhere" "BindPaths=$UH_TMP"
	unit "RestrictAddressFamilies without AF_UNIX" 1 "excludes AF_UNIX" "RestrictAddressFamilies=AF_INET AF_INET6"
	unit "RestrictAddressFamilies that takes AF_UNIX out" 1 "excludes AF_UNIX" "RestrictAddressFamilies=~AF_UNIX"
	unit "RestrictAddressFamilies with AF_UNIX" 0 "ok: ./app.service" "RestrictAddressFamilies=AF_INET" "RestrictAddressFamilies=AF_UNIX"
	unit "SystemCallFilter that forbids" 1 "SystemCallFilter= forbids dup3" "SystemCallFilter=~dup3:EPERM mount"
	unit "SystemCallFilter that allows" 0 "note: ./app.service: SystemCallFilter= allows only what it lists" "SystemCallFilter=@system-service"
	unit "PrivateNetwork" 1 "PrivateNetwork= hides unix:@app" "PrivateNetwork=true" "Environment=UNHAIRPIN_ROUTES=$public:443=unix:@app"
	unit "switched off" 1 "UNHAIRPIN=off, so no connection is routed" "Environment=\"UNHAIRPIN=off\""
	unit "switched off, in quotes" 1 "UNHAIRPIN=off, so no connection is routed" "Environment=\"UNHAIRPIN='off'\""
	unit "an unknown word" 0 "note: ./app.service: UNHAIRPIN=0 is ignored; expected on or off" "Environment=UNHAIRPIN=0"
	unit "no such user" 1 "User=no-such-user does not exist on this machine" "User=no-such-user"
	mkdir -p app.service.d && printf '[Service]\nPrivateTmp=true\n' >app.service.d/50-tmp.conf
	unit "a drop-in" 1 "PrivateTmp= hides" "PrivateTmp=no"
	rm -r app.service.d
	chmod 600 "$socket"
	unit "User against a target's mode" 1 "may not connect to unix:" "User=nobody"
	chmod 666 "$socket"
	finds "a unit that is not there" 1 "fault: no-such.service: No such file or directory; " no-such.service
}

# json STATUS ARGUMENT…: each finding is an object; without --json the same findings are the lines.
json() {
	local expected=$1
	shift
	"$unhairpin" doctor --json -c good.conf -- "$@" >found 2>err
	is "--json: status $expected" "$expected " "$? $(cat err)"
	"$unhairpin" doctor --noheadings -c good.conf -- "$@" >lines
	is "--json: the findings, $*" "$(cat lines)" "$("$python" -c '
import json, sys
for line in open("found"):
    finding = json.loads(line)
    assert list(finding) == ["severity", "subject", "text"], line
    assert finding["severity"] in ("ok", "note", "fault"), line
    print("{severity}: {subject}: {text}".format_map(finding))')"
}

findings_as_json() {
	json 0
	json 0 true
	json 1 "$UH_TMP/static"
	json 1 'no such "program"'
	json 1 4194304
	is "--json: bytes that are not UTF-8" './\ufffd' \
		"$("$unhairpin" doctor --json -c good.conf ./$'\xff' | tail -n 1 |
			"$python" -c 'import json, sys; print(json.load(sys.stdin)["subject"].encode("unicode_escape").decode())')"
	doctor -c good.conf $'no\nprogram'
	is "a name with a newline" 0 "$(grep -c -v -E '^(ok|note|fault): ' <<<"$out")"
}

# What doctor calls a fault of a program, run tells before it starts it.
run_warns() {
	out=$("$unhairpin" run -c good.conf "$UH_TMP/static" 2>&1)
	is "run warns, and runs" 3 $?
	is "run warns in the same words" "unhairpin: $("$unhairpin" doctor -c good.conf "$UH_TMP/static" | grep ^fault)" "$out"
	is "run -q doesn't" "" "$("$unhairpin" run -q -c good.conf "$UH_TMP/static" 2>&1)"
	is "run --quiet doesn't" "" "$("$unhairpin" run --quiet -c good.conf "$UH_TMP/static" 2>&1)"
	is "run says nothing where there is nothing" "" "$("$unhairpin" run -c good.conf true 2>&1)"
	is "run and a missing command" "unhairpin: no-such-program: No such file or directory" "$("$unhairpin" run no-such-program 2>&1)"
}

the_machine
compilers
forms
programs
rights
processes
units
findings_as_json
run_warns
finish
