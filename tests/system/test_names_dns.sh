#!/bin/bash
# SPDX-License-Identifier: MIT
# How many packets go to the resolver, and what happens when that is down, slow, or lies.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

# Every port of api.example.com has a route without fallback; www.example.com has one with and one without.
write_refusing_routes() {
	cat >"$UH_TMP/refusing.conf" <<-END
		route "api.example.com" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
		route "api.example.com:81-90" { to = "$near:81" on_failure = "refuse" }
		route "*.svc.example.com" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
		route "near.example.com" { to = "$near" on_failure = "refuse" }
		route "www.example.com:80" { to = "unix:$UH_TMP/www.sock" on_failure = "refuse" }
	END
}

# asking WAY COMMAND…: runs it, and sets asked to the number of packets that went to the resolver.
asking() {
	local before
	before=$(packets dns)
	run "$@"
	asked=$(($(packets dns) - before))
}


# none NAME EXPECTED COMMAND…: the answer comes, and nobody was asked for it.
none() {
	local name=$1 expected=$2
	shift 2
	asking refusing "$@"
	is "$name" "$expected, 0 packets" "$(cat "$UH_TMP/out.refusing" "$UH_TMP/err.refusing"), $asked packets"
}

# What can never need a real address.
unasked() {
	local why=$1

	none "curl, $why" api curl -sS http://api.example.com/who
	none "curl to a port with another route, $why" api curl -sS http://api.example.com:81/who
	none "curl to a name under a wildcard, $why" api curl -sS http://a.b.svc.example.com/who
	none "curl to a name that is one address, $why" api curl -sS http://near.example.com:81/who
	none "python gethostbyname, $why" api "$python" "$clients/names_client.py" gethostbyname api.example.com 80
	none "python getnameinfo, $why" "$(printf 'api.example.com 80\napi.example.com 80')" \
		"$python" "$clients/names_client.py" getnameinfo api.example.com 80
	none "python gethostbyaddr, $why" "$(printf 'api.example.com\napi.example.com')" \
		"$python" "$clients/names_client.py" gethostbyaddr api.example.com 80
}

# as_many NAME COMMAND…: with a route that can need the real address, and with none for the name, as
# many packets as without the object.
as_many() {
	local name=$1 native way
	shift
	asking without "$@"
	native=$asked
	for way in refusing elsewhere unmatched; do
		asking $way "$@"
		is "$name: packets, $way" "$native" "$asked"
	done
	[ "$native" -gt 0 ] || fail "$name" "no packet without the object"
}

counted() {
	as_many "curl" curl -sS http://www.example.com/who
	as_many "curl by IPv4" wget -q -4 -O - http://www.example.com/who
	as_many "gethostbyname" "$python" "$clients/names_client.py" gethostbyname www.example.com 80
	as_many "a name that is not there" curl -sS http://missing.example.com/
}

down() {
	kill "$dnsmasq"
	wait "$dnsmasq" 2>/dev/null
	unasked "nobody resolves"
	run refusing curl -sS http://www.example.com/who
	is "a port with a route, nobody resolves" www "$(cat "$UH_TMP/out.refusing")"
	run refusing curl -sS http://www.example.com:8080/who
	is "a port without a route fails as it can't be connected to, nobody resolves" 7 "$(cat "$UH_TMP/status.refusing")"
	run refusing curl -sS http://v4.example.com/who
	is "a name without a route fails, nobody resolves" 6 "$(cat "$UH_TMP/status.refusing")"
}

slow() {
	kill -STOP "$dnsmasq"
	unasked "the resolver is silent"
	run refusing curl -sS http://www.example.com/who
	is "a port with a route, the resolver is silent" www "$(cat "$UH_TMP/out.refusing")"
	kill -CONT "$dnsmasq"
	wait_for getent ahosts api.example.com
	run refusing curl -sS http://www.example.com:8080/who
	is "a port without a route, once the resolver answers" decoy "$(cat "$UH_TMP/out.refusing")"
}

# lies RECORD…: the resolver answers with these.
lies() {
	start_server liar dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --no-resolv \
		--no-hosts --bind-interfaces --listen-address="$nameserver" "$@"
	dnsmasq=$!
	wait_for sh -c "ss -ulnH 'sport = 53' | grep -q ."
}

lying() {
	lies --local=/example.com/
	unasked "the resolver says that there is no such name"
	run refusing curl -sS http://www.example.com/who
	is "a port with a route of a name that the resolver denies" www "$(cat "$UH_TMP/out.refusing")"
	run refusing curl -sS http://www.example.com:8080/who
	is "a port without a route of a name that the resolver denies" 7 "$(cat "$UH_TMP/status.refusing")"
	kill "$dnsmasq"
	wait "$dnsmasq" 2>/dev/null

	lies --address=/example.com/$nowhere
	unasked "the resolver gives a wrong address"
	run refusing curl -sS http://www.example.com/who
	is "a port with a route of a name with a wrong address" www "$(cat "$UH_TMP/out.refusing")"
	run refusing curl -sS http://www.example.com:8080/who
	is "a port without a route goes where the resolver says" 7 "$(cat "$UH_TMP/status.refusing")"
}

count_packets
start_dns
write_named_routes
write_refusing_routes
start_named_nginx
unasked "all is well"
counted
slow
down
lying
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
