#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin hosts: the routes by name as lines for /etc/hosts, and programs that read them by themselves.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1

# hosts_of ARGUMENT…: the lines without comments, as "ADDRESS NAME".
hosts_of() {
	"$uh" hosts "$@" | grep -v '^#' | tr '\t' ' '
}

# with_hosts FILE COMMAND…: with that file as /etc/hosts, in a mount name space of its own.
with_hosts() {
	# shellcheck disable=SC2016 # sh expands that
	unshare --mount sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$@"
}

address() { # NAME FAMILY: the address that `lookup` says programs get
	"$uh" lookup -c lines.conf --json "$1:80" | sed -E "s/.*\"addresses\":\[([^]]*)\].*/\1/; s/\"//g" | cut -d , -f "$2"
}

cat >lines.conf <<END2
route "whole.example.com" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
route "api.example.com" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
route "Falls.example.com." { to = {"unix:$UH_TMP/no.sock", "$near:83"} }
route "one.example.com:80" { to = "unix:$UH_TMP/api.sock" }
route "one.example.com:81" { to = "unix:$UH_TMP/api.sock" }
route "fenced.example.com:80" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
route "fenced.example.com" { to = "refuse" }
route "all.example.com" { to = "$near" }
route "direct.example.com" { to = "direct" }
route "*.svc.example.com" { to = "$near" }
route "some.example.com" { to = "unix:$UH_TMP/api.sock" programs = "!nginx" }
route "*.users.example.com:80" { to = "$near" users = "root" }
route "a.users.example.com" { to = "unix:$UH_TMP/api.sock" on_failure = "refuse" }
route "203.0.113.1:80" { to = "$near" }
route "direct.example.com:9" { to = "direct" programs = "nginx" }
END2

output() {
	local both

	is "a line for each address of a name, sorted by name" \
		"$near all.example.com
$(for name in api falls fenced one whole; do echo "$(address $name.example.com 1) $name.example.com
$(address $name.example.com 2) $name.example.com"; done)" "$(hosts_of -c lines.conf)"
	"$uh" hosts -c lines.conf >out
	is "status: a line is commented out" 1 $?
	is "the configuration is named" 1 "$(grep -c "^# .* from $UH_TMP/lines.conf\.$" out)"
	is "no name is lost" "" "$(for name in all api falls whole one direct some a.users '\*.svc' '\*.users'; do
		grep -q -E "(^# |[[:space:]])$name.example.com" out || echo "$name"
	done)"
	is "a wildcard" "# *.svc.example.com: no line, because the file has no wildcards; write a route for each name  ($UH_TMP/lines.conf:10)" \
		"$(grep -F '*.svc' out)"
	is "ports without a route: a comment" "$(address one.example.com 1) one.example.com" \
		"$(grep -A 1 '^# one.example.com: connections to ports without a route, or with a direct one, fail' out |
			tail -n 1 | tr '\t' ' ')"
	is "conditions: commented out" "#$(address some.example.com 1) some.example.com" \
		"$(grep -A 1 '^# some.example.com: .*not for all programs and users' out | tail -n 1 | tr '\t' ' ')"
	is "conditions of a wildcard, with its place" "$(grep -o '(.*' <<<"$(grep '^# \*\.users' out)")" \
		"$(grep '^# a.users.example.com: .*not for all programs' out | grep -o '(.*')"
	is "direct" 1 "$(grep -c '^# direct.example.com: no line, ' out)"
	is "no fallback" 1 "$(grep -c '^# falls.example.com: no fallback to the real addresses' out)"
	is "a name that needs no real address has no comment" "" "$(grep -E '^# (api|all|fenced|whole)' out)"
	is "every line is a comment or an address" "" "$(grep -v -E '^#|^[0-9a-f.:]+'$'\t''[a-z0-9.-]+$' out)"
	is "--noheadings: no comments" "$(hosts_of -c lines.conf)" "$("$uh" hosts --noheadings -c lines.conf | tr '\t' ' ')"
	is "JSON" "['$near'] False False False None, 2 True True True None, 0 False False False wildcard, 2 True True False None" \
		"$("$uh" hosts --json -c lines.conf | "$python" -c 'import json, sys
x = {line["name"]: line for line in map(json.loads, sys.stdin)}
print("%(addresses)s %(stand_in)s %(loses_fallback)s %(hides_ports)s %(left_out)s" % x["all.example.com"], *(
    "%d %s %s %s %s" % (len(n["addresses"]), n["stand_in"], n["loses_fallback"], n["hides_ports"], n["left_out"])
    for n in (x["one.example.com"], x["*.svc.example.com"], x["falls.example.com"])), sep=", ")')"
	both=$(UNHAIRPIN_ROUTES='b.example.com=192.0.2.2' hosts_of -c /dev/null -m a.example.com=192.0.2.1)
	is "-m and UNHAIRPIN_ROUTES" "192.0.2.1 a.example.com
