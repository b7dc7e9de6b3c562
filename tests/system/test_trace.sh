#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin trace: each connection of a command and its children is told of, and nothing else changes.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

[ -x "$python" ] || skip_all trace "no python3 here"
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
unhairpin=$UH_TMP/lib/unhairpin
client=$clients/trace_client.py
export UNHAIRPIN_CONF=/dev/null
write_routes
start_nginx

# traced OPTION… -- COMMAND…: leaves what was written in out, err and status.
traced() {
	timeout -k 1 60 "$unhairpin" trace "$@" >"$UH_TMP/out" 2>"$UH_TMP/err" </dev/null
	echo $? >"$UH_TMP/status"
}

# of EXPRESSION [FILE]: what a Python expression makes of the trace's events, which are e, and its header h.
of() {
	"$python" -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
h, e = lines[0], lines[1:]
assert h["unhairpin_trace"] == 1
print(eval(sys.argv[1]))' "$1" "${2:-$UH_TMP/out}"
}

traced --json -m "$public:80=unix:$UH_TMP/nginx.sock" -- curl -sS "http://$public/who"
is "json: the command's output is on stderr" unhairpin "$(cat "$UH_TMP/err")"
is "json: header" "['curl', '-sS', 'http://$public/who'] $(uname -n) $("$UH_BUILD/unhairpin" --version | cut -d " " -f 2)" \
	"$(of '"%s %s %s" % (h["command"], h["host"], h["version"])')"
is "json: time of the start" True "$(of '__import__("re").fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", h["started"]) is not None')"
is "json: a routed connection" "1 $(realpath "$(command -v curl)") $public 80 tcp ok $public:80 UNHAIRPIN_ROUTES:1 unix:$UH_TMP/nginx.sock" \
	"$(of '" ".join(str(x) for x in [len(e)] + [e[0][k] for k in "program address port protocol result route place target".split()])')"
is "json: user, process and times" True \
	"$(of 'e[0]["user"] == '"$(id -u)"' and e[0]["pid"] > 0 and 0 < e[0]["time"] < 60 and 0 < e[0]["microseconds"] < 6e7')"
is "json: no name where none was asked for" False "$(of '"name" in e[0]')"

traced -o "$UH_TMP/file" -c "$UH_TMP/routed.conf" -- sh -c "curl -sS http://$public/who; curl -sS http://$public:8001/who; wget -q -O - http://$public:84/who"
is "children: each has its own program" "curl curl wget" \
	"$(of '" ".join(x["program"].split("/")[-1] for x in e)' "$UH_TMP/file")"
is "children: which way each went" "nginx.sock None $near:8081" \
	"$(of '" ".join(str(x.get("target")).split("/")[-1] for x in e)' "$UH_TMP/file")"
is "children: standard output is theirs" "unhairpin decoy unhairpin" "$(xargs <"$UH_TMP/out")"
is "table: a line of titles, three rows and a sum" 5 "$(wc -l <"$UH_TMP/err")"
is "table: the sum" "3 connections: 2 routed, 1 to where the program asked; 0 failed" "$(tail -n 1 "$UH_TMP/err")"
is "table: no colours in a file" 0 "$(grep -c $'\033' "$UH_TMP/err")"
traced --noheadings -m "$public:80=unix:$UH_TMP/nginx.sock" -- curl -sS -o /dev/null "http://$public/who"
is "table: without titles a row and the sum" "2 -" "$(wc -l <"$UH_TMP/err") $(head -c 1 "$UH_TMP/err")"

# On a terminal there are colours, unless NO_COLOR asks for none.
on_terminal() {
	"$python" -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$@" </dev/null
}
colours() {
	on_terminal env TERM=xterm "$@" "$unhairpin" trace -m "$public:80=unix:$UH_TMP/nginx.sock" -- \
		curl -sS -o /dev/null "http://$public/who" | grep -c $'\033'
}
is "table: colours on a terminal" 2 "$(colours)"
is "table: NO_COLOR" 0 "$(colours NO_COLOR=1)"
is "table: an empty NO_COLOR is none" 2 "$(colours NO_COLOR=)"

