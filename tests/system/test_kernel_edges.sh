#!/bin/bash
# SPDX-License-Identifier: MIT
# Edges of `unhairpin kernel`: stand-ins that no target serves, calls that fail, what an interruption or a service's
# new cgroup leaves, and two commands of which one removes the folder that the other one waits for.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

edges=("$python" "$clients/kernel_edges.py")
pins=/sys/fs/bpf/unhairpin

# prints NAME EXPECTED KIND ARGUMENT…: the lines that the program prints, in the cgroup.
prints() {
	run routed "${edges[@]}" "${@:3}"
	is "$1" "$2" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
}

# stand_in NAME FAMILY: the stand-in of a name.
stand_in() {
	"$unhairpin" hosts -c "$UH_TMP/routed.conf" | awk -v name="$1" -v family="$2" \
		'$2 == name && (($1 ~ /:/) == (family == 6)) { print $1 }'
}

kernel() {
	"$unhairpin" kernel "$@" >"$UH_TMP/out" 2>"$UH_TMP/err"
}

needs_kernel "kernel, edges"
cat >"$UH_TMP/routed.conf" <<-END
	route "six.example.com:80" { to = "[::1]:8080" protocol = "any" }
	route "four.example.com:80" { to = "127.0.0.1:18080" protocol = "any" }
	route "$public:80" { to = "127.0.0.1:18080" protocol = "udp" }
	route "$public:85" { to = "refuse" protocol = "udp" }
END
enable routed
start_server words "$python" "$here/datagram_server.py" unhairpin@127.0.0.1:18080 "decoy@$public:80"
running words grep -q ready "$UH_TMP/words.log"

# No target is for these calls, and a stand-in has no original address.
prints "a stand-in, an IPv6 target, connect()" ENETUNREACH stand_in "$(stand_in six.example.com 4)" 80 tcp
prints "a stand-in, an IPv6 target, sendto()" ENETUNREACH stand_in "$(stand_in six.example.com 4)" 80 udp
prints "a stand-in, an IPv4 target, sendto()" ENETUNREACH stand_in "$(stand_in four.example.com 6)" 80 udp
for _ in 1 2 3; do
	prints "a stand-in, a port without a route" ENETUNREACH stand_in "$(stand_in four.example.com 4)" 81 tcp
done
kernel status --json
is "the table is as it was" "$UH_TMP/routed.conf" "$(sed -E 's/.*"file":"([^"]*)".*/\1/' "$UH_TMP/out")"
if ip link add away type veth peer name far 2>"$UH_TMP/link.err" && ip link set away up; then
	prints "a stand-in, another device" ENETUNREACH stand_in "$(stand_in four.example.com 4)" 80 tcp away
else
	skip "a stand-in, another device" "$(cat "$UH_TMP/link.err")"
fi

# A connect() or sendto() that fails leaves the peer as it was.
prints "a peer after a call that fails" "EPERM
peer $public 80
EPERM
peer $public 80
unhairpin: hello from $public" keeps "$public" 80 "$public" 85

# Two attachments of one cgroup, one of them damaged: the next enable leaves one.
mv "$pins"/cgroup-* "$pins/saved"
kernel enable -c "$UH_TMP/routed.conf" "$cgroup/routed"
attached=$(basename "$pins"/cgroup-*)
mv "$pins/saved" "$pins/${attached%-*}-7"
rm "$pins/${attached%-*}-7/connect4"
kernel status
is "two attachments, one damaged" 3 "$?"
kernel enable -c "$UH_TMP/routed.conf" "$cgroup/routed"
is "enable leaves one" "0 $attached" "$? $(ls "$pins")"
kernel status
is "enable mends" 0 "$?"

# A service that starts anew has a new cgroup, and nobody has disabled the old one.
make_cgroup service
kernel enable -c "$UH_TMP/routed.conf" "$cgroup/service"
rmdir "$cgroup/service"
mkdir "$cgroup/service"
# The kernel detaches the links of a removed cgroup a little later.
attachments() {
	kernel enable -c "$UH_TMP/routed.conf" "$cgroup/service" && [ "$(find "$pins" -mindepth 1 -maxdepth 1 | wc -l)" = "$1" ]
}
if wait_for attachments 2; then
	ok "a new cgroup in place of the old one"
else
	fail "a new cgroup in place of the old one" "$(ls "$pins")"
fi
kernel disable

# An empty word is no name, least of all that of the whole machine.
kernel reload ""
is "an empty name" 2 "$?"

# A command waits for the lock of a folder, and the command that has the lock removes the folder.
mkdir -m 700 "$pins"
exec 6<"$pins"
flock 6
"$unhairpin" kernel enable -c "$UH_TMP/routed.conf" "$cgroup/routed" >"$UH_TMP/out" 2>&1 6<&- &
enabling=$!
wait_for grep -q lock "/proc/$enabling/wchan"
rmdir "$pins"
exec 6<&-
wait "$enabling"
is "the folder is removed meanwhile" "0 enabled" "$? $(grep -o -m 1 enabled "$UH_TMP/out")"
kernel disable
finish
