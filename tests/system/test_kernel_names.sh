#!/bin/bash
# SPDX-License-Identifier: MIT
# Names in a cgroup that `unhairpin kernel` is enabled for: the lines of `unhairpin hosts` serve programs that look
# up names by themselves, and a DNS server can be reached by a route.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"
. "$here/datagrams.sh"
. "$here/dns_clients.sh"

dns_server=203.0.113.53 # no host has this address

write_names() {
	cat >"$UH_TMP/routed.conf" <<-END2
		route "api.example.com:80" { to = {"unix:$UH_TMP/api.sock", "127.0.0.1:8080"} on_failure = "refuse" }
		route "gone.example.com:80" { to = "127.0.0.1:8082" }
		route "unix.example.com:80" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
		route "one.example.com" { to = "$near" }
		route "$dns_server:53" { to = "$near:15300" protocol = "any" }
		route "$public:5300" { to = "$near:15300" protocol = "any" }
	END2
	echo "route \"$public:5300\" { to = \"$near:15300\" protocol = \"tcp\" }" >"$UH_TMP/unmatched.conf"
	{
		printf '127.0.0.1 localhost\n::1 localhost\n'
		"$unhairpin" hosts -c "$UH_TMP/routed.conf"
	} >"$UH_TMP/hosts"
	printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$dns_server" >"$UH_TMP/resolv.conf"
	echo 'hosts: files dns' >"$UH_TMP/nsswitch.conf"
}

# In this test's own mount name space.
put_in_etc() {
	local file

	for file in hosts resolv.conf nsswitch.conf; do
		mount --bind "$UH_TMP/$file" "/etc/$file" 2>"$UH_TMP/etc.err" || skip_all "kernel, names" "$(cat "$UH_TMP/etc.err")"
	done
}

# reaches NAME WORD COMMAND…: in the cgroup, the last word that a program prints.
reaches() {
	run routed "${@:3}"
	is "$1" "$2" "$(tail -n 1 "$UH_TMP/out.routed" | grep -o -i -e 'unhairpin$' -e 'decoy$' -e '.*unreachable' -e '.*refused')"
}

# not_without NAME COMMAND…: outside of the cgroup a stand-in leads nowhere.
not_without() {
	run without "${@:2}"
	if grep -q -e unhairpin -e decoy "$UH_TMP/out.without"; then
		fail "$1, without routes" "reached $(cat "$UH_TMP/out.without")"
	else
		ok "$1, without routes"
	fi
}

# by_name NAME COMMAND…: COMMAND has host and port added to its words.
by_name() {
	local name=$1
	shift
	have "$1" || { skip "$name, by name" "no $1 here"; return; }
	reaches "$name, by a name with a stand-in" unhairpin "$@" api.example.com 80
	not_without "$name, by a name with a stand-in" "$@" api.example.com 80
	reaches "$name, by a name with one address" unhairpin "$@" one.example.com 8081
	reaches "$name, by a name in DNS" decoy "$@" real.example.com 80
	not_without "$name, by a name in DNS" "$@" real.example.com 80
}

# fails NAME HOST PORT WHY COMMAND…: no target can be reached, and a stand-in has no original address.
fails() {
	run routed "${@:5}" "$2" "$3"
	if grep -q -i "$4" "$UH_TMP/out.routed"; then
		ok "$1, $2 port $3: $4"
	else
		fail "$1, $2 port $3: $4" "$(cat "$UH_TMP/out.routed")"
	fi
}

have dnsmasq || skip_all "kernel, names" "no dnsmasq here"
needs_kernel "kernel, names"
write_names
put_in_etc
enable routed
enable unmatched
start_counting
start_dns_server decoy "$public" 5300
start_dns_server "$word" "$near" 15300 --host-record=real.example.com,"$public"

dns_clients
if have go && CGO_ENABLED=0 GOCACHE=$UH_TMP/gocache go build -o "$UH_TMP/go" "$clients/go_client.go"; then
	by_name "Go" "$UH_TMP/go" get
	fails "Go" api.example.com 81 unreachable "$UH_TMP/go" get
	fails "Go" unix.example.com 80 unreachable "$UH_TMP/go" get
	fails "Go" gone.example.com 80 refused "$UH_TMP/go" get
else
	skip "Go, by name" "no go here"
fi
if have musl-gcc && musl-gcc -static -O2 -o "$UH_TMP/musl" "$clients/kernel_client.c"; then
	by_name "musl" "$UH_TMP/musl"
else
	skip "musl, by name" "no musl-gcc here"
fi
by_name "Node" node "$clients/client.js" get
# shellcheck disable=SC2016 # the other shell's
by_name "curl" sh -c 'exec curl -sS "http://$0:$1/who"'
run routed getent ahostsv4 real.example.com
is "libc's resolver" "$public" "$(awk '/STREAM/ { print $1 }' "$UH_TMP/out.routed")"
finish
