#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs with the object in a cgroup that `unhairpin kernel` is enabled for: each connection is routed once, to the
# Unix target if there is one.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"
. "$here/datagrams.sh"

# once NAME EXPECTED CONNECTIONS COMMAND…: with the object in the cgroup. EXPECTED is printed, and CONNECTIONS the
# servers that accepted one.
once() {
	local before

	before=$(wc -l <"$UH_TMP/counting.log")
	run routed env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/routed.conf" "${@:4}"
	is "$1" "$2" "$(xargs <"$UH_TMP/out.routed")"
	is "$1, connections" "$3" "$(tail -n +$((before + 1)) "$UH_TMP/counting.log" | awk '{ print $2 }' | xargs)"
}

# datagram NAME EXPECTED HOST PORT: with the object in the cgroup.
datagram() {
	run routed env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/routed.conf" \
		"$python" "$clients/kernel_sockets.py" datagram "$3" "$4"
	is "$1" "$2" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
}

write_routes_for_both() {
	cat >"$UH_TMP/routed.conf" <<-END2
		route "$public:80" { to = {"unix:$UH_TMP/unix", "127.0.0.1:8080"} }
		route "$public:81" { to = "$near:8081" }
		route "$public:82" { to = "unix:$UH_TMP/unix" }
		route "$public:83" { to = {"unix:$UH_TMP/nobody", "127.0.0.1:8080"} }
		route "$public:84" { to = "127.0.0.1:8082" }
		route "[$public6]:81" { to = "$near:8081" }
		route "[$public6]:82" { to = "[::1]:8080" }
		route "$public:9001" { to = "$near:19001" protocol = "udp" }
		route "[$public6]:9001" { to = "[$near6]:19001" protocol = "udp" }
	END2
}

connections() {
	# shellcheck disable=SC2016 # the other shell's
	local curl=(sh -c 'exec curl -sS -w "%{remote_ip} %{remote_port}" "http://$0:$1/who"')
	local sockets=("$python" "$clients/kernel_sockets.py" waits)

	once "a Unix target and an IP target" "unix $public 80" unix "${curl[@]}" "$public" 80
	once "an IP target" "unhairpin $public 81" unhairpin "${curl[@]}" "$public" 81
	once "a Unix target" "unix $public 82" unix "${curl[@]}" "$public" 82
	once "a Unix target that is gone, and an IP target" "unhairpin $public 83" unhairpin "${curl[@]}" "$public" 83
	once "an IP target that is gone" "decoy $public 84" decoy "${curl[@]}" "$public" 84
	once "epoll, a Unix target and an IP target" "True peer $public 80 unix" unix "${sockets[@]}" "$public" 80
	once "epoll, an IP target" "True peer $public 81 unhairpin" unhairpin "${sockets[@]}" "$public" 81
	have_ipv6 || { skip "IPv6" "the kernel has none"; return; }
	once "IPv6 to an IPv4 target" "unhairpin $public6 81" unhairpin "${curl[@]}" "[$public6]" 81
	once "IPv6 to an IPv6 target" "unhairpin $public6 82" unhairpin "${curl[@]}" "[$public6]" 82
}

needs_kernel "kernel, beside the object"
write_routes_for_both
enable routed
start_counting "unix@$UH_TMP/unix"
start_words
connections
datagram "datagrams" "$word: hello from $public" "$public" 9001
! have_ipv6 || datagram "datagrams, IPv6" "$word: hello from $public6" "$public6" 9001
if cc -static -O2 -o "$UH_TMP/static" "$clients/kernel_client.c" 2>"$UH_TMP/cc.log"; then
	# shellcheck disable=SC2016 # the other shell's
	once "a static program gets the IP target" "peer $public:80 unhairpin" unhairpin \
		sh -c '"$0" "$@" | sed -n "/^peer/p; \$p"' "$UH_TMP/static" "$public" 80
else
	skip "a static program" "$(tail -n 1 "$UH_TMP/cc.log")"
fi
finish
