#!/bin/bash
# SPDX-License-Identifier: MIT
# `unhairpin kernel enable` tries its programs out in a cgroup of their own first. If that fails, nothing is attached.
#
# The test is in a cgroup name space, whose root is a cgroup that the test makes: no other test meets its canaries.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/kernel.sh"

if [ "${1-}" != inside ]; then
	needs_kernel "the canary of kernel enable"
	make_cgroup asked
	# The 0 is the process that writes it.
	# shellcheck disable=SC2016 # the other shell's
	sh -c 'echo 0 >"$0/cgroup.procs" && exec unshare -C "$@"' "$cgroup" "$0" inside
	exit
fi

mount -t cgroup2 cgroup2 /sys/fs/cgroup || failed_all "the canary of kernel enable" "no cgroup v2 in a name space"
cgroups=/sys/fs/cgroup
canary=$cgroups/unhairpin-canary asked=$cgroups/asked
echo 'route "203.0.113.1:80" { to = "127.0.0.1:8080" }' >"$UH_TMP/kernel.conf"
enable=("$unhairpin" kernel enable -c "$UH_TMP/kernel.conf")

# Prints the number of programs that are attached to a cgroup, at the hooks of <linux/bpf.h>.
attached() {
	"$python" - "$1" <<-'END'
		import ctypes, os, platform, struct, sys
		BPF_PROG_QUERY = 16
		number = {"x86_64": 321}.get(platform.machine(), 280)
		libc = ctypes.CDLL(None, use_errno=True)
		cgroup = os.open(sys.argv[1], os.O_RDONLY)
		count = 0
		for hook in 10, 11, 14, 15, 19, 20, 29, 30:
		    query = ctypes.create_string_buffer(struct.pack("IIIIQI", cgroup, hook, 0, 0, 0, 0), 64)
		    if libc.syscall(number, BPF_PROG_QUERY, query, 64) != 0:
		        sys.exit(os.strerror(ctypes.get_errno()))
		    count += struct.unpack_from("I", query, 24)[0]
		print(count)
	END
}

# denied CALL COMMAND…: runs a command for which a system call fails with EPERM.
denied() {
	"$python" - "$@" <<-'END'
		import ctypes, os, sys
		SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, EPERM = 0x7fff0000, 0x00050000, 1
		library = ctypes.CDLL("libseccomp.so.2")
		library.seccomp_init.restype = ctypes.c_void_p
		context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(SCMP_ACT_ALLOW)))
		number = library.seccomp_syscall_resolve_name(sys.argv[1].encode())
		if library.seccomp_rule_add(context, ctypes.c_uint32(SCMP_ACT_ERRNO | EPERM), number, 0) or library.seccomp_load(context):
		    sys.exit("no filter")
		os.execvp(sys.argv[2], sys.argv[2:])
	END
}

# refused NAME PATTERN COMMAND…: the command says so and fails, and attaches nothing to the cgroup.
refused() {
	local name=$1 pattern=$2 status why=
	shift 2
	"$@" >"$UH_TMP/out" 2>&1
	status=$?
	if [ "$status" != 1 ]; then
		why="status $status: $(cat "$UH_TMP/out")"
	elif ! grep -q -E -e "^unhairpin: /asked: not enabled: $pattern" "$UH_TMP/out"; then
		why="no '$pattern' but: $(cat "$UH_TMP/out")"
	elif [ "$(attached "$asked")" != 0 ]; then
		why="$(attached "$asked") programs are attached"
	elif [ -e "$canary" ]; then
		why="its cgroup is left"
	fi
	outcome "$name" "$why"
}

# enabled NAME COMMAND…: the command attaches the programs, and the canary has left nothing. Then they are detached.
enabled() {
	local name=$1 why=
	shift
	if ! "$@" >"$UH_TMP/out" 2>&1; then
		why=$(cat "$UH_TMP/out")
	elif [ "$(attached "$asked")" != 8 ]; then
		why="$(attached "$asked") programs are attached"
	elif [ -e "$canary" ]; then
		why="its cgroup is left"
	fi
	outcome "$name" "$why"
	"$unhairpin" kernel disable >"$UH_TMP/out" 2>&1 || fail "$name, disable" "$(cat "$UH_TMP/out")"
}

