#!/bin/bash
# SPDX-License-Identifier: MIT
# What routes in the kernel cost a program: no system call more, whether a route matches or not.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154 # cgroup, launcher: kernel.sh's
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

have strace || skip_all "system calls in a cgroup with routes" "no strace here"
needs_kernel "system calls in a cgroup with routes"
write_kernel_routes
start_counting "$@"
enable unmatched
enable routed

cat >"$UH_TMP/calls.py" <<'END'
import socket
stream = socket.create_connection(("203.0.113.1", 80))
stream.getpeername()
stream.close()
datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagram.sendto(b"x", ("203.0.113.1", 80))
datagram.close()
END

# calls WAY: the system calls of the program from its first socket on, with their results' signs.
calls() {
	launch_as "$1"
	"${launcher[@]}" strace -o "$UH_TMP/strace.$1" "$python" -I -S "$UH_TMP/calls.py" >"$UH_TMP/out.$1" 2>&1
	sed -n '/^socket(AF_INET/,$p' "$UH_TMP/strace.$1" | sed -E 's/\(.* = (-?).*/ \1/'
}

expected=$(calls without)
is "the program connects and sends" "2 0" \
	"$(grep -c -E '^(connect|sendto) $' <<<"$expected") $(grep -c -E '^(connect|sendto) -' <<<"$expected")"
is "no route matches: the same system calls" "$expected" "$(calls unmatched)"
is "routed: the same system calls" "$expected" "$(calls routed)"
is "routed: the program goes to the target" 1 "$(accepted unhairpin)"
finish
