#!/bin/bash
# SPDX-License-Identifier: MIT
# %p and %a in Unix targets, and the target "refuse": real programs, and what each subcommand says.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

[ -x "$python" ] || skip_all targets "no python3 here"
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
mkdir app
write_routes

cat >range.conf <<END
log_to = "$UH_TMP/log"
log = "debug"
route "$public:8000-8009" { to = "unix:$UH_TMP/app/%p.sock" on_failure = "refuse" }
route "$public:8005" { to = "refuse" }
route "203.0.113.0/24:9" { to = "unix:@app-%a-%p" on_failure = "refuse" }
route "203.0.113.9" { to = "refuse" protocol = "any" }
route "fence.example.com" { to = "refuse" }
END

# An HTTP server on each socket, which answers with the last part of its own name.
start_server sockets "$python" -c 'import socketserver, sys, http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        word = self.server.server_address.split("/")[-1] if isinstance(self.server.server_address, str) else self.server.server_address[1:].decode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(word.encode())
    def log_message(self, *arguments): pass
    def address_string(self): return "unix"
servers = [socketserver.ThreadingUnixStreamServer(name.replace("@", "\0"), Handler) for name in sys.argv[1:]]
for server in servers: threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)' app/8001.sock app/8002.sock @app-203.0.113.7-9
wait_for test -S app/8002.sock

# Programs
# -------------------------------------------------------------------------------------------
said() {
	run range curl -sS --max-time 10 "$1"
	cat "$UH_TMP/out.range" "$UH_TMP/err.range"
}

is "curl: the first socket" 8001.sock "$(said "http://$public:8001/")"
is "curl: the second socket" 8002.sock "$(said "http://$public:8002/")"
is "curl: both over one command" 8001.sock8002.sock "$(run range curl -sS "http://$public:8001/" "http://$public:8002/" && cat out.range)"
is "curl: a socket that is missing" 1 "$(said "http://$public:8003/" | grep -c -E "Failed to connect|refused")"
is "curl: an exception" 1 "$(said "http://$public:8005/" | grep -c -E "Failed to connect|refused")"
is "curl: an abstract name" app-203.0.113.7-9 "$(said "http://203.0.113.7:9/")"
is "the log names the socket" 1 "$(grep -c "$public:8001 goes to unix:$UH_TMP/app/8001.sock" log | sed 's/[1-9].*/1/')"
is "the log names the socket that is missing" 1 "$(grep -c "unix:$UH_TMP/app/8003.sock does not answer: no such socket" log)"
is "the log says what is refused" 1 "$(grep -c "$public:8005 is refused (.*range.conf:4)" log)"
is "from the environment" 8002.sock "$(LD_PRELOAD=$object UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$public:8000-8099=unix:$UH_TMP/app/%p.sock" curl -sS "http://$public:8002/")"
is "run -m" 8001.sock "$(UNHAIRPIN_CONF=/dev/null "$uh" run -m "$public:8000-8099=unix:$UH_TMP/app/%p.sock" -- curl -sS "http://$public:8001/")"

# tries WORD ADDRESS PORT: the errno of what Python does.
tries() {
	run range "$python" -c 'import errno, socket, sys
word, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family, kind, _, _, address = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM if word == "udp" else socket.SOCK_STREAM)[0]
sock = socket.socket(family, kind)
if word == "nonblocking": sock.setblocking(False)
try:
    if word == "fastopen": sock.sendto(b"x", socket.MSG_FASTOPEN, address)
    else: sock.connect(address)
    print("connected")
except OSError as error:
    print(errno.errorcode[error.errno])' "$@"
	cat out.range err.range
}

is "refuse: a blocking socket" ECONNREFUSED "$(tries blocking 203.0.113.9 1)"
is "refuse: a non-blocking socket" ECONNREFUSED "$(tries nonblocking 203.0.113.9 1)"
is "refuse: Fast Open" ECONNREFUSED "$(tries fastopen 203.0.113.9 1)"
is "refuse: a datagram socket" EPERM "$(tries udp 203.0.113.9 1)"
is "refuse: a name, which DNS is not asked for" ECONNREFUSED "$(tries blocking fence.example.com 443)"
if have strace; then
	launch_as range
	"${launcher[@]}" strace -o calls -e trace=connect,sendto,sendmsg "$python" -c 'import socket