traced -f -- curl -sS "http://$public/who"
is "follow: a line beside the table" 1 "$(grep -c -E "^ +[0-9.]+  $public:80 tcp (ok|EINPROGRESS) [0-9.]+ ms  curl\[[0-9]+\]$" "$UH_TMP/err")"
if have strace; then
	traced_calls() {
		strace -s 400 -o "$UH_TMP/calls" -e trace=write "$UH_TMP/lib/unhairpin" trace "$@" >/dev/null 2>&1
		grep -c -E '^write\(2, " +[0-9.]+  .*\]\\n"' "$UH_TMP/calls"
	}
	is "follow: a line is one write" 1 "$(traced_calls -f -- curl -sS "http://$public/who")"
else
	skip "follow: a line is one write" "no strace"
fi

traced --csv -m "$public:80=unix:$UH_TMP/nginx.sock" -- "$python" "$client" "$public" 80 threads 2
is "csv: one row, read by a reader of CSV" "$public 80 tcp 64 0 unix:$UH_TMP/nginx.sock" \
	"$("$python" -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert len(rows) == 1
print(*(rows[0][k] for k in "address port protocol connections failed target".split()))' "$UH_TMP/out")"
is "csv: lines end as RFC 4180 has it" 2 "$(grep -c $'\r$' "$UH_TMP/out")"
traced --csv --noheadings -- curl -sS -o /dev/null "http://$public/who"
is "csv: without titles one line" 1 "$(wc -l <"$UH_TMP/out")"

traced --html="$UH_TMP/page.html" -m "$public:80=unix:$UH_TMP/nginx.sock" -- curl -s "http://$public/who"
is "html: the command's output is its own" unhairpin "$(cat "$UH_TMP/out")"
is "html: the page has the destination" yes "$(grep -q "$public:80" "$UH_TMP/page.html" && echo yes)"
is "html: the page is whole" "</html>" "$(tail -n 1 "$UH_TMP/page.html")"

# As many as there are, from wherever they are made.
traced --json -- "$python" "$client" "$public" 80 threads 100
is "threads: 3200 connections" "3200 {'ok'}" "$(of '"%d %s" % (len(e), set(x["result"] for x in e))')"
traced --json -m "$public:80=unix:$UH_TMP/nginx.sock" -- "$python" "$client" "$public" 80 forks 100
is "forks: 800 connections of 8 processes" "800 8" "$(of '"%d %d" % (len(e), len(set(x["pid"] for x in e)))')"
traced --json -- "$python" "$client" "$public" 80 open
is "fast open: two" 2 "$(of 'len(e)')"
traced --json -m "$public:80=unix:$UH_TMP/nginx.sock" -- "$python" "$client" "$public" 80 open
is "fast open: two that are routed" 2 "$(of 'sum("target" in x for x in e)')"
traced --json -- "$python" "$client" "$public" 80 udp
is "udp" "1 udp" "$(of '"%d %s" % (len(e), e[0]["protocol"])')"
# Datagrams with an address are counted by destination: the first port has a route, the second has not.
echo "route \"$public:5300\" { to = \"$near:5353\"  protocol = \"udp\" }" >"$UH_TMP/datagrams.conf"
traced --json -c "$UH_TMP/datagrams.conf" -- "$python" "$client" "$public" 5300 datagrams 1000
is "datagrams: an object for each destination and result" "5300 1000 ok $near:5353; 5301 1000 ok None; 5300 1 EMSGSIZE $near:5353" \
	"$(of '"; ".join("%d %d %s %s" % (x["port"], x["datagrams"], x["result"], x.get("target")) for x in e)')"
is "datagrams: the members of one" "time pid program user address port protocol datagrams result route place target" \
	"$(of '" ".join(e[0])')"
