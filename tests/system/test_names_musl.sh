#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that use musl: their lists of addresses are of one piece, and freeaddrinfo counts on it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

name=hosts.example.com

have musl-gcc || skip_all musl "no musl-gcc"
[ -e "$UH_BUILD/libunhairpin-musl.so" ] || skip_all musl "no libunhairpin-musl.so was built"
install -t "$UH_TMP/lib" "$UH_BUILD/libunhairpin-musl.so" || exit 1
object=$UH_TMP/lib/libunhairpin-musl.so
for client in answers threads; do
	musl-gcc -D_GNU_SOURCE -std=c17 -O1 -g -pthread -o "$UH_TMP/$client" "$clients/names_$client.c" ||
		failed_all musl "musl-gcc does not compile the client"
done

# Where both families are asked for it has one of them: what would be joined to the list is left out here.
varying='/^(0 |hosts)/s/ \[v6 [^]]*\]//g; s/ \[mapped [^]]*\]//g'

look_ups() {
	local kind

	printf '127.0.0.1 localhost\n203.0.113.7 %s\n2001:db8::7 %s\n' $name $name >/etc/hosts
	for kind in hints hostent reverse nameinfo unnamed; do
		run without "$UH_TMP/answers" $kind $name
		run routed "$UH_TMP/answers" $kind $name
		outcome "$kind of a routed name" "$(same routed)"
		[ -s "$UH_TMP/out.without" ] || fail "$kind" "says nothing"
	done
	run routed "$UH_TMP/answers" -a few HOSTS.example.com.
	is "the canonical name is the one that was asked" "HOSTS.example.com." \
		"$(sed -n 's/^2 1 0 2 .*(\(.*\))$/\1/p' "$UH_TMP/out.routed")"
	grep -q '\[24[0-9]\.' "$UH_TMP/out.routed" || fail "a routed name" "has no stand-in"
	# 200,000 lists that are not freed are more than 30 MB.
	(ulimit -v 32768; run routed "$UH_TMP/answers" hints $name $name $name $name $name)
	is "all lists are freed" "0" "$(cat "$UH_TMP/status.routed" "$UH_TMP/err.routed")"
}

write_named_routes
echo "route \"unreal.example.com\" { to = \"unix:$UH_TMP/api.sock\" on_failure = \"refuse\" }" >>"$UH_TMP/routed.conf"
echo "route \"$name:80\" { to = \"unix:$UH_TMP/api.sock\" }" >>"$UH_TMP/routed.conf"
count_packets
start_dns
start_named_nginx
look_ups
for kind in threads forks vforks signals children; do
	run routed "$UH_TMP/threads" $kind
	is "$kind" well "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
done
connects_as_go musl-gcc
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