try: socket.create_connection(("203.0.113.9", 1))
except OSError: pass'
	is "refuse: no system call to the network" 0 "$(grep -c -E "AF_INET|203" calls)"
else
	skip "refuse: no system call to the network" "no strace"
fi

# Subcommands
# -------------------------------------------------------------------------------------------
looked_up() {
	"$uh" lookup -c range.conf "$@" | grep -E ' (to|on_failure) ' | sed 's/^[^ ]* *//' | paste -sd '|'
}

member() {
	"$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1"
}

is "lookup: the path" "to unix:$UH_TMP/app/8004.sock|on_failure refuse" "$(looked_up "$public:8004")"
is "lookup: the address" "to unix:@app-203.0.113.77-9|on_failure refuse" "$(looked_up 203.0.113.77:9)"
is "lookup: refused" "to refuse  (connecting fails with ECONNREFUSED)|on_failure does not apply: no target is tried" \
	"$(looked_up "$public:8005")"
is "lookup: refused, udp" "to refuse  (connecting fails with EPERM)|on_failure does not apply: no target is tried" \
	"$(looked_up -p udp 203.0.113.9:1)"
"$uh" lookup -c range.conf "$public:8005" >/dev/null
is "lookup: refused is routed" 0 $?
is "lookup --json: the path" "['unix:$UH_TMP/app/8004.sock']" "$("$uh" lookup --json -c range.conf "$public:8004" | member targets)"
is "lookup --json: refused" "refused ['refuse'] None" \
	"$(for key in goes_to targets on_failure; do "$uh" lookup --json -c range.conf "$public:8005" | member $key; done | paste -sd ' ')"
is "lookup: a refused name" "fence.example.com:1  answered with STAND-INS; DNS is not asked" \
	"$("$uh" lookup -c range.conf fence.example.com:1 | sed -n '1s/with .*; /with STAND-INS; /p')"
is "lookup: a percent sign" "to unix:/run/50%" "$("$uh" lookup -m "$public:1=unix:/run/50%%" "$public:1" | grep -o 'to unix.*')"
of_name=$("$uh" lookup -m "a.example.com:1=unix:/run/%a" a.example.com:1 2>/dev/null)
is "lookup: %a of a name is its stand-in" "to unix:/run/$(sed -n 's/.*answered with \([0-9.]*\) or .*/\1/p' <<<"$of_name")" \
	"$(grep -o 'to unix.*' <<<"$of_name")"

probed() {
	"$uh" probe -c range.conf "$@" 2>&1 | sed -E 's/ +/ /g; s/ [0-9]+ us.*//'
}

is "probe: the first port of a range" "203.0.113.1:8000-8009 unix:$UH_TMP/app/8000.sock No such file or directory" \
	"$(probed "$public:8000-8009" | sed 's/ *tried at.*//')"
is "probe: one port" "203.0.113.1:8001 unix:$UH_TMP/app/8001.sock answers" "$(probed "$public:8001" | sed 's/^[^ ]*/203.0.113.1:8001/')"
is "probe: refused" "203.0.113.9 refuse not tried: connections are refused" "$(probed 203.0.113.9)"
is "probe: many addresses" "203.0.113.0/24:9 unix:@app-%a-%p not tried: a route for many addresses; give ADDRESS:PORT" \
	"$(probed 203.0.113.0/24:9)"
is "probe: an address of them" "unix:@app-203.0.113.7-9 answers" "$(probed 203.0.113.7:9 | cut -d ' ' -f 2-)"
is "probe: any port" "unix:/run/%p not tried: a route for any port; give ADDRESS:PORT" \
	"$("$uh" probe -m "$public=unix:/run/%p" | sed -E 's/^[^ ]* +//; s/ +/ /g')"

# wrong TEXT DESTINATION TARGET: what check says of a route.
checked() {
	printf '# one line\nroute "%s" { to = %s }\n' "$1" "$2" >one.conf
	"$uh" check one.conf 2>&1 | grep -v 'can write to\|any user can listen'
}

