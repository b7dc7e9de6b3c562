#!/bin/bash
# SPDX-License-Identifier: MIT
# One socket in a cgroup that `unhairpin kernel` is enabled for: its peer as it connects again and again, Fast Open,
# epoll, Multipath TCP, and routes that change between two datagrams.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

sockets=("$python" "$clients/kernel_sockets.py")

# asks NAME EXPECTED KIND HOST PORT [TARGET-HOST TARGET-PORT]: the lines that the program prints, in the cgroup.
asks() {
	run routed "${sockets[@]}" "${@:3}"
	is "$1" "$2" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
}

start_words() {
	local places=(unhairpin@127.0.0.1:18080 "decoy@$public:80" "decoy@$public:89")

	! have_ipv6 || places+=(unhairpin@::1:18080 "decoy@$public6:80")
	start_server words "$python" "$here/datagram_server.py" "${places[@]}"
	running words grep -q ready "$UH_TMP/words.log"
}

# The peer is the address of the last connect(), and the sender that of the last sendto().
connects_again() {
	local HOST=$1 TARGET=$2 name=$3

	asks "$name, connected again" "peer $HOST 80
peer $TARGET 8080
peer $HOST 80" again "$HOST" 80 "$TARGET" 8080
	asks "$name, datagrams, connected again and disconnected" "peer $HOST 80
unhairpin: hello from $HOST
peer $TARGET 18080
unhairpin: hello from $TARGET
peer $HOST 80
unhairpin: hello from $HOST
unhairpin: hello from $TARGET
unhairpin: hello from $HOST
unhairpin: hello from $TARGET" again_datagram "$HOST" 80 "$TARGET" 18080
}

fast_open() {
	local sent=21 # bytes

	echo 3 >/proc/sys/net/ipv4/tcp_fastopen
	asks "Fast Open" "sent $sent
peer $public 80
unhairpin
peer $public 80
unhairpin" fast_open "$public" 80
	asks "Fast Open, the target gone: the original address" "sent $sent
peer $public 82
decoy
peer $public 82
decoy" fast_open "$public" 82
	asks "Fast Open, refuse" ECONNREFUSED fast_open "$public" 85
}

multipath() {
	run without "${sockets[@]}" multipath "$public" 80
	if ! grep -q decoy "$UH_TMP/out.without"; then
		skip "Multipath TCP" "$(cat "$UH_TMP/out.without")"
		return
	fi
	# The kernel runs connect4 for the subflow, and getpeername4 for the socket, which has no memory of its own.
	asks "Multipath TCP: routed, and the peer is the target" "peer 127.0.0.1 8080
unhairpin" multipath "$public" 80
}

# A connected socket keeps its place, also if routes appear and disappear: stays NAME HOST PORT WORD.
stays() {
	local name=$1 host=$2 port=$3 expected=$4 launcher program

	cp "$UH_TMP/routed.conf" "$UH_TMP/saved.conf"
	rm -f "$UH_TMP/stays" # of the program before
	mkfifo "$UH_TMP/input"
	launch_as routed
	"${launcher[@]}" "${sockets[@]}" stays "$host" "$port" <"$UH_TMP/input" >"$UH_TMP/stays" 2>&1 &
	program=$!
	exec 5>"$UH_TMP/input"
	wait_for grep -q peer "$UH_TMP/stays"
	echo "route \"$public:89\" { to = \"127.0.0.1:18080\" protocol = \"udp\" }" >"$UH_TMP/routed.conf"
	"$unhairpin" kernel reload "$cgroup/routed" >"$UH_TMP/reload" 2>&1 || fail "$name" "$(cat "$UH_TMP/reload")"
	printf '\n\n' >&5
	exec 5>&-
	wait "$program"
	is "$name" "$expected: hello from $host peer $host $port $expected: hello from $host peer $host $port" \
		"$(xargs <"$UH_TMP/stays")"
	rm "$UH_TMP/input"
	mv "$UH_TMP/saved.conf" "$UH_TMP/routed.conf"
	"$unhairpin" kernel reload "$cgroup/routed" >"$UH_TMP/reload" 2>&1 || fail "$name" "$(cat "$UH_TMP/reload")"
}

needs_kernel "kernel, sockets"
write_kernel_routes
cat >>"$UH_TMP/routed.conf" <<-END2
	route "$public:80" { to = "127.0.0.1:18080" protocol = "udp" }
	route "[$public6]:80" { to = "[::1]:18080" protocol = "udp" }
	route "$public:84" { to = "[::1]:8080" }
	route "$public:85" { to = "refuse" }
END2
enable routed
start_counting
start_words

connects_again "$public" 127.0.0.1 "a socket"
connects_again "::ffff:$public" ::ffff:127.0.0.1 "a v4-mapped socket"
! have_ipv6 || connects_again "$public6" ::1 "an IPv6 socket"
asks "epoll before connect()" "True
peer $public 80
unhairpin" waits "$public" 80
asks "epoll before connect(), refused" "True
ECONNREFUSED" waits "$public" 83
asks "a bound socket" "peer $public 80
unhairpin" bound "$public" 80
if have_ipv6; then
	asks "a bound IPv6 socket" "peer $public6 80
unhairpin" bound "$public6" 80
	asks "a bound IPv6 socket, an IPv4 target: left alone" "peer $public6 84
decoy" bound "$public6" 84
	asks "a bound v4-mapped socket" "peer ::ffff:$public 80
unhairpin" bound "::ffff:$public" 80
	asks "a bound v4-mapped socket, an IPv6 target: left alone" "peer ::ffff:$public 84
decoy" bound "::ffff:$public" 84
	asks "IPV6_V6ONLY, an IPv6 target" "peer $public6 80
unhairpin" v6only "$public6" 80
	# The hook cannot see the option.
	asks "IPV6_V6ONLY, an IPv4 target" ENETUNREACH v6only "$public6" 84
fi
fast_open
multipath
for host in "$public" "::ffff:$public"; do
	stays "a connected socket without a route, reloaded, $host" "$host" 89 decoy
	stays "a connected socket with a route, reloaded, $host" "$host" 80 unhairpin
done
finish
