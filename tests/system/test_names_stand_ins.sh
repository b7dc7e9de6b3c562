#!/bin/bash
# SPDX-License-Identifier: MIT
# Stand-ins: the same in every process, good in any, gone with their route, nobody else's address.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

# stand_in WAY NAME [4|6]: the address that a program is given.
stand_in() {
	local launcher
	launch_as "$1"
	"${launcher[@]}" getent "ahostsv${3-4}" "$2" | awk '{ print $1; exit }'
}

url() {
	if [[ $1 == *:* ]]; then echo "http://[$1]:$2/who"; else echo "http://$1:$2/who"; fi
}

# with_curl WAY ADDRESS PORT: who answers, or curl's word for why nobody does.
with_curl() {
	run "$1" curl -sS --max-time 10 "$(url "$2" "$3")"
	head -n 1 "$UH_TMP/out.$1"
	sed -E 's/^curl: \(([0-9]+)\).*/curl \1/' "$UH_TMP/err.$1" | head -n 1
}

in_pool() {
	"$python" -c 'import ipaddress, sys
print("in" if ipaddress.ip_address(sys.argv[1]) in ipaddress.ip_network(sys.argv[2]) else sys.argv[1])' "$1" "$2"
}

same_everywhere() {
	local four six

	four=$(stand_in routed api.example.com) six=$(stand_in routed api.example.com 6)
	is "the stand-in is of the pool" in "$(in_pool "$four" $pool4)"
	is "the IPv6 stand-in is of the pool" in "$(in_pool "$six" $pool6)"
	is "the same in capitals, with a final dot" "$four" "$(stand_in routed API.example.COM.)"
	run routed "$python" -c 'import socket; print(socket.gethostbyname("api.example.com"))'
	is "the same in another program" "$four" "$(cat "$UH_TMP/out.routed")"
	run routed perl -MSocket -e 'print inet_ntoa(scalar gethostbyname("api.example.com"))'
	is "the same in a third program" "$four" "$(cat "$UH_TMP/out.routed")"
	is "the same with UNHAIRPIN_ROUTES" "$four" "$(LD_PRELOAD=$object UNHAIRPIN_CONF=/dev/null \
		UNHAIRPIN_ROUTES="api.example.com:80=unix:$UH_TMP/api.sock" getent ahostsv4 api.example.com | awk '{ print $1; exit }')"
	tac "$UH_TMP/routed.conf" >"$UH_TMP/reversed.conf"
	is "the same with the routes in another order" "$four $six" \
		"$(stand_in reversed api.example.com) $(stand_in reversed api.example.com 6)"
	[ "$four" != "$(stand_in routed www.example.com)" ] || fail "two names" "have one stand-in"
	if is_root; then
		is "the same for another user" "$four" "$(LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/routed.conf setpriv --reuid=65534 \
			--regid=65534 --clear-groups getent ahostsv4 api.example.com | awk '{ print $1; exit }')"
	fi
}

# An address that was found in one process is good in all: on routed ports, and on others.
elsewhere_good() {
	local family address

	for family in 4 ${v6:+6}; do
		stand_in routed api.example.com "$family" >"$UH_TMP/kept" # in a file, as programs do
		address=$(cat "$UH_TMP/kept")
		is "IPv$family: another process, routed port" api "$(with_curl routed "$address" 80)"
		is "IPv$family: another process, another routed port" api "$(with_curl routed "$address" 81)"
		is "IPv$family: another process, port without a route" decoy "$(with_curl routed "$address" 8080)"
	done
	run routed "$python" "$clients/names_helper.py" api.example.com 80 8080 81
	is "a worker that was forked before" "api decoy api api decoy api" "$(xargs <"$UH_TMP/out.routed")"
}

# A wildcard's routes are for addresses of names that nobody knows any more.
wildcards() {
	local address
	cat >"$UH_TMP/wild.conf" <<-END
		route "*.example.com:80" { to = "unix:$UH_TMP/api.sock" }
		route "www.example.com:80" { to = "unix:$UH_TMP/www.sock" }
		log_to = "$UH_TMP/wild.log"
	END
	address=$(stand_in wild v4.example.com)
	is "a name under a wildcard has a stand-in" in "$(in_pool "$address" $pool4)"
	is "the same in capitals" "$address" "$(stand_in wild V4.EXAMPLE.com)"
	[ "$address" != "$(stand_in wild two.example.com)" ] || fail "two names under a wildcard" "have one stand-in"
	is "a name under a wildcard, in the process that looked it up" "api decoy" \
		"$(run wild curl -sS http://v4.example.com/who http://v4.example.com:8080/who; xargs <"$UH_TMP/out.wild")"
	is "a name under a wildcard, in another process" api "$(with_curl wild "$address" 80)"
	is "its port without a route, where nobody knows the name" "curl 7" "$(with_curl wild "$address" 8080 | xargs)"
	grep -q "$address" "$UH_TMP/wild.log" || fail "a name under a wildcard that nobody knows" "is not in the log"
	is "the exact name beats the wildcard" www "$(run wild curl -sS http://www.example.com/who; cat "$UH_TMP/out.wild")"
}