traced -f -c "$UH_TMP/datagrams.conf" -- "$python" "$client" "$public" 5300 datagrams 1000
is "datagrams: a line each when the first is sent" "$public:5300 udp ok (first datagram) to $near:5353,$public:5301 udp ok (first datagram),$public:5300 udp EMSGSIZE (first datagram) to $near:5353" \
	"$(sed -n 's/^ *[0-9.]*  \(203.*)[^[]*\)  python[0-9.]*\[[0-9]*\]$/\1/p' "$UH_TMP/err" | paste -sd ,)"
is "datagrams: rows" "- $public:5300 udp 1001 datagrams - - 1 EMSGSIZE - $near:5353|- $public:5301 udp 1000 datagrams - - - - -" \
	"$(sed -n 's/ *[^ ]* *python[0-9.]*$//; s/  */ /g; /^- /p' "$UH_TMP/err" | paste -sd '|')"
is "datagrams: the sums" "0 connections: 0 routed, 0 to where the program asked; 0 failed|2001 datagrams: 1001 routed, 1000 to where the program asked; 1 failed" \
	"$(tail -n 2 "$UH_TMP/err" | paste -sd '|')"
traced --csv --noheadings -c "$UH_TMP/datagrams.conf" -- "$python" "$client" "$public" 5300 datagrams 10
is "datagrams: csv" "$public,5300,udp,0,,,1,1 EMSGSIZE,0,11" "$(sed -n 's/^,//; /,5300,/s/,[^,]*,[^,]*,[^,]*,[^,]*\(,0,11\)\r$/\1/p' "$UH_TMP/out")"
traced -o "$UH_TMP/file" -- "$python" "$client" "$public" 5300 children 600
is "datagrams: a child counts its own" "600 600 True" \
	"$(of '"%d %d %s" % (e[0]["datagrams"], e[1]["datagrams"], e[0]["pid"] != e[1]["pid"])' "$UH_TMP/file")"
cat >>"$UH_TMP/datagrams.conf" <<-END
	route "$public:5302" { to = "refuse"  protocol = "udp" }
	route "localhost:5303" { to = "$near:5353"  protocol = "udp" }
END
traced --json -c "$UH_TMP/datagrams.conf" -- "$python" -c 'import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5):
    try:
        sender.sendto(b"x", (sys.argv[1], 5302))
    except PermissionError:
        pass
found = socket.getaddrinfo("localhost", 5303, socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5):
    sender.sendto(b"x", found[0][4])' "$public"
is "datagrams: a refusal, and a name" "5302 5 EPERM $public:5302 None refuse; 5303 5 ok localhost:5303 localhost $near:5353" \
	"$(of '"; ".join("%d %d %s %s %s %s" % (x["port"], x["datagrams"], x["result"], x["route"], x.get("name"), x.get("target")) for x in e)')"
traced --json -- "$python" "$client" "$public" 5300 confined 500
is "datagrams: those before a program confines itself" "500 1" "$(of '"%d %d" % (e[0]["datagrams"], len(e))')"
traced --html="$UH_TMP/page.html" -- "$python" "$client" "$public" 5300 datagrams 10
is "datagrams: the page has the destination" 1 "$(grep -c "\"destination\":\"$public:5301\",\"protocol\":\"udp\",\"connections\":0,\"datagrams\":10," "$UH_TMP/page.html")"
is "datagrams: suggest has no route" "#   no route: only TCP services can be probed" \
	"$("$unhairpin" suggest -c /dev/null --public "$public" "$UH_TMP/file" 2>&1 | grep 'route:')"

