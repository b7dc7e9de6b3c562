#!/bin/bash
# SPDX-License-Identifier: MIT
# Which route a program in a cgroup gets from `unhairpin kernel`: prefixes, ports, exceptions, users, and network
# name spaces.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

# asks NAME EXPECTED [PREFIX…] -- KIND HOST PORT: in the cgroup.
asks() {
	local name=$1 expected=$2 before=()
	shift 2
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	run routed "${before[@]}" "$python" "$clients/kernel_sockets.py" "$@"
	is "$name" "$expected" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
}

write_routes_of_all_kinds() {
	cat >"$UH_TMP/routed.conf" <<-END
		route "203.0.113.0/24" { to = "127.0.0.1:8024" protocol = "any" }
		route "203.0.113.0/28" { to = "127.0.0.1:8028" }
		route "$public" { to = "127.0.0.1:8032" }
		route "$public:7000-7999" { to = "127.0.0.1:8070" }
		route "$public:7500" { to = "127.0.0.1:8075" }
		route "$public:7300" { to = "$near:8073" }
		route "$public:7600" { to = "direct" }
		route "$public:7700" { to = "refuse" protocol = "any" }
		route "$public:7800" { to = "127.0.0.1:8078" users = "nobody" }
		route "$public:7801" { to = "127.0.0.1:8078" users = "!nobody" }
		route "[2001:db8::]/32" { to = "[::1]:8132" }
		route "[2001:db8::]/32:7600-7699" { to = "direct" }
		route "[$public6]:7700" { to = "refuse" protocol = "any" }
		route "203.0.113.200" { to = "127.0.0.1" }
		route "203.0.113.201:80" { to = "[::1]:8132" }
		route "203.0.113.202:80" { to = "unix:$UH_TMP/nobody.sock" }
		route "203.0.113.203:80" { to = "127.0.0.1:8032" programs = "curl" }
	END
}

start_targets() {
	local places=() port

	for port in 8024 8028 8032 8070 8075 8078 9000; do
		places+=("$port@127.0.0.1:$port")
	done
	for port in 7300 7600 7601 7700 7800 7801; do
		places+=("decoy@$public:$port")
	done
	! have_ipv6 || places+=("8132@::1:8132" "decoy@$public6:7600" "decoy@$public6:7700")
	start_server targets "$python" "$here/counting_server.py" "${places[@]}"
	running targets grep -q ready "$UH_TMP/targets.log"
	start_server words "$python" "$here/datagram_server.py" 8024@127.0.0.1:8024 "decoy@$public:7600" "decoy@$public:7700"
	running words grep -q ready "$UH_TMP/words.log"
}

choices() {
	asks "a prefix, an address without a route in the kernel" "8024" -- who 203.0.113.77 80
	asks "the longest prefix" "8028" -- who 203.0.113.7 80
	asks "an address in a prefix" "8032" -- who "$public" 80
	asks "a range of ports in an address, its first port" "8070" -- who "$public" 7000
	asks "its last port" "8070" -- who "$public" 7999
	asks "the port before" "8032" -- who "$public" 6999
	asks "the port after" "8032" -- who "$public" 8000
	asks "a port in a range" "8075" -- who "$public" 7500
	asks "a target without a port keeps the port" "9000" -- who 203.0.113.200 9000
	asks "datagrams by the prefix's route" "8024: hello from 203.0.113.77" -- datagram 203.0.113.77 80
}

exceptions() {
	asks "direct" "decoy" -- who "$public" 7600
	asks "refuse" "ECONNREFUSED" -- who "$public" 7700
	asks "refuse, datagrams" "EPERM" -- datagram "$public" 7700
	asks "refuse, a connected socket for datagrams" "EPERM" -- connected "$public" 7700
	# A route that the kernel cannot carry is not replaced by the prefix's route.
	asks "an IPv6 target from an IPv4 socket" "ENETUNREACH" -- who 203.0.113.201 80
	asks "a Unix target" "ENETUNREACH" -- who 203.0.113.202 80
	asks "a route for certain programs" "ENETUNREACH" -- who 203.0.113.203 80
	have_ipv6 || { skip "exceptions, IPv6" "the kernel has none"; return; }
	asks "a prefix, IPv6" "8132" -- who 2001:db8:1::7 80
	asks "direct, IPv6" "decoy" -- who "$public6" 7600
	asks "refuse, IPv6" "ECONNREFUSED" -- who "$public6" 7700
	asks "refuse, datagrams, IPv6" "EPERM" -- datagram "$public6" 7700
}

users() {
	local nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

	have setpriv && getent passwd nobody >/dev/null || { skip "users" "no setpriv and user nobody here"; return; }
	asks "users, one of them" "8078" "${nobody[@]}" -- who "$public" 7800
	# The next route in the order of preference is the one of the range.
	asks "users, root is not one" "8070" -- who "$public" 7800
	asks "users, all but one" "8078" -- who "$public" 7801
	asks "users, the one" "8070" "${nobody[@]}" -- who "$public" 7801
}

# The target is looked for in the caller's network name space; the routes were loaded from another, where it is.
name_spaces() {
	local other

	# shellcheck disable=SC2016 # the other shell's
	start_server decoy unshare --net sh -c 'ip link set lo up && ip addr add "$0/32" dev lo && exec "$@"' "$public" \
		"$python" "$here/counting_server.py" "decoy@$public:7500" "decoy@$public:7300"
	other=(nsenter "--net=/proc/$!/ns/net")
	running decoy grep -q ready "$UH_TMP/decoy.log"
	asks "another name space, nobody listens there" "decoy" "${other[@]}" -- who "$public" 7500
	# Whether that name space has an address of this one is unknown: the target is taken.
	asks "another name space, an interface's address" "ENETUNREACH" "${other[@]}" -- who "$public" 7300
	start_server other "${other[@]}" "$python" "$here/counting_server.py" other@127.0.0.1:8075
	running other grep -q ready "$UH_TMP/other.log"
	asks "another name space, the target is there" "other" "${other[@]}" -- who "$public" 7500
	asks "this name space" "8075" -- who "$public" 7500
	asks "this name space, nobody listens at an interface's address" "decoy" -- who "$public" 7300
}

needs_kernel "kernel, routes"
write_routes_of_all_kinds
enable routed
start_targets
choices
exceptions
users
name_spaces
finish
