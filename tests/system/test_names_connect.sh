#!/bin/bash
# SPDX-License-Identifier: MIT
# connect() to a stand-in: its route, else the name's real addresses, as the program would have tried them.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

write_connecting_routes() {
	ln -s www.sock "$UH_TMP/$public-8080.sock"
	cat >"$UH_TMP/routed.conf" <<-END
		route "api.example.com:80" { to = "unix:$UH_TMP/api.sock" }
		route "api.example.com:81" { to = "$near:81" }
		route "api.example.com:82" { to = "unix:$UH_TMP/nobody.sock" }
		route "api.example.com:83" { to = {"unix:$UH_TMP/nobody.sock", "$near:9"} on_failure = "refuse" }
		route "api.example.com:84" { to = "direct" }
		route "api.example.com:7" { to = "$near" protocol = "udp" }
		route "two.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "nobody.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "lost.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "v4.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "v6.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "none.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "one.example.com" { to = "$near" }
		route "$public:8080" { to = "unix:$UH_TMP/%a-%p.sock" }
		route "[$public6]:8080" { to = "refuse" }
	END
}

start_echo() {
	local address
	for address in "$public" "$near" ${v6:+"$public6"}; do
		start_server "udp$address" "$python" -c 'import socket, sys
sock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((sys.argv[1], 7))
while True:
    peer = sock.recvfrom(64)[1]
    sock.sendto(sys.argv[2].encode(), peer)' "$address" "$([ "$address" = "$near" ] && echo near || echo decoy)"
		wait_for sh -c "ss -ulnH 'sport = 7' | grep -q -F '$address'"
	done
}

# is_said EXPECTED KIND FAMILY NAME PORT
is_said() {
	run routed "$python" "$clients/names_connect.py" "${@:2}"
	is "${*:2}" "$1" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed" | xargs)"
}

# In each way to connect: a routed port, and one whose route does not answer.
tcp() {
	local kind family sent

	for family in 4 ${v6:+6 46}; do
		for kind in blocking nonblocking fast-open fast-open-message; do
			sent=
			[[ $kind != fast* ]] || sent='sent True '
			is_said "${sent}api" $kind "$family" api.example.com 80
			is_said "${sent}api" $kind "$family" api.example.com 81
			is_said "${sent}decoy" $kind "$family" api.example.com 82
			is_said ECONNREFUSED $kind "$family" api.example.com 83
			is_said "${sent}decoy" $kind "$family" api.example.com 84
			# the real IPv6 address is refused; the IPv4 address has its own socket
			is_said "${sent}www" $kind "$family" api.example.com 8080
		done
		is_said "EISCONN api" again "$family" api.example.com 80
		is_said "EISCONN decoy" again "$family" api.example.com 84
	done
}

# A program that looked up one family alone has no address of the other without us either.
real_addresses() {
	local kind

	for kind in blocking nonblocking; do
		is_said decoy $kind 4 two.example.com 80
		is_said ECONNREFUSED $kind 4 nobody.example.com 80
		is_said EHOSTUNREACH $kind 4 none.example.com 80
		is_said EHOSTUNREACH $kind-of-family 4 v6.example.com 80
		[ -n "$v6" ] || continue
		is_said EHOSTUNREACH $kind-of-family 6 v4.example.com 80
		is_said decoy $kind 46 two.example.com 80
		is_said decoy $kind 6 two.example.com 80
		is_said decoy $kind 6 v4.example.com 80
		is_said decoy $kind 46 v4.example.com 80
		is_said decoy $kind 4 v6.example.com 80
		is_said decoy $kind 46 v6.example.com 80
		is_said decoy $kind 6 v6.example.com 80
	done
	# As without us: that nobody is there is learnt later, and leaves no error behind where there was another way.
	is_said "EINPROGRESS ECONNREFUSED" in-progress 4 nobody.example.com 80
	is_said "EINPROGRESS connected" in-progress 4 two.example.com 80
	is_said "ECONNREFUSED connected" in-progress 4 api.example.com 83
	is_said "in progress EALREADY" nonblocking 4 lost.example.com 80
}

udp() {
	local kind

	is_said near udp-connected 4 api.example.com 7
	is_said ECONNREFUSED udp-connected 4 two.example.com 7 # the first, as ever: nobody is there
	for kind in udp-sendto udp-sendmsg; do
		is_said near $kind 4 api.example.com 7
		is_said ENETUNREACH $kind 4 v6.example.com 7
		[ -z "$v6" ] || is_said near $kind 6 api.example.com 7
		[ -z "$v6" ] || is_said near $kind 46 api.example.com 7
	done
}

# A stand-in that was handed out leads to the name's real address, and a new look-up gives that address.
switched_off() {
	run routed "$python" -c 'import socket, sys, time
def who(peer):
    connection = socket.create_connection(peer)
    connection.sendall(b"GET /who HTTP/1.0\r\n\r\n")
    return connection.makefile().read().split()[-1]
def look_up(): return socket.getaddrinfo("api.example.com", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4]
before = look_up()
said = [who(before)]
open(sys.argv[1], "w").close()
time.sleep(1.1)
said += [who(before), look_up()[0]]
print(*said)' "$UH_TMP/unhairpin.off"
	is "switched off, with a stand-in" "api decoy $public" "$(cat "$UH_TMP/out.routed")"
	rm -f "$UH_TMP/unhairpin.off"
}

v6=
! have_ipv6 || v6=yes
count_packets
start_dns
write_connecting_routes
start_named_nginx
start_echo
tcp
real_addresses
udp
switched_off
connects_as_go gcc
run routed "$UH_TMP/go" one.example.com 81
is "an object of Go's linker, a name with one address" api "$(tail -n 1 "$UH_TMP/out.routed")"
is_said "$public accepted $public" bound 4 api.example.com 0
is_said "$public" bound-by-another 4 api.example.com 0
[ -z "$v6" ] || is_said "$public6" bound-by-another 6 api.example.com 0
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