traced --json -- "$python" "$client" "$public" 7777 refused
is "refused: blocking, and not, where nobody asks why" "ECONNREFUSED failed" "$(of '" ".join(x["result"] for x in e)')"
traced -- "$python" "$client" "$public" 7777 refused
is "refused: counted" 1 "$(grep -c '1 ECONNREFUSED, 1 failed' "$UH_TMP/err")"
is "refused: counted in the sum" 1 "$(grep -c '; 2 failed$' "$UH_TMP/err")"
traced --json -- "$python" "$client" "$public" 80 again
is "a connection that is asked about again is one" 1 "$(of 'len(e)')"
traced --json -m "$public:80=unix:$UH_TMP/nginx.sock" -- "$python" "$client" "$public" 80 again
is "a non-blocking connection to a Unix socket has been made" "ok unix:$UH_TMP/nginx.sock True" \
	"$(of '" ".join(str(x) for y in e for x in (y["result"], y["target"], y["microseconds"] > 0))')"
traced --json -- "$python" "$client" "$public" 7777 crowd 50
is "threads: another one than began it is told why" "400 {'ECONNREFUSED'} True" \
	"$(of '"%d %s %s" % (len(e), set(x["result"] for x in e), all(x["microseconds"] > 0 for x in e))')"
traced --json -- "$python" "$client" "$public" 7777 race 50
is "threads: another one may be told why first" "400 {'ECONNREFUSED'} True" \
	"$(of '"%d %s %s" % (len(e), set(x["result"] for x in e), all(x["microseconds"] > 0 for x in e))')"
traced --json -- "$python" "$client" "$public" 80 crowd 50
is "threads: non-blocking, made" "400 {'ok'} True" \
	"$(of '"%d %s %s" % (len(e), set(x["result"] for x in e), all(x["microseconds"] > 0 for x in e))')"
traced --json -- curl -sS "http://$public:7777/"
is "curl: refused" "ECONNREFUSED True" "$(of '" ".join(str(x) for y in e for x in (y["result"], y["microseconds"] > 0))')"
traced --json -- "$python" -c 'import asyncio, sys
try:
    asyncio.run(asyncio.open_connection(sys.argv[1], 7777))
except ConnectionRefusedError:
    print("refused")' "$public"
is "asyncio: refused" "refused ECONNREFUSED" "$(cat "$UH_TMP/err") $(of '" ".join(x["result"] for x in e)')"

# Connections whose outcome is known only after their call has returned.
later=$clients/trace_later.py
# later CASE…: results with their times (as the kernel asks again after a second), those to 127.0.0.1 alone.
later() {
	traced --json -- "$python" "$later" "$@"
	of '" ".join("%s:%s" % (x["result"], ("late" if x["microseconds"] > 5e5 else "soon") if "microseconds" in x else "-")
		for x in sorted(e, key=lambda x: x["time"]) if x["address"] == "127.0.0.1")'
}
is "later: made" "ok:late ok:late ok:late ok:late ok:late ok:late ok:late" \
	"$(later made-signal made-ask made-again made-peer made-sendmsg made-thread made-timeout)"
is "later: refused" "ECONNREFUSED:late ECONNREFUSED:late ECONNREFUSED:late ECONNREFUSED:late ECONNREFUSED:late ECONNREFUSED:late" \
	"$(later refused-signal refused-ask refused-again refused-sendmsg refused-thread refused-timeout)"
is "later: a child, another program, another number are told" "ECONNREFUSED:late ok:late ECONNREFUSED:late ok:late ECONNREFUSED:late ok:late" \
	"$(later refused-fork made-fork refused-exec made-exec refused-pass_on made-pass_on)"
is "later: not asked: seen when it is closed, or the program ends" "failed:- ok:- failed:- ok:-" \
	"$(later refused-write made-write refused-exit made-exit)"
is "later: not asked: seen when another takes its number" "failed:- ok:- failed:- ok:-" \
	"$(later refused-dup2 made-dup2 refused-dup3 made-dup3)"
if [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt 5000 ]; then
	is "later: two numbers that are 4096 apart" "ok:late ok:late" "$(later made-apart)"
