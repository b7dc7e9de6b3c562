#!/bin/bash
# SPDX-License-Identifier: MIT
# probe from outside: what it connects to, what it says of it, and how it ends.
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1

# A listener on each: a Unix path, one whose backlog is full, an abstract name, and TCP.
"$python" - >"$UH_TMP/listeners.out" <<'END' &
import socket, time
def unix(path, backlog):
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(backlog)
    return s
kept = [unix("here.sock", 9), unix("full.sock", 0), unix("\0there", 9),
        socket.create_server(("192.168.1.20", 8080)), socket.create_server(("203.0.113.1", 8080))]
kept.append(socket.socket(socket.AF_UNIX))
kept[-1].connect("full.sock")
open("ready", "w").close()
time.sleep(60)
END
listener=$!
wait_for test -e ready

cat >probe.conf <<END
route "203.0.113.1:8080" { to = {"unix:$UH_TMP/here.sock", "192.168.1.20"} }
route "203.0.113.2:8080-8090" { to = "192.168.1.20" }
route "203.0.113.0/24:99" { to = "unix:@there" }
END
echo 'route "203.0.113.1:53" { to = "192.168.1.20" protocol = "udp" }' >udp.conf
echo 'frob = 1' >bad.conf
for user in 4711 "$(id -u)"; do
	echo "route \"203.0.113.1:1$user\" { to = \"unix:$UH_TMP/here.sock\" peer_user = \"$user\" }"
done >peer.conf

# probe STATUS ARGUMENT…: its output in $out; false, and reported, for another status.
probe() {
	local expected=$1 status
	shift
	out=$("$uh" probe "$@" 2>&1)
	status=$?
	[ "$status" = "$expected" ] || fail "$name" "status $status, expected $expected: $out"
}

# says NAME STATUS PATTERN ARGUMENT…: the output matches a regular expression.
says() {
	local pattern=$3
	name=$1
	probe "$2" "${@:4}" || return
	if [[ $out =~ $pattern ]]; then
		ok "$name"
	else
		fail "$name" "'$out' does not match '$pattern'"
	fi
}

who="$(id -un), pid $listener"
us=' +[0-9]+ us'
says "each target on a line, with who runs it" 0 \
	"^203.0.113.1:8080 +unix:$UH_TMP/here.sock +answers$us  $who"$'\n'"203.0.113.1:8080 +192.168.1.20:8080 +answers$us"$'\n' -c probe.conf
says "a range's first port, and says so" 0 "192.168.1.20:8080 +answers$us  tried at the first port" \
	-c probe.conf 203.0.113.2:8080-8090
says "the port that is named" 1 "192.168.1.20:8085 +Connection refused" -c probe.conf 203.0.113.2:8085
says "an abstract name" 0 "unix:@there +answers$us  $who" -c probe.conf 203.0.113.7:99
says "the original on request" 0 "203.0.113.1:8080 +answers$us  the original" \
	-c probe.conf --original 203.0.113.1:8080
probe 0 -c probe.conf 203.0.113.1:8080
is "never by default" "" "$(grep original <<<"$out")"
says "a dead original is only shown" 0 "203.0.113.7:99 +Connection refused|unreachable" \
	-c probe.conf --original 203.0.113.7:99
says "a network has no original" 0 "original +not tried: a route for many addresses" \
	-c probe.conf --original 203.0.113.0/24:99
says "a dead path" 1 "unix:/no/such +No such file" -m 203.0.113.1:1=unix:/no/such
says "a full backlog is waited for, to the limit" 1 "full.sock +no answer in time" \
	-m "203.0.113.1:1=unix:$UH_TMP/full.sock" --timeout 50