# gone NAME WAY ADDRESS: a stand-in that no route of the configuration knows.
gone() {
	local name=$1 way=$2 address=$3

	echo "log_to = \"$UH_TMP/$way.log\"" >>"$UH_TMP/$way.conf"
	run "$way" "$python" -c 'import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
    for timeout in None, 5:
        sock = socket.socket(family, kind)
        sock.settimeout(timeout)
        try:
            sock.connect((sys.argv[1], 80))
            print("connected")
        except OSError as error:
            print(error.errno)' "$address"
	is "$name" "101 101 101 101" "$(xargs <"$UH_TMP/out.$way")"
	is "$name: the log says so" 1 "$(grep -c -F "$address" "$UH_TMP/$way.log" | sed 's/^[1-9][0-9]*$/1/')"
}

changed() {
	local before4 before6

	before4=$(stand_in routed api.example.com) before6=$(stand_in routed api.example.com 6)
	for way in other near; do
		echo 'route "other.example.com:80" { to = "192.168.1.20" }' >"$UH_TMP/$way.conf"
	done
	echo "route \"$nowhere\" { to = \"192.168.1.20\" }" >"$UH_TMP/addresses.conf"
	gone "no route knows the stand-in" other "$before4"
	gone "routes by address alone" addresses "$before4"
	[ -z "$v6" ] || gone "no route knows the IPv6 stand-in" near "$before6"
}

# An address that a route or an interface has is nobody's stand-in.
in_use() {
	local old4 old6 new4 new6

	old4=$(stand_in routed www.example.com) old6=$(stand_in routed www.example.com 6)
	ip addr add "$old4/32" dev lo
	new4=$(stand_in routed www.example.com)
	[ "$new4" != "$old4" ] || fail "an interface's address" "is a stand-in"
	is "another address than the interface's" "in www" "$(in_pool "$new4" $pool4) $(with_curl routed "$new4" 80)"
	is "the other names keep theirs" "$(stand_in elsewhere api.example.com)" "$(stand_in routed api.example.com)"
	ip addr del "$old4/32" dev lo
	is "the first again, when the interface has gone" "$old4" "$(stand_in routed www.example.com)"
	if [ -n "$v6" ]; then
		ip addr add "$old6/128" dev lo nodad
		new6=$(stand_in routed www.example.com 6)
		[ "$new6" != "$old6" ] || fail "an interface's IPv6 address" "is a stand-in"
		ip addr del "$old6/128" dev lo
	fi
	cp "$UH_TMP/routed.conf" "$UH_TMP/taken.conf"
	echo "route \"$old4:99\" { to = \"$near\" }" >>"$UH_TMP/taken.conf"
	echo "route \"[$old6]/127\" { to = \"direct\" }" >>"$UH_TMP/taken.conf"
	new4=$(stand_in taken www.example.com) new6=$(stand_in taken www.example.com 6)
	if [ "$new4" = "$old4" ] || [ "$new6" = "$old6" ]; then
		fail "a route's address" "is a stand-in"
	fi
	is "another address than the route's" "in in www" \
		"$(in_pool "$new4" $pool4) $(in_pool "$new6" $pool6) $(with_curl taken "$new4" 80)"
}

# look_up WAY NAME FAMILY TYPE PROTOCOL: all addresses that getaddrinfo gives.
look_up() {
	local launcher
	launch_as "$1"
	"${launcher[@]}" "$python" -c 'import socket, sys
family, kind, protocol = (getattr(socket, word, 0) for word in sys.argv[2:])
try:
    print(*sorted({answer[4][0] for answer in socket.getaddrinfo(sys.argv[1], 80, family, kind, protocol)}))
except socket.gaierror as error:
    print(error.strerror)' "${@:2}"
}