else
	skip "later: numbers that are far apart" "needs more descriptors"
fi
if "$python" -c 'import ctypes; ctypes.CDLL(None).close_range' 2>/dev/null; then
	is "later: not asked: seen when a range of numbers is closed" "failed:- ok:-" "$(later refused-range made-range)"
else
	skip "close_range" "libc has none"
fi
is "never learnt: closed, the number used again, given up" "unknown:- unknown:- unknown:-" \
	"$(later never-close never-reuse never-unspec)"
traced --csv -- "$python" "$later" never-close made-ask refused-ask refused-exit
is "never learnt: counted in a column of its own" "1 ok 0 0; 1 ok 0 0; 1 ok 0 0; 1 ok 0 0; 1 - 0 1; 1 ok 0 0; 1 ok 1 0; 1 - 1 0" \
	"$("$python" -c 'import csv, sys
print("; ".join(" ".join((x["connections"], "ok" if x["median_microseconds"] and x["p99_microseconds"] else "-", x["failed"], x["unknown"]))
	for x in sorted(csv.DictReader(open(sys.argv[1], newline="")), key=lambda x: x["address"] != "127.0.0.2")))' "$UH_TMP/out")"
traced -f -- "$python" "$later" never-close
is "never learnt: told at the end" 1 "$(grep -c -E '^ +[0-9.]+  127\.0\.0\.1:[0-9]+ tcp unknown  [^ ]*\[[0-9]+\]$' "$UH_TMP/err")"
is "never learnt: neither failed nor 0 ms" "1 - - - 1" \
	"$(awk '$1 == "-" && $2 ~ /^127\.0\.0\.1:/ { print $4, $5, $6, $7, $8 }' "$UH_TMP/err")"
is "never learnt: the sum" "2 connections: 0 routed, 2 to where the program asked; 0 failed, 1 unknown" "$(tail -n 1 "$UH_TMP/err")"
traced --json -m "$public:80=unix:@nobody" -- "$python" "$client" "$public" 80 threads 1
is "no target answers: the route, and no target" "32 {('$public:80', None, 'ok')}" \
	"$(of '"%d %s" % (len(e), set((x.get("route"), x.get("target"), x["result"]) for x in e))')"
traced --json -m "$public:80=unix:$UH_TMP/nginx.sock" -- env UNHAIRPIN=off "$python" "$client" "$public" 80 udp
is "UNHAIRPIN=off: traced, not routed" "1 False" "$(of '"%d %s" % (len(e), "route" in e[0])')"

# After it has given up its rights a program is not to be surprised by a system call.
traced --json -- "$python" "$client" "$public" 80 seccomp
is "confined: no more is told" 1 "$(of 'len(e)')"

# Names.
if is_root; then
	mkdir "$UH_TMP/etc"
	printf '%s\n' "127.0.0.1 localhost" "$public one.example.com" "$near two.example.com" \
		"$public three.example.com" >"$UH_TMP/etc/hosts"
	printf 'hosts: files\n' >"$UH_TMP/etc/nsswitch.conf"
	ip addr add 203.0.113.2/32 dev lo
	timeout 60 "$here/with_etc.sh" "$UH_TMP/etc" "$unhairpin" trace --json \
		-m "three.example.com:80=unix:$UH_TMP/nginx.sock" -- \
		"$python" "$client" "$public" 80 names >"$UH_TMP/out" 2>"$UH_TMP/err"
	is "names: asked of getaddrinfo, and routed; none for a number" \
		"$public one.example.com|240. three.example.com|203.0.113.2 None" \
		"$(of '"|".join("%s %s" % (x["address"] if x["address"][0] != "2" or x["address"][1] == "0" else "240.", x.get("name")) for x in e)')"
	timeout 60 "$here/with_etc.sh" "$UH_TMP/etc" "$unhairpin" trace --json -- \
		curl -sS "http://two.example.com:8081/who" >"$UH_TMP/out" 2>"$UH_TMP/err"
	is "names: curl" "unhairpin two.example.com $near" \
		"$(cat "$UH_TMP/err") $(of '"%s %s" % (e[0]["name"], e[0]["address"])')"