192.0.2.2 b.example.com" "$both"
	"$uh" hosts -c /dev/null -m a.example.com=192.0.2.1 >out
	is "status: every name has its line" 0 $?
	"$uh" hosts -c /dev/null -m '*.example.com=192.0.2.1' -m 'a.example.net:80=192.0.2.1' >out
	is "status: a wildcard, and a name with one port" 0 $?
	is "routes that stand in no file are named" 1 "$(grep -c "from /dev/null and UNHAIRPIN_ROUTES\.$" out)"
	is "no route by name" "0 " "$("$uh" hosts --noheadings -c /dev/null >out; echo $?) $(cat out)"
	is "a fault" 2 "$("$uh" hosts -c /dev/null -m a.example.com=nonsense/ >out 2>&1; echo $?)"
	is "an operand" 2 "$("$uh" hosts api.example.com >out 2>&1; echo $?)"
}

# A static program cannot load the object; a preloaded one takes its stand-in to the Unix socket.
static_musl() {
	local found

	if ! have musl-gcc || ! musl-gcc -static -O1 -o resolves -x c - <<-'END2'; then
		#include <arpa/inet.h>
		#include <netdb.h>
		#include <stdio.h>
		int main(int count, char **name)
		{
			struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
			char text[64];

			if (count != 2 || getaddrinfo(name[1], 0, &hints, &list))
				return 1;
			puts(inet_ntop(AF_INET, &((struct sockaddr_in *)list->ai_addr)->sin_addr, text, sizeof(text)));
			return 0;
		}
	END2
		skip "a static program of musl" "no musl-gcc here"
		return
	fi
	is "a static program of musl, without the lines" "$public" "$(./resolves api.example.com)"
	found=$(with_hosts ./hosts ./resolves api.example.com)
	is "a static program of musl, with the lines" "$(address api.example.com 1)" "$found"
	run lines curl -sS "http://$found/who"
	is "a preloaded program connects to the stand-in that it got" api "$(cat out.lines)"
}

# The pure Go resolver, which takes neither libc nor the object.
static_go() {
	if ! have go; then
		skip "a static Go program" "no go here"
		return
	fi
	mkdir go
	cat >go/look.go <<-'END2'
		package main

		import (
			"fmt"
			"net"
			"os"
			"strings"
		)

		func main() {
			all, err := net.LookupHost(os.Args[1])
			fmt.Println(strings.Join(all, " "), err)
		}
	END2
	if ! (cd go && GOCACHE=$UH_TMP/go/cache CGO_ENABLED=0 go build -o ../look look.go) >go.log 2>&1; then
		skip "a static Go program" "go does not build: $(tail -n 1 go.log)"
		return
	fi
	is "a static Go program" "$(address api.example.com 1) $(address api.example.com 2) <nil>" \
		"$(with_hosts ./hosts ./look api.example.com)"
}

runtimes() {
	if have node; then
		is "Node's dns.lookup without the object" "$(address api.example.com 1)" \
			"$(with_hosts ./hosts node -e 'require("dns").lookup("api.example.com", 4, (e, a) => console.log(a))')"
	else
		skip "Node's dns.lookup" "no node here"
	fi
	if have aria2c && aria2c --version | grep -q c-ares; then
		fetch=(aria2c --allow-overwrite --quiet --async-dns=true --dir "$UH_TMP" --out fetched http://api.example.com/who)
		run lines "${fetch[@]}"
		is "c-ares, preloaded, without the lines" decoy "$(cat fetched)"
		with_hosts ./hosts env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/lines.conf" "${fetch[@]}"
		is "c-ares, preloaded, with the lines" api "$(cat fetched)"
	else
		skip "c-ares" "no aria2c that has it"
	fi
}

# A stand-in is no real address, if the object's own look-ups of real addresses read the same file.
same_machine() {
	local name

	"$uh" hosts -c lines.conf | sed 's/^#\([0-9a-f]\)/\1/' >all_hosts
	name=$(with_hosts ./all_hosts env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/lines.conf" \
		curl -sS --max-time 5 http://api.example.com/who)
	is "a preloaded program, and the lines" api "$name"
	for name in one.example.com:8080 falls.example.com:82; do
		is "no real address, so no packet: $name" 113 "$(with_hosts ./all_hosts env LD_PRELOAD="$object" \
			UNHAIRPIN_CONF="$UH_TMP/lines.conf" "$python" -c 'import socket, sys
host, port = sys.argv[1].split(":")
sock = socket.socket()
sock.settimeout(5)
print(sock.connect_ex((host, int(port))))' "$name")"
	done
}

count_packets
start_dns
start_named_nginx
output
{ echo "127.0.0.1 localhost" && "$uh" hosts -c lines.conf; } >hosts
static_musl
static_go
runtimes
same_machine
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
