#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin kernel check: the verdict and the notes on each route, and what the machine lacks.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154 # unhairpin: kernel.sh's
. "$(dirname "$0")/lib.sh"
. "$here/kernel.sh"

needs_kernel "unhairpin kernel check"
cd "$UH_TMP" || exit 1

check() {
	"$unhairpin" kernel check "$@" >out 2>err
}

# notes ROUTE: the verdict, the target and the notes on a route of all.json.
notes() {
	"$python" -c 'import json, sys
for line in open("all.json"):
    row = json.loads(line)
    if row.get("route") == sys.argv[1]:
        print(row["kernel"], row["target"], row["line"], *row["notes"], sep="|")' "$1"
}

# verdict ROUTE "KERNEL|TARGET|LINE" [TEXT]…: with as many notes as texts, each in its note.
verdict() {
	local route=$1 expected=$2 got text
	shift 2
	got=$(notes "$route")
	for text; do
		[[ $got == *"$text"* ]] || fail "$route" "expected '$text' in '$got'"
	done
	is "$route" "$expected and $# notes" "$(cut -d '|' -f 1-3 <<<"$got") and $(($(tr -dc '|' <<<"$got" | wc -c) - 2)) notes"
}

cat >all.conf <<-END
	route "203.0.113.1:443" { to = "127.0.0.1:8443" }
	route "203.0.113.2" { to = {"unix:/run/x", "$near:8443", "[::1]:8443"} }
	route "203.0.113.3" { to = "unix:/run/x" }
	route "203.0.113.4" { to = "direct" }
	route "203.0.113.5" { to = "192.0.2.10" programs = "curl" }
	route "203.0.113.6" { to = "unix:/run/x" proxy_protocol = "v1" }
	route "203.0.113.7" { to = {"unix:/run/x", "127.0.0.1:8443"} peer_user = "root" }
	route "203.0.113.8" { to = "[::1]:80" }
	route "203.0.113.9" { to = "refuse" users = "root" }
	route "203.0.113.10" { to = "192.0.2.10" on_failure = "refuse" }
	route "203.0.113.11" { to = "192.0.2.10" protocol = "udp" }
	route "[2001:db8::1]:80" { to = "127.0.0.1:80" }
	route "[2001:db8::2]:80" { to = "unix:/run/x" }
	route "api.example.com:443" { to = "127.0.0.1:8443" }
	route "*.svc.example.com:443" { to = "127.0.0.1:8443" on_failure = "refuse" }
	route "www.example.com:443" { to = "unix:/run/x" }
	route "203.0.113.0/24:80" { to = "192.0.2.9" }
	route "127.0.0.0/8:20-25" { to = "192.0.2.9" on_failure = "refuse" }
	route "0.0.0.0/0:25" { to = "refuse" }
END
check -c all.conf --json
is "exit status, not all carried" 1 "$?"
mv out all.json
verdict 203.0.113.1:443 "carried|127.0.0.1:8443|1"
verdict 203.0.113.2 "carried|$near:8443, [::1]:8443|2"
verdict 203.0.113.3 "not carried|None|3" 'to = {"unix:/run/x", "127.0.0.1:PORT"}' \
	"alone: the less specific \"203.0.113.0/24:80\" ($UH_TMP/all.conf:17) does not"
verdict 203.0.113.4 "exception|direct|4"
verdict "203.0.113.5 programs=curl" "not carried|None|5" "'unhairpin kernel enable UNIT'" "leaves these connections alone"
verdict 203.0.113.6 "not carried|None|6" "cannot send a PROXY header" "leaves these connections alone"
verdict 203.0.113.7 "not carried|None|7" "leave out \"peer_user\"" "leaves these connections alone"
verdict 203.0.113.8 "carried|[::1]:80|8" "IPv4 sockets (AF_INET) go to the original address"
verdict "203.0.113.9 users=0" "exception|refuse|9" "real user ID"
verdict 203.0.113.10 "carried|192.0.2.10|10"
verdict "203.0.113.11 udp" "carried|192.0.2.10|11"
verdict "[2001:db8::1]:80" "carried|127.0.0.1:80|12" "IPV6_V6ONLY"
verdict "[2001:db8::2]:80" "not carried|None|13" '"[::1]:PORT"'
verdict api.example.com:443 "carried|127.0.0.1:8443|14" "no fallback to the name's real addresses" "'unhairpin hosts' in /etc/hosts"
verdict "*.svc.example.com:443" "carried|127.0.0.1:8443|15" "routes for exact names"
verdict www.example.com:443 "not carried|None|16" "127.0.0.1:PORT" "ENETUNREACH"
verdict 203.0.113.0/24:80 "carried|192.0.2.9|17" 'on_failure is "refuse" in effect'
verdict 127.0.0.0/8:20-25 "refused|192.0.2.9|18" "ssh on loopback"
verdict 0.0.0.0/0:25 "refused|refuse|19" "every address"
is "all features are there" "22 present" "$(grep -c '"kind":"feature".*"state":"present"' all.json) present"