# make_frozen: makes the canary's cgroup, as one that was left, so that the next canary stops in there.
make_frozen() {
	mkdir "$canary" && echo 1 >"$canary/cgroup.freeze"
}

# shellcheck disable=SC2317 # wait_for calls it
is_populated() {
	grep -q . "$canary/cgroup.procs"
}

# shellcheck disable=SC2317
is_empty() {
	! is_populated
}

works() {
	enabled "a canary that succeeds" "${enable[@]}" "$asked"
	enabled "  with SIGCHLD ignored" "$python" -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "${enable[@]}" "$asked"
	mkdir "$canary"
	enabled "  in a cgroup that was left" "${enable[@]}" "$asked"
}

lacks_something() {
	local call

	refused "a canary without descriptors" "" prlimit --nofile=10 "${enable[@]}" "$asked"
	echo 1 >"$cgroups/cgroup.max.descendants"
	refused "a canary without a cgroup" "the cgroup 'unhairpin-canary' cannot be made: " "${enable[@]}" "$asked"
	echo max >"$cgroups/cgroup.max.descendants"
	if ! denied reboot true 2>"$UH_TMP/err"; then
		skip "a canary that may not make a system call" "$(tail -n 1 "$UH_TMP/err")"
		return
	fi
	refused "a canary without bpf()" "this process may not use BPF" denied bpf "${enable[@]}" "$asked"
	refused "a canary without unshare()" "no network name space can be made: " denied unshare "${enable[@]}" "$asked"
	for call in connect getpeername sendto recvfrom accept4; do
		refused "a canary without $call()" ".* to .*:[0-9]+, with(out)? a table: .*not permitted" denied "$call" "${enable[@]}" "$asked"
	done
}

# Programs that are attached to the cgroup above do what faulty ones might do.
is_misled() {
	local name route pattern

	while IFS='|' read -r name route pattern; do
		echo "$route" >"$UH_TMP/above.conf"
		"$unhairpin" kernel enable -c "$UH_TMP/above.conf" >"$UH_TMP/out" 2>&1 || fail "$name, the cgroup above" "$(cat "$UH_TMP/out")"
		refused "a canary that finds $name" "$pattern" "${enable[@]}" "$asked"
		"$unhairpin" kernel disable >/dev/null
	done <<-'END'
		a connection refused|route "127.85.72.1:1" { to = "refuse" }|a TCP connection to 127.85.72.1:1, without a table: failed: Connection refused
		a datagram refused|route "127.85.72.1:1" { to = "refuse" protocol = "udp" }|a datagram to 127.85.72.1:1, without a table: failed: Operation not permitted
		a route without a table|route "192.0.2.1:443" { to = "127.85.72.1:1" }|a TCP connection to 192.0.2.1:443, without a table: succeeded; expected: Network is unreachable
		a route for a neighbour|route "192.0.2.2" { to = "127.85.72.1:1" protocol = "udp" }|a datagram to 192.0.2.2:443, without a table: succeeded
	END
}

ends_early() {
	make_frozen
	refused "a canary that does not end" "the test process ended before" "${enable[@]}" "$asked"

	make_frozen
	"${enable[@]}" "$asked" >"$UH_TMP/killed" 2>&1 &
	wait_for is_populated && kill -KILL "$(cat "$canary/cgroup.procs")"
	wait $!
	is "a canary that is killed" "1 0" "$? $(attached "$asked")"
	[ ! -e "$canary" ] || fail "a canary that is killed" "its cgroup is left"

	make_frozen
	"${enable[@]}" "$asked" >"$UH_TMP/killed" 2>&1 &
	wait_for is_populated && kill -KILL $!
	wait $! 2>/dev/null
	wait_for is_empty || fail "a canary whose parent is killed" "it lives on"
	is "a canary whose parent is killed" "0 0" "$(attached "$asked") $(attached "$canary")"
	echo 0 >"$canary/cgroup.freeze"
	enabled "  and the next one takes its cgroup" "${enable[@]}" "$asked"
}

works
lacks_something
is_misled
ends_early
finish