says "any port" 0 "192.168.1.20 +not tried: a route for any port" -m 203.0.113.9=192.168.1.20
says "any port, one named" 0 "192.168.1.20:8080 +answers" -m 203.0.113.9=192.168.1.20 203.0.113.9:8080
says "run by another than peer_user" 1 "here.sock +answers, not a peer_user$us  $who" -c peer.conf 203.0.113.1:14711
says "run by peer_user" 0 "here.sock +answers$us  $who" -c peer.conf "203.0.113.1:1$(id -u)"
says "direct" 0 "direct +not tried: goes to the address itself" -m 203.0.113.9=direct
says "udp" 0 "not tried: over UDP" -c udp.conf
says "by name" 0 "^api.example.com:80 +192.168.1.20:8080 +answers" -m api.example.com:80=192.168.1.20:8080
says "by a name that a wildcard covers" 0 '^\*.example.com:80 +192.168.1.20:8080' \
	-m '*.example.com:80=192.168.1.20:8080' api.example.com:80
says "the original of a name without an address" 0 "original +not tried: the name has no address" \
	-m api.invalid:80=192.168.1.20:8080 --original
says "no route" 2 "203.0.113.1:1: no route matches" -c probe.conf 203.0.113.1:1
says "not a route" 2 "nonsense/: .*expected" -c probe.conf nonsense/
says "a bad time limit" 2 "--timeout 0: expected milliseconds" --timeout 0
says "a faulty configuration" 2 "bad.conf:1:1: " -c bad.conf

probe 1 -c probe.conf -m "203.0.113.1:1=unix:/no/such" --json --original
is "JSON is a line an attempt" 9 "$("$python" -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert lines[0]["result"] in ("ok", "ENOENT") and lines[0]["place"], lines[0]
print(len(lines))' <<<"$out")"

# With the object in front, as for the whole machine, the original still is the original.
out=$(LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/probe.conf UNHAIRPIN_LOG=debug:$UH_TMP/log \
	"$uh" probe --original 203.0.113.1:8080)
is "it is not intercepted itself" "" "$([ ! -e "$UH_TMP/log" ] || cat "$UH_TMP/log")"
is "and so sees the original" 1 "$(grep -c 'answers.*the original' <<<"$out")"
is "standard output is full" "unhairpin: standard output: No space left on device, 2" \
	"$("$uh" probe -c probe.conf 2>&1 >/dev/full), $?"

# Without its default file a host has lost its routes; a file without routes has lost nothing.
if is_root && mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null; then
	rm -f /etc/unhairpin.conf
	says "no configuration" 2 "^unhairpin: no configuration at /etc/unhairpin.conf$"
	says "no configuration, but a route on the command line" 0 "answers" -m "203.0.113.1:1=unix:$UH_TMP/here.sock"
	UNHAIRPIN_CONF=/nowhere says "no configuration where the variable says" 2 "/nowhere: cannot be opened: No such file"
else
	skip "no configuration" "no overlay over /etc here"
fi
: >empty.conf
says "an empty configuration" 2 "no routes; expected" -c empty.conf
echo 'log = "off"' >none.conf
says "no routes" 0 "^unhairpin: none.conf has no routes$" -c none.conf
kill "$listener"

mkdir switched
echo 'route "203.0.113.1:443" { to = "direct" }' >switched/a.conf
touch switched/unhairpin.off
says "routes that are switched off" 0 "note: routes are switched off by $UH_TMP/switched/unhairpin.off" -c switched/a.conf

# --tls: servers that end TLS, and some that do not, behind ports of all kinds.
start_nginx
start_haproxy_tls
start_gunicorn
start_postgres
"$python" - <<'END' &
import socket, threading, time
def serve(listener, how):
    while True:
        client = listener.accept()[0]
        first = client.recv(4096)
        with open("hello.log", "ab") as log:
            log.write(first)
        if how == "echo" and first:
            client.sendall(first)
        if how != "silent":
            client.close()
        kept.append(client)
kept = []
for how in "silent", "closes", "echo":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(how + ".sock")
    listener.listen()
    threading.Thread(target=serve, args=(listener, how), daemon=True).start()
open("tls.ready", "w").close()
time.sleep(60)
END
wait_for test -e tls.ready

# tls NAME STATUS PATTERN DEST=TARGET [ARGUMENT…]
tls() {
	says "TLS: $1" "$2" "$3" -c none.conf --tls --timeout 300 -m "$4" "${@:5}"
}

