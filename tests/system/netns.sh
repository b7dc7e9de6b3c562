#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a command in network, process, IPC and mount name spaces of its own, with the tests' addresses.
#
# usage: netns.sh COMMAND [ARGUMENT]…
#
# The public addresses are on the loopback interface of that name space, so a decoy can listen there
# and a connection that is not routed is seen instead of lost. UH_TMP names a directory for the
# command. When this script ends, however it ends, the directory and every process in there are gone, and so are
# the cgroups that the command names in $UH_TMP/cgroups, one a line, the inner ones first.
set -u

inside() {
	ip link set lo up || exit 1
	ip addr add 203.0.113.1/32 dev lo || exit 1
	ip addr add 192.168.1.20/32 dev lo || exit 1
	# A kernel without IPv6 fails here; the tests that need it look for the address and skip.
	ip addr add 2001:db8::1/128 dev lo nodad 2>/dev/null
	ip addr add fd00::20/128 dev lo nodad 2>/dev/null
	# What is logged by default must not reach this machine's journal. Where there is none, this fails.
	mount -t tmpfs none /run/systemd/journal 2>/dev/null
	mount --bind /dev/null /dev/log 2>/dev/null
	# Not exec: process 1 of a name space is immune to default signal actions, and reaps orphans.
	"$@"
	exit
}

if [ "${1-}" = --inside ]; then
	shift
	inside "$@"
fi

UH_TMP=$(mktemp -d) || exit 1
chmod 755 "$UH_TMP" # servers that drop their user serve from here
# What `unhairpin run` compiles goes there, and not to this machine's /run.
XDG_RUNTIME_DIR=$UH_TMP/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR" || exit 1
export UH_TMP UH_INSIDE=1 XDG_RUNTIME_DIR

spaces=(--net --ipc --pid --mount-proc --fork --kill-child)
[ "$(id -u)" = 0 ] || spaces+=(--user --map-root-user)

child=
# The kill reaches unshare only; the kernel then ends process 1 in there, and with it all others.
stop() {
	trap '' INT TERM HUP
	[ -z "$child" ] || kill -KILL "$child" 2>/dev/null
	wait 2>/dev/null # quiet: bash would tell that the child was killed
	exit 130
}
clean_up() {
	local cgroup tries=0

	while read -r cgroup; do
		until rmdir "$cgroup" || ((tries++ > 50)); do # processes of a name space end after it
			sleep 0.1
		done
	done < <(cat "$UH_TMP/cgroups" 2>/dev/null)
	rm -rf "$UH_TMP"
}
trap clean_up EXIT
trap stop INT TERM HUP

unshare "${spaces[@]}" "$0" --inside "$@" </dev/null &
child=$!
wait "$child"