else
	skip "names" "needs root"
fi

# Programs with more rights than their caller don't look at the environment.
if is_root; then
	install -m 4755 "$(realpath "$(command -v curl)")" "$UH_TMP/setuid_curl"
	chmod 755 "$UH_TMP/lib"
	mkdir -p "$UH_TMP/etc.secure"
	echo "$object" >"$UH_TMP/etc.secure/ld.so.preload"
	traced --json -- setpriv --reuid=65534 --clear-groups "$here/with_etc.sh" "$UH_TMP/etc.secure" true
	timeout 60 "$here/with_etc.sh" "$UH_TMP/etc.secure" "$unhairpin" trace --json -- \
		setpriv --reuid=65534 --regid=65534 --clear-groups sh -c \
		"curl -sS http://$public/who; $UH_TMP/setuid_curl -sS http://$public/who" >"$UH_TMP/out" 2>"$UH_TMP/err"
	is "setuid: both connect, one is told of, and by another user" "decoy decoy 1 65534" \
		"$(xargs <"$UH_TMP/err") $(of '"%d %d" % (len(e), e[0]["user"])')"
else
	skip "setuid" "needs root"
fi

# A server: its workers are another user, and each request makes a connection.
configure_proxy off "$worker"
"$unhairpin" trace -o "$UH_TMP/file" -m "$public:80=unix:$UH_TMP/nginx.sock" -- \
	nginx -e stderr -c "$UH_TMP/proxy/nginx.conf" >"$UH_TMP/out" 2>"$UH_TMP/err" &
tracer=$!
wait_for answers http://127.0.0.1:9000/who
curl -sS --parallel --parallel-max 20 "http://127.0.0.1:9000/who?[1-500]" >/dev/null 2>&1
kill -TERM "$tracer"
wait "$tracer"
is "nginx: ends in peace when the trace is told to" 0 $?
is "nginx: each request of its workers" "501 True" \
	"$(of '"%d %s" % (len(e), all("target" in x for x in e))' "$UH_TMP/file")"
if is_root; then number=$(id -u nobody); else number=$(id -u); fi
is "nginx: the workers' own user" "$number" "$(of 'set(x["user"] for x in e).pop()' "$UH_TMP/file")"

# How it ends.
for command in "sh -c 'exit 7'" "sh -c 'kill -9 \$\$'" "nonexistent" /etc/passwd; do
	for way in run trace; do
		(
			sh -c "exec $unhairpin $way -- $command" >"$UH_TMP/out" 2>"$UH_TMP/err.$way"
			echo $? >"$UH_TMP/status.$way"
		) 2>/dev/null
	done
	is "status of $command" "$(cat "$UH_TMP/status.run")" "$(cat "$UH_TMP/status.trace")"
done
is "cannot be executed: told as run tells it" "$(cat "$UH_TMP/err.run")" "$(cat "$UH_TMP/err.trace")"