# enable refuses with the words that check has.
reason=$(notes 127.0.0.0/8:20-25 | cut -d '|' -f 4)
"$unhairpin" kernel enable -c all.conf "$cgroup" >out 2>err
is "enable refuses the same" "1 1" "$? $(grep -c -F "${reason#this route }" err)"

check -c all.conf
is "the table" "20 1" "$(wc -l <out) $(grep -c "^ROUTE  *KERNEL  *TARGET  *FILE:LINE  *NOTE$" out)"
check -c all.conf --noheadings
is "the table without headings" "19" "$(wc -l <out)"
printf 'route "203.0.113.1:443" { to = "127.0.0.1:8443" }\nroute "203.0.113.2" { to = "direct" }\n' >good.conf
check -c good.conf --noheadings -m 203.0.113.3=127.0.0.1
is "all carried" "0 3" "$? $(wc -l <out)"

# Sixteen routes with users do not fit before one for everyone.
for i in {1..16}; do
	echo "route \"203.0.113.1:$((100 - i))-$((100 + i))\" { to = \"127.0.0.1\" users = \"$i\" }"
done >many.conf
echo "route \"203.0.113.1\" { to = \"127.0.0.1\" }" >>many.conf
check -c many.conf --noheadings
is "too many routes with users" "1 2" "$? $(grep -c 'more than 15 routes with "users"' out)"
sed -i 1d many.conf
check -c many.conf
is "as many routes with users as fit" 0 "$?"

# Faults.
echo 'route "203.0.113.1" { to = "203.0.113.1" }' >loop.conf
check -c loop.conf
is "a loop" "2 1" "$? $(grep -c "loop.conf:1:7: .*itself routed" err)"
printf '\nroute "203.0.113.1" { too = "127.0.0.1" }\n' >bad.conf
check -c bad.conf
is "a fault in the configuration" "2 1" "$? $(grep -c "bad.conf:2:[0-9]*: " err)"
check -c none.conf
is "no such file" "2 1" "$? $(grep -c none.conf err)"
check -c good.conf extra
is "wrong use" "2 1" "$? $(grep -c "unexpected 'extra'" err)"

# lacks NAME FEATURE TEXT COMMAND…: exit status 1, the routes, and what is missing, as text and as JSON.
lacks() {
	local name=$1 feature=$2 text=$3
	shift 3
	"$@" "$unhairpin" kernel check -c "$UH_TMP/good.conf" >out 2>err
	is "$name" "1 3 1" "$? $(grep -c "^ROUTE\|carried\|exception" out) $(tail -n +4 out | grep -c -F -- "$text")"
	"$@" "$unhairpin" kernel check --json -c "$UH_TMP/good.conf" >out 2>err
	is "$name, JSON" 1 "$(grep -F "\"feature\":\"$feature\"" out | grep -F '"state":"missing"' | grep -c -F -- "$text")"
	"$python" -c 'import json, sys; [json.loads(line) for line in open("out")]' || fail "$name, JSON" "not valid"
}

install -m 755 "$unhairpin" "$UH_TMP/lib/unhairpin" && unhairpin=$UH_TMP/lib/unhairpin
lacks "no bpffs" file-system "mount -t bpf bpf" unshare -m sh -c 'umount /sys/fs/bpf && exec "$@"' sh
# Bound mounts of directories of the hierarchy count as well; a bare /proc/self/mounts has neither.
lacks "no cgroup2" cgroups "mount -t cgroup2" unshare -m sh -c \
	'awk "\$3 == \"cgroup2\" { print \$2 }" /proc/self/mounts | tac | while read -r at; do umount -l "$at"; done; exec "$@"' sh
lacks "another user" rights "may not use BPF" setpriv --reuid 65534 --regid 65534 --clear-groups
lacks "root without rights" rights "may not use BPF" setpriv --bounding-set -bpf,-sys_admin
lacks "a seccomp filter" system-call "no bpf(2)" "$python" "$here/without_bpf.py"

# A build without clang contains an empty object. Only the command is linked again.
if ! have make || [ ! -f "$root/Makefile" ]; then
	skip "built without clang" "no make here"
else
	mkdir build && cp -a "$UH_BUILD/." build && rm build/bpf/*
	if make -C "$root" BPF_CLANG= BUILD="$UH_TMP/build" "$UH_TMP/build/unhairpin" >make.out 2>&1; then
		unhairpin=$UH_TMP/build/unhairpin
		lacks "built without clang" programs "built without clang" env
		"$unhairpin" kernel enable -c good.conf "$cgroup" >out 2>err
		is "built without clang, enable" "1 1" "$? $(grep -c "built without clang" err)"
	else
		fail "built without clang" "$(tail -3 make.out)"
	fi
fi

finish