is "check: a bare percent sign" 'one.conf:2:30: "unix:/run/50%.sock" has a % that begins none of %p, %a and %%; expected %% for a percent sign' \
	"$(checked "$public:1" '"unix:/run/50%.sock"' | head -n 1)"
long=unix:/$(printf '%0102d' 0)%p
is "check: too long for some port" 'gives paths of up to 108 bytes; expected at most 107' \
	"$(checked "$public:1-10000" "\"$long\"" | sed -n '1s/^one.conf:2:[0-9]*: .*… //p')"
is "check: long enough" 0 "$(checked "$public:1-9999" "\"$long\"" | grep -c 'up to')"
is "check: refuse is alone" 'one.conf:2:7: "refuse" beside other targets; expected "refuse" alone' \
	"$(checked "$public:1" '{"192.168.1.20", "refuse"}' | head -n 1)"
is "check: %a of a name" "one.conf:2:7: warning: %a in a route for a name is the name's stand-in address; expected a path without %a" \
	"$(checked a.example.com:1 '"unix:/run/%a"' | head -n 1)"
mkdir -m 777 open
is "check: a directory before %p" 1 "$(printf 'route "%s:1-9" { to = "unix:%s/%%p/x" }\n' "$public" "$UH_TMP/open" >open.conf
	"$uh" check open.conf 2>&1 | grep -c "any user can write to $UH_TMP.* and so replace unix:$UH_TMP/open/%p/x\|any user can write to /tmp and")"
is "check: nothing is missing" 0 "$("$uh" check range.conf 2>&1 | grep -c '%p.*missing\|does not exist')"

# of_unit PATTERN ROUTES: what doctor says of a unit with these routes and matches.
of_unit() {
	printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 1' "Environment=\"UNHAIRPIN_ROUTES=$2\"" >app.service
	"$uh" doctor ./app.service 2>&1 | grep -v ^verdict | grep -o "$1" | paste -sd ' '
}

is "doctor: the sockets of a short range" "app/7999.sock app/8000.sock app/8003.sock" \
	"$(of_unit 'app/[0-9]*.sock: does not exist' "$public:7999-8003=unix:$UH_TMP/app/%%p.sock" | sed 's/: does not exist//g')"
is "doctor: not those of a long one" "" "$(of_unit '.*does not exist.*' "$public:7999-8099=unix:$UH_TMP/app/%%p.sock")"
is "doctor: not those of many addresses" "" "$(of_unit '.*does not exist.*' "203.0.113.0/24:1=unix:$UH_TMP/app/%%a.sock")"
is "doctor: systemd's own specifier" "Environment= has %p, which systemd itself replaces; write %%p" \
	"$(of_unit 'Environment= has.*' "$public:1-9=unix:/run/%p.sock")"
is "doctor: a doubled percent sign" "" "$(of_unit 'Environment= has.*\|.*%p.*' "$public:1-9=unix:/run/%%p.sock")"

traced() {
	timeout 30 "$uh" trace -o trace.out -c range.conf -- curl -sS --max-time 5 "$1" >/dev/null 2>&1 </dev/null
	"$python" -c 'import json
event = [json.loads(line) for line in open("trace.out")][1]
print(event.get("route"), event.get("target"), event.get("result"))'
}

is "trace: the socket" "$public:8000-8009 unix:$UH_TMP/app/8001.sock ok" "$(traced "http://$public:8001/")"
is "trace: a refusal" "$public:8005 refuse ECONNREFUSED" "$(traced "http://$public:8005/")"

timeout 30 "$uh" trace -o trace.out -c range.conf -- "$python" -c 'import socket
try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.9", 9))
except PermissionError: pass' >out 2>&1
is "trace: a refused datagram" "203.0.113.9 refuse EPERM" "$("$python" -c 'import json
event = [json.loads(line) for line in open("trace.out")][1]
print(event["route"], event["target"], event["result"])')"

mkdir -m 1777 counters
UNHAIRPIN_STATS=$UH_TMP/counters run range curl -sS "http://$public:8005/"
is "stats: a refusal" "1 0 {'ECONNREFUSED': 1}" "$(UNHAIRPIN_STATS=$UH_TMP/counters "$uh" stats --json | "$python" -c 'import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["route"].endswith(":8005"): print(row["connections"], row["fallbacks"], row["failures"])')"
finish