# ended SIGNAL COMMAND…: what a signal to the trace alone makes of it.
ended() {
	local signal=$1
	shift
	rm -f "$UH_TMP/file"
	"$unhairpin" trace -o "$UH_TMP/file" -- "$@" >"$UH_TMP/out" 2>"$UH_TMP/err" &
	tracer=$!
	wait_for grep -q '"port"' "$UH_TMP/file"
	kill "-$signal" "$tracer"
	{ wait "$tracer"; } 2>/dev/null # quiet: bash would tell of the signal
	status=$?
}
waits=(sh -c "curl -sS -o /dev/null http://$public/who; exec sleep 30")
# A shell starts background commands with SIGINT ignored; a child of Python's has it as ever.
ended TERM "${waits[@]}"
is "SIGTERM: the command's end" 143 "$status"
is "SIGTERM: prints what it has" "1 connection: 0 routed, 1 to where the program asked; 0 failed" "$(tail -n 1 "$UH_TMP/err")"
ended HUP "${waits[@]}"
is "SIGHUP: the command's end" 129 "$status"
"$python" - "$unhairpin" "${waits[@]}" >"$UH_TMP/out" 2>"$UH_TMP/err" <<-'END'
	import signal, subprocess, sys, time
	signal.signal(signal.SIGINT, signal.SIG_DFL)
	tracer = subprocess.Popen([sys.argv[1], "trace", "-f", "--", *sys.argv[2:]], stderr=subprocess.PIPE)
	tracer.stderr.readline()
	tracer.send_signal(signal.SIGINT)
	rest = tracer.stderr.read().decode()
	print(tracer.wait(), rest.splitlines()[-1])
END
is "SIGINT: prints what it has" "-2 1 connection: 0 routed, 1 to where the program asked; 0 failed" "$(cat "$UH_TMP/out")"
ended TERM sh -c "trap '' TERM; curl -sS -o /dev/null http://$public/who; kill -TERM \$PPID; sleep 2"
is "a second signal: not waited for any longer" 143 "$status"
is "a second signal: prints what it has" 1 "$(grep -c '^1 connection' "$UH_TMP/err")"

# Whoever doesn't know the key is not heard, and a program outlives its trace.
cat >"$UH_TMP/forge.py" <<-'END'
	import os, socket
	name = os.environ["UNHAIRPIN_TRACE"].split(":")[0]
	for data in (b"", b"x", b"0" * 4000):
	    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as forger:
	        forger.connect("\0" + name[1:])
	        forger.send(data)
END
traced --json -- "$python" "$UH_TMP/forge.py"
is "what has no key is dropped" 0 "$(of 'len(e)')"
traced --json -- sh -c "(sleep 1; curl -sS http://$public/who >$UH_TMP/late) & curl -sS -o /dev/null http://$public/who"
is "a child that outlives the command: traced to its end" 2 "$(of 'len(e)')"
rm -f "$UH_TMP/late"
"$unhairpin" trace --json --seconds=1 -- sh -c "(sleep 2; curl -sS http://$public/who >$UH_TMP/late) & curl -sS -o /dev/null http://$public/who" \
	>"$UH_TMP/out" 2>"$UH_TMP/err"
is "--seconds: the trace ends before the child" "0 1" "$? $(of 'len(e)')"
wait_for test -s "$UH_TMP/late"
is "a child that outlives the trace: connects all the same" decoy "$(cat "$UH_TMP/late")"

# Wrong use.
"$unhairpin" trace 2>"$UH_TMP/err"
is "without a command: status" 125 $?
"$unhairpin" trace --json --csv true 2>"$UH_TMP/err"
is "json and csv at once: status" 125 $?
is "json and csv at once: told" "unhairpin: trace: --json cannot be combined with --csv or -o" "$(head -n 1 "$UH_TMP/err")"
"$unhairpin" trace -o /nonexistent/file true 2>"$UH_TMP/err"
is "a file that can't be written: status" 125 $?
is "a file that can't be written: told" "unhairpin: /nonexistent/file: No such file or directory" "$(cat "$UH_TMP/err")"
"$unhairpin" trace -o /dev/full -- curl -sS -o /dev/null "http://$public/who" 2>"$UH_TMP/err"
is "a full disk: status" 125 $?
is "a full disk: told" "unhairpin: /dev/full: No space left on device" "$(tail -n 1 "$UH_TMP/err")"
for form in --json --csv; do
	"$unhairpin" trace "$form" -- curl -sS -o /dev/null "http://$public/who" 2>"$UH_TMP/err" >/dev/full
	is "$form to a full disk: told" "unhairpin: standard output: No space left on device" "$(tail -n 1 "$UH_TMP/err")"
done
finish
