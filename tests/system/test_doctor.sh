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
	is "every line is a finding" 0 "$(grep -c -v -E '^(ok|note|fault|verdict): ' <<<"$out")"
	is "the verdict is last" "verdict: connections of a program are routed if it is started by 'unhairpin run'" "$(tail -n 1 <<<"$out")"
	is "routes are counted" "ok: good.conf: 2 routes" "$(grep -F 'good.conf: 2' <<<"$out")"
	echo 'route "203.0.113.1:99999" { to = "direct" }' >bad.conf
	doctor -c bad.conf
	is "a broken configuration" '1 fault: bad.conf:1: bad port "99999" in "203.0.113.1:99999"; expected 1 to 65535' \
		"$status $(grep '^fault' <<<"$out")"
	is "a broken configuration is the verdict's reason" 'verdict: connections of a program are not routed: bad.conf:1: bad port "99999" in "203.0.113.1:99999"' \
		"$(tail -n 1 <<<"$out")"
	echo 'route "203.0.113.1:443" { tp = "direct" }' >bad.conf
	doctor -c bad.conf curl
	is "a misspelt option is the only fault, and the first finding after the subject" "2:fault: bad.conf:1: " \
		"$(grep -n '^fault' <<<"$out" | grep -o '^[0-9]*:fault: bad.conf:[0-9]*: ')"
	touch unhairpin.off
	doctor -c bad.conf curl
	is "switched off is the first fault" "1 2:fault: unhairpin.off: switches all routes off; remove it" \
		"$status $(grep -n '^fault' <<<"${out//"$UH_TMP/"/}" | head -n 1)"
	is "switched off is the verdict" "verdict: connections of curl are not routed: unhairpin.off: switches all routes off" \
		"$(tail -n 1 <<<"${out//"$UH_TMP/"/}")"
	rm unhairpin.off
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
	unit "SystemCallFilter that forbids" 1 "SystemCallFilter= forbids dup3 (EPERM), which" "SystemCallFilter=~dup3:EPERM mount"
	unit "SystemCallFilter that kills" 1 "SystemCallFilter= forbids fcntl, dup3 (the process is killed), which a connection to a Unix target needs; add" \
		"SystemCallFilter=@network-io @process @ipc @io-event"
	unit "SystemCallFilter against the compiler" 1 \
		"SystemCallFilter= forbids clone, wait4 (EACCES), which start the compiler of routes, and no compiled form is up to date; add" \
		"SystemCallFilter=~@process" "SystemCallErrorNumber=EACCES"
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
	echo "PrivateTmp=no" >>app.service
	finds "unit: what is examined" 0 "ok: ./app.service: examined as program /usr/bin/sleep of user nobody, by unit file ./app.service with 0 drop-ins" ./app.service
	finds "unit: the verdict" 0 "verdict: connections of ./app.service are routed" ./app.service
	finds "a unit that is not there" 1 "fault: no-such.service: No such file or directory; " no-such.service
}

# Settings that keep a unit from some targets, or from the object.
unit_barriers() {
	local near_route="Environment=UNHAIRPIN_ROUTES=$public:80=$near:80"

	unit "PrivateNetwork and an IP target" 1 "PrivateNetwork= keeps it from $near, a target of route $public:80; use a Unix socket" "PrivateNetwork=yes"
	unit "PrivateNetwork, and what still works" 1 "verdict: connections of ./app.service are partly routed: PrivateNetwork= keeps it" "PrivateNetwork=yes"
	unit "PrivateNetwork, and nothing works" 1 "verdict: connections of ./app.service are not routed: PrivateNetwork= keeps it" "PrivateNetwork=yes" "$near_route"
	unit "PrivateNetwork=no" 0 "verdict: connections of ./app.service are routed" "PrivateNetwork=no"
	unit "a network of others" 0 "note: ./app.service: NetworkNamespacePath=/run/netns/x: IP targets" "PrivateNetwork=yes" "NetworkNamespacePath=/run/netns/x"
	unit "a network that is joined" 0 "note: ./app.service: JoinsNamespaceOf=b.service: IP targets" "PrivateNetwork=yes" "[Unit]" "JoinsNamespaceOf=b.service"
	unit "IPAddressDeny" 1 "IPAddressDeny= keeps it from $near, a target of route $public:80; add IPAddressAllow=$near" "IPAddressDeny=any"
	unit "IPAddressAllow" 0 "verdict: connections of ./app.service are routed" "IPAddressDeny=any" "IPAddressAllow=localhost $near/32"
	unit "RestrictNetworkInterfaces" 1 "RestrictNetworkInterfaces= keeps it from 127.0.0.1, a target of route $public:80; add RestrictNetworkInterfaces=lo" \
		"RestrictNetworkInterfaces=eth0" "Environment=UNHAIRPIN_ROUTES=$public:80=127.0.0.1:80"
	unit "UnsetEnvironment" 1 "note: ./app.service: UnsetEnvironment= takes LD_PRELOAD away" "UnsetEnvironment=LD_PRELOAD"
	unit "UnsetEnvironment with its value" 0 "LD_PRELOAD names the preload object" "UnsetEnvironment=LD_PRELOAD=other"
	unit "PassEnvironment" 0 "PassEnvironment= has UNHAIRPIN_CONF, whose value in the service manager is not known here" "PassEnvironment=UNHAIRPIN_CONF"
	echo "UNHAIRPIN_ROUTES=\"$public:80=$near\"" >app.env
	unit "EnvironmentFile" 0 "UNHAIRPIN_ROUTES: 1 route" "EnvironmentFile=$UH_TMP/app.env"
	unit "EnvironmentFile that is missing" 0 "EnvironmentFile=nowhere does not exist here, so the service does not start" "EnvironmentFile=$UH_TMP/nowhere"
	unit "LD_PRELOAD of a file that is not there" 1 "fault: ./app.service: nowhere/libunhairpin.so does not exist, so ld.so does not load the preload object" \
		"Environment=LD_PRELOAD=$UH_TMP/nowhere/libunhairpin.so"
	unit "the object outside of RootDirectory" 1 "has no lib/libunhairpin.so in its root directory (/nowherelib/libunhairpin.so), so ld.so does not load" "RootDirectory=/nowhere"
	unit "NoExecPaths" 1 "NoExecPaths= forbids ld.so to load lib/libunhairpin.so; add ExecPaths=lib/libunhairpin.so" "NoExecPaths=/" "ExecPaths=/usr"
	unit "ExecPaths" 0 "verdict: connections of ./app.service are routed" "NoExecPaths=/" "ExecPaths=/usr $UH_TMP"
	unit "RootImage" 1 "RootImage= hides unix:" "RootImage=/srv/app.raw"
	unit "BindPaths below TemporaryFileSystem" 0 "verdict: connections of ./app.service are routed" "TemporaryFileSystem=$UH_TMP" \
		"BindPaths=$UH_TMP/run" "BindReadOnlyPaths=$UH_TMP/lib"
	echo "route \"$public:443\" { to = \"unix:$socket\" peer_user = \"daemon\" }" >peer.conf
	unit "PrivateUsers and peer_user" 1 "PrivateUsers= shows it the owner of unix:" "PrivateUsers=yes" "Environment=UNHAIRPIN_CONF=$UH_TMP/peer.conf"
	chmod 660 "$socket" && chgrp 65533 "$socket"
	unit "SupplementaryGroups" 0 "verdict: connections of ./app.service are routed" "User=nobody" "SupplementaryGroups=65533"
	chmod 666 "$socket"
}

# Routes for other programs and users are no fault of the unit.
unit_conditions() {
	cat >others.conf <<-EOC
		route "$public:443" { to = "unix:$UH_TMP/run/none.sock" programs = { "other" } }
		route "$public:80" { to = "unix:$UH_TMP/good.conf" users = { "!nobody" } }
		route "$public:81" { to = "unix:$socket" programs = { "sleep" } }
	EOC
	unit "routes of others" 0 "verdict: connections of ./app.service are routed" "User=nobody" "Environment=UNHAIRPIN_CONF=$UH_TMP/others.conf"
	unit "a route of its user" 1 "unix:good.conf: is not a socket" "Environment=UNHAIRPIN_CONF=$UH_TMP/others.conf"
	sed -i '$d' others.conf
	unit "routes of others alone" 0 "are not routed: each route is to direct or refuse, or is for other programs or users" \
		"User=nobody" "Environment=UNHAIRPIN_CONF=$UH_TMP/others.conf"
}

# Debian 12's units, as far as they matter; the object is moved to where a package has it.
units_of_debian() {
	unit "redis-server.service" 0 "verdict: connections of ./app.service are routed" "User=nobody" "ProtectHome=true" "ProtectSystem=strict" \
		"MemoryDenyWriteExecute=true" "ProtectProc=invisible" "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX" \
		"SystemCallArchitectures=native" "SystemCallFilter=@system-service" "SystemCallFilter=~ @privileged @resources" \
		"PrivateUsers=true" "NoExecPaths=/" "ExecPaths=/usr/bin/redis-server /usr/lib /lib $UH_TMP/lib"
	is "redis-server.service: no fault" 0 "$(grep -c '^fault' <<<"$out")"
	unit "chrony.service" 0 "verdict: connections of ./app.service are routed" "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX" \
		"RestrictAddressFamilies=AF_NETLINK" "SystemCallFilter=~@cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap"
	unit "haproxy.service" 0 "verdict: connections of ./app.service are routed" "BindReadOnlyPaths=/dev/log:/var/lib/haproxy/dev/log" \
		"EnvironmentFile=-/etc/default/no-haproxy" "Environment=\"CONFIG=/etc/haproxy/haproxy.cfg\" \"PIDFILE=/run/haproxy.pid\""
	unit "chrony-wait.service" 1 "verdict: connections of ./app.service are not routed: IPAddressDeny= keeps it from $near" "DynamicUser=yes" \
		"IPAddressAllow=localhost" "IPAddressDeny=any" "RestrictAddressFamilies=AF_INET AF_INET6"
	# The programs need not be installed: what is looked for is a finding of its own.
	printf '[Service]\nExecStart=-/usr/bin/pg_ctlcluster %%i start\nEnvironment=LD_PRELOAD=%s\n' "$object" >uh@99-none.service
	doctor -c good.conf -- ./uh@99-none.service
	is "postgresql@.service" 1 "$(grep -c "^fault: .* the variables of /etc/postgresql/99/none/environment, .* add LD_PRELOAD = 'libunhairpin.so' to that file" <<<"$out")"
	printf '[Service]\nExecStart=/usr/sbin/cron -f\nEnvironment=LD_PRELOAD=%s\n' "$object" >uh-cron.service
	doctor -c good.conf -- ./uh-cron.service
	is "cron.service" 1 "$(grep -c '^note: .* add LD_PRELOAD=libunhairpin.so to the crontab' <<<"$out")"
}

# in_run COMMAND…: with /run/systemd/system of this test.
in_run() {
	unshare --mount sh -c 'mount -t tmpfs none /run && cp -a units /run/systemd && exec "$@"' sh "$@"
}

units_by_name() {
	if ! is_root; then
		skip "units by name" "needs root"
		return
	fi
	mkdir -p units/system/uh-db@.service.d
	printf '[Service]\nExecStart=/usr/bin/sleep\nEnvironment=UNHAIRPIN_ROUTES=%s:443=unix:/run/systemd/%%i.sock\n' "$public" >units/system/uh-db@.service
	printf '[Service]\nEnvironment=LD_PRELOAD=%s\n' "$object" >units/system/uh-db@.service.d/1.conf
	ln -s uh-db@.service units/system/uh-sql@.service
	ln -s /dev/null units/system/uh-gone.service
	out=$(in_run "$unhairpin" doctor uh-db@15-main.service)
	is "an instance" 0 $?
	is "an instance: its files" 1 "$(grep -c '^ok: uh-db@15-main.service: examined as .* by unit file /run/systemd/system/uh-db@.service with 1 drop-in$' <<<"$out")"
	is "an instance: its specifiers" 1 "$(grep -c "^note: unix:/run/systemd/15-main.sock: does not exist" <<<"$out")"
	out=$(in_run "$unhairpin" doctor uh-sql@15-main.service)
	is "an alias of an instance" 1 "$(grep -c "^note: unix:/run/systemd/15-main.sock: does not exist" <<<"$out")"
	out=$(in_run "$unhairpin" doctor uh-gone.service)
	is "a masked unit" 1 $?
	is "a masked unit's verdict" "verdict: connections of uh-gone.service are not routed: is masked by /run/systemd/system/uh-gone.service, so it cannot be started" \
		"$(tail -n 1 <<<"$out")"
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
    if finding["severity"] == "verdict":
        assert list(finding) == ["severity", "subject", "text", "verdict"], line
        assert finding["verdict"] in ("routed", "partly", "not routed"), line
        print("verdict: {text}".format_map(finding))
        continue
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
	is "a name with a newline" 0 "$(grep -c -v -E '^(ok|note|fault|verdict): ' <<<"$out")"
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
unit_barriers
unit_conditions
units_of_debian
units_by_name
findings_as_json
run_warns
finish
