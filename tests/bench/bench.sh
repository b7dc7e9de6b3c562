#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bench.sh: what unhairpin costs and saves, beside its alternatives; never fails for being slow.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${UH_BUILD:-.build}
# shellcheck source=tests/demo/hairpin.sh
. "$here/../demo/hairpin.sh"
# shellcheck source=tests/bench/report.sh
. "$here/report.sh"

ROUNDS=${ROUNDS:-11}
PORT=7000
tools=$(realpath -m "$BUILD/bench")
object=$(realpath -m "$BUILD/libunhairpin.so")
ways=(native shim unix loopback direct ip kernel hairpin)

main() {
	need_built "$object"
	need_built "$BUILD/unhairpin"
	confine "$@"
	prepare
	echo "bench: $ROUNDS rounds, all of it on CPU $cpu; about two minutes" >&2
	network_up
	start_servers
	kernel_up
	repeat paths
	repeat misses
	[ -n "$no_kernel" ] || repeat kernel_misses
	repeat datagrams
	repeat counts
	repeat look_ups
	repeat spawns
	repeat first_connects
	repeat first_routed
	repeat whole_processes
	exhaust
	report
}

# repeat FUNCTION: each round measures every variant once, so that a disturbance hits all alike.
repeat() {
	local round
	for ((round = 1; round <= ROUNDS; round++)); do
		"$1"
	done
	echo "bench: $1 done" >&2
}

prepare() {
	local name
	cpu=$(taskset -cp $$ | sed 's/.*[^0-9]//')
	taskset -cp "$cpu" $$ >"$work/affinity"
	favour || echo "bench: not root, so that other programs may disturb it" >&2
	for name in echo client connect_cost datagram_cost look_up_cost spawn first_connect whole; do
		build "$name" "$here/$name.c"
	done
	build shim.so "$here/shim.c" -shared -fPIC -DSHIM_TARGET="\"$work/echo.sock\""
	echo 'extern int nothing;' >"$work/empty.c"
	build empty.so "$work/empty.c" -shared -fPIC
	configurations
	: >"$work/values"
}

# Files with one route, and with 10 to 100,000 that are for nothing that is measured here.
configurations() {
	local count
	echo "route \"$PUBLIC:$PORT\" { to = \"unix:$work/echo.sock\" }" >"$work/unix.conf"
	echo "route \"$PUBLIC:$PORT\" { to = \"$HOST_B\" }" >"$work/ip.conf"
	# The same with a route that is taken.
	mkdir "$work/web" "$work/routed-1" "$work/routed-100000"
	echo "route \"$PUBLIC:80\" { to = \"unix:$work/web.sock\" }" >"$work/web/unhairpin.conf"
	"$BUILD/unhairpin" compile "$work/web/unhairpin.conf" >/dev/null
	cp "$work/unix.conf" "$work/routed-1/unhairpin.conf"
	{ cat "$work/unix.conf" && routes 99999; } >"$work/routed-100000/unhairpin.conf"
	for count in 1 100000; do
		"$BUILD/unhairpin" compile "$work/routed-$count/unhairpin.conf" >/dev/null
	done
	for count in 1 10 10000 100000; do
		routes $count >"$work/$count.conf"
		mkdir "$work/$count"
		cp "$work/$count.conf" "$work/$count/unhairpin.conf"
		"$BUILD/unhairpin" compile "$work/$count/unhairpin.conf" >/dev/null
	done
}

# routes COUNT: nine of ten are addresses with a port, each tenth is a network.
routes() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++) {
			high = int(i / 256)
			if (i % 10 == 9)
				where = sprintf("10.%d.%d.0/24", 128 + int(i / 10 / 256), int(i / 10) % 256)
			else
				where = sprintf("10.%d.%d.%d:443", int(high / 256), high % 256, i % 256)
			printf "route \"%s\" { to = \"192.168.1.20\" }\n", where
		}
	}'
}

# why_no_kernel: why `unhairpin kernel` cannot be measured here, or nothing. Makes the cgroup and mounts bpffs.
why_no_kernel() {
	local mount
	mount=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)
	cgroup=$mount/unhairpin-bench-$$
	if [ "$(id -u)" != 0 ]; then
		no_kernel="needs root"
	elif [ ! -s "$BUILD/bpf/cgroup_hooks.bpf" ]; then
		no_kernel="the command was built without clang"
	elif [ -z "$mount" ]; then
		no_kernel="no cgroup v2 is mounted"
	elif ! mount -t bpf bpf /sys/fs/bpf 2>"$work/error" || ! mkdir "$cgroup" 2>"$work/error"; then
		no_kernel=$(cat "$work/error")
	else
		no_kernel=
	fi
}

