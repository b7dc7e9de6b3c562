#!/bin/bash
# SPDX-License-Identifier: MIT
# What connections cost, in instructions and system calls: these are the same in every run.
#
# The limits are what was counted when this was written (gcc 12, x86_64), and for instructions some more,
# for other compilers: less than what one more call or look-up adds. Where something is added on
# purpose they are to be raised.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/reload.sh"

have strace || skip_all "cost" "no strace"
[ "$(uname -m)" = x86_64 ] || skip_all "cost" "counted for x86_64 only"
grep -q '^Seccomp:.*0$' /proc/self/status || skip_all "cost" "under a seccomp filter other calls are made"
cc -O2 -o "$UH_TMP/cost" "$clients/cost.c" || exit 1
cc -O2 -DSTEP=0 -shared -fPIC -o "$UH_TMP/still_clock.so" "$clients/quick_clock.c" || exit 1

# with CONF: sets the words in front of a program, "" for one without the object.
with() {
	preload=(env LD_PRELOAD="$UH_TMP/still_clock.so")
	[ -z "$1" ] || preload=(env LD_PRELOAD="$object $UH_TMP/still_clock.so" UNHAIRPIN_CONF="$1")
}

# In each descriptor that is open here the loading looks, so those calls are not counted.
calls() {
	"${preload[@]}" strace -o "$UH_TMP/calls" "$UH_TMP/cost" "$@" </dev/null >"$UH_TMP/calls.out" 2>&1
	grep -v -e readlink "$UH_TMP/calls" | grep -c '('
}

instructions() {
	"${preload[@]}" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$UH_TMP/cost" "$@" \
		</dev/null 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# each COUNT-FUNCTION ARGUMENT…: how many a connection takes, from a program with one and one with 101. Rounded,
# because the calls that test a pointer, once for each page, depend on where the stack lies.
each() {
	echo $((($("$@" 101) - $("$@" 1) + 50) / 100))
}

# within NAME LIMIT COUNT
within() {
	if [ -n "$3" ] && [ "$3" -le "$2" ]; then
		ok "$1"
	else
		fail "$1" "$3, at most $2"
	fi
}

# Lists of routes that are for nothing that is asked for here.
many_routes() {
	awk 'BEGIN { for (i = 0; i < 100000; i++)
		printf "route \"10.%d.%d.%d\" { to = \"192.0.2.1\" }\n", i / 65536, i / 256 % 256, i % 256 }'
}

start_words || failed_all cost "the servers don't start"
mkdir "$work/many"
many=$work/many/unhairpin.conf
route one >"$conf"
{ route one; many_routes; } >"$many"
"$UH_BUILD/unhairpin" compile "$conf" >/dev/null && "$UH_BUILD/unhairpin" compile "$many" >/dev/null ||
	failed_all cost "nothing is compiled"
miss=(udp 127.0.0.1 9)
hit=(tcp "$public" 7000)
send_miss=(send 127.0.0.1 9)
send_hit=(send 198.51.100.1 9)
mkdir "$work/datagrams"
echo 'route "198.51.100.1:9" { to = "127.0.0.1:9" protocol = "udp" }' >"$work/datagrams/unhairpin.conf"
"$UH_BUILD/unhairpin" compile "$work/datagrams/unhairpin.conf" >/dev/null || failed_all cost "nothing is compiled"

with ""
plain_calls=$(each calls "${miss[@]}")
plain_first=$(calls "${miss[@]}" 1)
with "$many"
is "no route: no system call more" "$plain_calls" "$(each calls "${miss[@]}")"
is "a datagram without a route: no system call more" 1 "$(each calls "${send_miss[@]}")"
is "datagrams to addresses in 256 pages, without a route: no system call more" 256 "$(each calls pages 127.0.0.1 9)"
with "$work/datagrams/unhairpin.conf"
is "a routed datagram: no system call more" 1 "$(each calls "${send_hit[@]}")"
with "$many"
# SO_COOKIE, TCP_INFO, getsockname, socket, SO_COOKIE, connect, gettid, F_GETFL, F_SETFL, then SO_COOKIE, F_GETFD, F_DUPFD, dup3,
# SO_COOKIE, close, close beside the program's own socket and close.
is "to a Unix socket: system calls" 18 "$(each calls "${hit[@]}")"
# The effective user is asked in each search of the table that comes to such a route.
mkdir "$work/users"
echo "route \"$public:7000\" { to = \"unix:$work/one\" users = \"!nobody\" }" >"$work/users/unhairpin.conf"
with "$work/users/unhairpin.conf"
is "the same for some users: the table is searched once" 19 "$(each calls "${hit[@]}")"
with "$many"
# futex, which adds in the kernel; once a second the file, its mark, the slot and the time beside.
mkdir "$UH_TMP/counters"
preload+=(UNHAIRPIN_STATS="$UH_TMP/counters")
is "the same, counted: system calls" 19 "$(each calls "${hit[@]}")"
with "$many"
within "reading 100,000 routes from a cache: system calls" 28 $(($(calls "${miss[@]}" 1) - plain_first))
is "reading them: none opens the text or starts the compiler" 0 \
	"$(grep -c -e '^clone' -e 'openat.*unhairpin\.conf' "$UH_TMP/calls")"

# Datagrams on one socket: routed ones make the same calls; an answer is looked up by SO_COOKIE.
mkdir "$work/answers"
datagrams=$work/answers/unhairpin.conf
{ cat "$many"; echo "route \"$public:9\" { to = \"127.0.0.1:9\" protocol = \"udp\" }"
	echo "route \"$public:7009\" { to = \"127.0.0.1:7009\" protocol = \"udp\" }"; } >"$datagrams"
"$UH_BUILD/unhairpin" compile "$datagrams" >/dev/null || failed_all cost "nothing is compiled"
start_server answers python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 7009))
print("ready", flush=True)
while True:
	data, sender = s.recvfrom(16)
	s.sendto(data, sender)'
running answers grep -q ready "$UH_TMP/answers.log"
for what in "together 127.0.0.1 9" "talk 127.0.0.1 7009"; do
	with ""
	read -ra words <<<"$what"
	plain=$(each calls "${words[@]}")
	with "$datagrams"
	is "datagrams without a route, $what: no system call more" "$plain" "$(each calls "${words[@]}")"
	words[1]=$public
	more=0
	[ "${words[0]}" != talk ] || more=1
	is "datagrams by a route, $what: system calls" $((plain + more)) "$(each calls "${words[@]}")"
done

have valgrind || {
	skip "instructions" "no valgrind"
	finish
}
with ""
plain=$(each instructions "${miss[@]}")
plain_send=$(each instructions "${send_miss[@]}")
plain_first=$(instructions "${miss[@]}" 1)
with "$conf"
one_first=$(instructions "${miss[@]}" 1)
within "reading one route from a cache: instructions" 150000 $((one_first - plain_first))
with "$many"
within "a datagram without a route: instructions" 170 $(($(each instructions "${send_miss[@]}") - plain_send))
within "no route: instructions" 252 $(($(each instructions "${miss[@]}") - plain))
within "to a Unix socket: instructions" 4000 "$(each instructions "${hit[@]}")"
within "reading 100,000 routes: instructions more than for one" 5000 \
	$(($(instructions "${miss[@]}" 1) - one_first))
finish