[ ! -S haproxy.sock ] || tls "HAProxy ends it" 0 "  TLS: answered$" "api.example.com:443=unix:$UH_TMP/haproxy.sock"
tls "a plain nginx" 1 "answers.*  TLS: no, speaks HTTP$" "203.0.113.1:443=unix:$UH_TMP/nginx.sock"
tls "a plain nginx, at an address" 1 "$near:8081 +answers$us  TLS: no, speaks HTTP$" "203.0.113.1:8443=$near:8081"
[ ! -S gunicorn.sock ] || tls "a plain gunicorn" 1 "  TLS: no, speaks HTTP$" "203.0.113.1:443=unix:$UH_TMP/gunicorn.sock"
tls "one that closes" 1 "  TLS: closed$" "203.0.113.1:993=unix:$UH_TMP/closes.sock"
tls "one that is silent" 1 "  TLS: silent$" "203.0.113.1:636=unix:$UH_TMP/silent.sock"
tls "one that sends back what it gets" 1 "  TLS: no, speaks an unknown protocol$" "203.0.113.1:636=unix:$UH_TMP/echo.sock"
tls "no custom at this port" 0 "answers$us  [a-z]+, pid [0-9]+$" "203.0.113.1:80=unix:$UH_TMP/nginx.sock"
is "TLS: no custom at this port: nothing is said" "" "$(grep TLS <<<"$out")"
tls "the port is named" 1 "  TLS: no, speaks HTTP$" "203.0.113.1:80=unix:$UH_TMP/nginx.sock" 203.0.113.1:80
tls "dead" 1 "No such file[^T]*$" "203.0.113.1:443=unix:/no/such"
rm -f hello.log
tls "STARTTLS" 0 "  TLS: not asked, STARTTLS begins it$" "203.0.113.1:25=unix:$UH_TMP/echo.sock" 203.0.113.1:25
[ ! -S .s.PGSQL.5432 ] || tls "PostgreSQL" 0 "  TLS: not asked, SSLRequest begins it$" \
	"203.0.113.1:5432=unix:$UH_TMP/.s.PGSQL.5432"
echo "route \"203.0.113.1:443\" { to = \"unix:$UH_TMP/echo.sock\" peer_user = \"4711\" }" >peer.conf
says "TLS: a stranger" 1 "not a peer_user[^T]*$" -c peer.conf --tls
says "TLS: only if it is asked for" 0 "answers[^T]*$" -m "203.0.113.1:443=unix:$UH_TMP/echo.sock"
is "TLS: nobody else gets a byte" "" "$(cat hello.log 2>/dev/null)"
tls "the original" 1 "echo.sock .*TLS: no" "203.0.113.1:443=unix:$UH_TMP/echo.sock" --original
is "TLS: the original is not asked" "" "$(grep 'the original' <<<"$out" | grep TLS)"
tls "the name" 1 "TLS: no" "*.example.com:443=unix:$UH_TMP/echo.sock" www.example.com:443
is "TLS: the server name is sent" 1 "$(grep -a -c 'www\.example\.com' hello.log)"
for version in v1 v2; do
	: >hello.log
	echo "route \"203.0.113.1:443\" { to = \"unix:$UH_TMP/closes.sock\" proxy_protocol = \"$version\" }" >proxy.conf
	says "TLS: behind a header of the PROXY protocol, $version" 1 "TLS: closed" -c proxy.conf --tls
	case $version in v1) header=$'PROXY UNKNOWN\r\n' ;; *) header=$'\r\n\r\n' ;; esac
	is "TLS: the header, $version" 0 "$(head -c ${#header} hello.log | cmp -s - <(printf %s "$header"); echo $?)"
done
probe 1 -c none.conf --tls --json -m "203.0.113.1:443=unix:$UH_TMP/nginx.sock"
is "TLS: JSON" "other speaks HTTP" "$("$python" -c '
import json, sys
one = json.loads(sys.stdin.read())
print(one["tls"], one["tls_detail"])' <<<"$out")"
finish
