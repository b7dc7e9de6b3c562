#!/bin/bash
# SPDX-License-Identifier: MIT
# curl and wget: plain, TLS, keep-alive, IPv6, large downloads and uploads, and every kind of target.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

report='%{http_code} %{num_connects} %{remote_ip}:%{remote_port} %header{served}\n'

# fetch NAME URL…: curl must see the public address as its peer, and one connection for many URLs.
fetch() {
	local name=$1
	shift
	client "$name" unhairpin curl -sS -w "$report" "$@"
}

plain() {
	fetch "curl to a Unix socket" "http://$public/who"
	fetch "curl to a local address" "http://$public:81/who"
	fetch "curl to an abstract Unix socket" "http://$public:82/who"
	fetch "curl to the second target after one that does not answer" "http://$public:84/who"
	fetch "curl to a local address that keeps the port" "http://$public:8085/who"
	fetch "curl keeps a connection alive" "http://$public/who" "http://$public/index.html"
	fetch "curl with HTTP/1.0" --http1.0 "http://$public/who"
	fetch "curl with options set on the socket" --tcp-nodelay --keepalive-time 30 --tcp-fastopen "http://$public/who"
	fetch "curl bound to the public address" --interface "$public" "http://$public/who"
	fetch "curl with a limit on connecting" --connect-timeout 5 "http://$public/who"
	fetch "curl with a name that resolves to the public address" --resolve "api.example.com:80:$public" \
		http://api.example.com/who
	client "curl with 20 transfers in parallel" "200 unhairpin" sh -c \
		"curl -sS --parallel --parallel-max 20 'http://$public/who?[1-200]' 2>/dev/null | uniq -c"
	client "wget to a Unix socket" unhairpin wget -q -O - "http://$public/who"
	client "wget to a local address" unhairpin wget -q -O - "http://$public:81/who"
}

ipv6() {
	local name
	if ! have_ipv6; then
		skip "IPv6" "the kernel has none"
		return
	fi
	fetch "curl over IPv6 to a Unix socket" "http://[$public6]/who"
	fetch "curl over IPv6 to a local IPv4 address" "http://[$public6]:81/who"
	fetch "curl over IPv6 to a local IPv6 address" "http://[$public6]:83/who"
	fetch "curl over IPv4 to a local IPv6 address" "http://$public:83/who"
	fetch "curl with an IPv4-mapped address" "http://[::ffff:$public]/who"
	for name in '' 81 83; do
		client "wget over IPv6 to port ${name:-80}" unhairpin wget -q -O - "http://[$public6]:${name:-80}/who"
	done
}

bulk() {
	local sum

	sum=$(sha256sum <"$UH_TMP/www/unhairpin/big")
	for port in 80 81; do
		client "curl downloads 20 MB from port $port" "$sum" sh -c \
			"curl -sS -D '$UH_TMP/head' http://$public:$port/big | sha256sum; grep Served '$UH_TMP/head'"
	done
	start_gunicorn || return
	client "curl uploads 20 MB to gunicorn" "unhairpin 20971520 ${sum%% *}" \
		curl -sS --data-binary "@$UH_TMP/www/unhairpin/big" "http://$public:8000/upload"
	client "curl uploads in chunks" "unhairpin 20971520 ${sum%% *}" sh -c \
		"curl -sS -T - http://$public:8000/upload <'$UH_TMP/www/unhairpin/big'"
}

tls() {
	start_haproxy_tls || return
	fetch "curl with TLS" --cacert "$UH_TMP/ca.pem" "https://$public/"
	fetch "curl with TLS and HTTP/1.1" --http1.1 --cacert "$UH_TMP/ca.pem" "https://$public/" "https://$public/"
	client "wget with TLS" unhairpin wget -q -O - --ca-certificate "$UH_TMP/ca.pem" "https://$public/"
	! have_ipv6 || fetch "curl with TLS over IPv6" --cacert "$UH_TMP/ca.pem" "https://[$public6]/"
}

# The ways to give routes other than by UNHAIRPIN_CONF.
ways() {
	local none=$UH_TMP/none.conf routes="203.0.113.2=direct $public:80=unix:$UH_TMP/nginx.sock"

	: >"$none"
	is "routes in UNHAIRPIN_ROUTES" unhairpin "$(LD_PRELOAD=$object UNHAIRPIN_CONF=$none \
		UNHAIRPIN_ROUTES=$routes curl -sS "http://$public/who" 2>&1)"
	is "UNHAIRPIN=off" decoy "$(LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/routed.conf UNHAIRPIN=off \
		curl -sS "http://$public/who" 2>&1)"
	is "unhairpin run -m" unhairpin "$("$UH_BUILD/unhairpin" run -m "$public:80=unix:$UH_TMP/nginx.sock" -- \
		curl -sS "http://$public/who" 2>&1)"
	is "unhairpin run -c" unhairpin "$("$UH_BUILD/unhairpin" run -c "$UH_TMP/routed.conf" -- \
		wget -q -O - "http://$public/who" 2>&1)"
}

write_routes
start_nginx
start_abstract
plain
ipv6
bulk
tls
ways
finish