# What it is answered with depends on the sockets that the addresses are for.
kinds() {
	local both four

	cat >"$UH_TMP/kinds.conf" <<-END
		route "api.example.com:80" { to = "unix:$UH_TMP/api.sock" }
		route "v4.example.com:80" { to = "unix:$UH_TMP/api.sock" }
		route "near.example.com" { to = "$near" }
		route "near6.example.com" { to = "$near6" protocol = "any" }
		route "parts.example.com:1-1000" { to = "$near" }
		route "parts.example.com:1001-65535" { to = "$near" }
	END
	both="$(look_up kinds api.example.com AF_INET SOCK_STREAM any) $(look_up kinds api.example.com AF_INET6 SOCK_STREAM any)"
	is "a stand-in for each family" "in in" "$(in_pool "${both% *}" $pool4) $(in_pool "${both#* }" $pool6)"
	four=$(look_up kinds v4.example.com AF_INET SOCK_STREAM any)
	is "a stand-in for a family that the name has no address of" in \
		"$(in_pool "$(look_up kinds v4.example.com AF_INET6 SOCK_STREAM any)" $pool6)"
	both=$(tr ' ' '\n' <<<"$both" | sort | xargs)
	for kind in SOCK_STREAM any SOCK_DGRAM; do
		[ -z "$v6" ] || is "stand-ins for a TCP route, $kind" "$both" "$(look_up kinds api.example.com any $kind any)"
		is "a stand-in for the name's only family, $kind" "$four" "$(look_up kinds v4.example.com any $kind any)"
	done
	is "the real address for UDP, where only TCP has a route" "$public" \
		"$(look_up kinds v4.example.com any SOCK_DGRAM IPPROTO_UDP)"
	is "the address that all ports lead to" "$near" "$(look_up kinds near.example.com any SOCK_STREAM any)"
	is "the address that all parts lead to" "$near" "$(look_up kinds parts.example.com AF_INET SOCK_STREAM any)"
	is "it is not for UDP" "Name or service not known" "$(look_up kinds near.example.com any SOCK_DGRAM IPPROTO_UDP)"
	is "an IPv6 question for it" in "$(in_pool "$(look_up kinds near.example.com AF_INET6 SOCK_STREAM any)" $pool6)"
	is "the IPv6 address that all ports lead to" "$near6" "$(look_up kinds near6.example.com any any any)"
	is "an IPv4 question for it" in "$(in_pool "$(look_up kinds near6.example.com AF_INET SOCK_STREAM any)" $pool4)"
	[ -z "$v6" ] || is "its IPv6 stand-in" api "$(with_curl kinds "$(look_up kinds near.example.com AF_INET6 any any)" 81)"
}

# listening WAY NAME FLAGS: on which addresses a server listens that takes all that its own name has.
listening() {
	run "$1" "$python" -c 'import socket, sys
flags = getattr(socket, sys.argv[2], 0)
for family, kind, protocol, _, address in socket.getaddrinfo(sys.argv[1], 8099, 0, socket.SOCK_STREAM, 0, flags):
    with socket.socket(family, kind, protocol) as sock:
        sock.bind(address)
        print(sock.getsockname()[0])' "$2" "$3"
	sort "$UH_TMP/out.$1" "$UH_TMP/err.$1" | xargs
}

own_names() {
	local name flags

	for name in v4 ${v6:+v6 api}; do
		echo "route \"$name.example.com:80\" { to = \"unix:$UH_TMP/api.sock\" }" >"$UH_TMP/own.conf"
		for flags in none AI_PASSIVE AI_ADDRCONFIG; do
			is "a server on all addresses of its own name, $name, flags: $flags" \
				"$(listening without $name.example.com $flags)" "$(listening own $name.example.com $flags)"
		done
	done
}

pools() {
	local four six
	{
		printf 'stand_in_ipv4 = "198.18.0.0/24"\nstand_in_ipv6 = "fd00:1234::/64"\n'
		cat "$UH_TMP/routed.conf"
	} >"$UH_TMP/pools.conf"
	four=$(stand_in pools api.example.com) six=$(stand_in pools api.example.com 6)
	is "networks of one's own" "in in" "$(in_pool "$four" 198.18.0.0/24) $(in_pool "$six" fd00:1234::/64)"
	is "a stand-in of one's own network" api "$(with_curl pools "$four" 80)"
	is "a stand-in of one's own network, port without a route" decoy "$(with_curl pools "$four" 8080)"
	[ -z "$v6" ] || is "an IPv6 stand-in of one's own network" api "$(with_curl pools "$six" 80)"
	! have_ipv6 || is "the networks that are not used are like any other" "curl 7" \
		"$(ip route add unreachable $pool4; with_curl pools 240.1.2.3 80 | xargs)"
	ip route del unreachable $pool4
}

v6=
! have_ipv6 || v6=yes
count_packets
start_dns
write_named_routes
start_named_nginx
same_everywhere
elsewhere_good
wildcards
changed
in_use
kinds
own_names
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
pools
finish