# One cgroup for each configuration that the kernel gets.
kernel_up() {
	local name
	why_no_kernel
	[ -z "$no_kernel" ] || return 0
	undo+=(kernel_down)
	ip addr add 10.0.0.9/32 dev lo
	for name in ip 1 100000; do
		mkdir "$cgroup/$name"
		"$BUILD/unhairpin" kernel enable -c "$work/$name.conf" "$cgroup/$name" >"$work/output" 2>&1 ||
			no_kernel=$(head -n 1 "$work/output")
	done
}

# What is pinned goes with the mount name space, and the programs with the cgroups.
kernel_down() {
	rmdir "$cgroup"/*/ "$cgroup"
}

start_servers() {
	start b "$tools/echo" $PORT
	start b "$tools/echo" "$work/echo.sock"
	start b python3 "$here/web_server.py" "$work/web.sock"
	until_done on b "$tools/client" connections 1 127.0.0.1 $PORT
	until_done on b "$tools/client" connections 1 "$work/echo.sock"
	until_done test -S "$work/web.sock"
	until_done on a "$tools/client" connections 1 $PUBLIC $PORT
}

# values MEASUREMENT "VARIANT…" COMMAND…: notes the first word of each line that the command prints.
values() {
	local measurement=$1 variants=$2
	shift 2
	attend "$@" >"$work/output"
	awk -v m="$measurement" -v variants="$variants" '
		BEGIN { split(variants, variant, " ") }
		{ print m "\t" variant[NR] "\t" $1 }' "$work/output" >>"$work/values"
}

# Each round begins with another one: whoever is first finds the caches cold.
paths() {
	local i
	for i in "${!ways[@]}"; do
		path "${ways[(i + round) % ${#ways[@]}]}"
	done
}

# path WAY: from which host, where to, and with what in front.
path() {
	local host=b target=("$PUBLIC" "$PORT") preload=(env)
	[ "$1" != kernel ] || [ -z "$no_kernel" ] || return 0
	case $1 in
	native) target=("$work/echo.sock") ;;
	loopback) target=(127.0.0.1 "$PORT") ;;
	direct) host=a target=("$HOST_B" "$PORT") ;;
	hairpin) host=a ;;
	shim) preload+=("LD_PRELOAD=$tools/shim.so") ;;
	unix) preload+=("LD_PRELOAD=$object" "UNHAIRPIN_CONF=$work/unix.conf") ;;
	kernel) host=a preload=("$here/in_cgroup.sh" "$cgroup/ip") ;;
	ip) host=a preload+=("LD_PRELOAD=$object" "UNHAIRPIN_CONF=$work/ip.conf") ;;
	esac
	# Three ways lead from A to one port of B: with more connections in all rounds its ports would run out.
	values connection "$1" exec_on $host "${preload[@]}" \
		"$tools/client" connections 500 "${target[@]}"
	values roundtrip "$1" exec_on $host "${preload[@]}" \
		"$tools/client" roundtrips 3000 "${target[@]}"
}

# Outside of the hosts, where nothing but loopback can be reached.
misses() {
	local protocol
	for protocol in udp tcp; do
		values "miss-$protocol" "none shim 10 100000" "$tools/connect_cost" $protocol - - \
			"$tools/shim.so" - "$object" "$work/10.conf" "$object" "$work/100000.conf"
	done
}

# The same by the kernel; also to addresses of this host, where a plain connect() is refused at once, and to one
# whose neighbours have routes.
kernel_misses() {
	local call
	for call in tcp refused near; do
		values "kernel-miss-$call" "none 1 100000" "$tools/connect_cost" $call - - "$cgroup/1" - "$cgroup/100000" -
	done
}

# sendto() on a socket that is not connected, and an answer; the route leads to loopback.
datagrams() {
	local to=$work/datagram.conf cost=$tools/datagram_cost
	echo "route \"$PUBLIC:443\" { to = \"127.0.0.5\"  protocol = \"udp\" }" >"$to"
	values send "none 10 100000 routed" "$cost" send - - 127.0.0.2 127.0.0.2 \
		"$object" "$work/10.conf" 127.0.0.3 127.0.0.3 "$object" "$work/100000.conf" 127.0.0.4 127.0.0.4 \
		"$object" "$to" $PUBLIC 127.0.0.5
	values exchange "none 10 routed" "$cost" exchange - - 127.0.0.2 127.0.0.2 \
		"$object" "$work/10.conf" 127.0.0.3 127.0.0.3 "$object" "$to" $PUBLIC 127.0.0.5
}

# A connection that goes another way, counted and not: datagrams, as they are quickest.
counts() {
	local state
	mkdir -p "$work/counters"
	for state in off on; do
		{
			echo "stats = \"$state\""
			echo 'route "127.0.0.1:443" { to = "127.0.0.2"  protocol = "udp" }'
		} >"$work/stats.$state.conf"
	done
	UNHAIRPIN_STATS=$work/counters values count "off on" "$tools/connect_cost" udp \
		"$object" "$work/stats.off.conf" "$object" "$work/stats.on.conf"
}

# A name that was looked up before, among so many of them. None is asked for by DNS.
look_ups() {
	echo "route \"*.bench.example\" { to = \"unix:$work/echo.sock\"  on_failure = \"refuse\" }" >"$work/names.conf"
	values look-up "1 64 512" env LD_PRELOAD="$object" UNHAIRPIN_CONF="$work/names.conf" \
		"$tools/look_up_cost" 1 64 512
}

# Beside other projects' preload objects, where they are installed.
spawns() {
	local name names="none empty unhairpin" objects=(- "$tools/empty.so" "$object")
	for name in libproxychains.so.4 libtorsocks.so libsocket_wrapper.so; do
		if [ -n "$(library $name)" ]; then
			names+=" $name"
			objects+=("$(library $name)")
		fi
	done
	values exec "$names" env UNHAIRPIN_CONF="$work/100000.conf" "$tools/spawn" "${objects[@]}"
}

# library NAME: its path, or nothing.
library() {
	find /usr/lib /usr/local/lib -name "$1" -print -quit
}

first_connects() {
	local count
	for count in 1 10000 100000; do
		first_connect "$count" "$work/$count.conf" ""
		first_connect "$count" "$work/$count/unhairpin.conf" "cached-"
	done
}

# first_connect COUNT CONF PREFIX: beside another program that has the same routes, as is usual.
first_connect() {
	local with=(env LD_PRELOAD="$object" UNHAIRPIN_CONF="$2")
	: >"$work/held"
	"${with[@]}" "$tools/first_connect" stay >"$work/held" &
	children+=($!)
	until_done test -s "$work/held"
	attend "${with[@]}" "$tools/first_connect" >"$work/output"
	awk -v n="$1" -v prefix="$3" \
		'{ print prefix "first\t" n "\t" $1; print prefix "memory\t" n "\t" $2 }' \
		"$work/output" >>"$work/values"
	kill "${children[-1]}"
	wait "${children[-1]}" || :
	unset 'children[-1]'
}

# note MEASUREMENT VARIANT COMMAND…: ten times, each a process of its own that prints its time.
note() {
	local measurement=$1 variant=$2 run
	shift 2
	for run in {1..10}; do
		attend exec_on b "$@" >"$work/output"
		awk -v m="$measurement" -v v="$variant" '{ print m "\t" v "\t" $1 }' "$work/output" >>"$work/values"
	done
}

# A first connection that a route takes to a Unix socket, beside a native one.
first_routed() {
	local way conf
	note first-routed native "$tools/first_connect" to "$work/echo.sock"
	for way in 1 100000 text; do
		conf=$work/routed-$way/unhairpin.conf
		[ $way != text ] || conf=$work/unix.conf
		note first-routed "$way" env LD_PRELOAD="$object" UNHAIRPIN_CONF="$conf" \
			"$tools/first_connect" to "$PUBLIC" "$PORT"
	done
	note first-routed true "$tools/spawn" -
}

# One curl from its start to its end, to the same Unix socket: the route is handed over by run, is read from
# a cache, or is compiled for it.
whole_processes() {
	local mapped="$PUBLIC:80=unix:$work/web.sock" curl=(curl --silent --max-time 5 --output /dev/null)
	whole plain "${curl[@]}" --unix-socket "$work/web.sock" "http://$PUBLIC/"
	whole empty env LD_PRELOAD="$tools/empty.so" "${curl[@]}" --unix-socket "$work/web.sock" "http://$PUBLIC/"
	whole run "$BUILD/unhairpin" run -q -m "$mapped" -- "${curl[@]}" "http://$PUBLIC/"
	whole text env LD_PRELOAD="$object" UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$mapped" "${curl[@]}" "http://$PUBLIC/"
	whole cache env LD_PRELOAD="$object" UNHAIRPIN_CONF="$work/web/unhairpin.conf" "${curl[@]}" "http://$PUBLIC/"
}

# whole VARIANT COMMAND…
whole() {
	local variant=$1
	shift
	values process "$variant" exec_on b "$tools/whole" "$@"
}

# On a network of its own, whose ports are all free. Nothing is timed: both at once, on any CPU. (The
# hairpin has to fail within a minute: then its first ports are free again.)
exhaust() {
	local pids=()
	taskset -cp "0-$(($(nproc --all) - 1))" $$ >"$work/affinity"
	network_up
	start b "$tools/echo" $PORT
	until_done on b "$tools/client" connections 1 127.0.0.1 $PORT
	start a "$tools/client" connections 40000 $PUBLIC $PORT >"$work/exhaust.hairpin"
	pids+=($!)
	start b env LD_PRELOAD="$object" UNHAIRPIN_CONF="$work/unix.conf" \
		"$tools/client" connections 40000 $PUBLIC $PORT >"$work/exhaust.unix"
	pids+=($!)
	wait "${pids[@]}"
	echo "bench: exhaust done" >&2
}

main "$@"
