#!/bin/bash
# SPDX-License-Identifier: MIT
# suggest from outside: hairpins of a recorded trace, against servers that are really there.
. "$(dirname "$0")/lib.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
gateway=198.51.100.7 # nothing here has it: where a connection goes that only a gateway could bring back

# connection ADDRESS PORT [MEMBERS]: a line of a trace.
connection() {
	printf '{"time":1,"pid":9,"program":"/usr/bin/curl","user":0,"address":"%s","port":%s,"protocol":"tcp","microseconds":900,"result":"ok"%s}\n' \
		"$1" "$2" "${3-}"
}

trace() {
	echo '{"unhairpin_trace":1,"version":"0.1.0","host":"h","started":"2026-11-24T08:40:00Z","command":["x"]}'
	cat
}

# suggest STATUS ARGUMENT…: leaves its output in $out and errors in $err.
suggest() {
	local expected=$1 status
	shift
	out=$("$uh" suggest "$@" 2>"$UH_TMP/err")
	status=$?
	err=$(cat "$UH_TMP/err")
	[ "$status" = "$expected" ] || fail "${name-suggest}" "status $status, expected $expected: $out $err"
}

# has NAME PATTERN: a line of the output matches.
has() {
	if grep -q -E -e "$2" <<<"$out"; then
		ok "$1"
	else
		fail "$1" "no line like '$2' in: $out $err"
	fi
}

has_not() {
	if grep -q -E -e "$2" <<<"$out"; then
		fail "$1" "a line like '$2' in: $out"
	else
		ok "$1"
	fi
}

# about PORT…: suggest for connections to the gateway's address; $out is what it says of them.
about() {
	local port
	for port; do
		connection "$gateway" "$port"
	done | trace >about.trace
	suggest 0 -c empty.conf --public "$gateway" about.trace
}

listener() {
	"$python" -c '
import socket, sys, time
kept = []
for at in sys.argv[1:]:
    if at[0] in "/@":
        s = socket.socket(socket.AF_UNIX)
        s.bind(at.replace("@", "\0"))
        s.listen()
    else:
        host, port = at.rsplit(":", 1)
        s = (socket.create_server((host, int(port))) if ":" not in host else
             socket.create_server((host, int(port)), family=socket.AF_INET6, dualstack_ipv6=host == "::"))
    kept.append(s)
open(sys.argv[1].replace("/", "_") + ".ready", "w").close()
time.sleep(100)' "$@" &
	wait_for test -e "${1//\//_}.ready"
}

echo '// no routes' >empty.conf
echo 'log = "off"' >>empty.conf

ordinary_programs() {
	listener 0.0.0.0:9001 "$UH_TMP/pair.sock"
	listener 0.0.0.0:9002 "$UH_TMP/one.sock" "$UH_TMP/two.sock"
	listener 192.168.1.20:9003
	listener 127.0.0.1:9004
	listener :::9005
	listener ::0:9006
	about 9001
	has "one listener of each kind serves the same" "^route \"$gateway:9001\" { to = \"unix:$UH_TMP/pair.sock\" }$"
	has "the reason is told" '#   .*pair.sock serves the same: the same process, which has no other'
	has "what it saves is told" '#   1 connection by curl; connect\(\) took 900 us'
	has "both ways are measured" '#   .*pair.sock answers in [0-9]+ us instead of 900 us'
	chmod 660 pair.sock
	about 9001
	has "who may connect is told" "#   but only root and user $(id -u) and group $(id -g) may connect to it: its mode is 660"
	chmod 777 pair.sock
	about 9001
	has_not "and not where all may" 'may connect'
	about 9002
	has "which of two Unix listeners is not guessed" "^route \"$gateway:9002\" { to = \"127.0.0.1:9002\" }$"
	has "but they are told of" '#   it listens at unix:.*/one.sock too, but nothing shows'
	about 9003
	has "a listener at one address" "^route \"$gateway:9003\" { to = \"192.168.1.20:9003\" }$"
	about 9004
	has_not "a listener on loopback is nothing that the gateway leads to" '^route'
	has "and that is told" '#   no route: .* but python.* at 127.0.0.1:9004, where no gateway gets'
	about 9005
	has "a listener of both families" "^route \"$gateway:9005\" { to = \"127.0.0.1:9005\" }$"
	about 9006
	has_not "a listener of IPv6 alone does not answer" '^route'
	has "and that is told as well" '#   127.0.0.1:9006 does not answer: Connection refused'
	about 9999
	has_not "nothing listens, nothing is suggested" '^route'
	has "and that is told too" '#   no route: nothing listens at TCP port 9999'
}

proxies() {
	if have nginx; then
		mkdir -p nginx
		sed "s|@DIR@|$UH_TMP/nginx|g" "$root/tests/demo/nginx.conf" >nginx.conf
		mkdir -p nginx/temp
		nginx -e "$UH_TMP/nginx/error.log" -p "$UH_TMP/nginx" -c "$UH_TMP/nginx.conf" &
		wait_for test -S nginx/web.sock
		about 80
		has "nginx, by the server block" "^route \"$gateway:80\" { to = \"unix:$UH_TMP/nginx/web.sock\" }$"
		has "the block is told" "#   .* serves the same: $UH_TMP/nginx.conf:[0-9]+"
	else
		skip "nginx" "not installed"
	fi
	if have haproxy; then
		cat >haproxy.cfg <<-END
			global
			 stats socket $UH_TMP/admin.sock
			defaults
			 mode http
			 timeout connect 1s
			 timeout client 1s
			 timeout server 1s
			frontend both
			 bind :9443
			 bind unix@$UH_TMP/both.sock
			frontend other
			 bind :9444
		END
		haproxy -db -f "$UH_TMP/haproxy.cfg" >haproxy.log 2>&1 &
		wait_for test -S both.sock
		about 9443 9444
		has "HAProxy, by the section" "^route \"$gateway:9443\" { to = \"unix:$UH_TMP/both.sock\" }$"
		has "HAProxy, another section" "^route \"$gateway:9444\" { to = \"127.0.0.1:9444\" }$"
		has_not "HAProxy's administration is no service" '^route .*admin.sock'
	else
		skip "HAProxy" "not installed"
	fi
	if have gunicorn; then
		PYTHONPATH=$here gunicorn -b "unix:$UH_TMP/gunicorn.sock" -b 0.0.0.0:9500 \
			-b 0.0.0.0:9501 wsgi_app:application >gunicorn.log 2>&1 &
		wait_for test -S gunicorn.sock
		about 9500
		has "gunicorn, by its command line" "^route \"$gateway:9500\" { to = \"unix:$UH_TMP/gunicorn.sock\" }$"
	else
		skip "gunicorn" "not installed"
	fi
}

addresses() {
	# The public address is on an interface in here.
	suggest 0 -c empty.conf < <(connection "$public" 9001 | trace)
	has "an own interface: a Unix socket is better" "^route \"$public:9001\" { to = \"unix:$UH_TMP/pair.sock\" }$"
	suggest 0 -c empty.conf < <(connection "$public" 9002 | trace)
	has "an own interface: TCP would be the same" '#   no route: the kernel keeps connections to its own'
	suggest 0 -c empty.conf < <(connection "$gateway" 9001 | trace)
	has "another address is no hairpin" '^# 0 of them are hairpins'
	echo "public = {\"$gateway\"}" >public.conf
	connection "$gateway" 9001 | trace >t
	suggest 0 -c public.conf t
	has "public in the configuration" '#   it is this host.s own: public in the configuration'
	suggest 0 -c empty.conf < <(connection 192.168.1.20 9003 | trace)
	has "a private address is no hairpin" '^# 0 of them'
	echo "route \"$gateway\" { to = \"192.168.1.20\" }" >>public.conf
	suggest 0 -c public.conf t
	has "a route that there is" '#   no route: there is one, 198.51.100.7 at .*public.conf:2'
	has_not "is not suggested again" '^route'
	connection "$gateway" 9001 ',"route":"x"' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "a connection that a route took is no hairpin" '^# 0 of them'
	{ connection "$gateway" 9001 | sed 's/tcp/udp/'; } | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "UDP" '#   no route: nothing but TCP'
}

names() {
	if ! is_root; then
		skip "names that resolve inside" "needs root, to have an /etc/hosts of its own"
		return
	fi
	mkdir -p etc
	cat >etc/hosts <<-END
		127.0.0.1 localhost
		127.0.1.1 self.example.com
		192.168.1.20 near.example.com
		192.168.1.77 away.example.com
	END
	{
		connection 198.51.100.1 9001 ',"name":"self.example.com"'
		connection 198.51.100.2 9003 ',"name":"near.example.com"'
		connection 198.51.100.3 9009 ',"name":"away.example.com"'
		connection 198.51.100.4 9003 ',"name":"near.example.com"'
		connection 198.51.100.4 9003 ',"name":"away.example.com"'
		connection 240.1.2.3 9001 ',"name":"self.example.com"'
		connection 198.51.100.5 9001 ',"name":"nowhere.invalid"'
	} | trace >t
	out=$("$here/with_etc.sh" "$UH_TMP/etc" "$uh" suggest -c "$UH_TMP/empty.conf" t 2>&1)
	has "a name of this host" "^route \"198.51.100.1:9001\" { to = \"unix:$UH_TMP/pair.sock\" }$"
	has "and why" '#   self.example.com resolves to 127.0.1.1 here: this host'
	has "a name of an address inside" '^route "198.51.100.2:9003" { to = "192.168.1.20:9003" }$'
	has "a neighbour that does not answer" '#   192.168.1.77:9009 does not answer: '
	has "names of different hosts" '#   no route: its names lead to different hosts inside'
	has "a stand-in is suggested by its name" '^route "self.example.com:9001" '
	has_not "others are not" '^route "198.51.100.[345]'
}

faults() {
	local name=faults
	{ connection "$gateway" 9001 | trace; echo '{"address":"x'; } >cut.trace
	suggest 1 -c empty.conf --public "$gateway" cut.trace
	is "a line that was cut off is told by file and line" \
		"cut.trace:3: text without an end at byte 14" "$err"
	has "and the others count" '^route "198.51.100.7:9001"'
	suggest 1 -c empty.conf <<<'no trace'
	is "what is no trace" 'standard input:1: no trace; expected a first line with "unhairpin_trace":1' "$err"
	suggest 2 -c empty.conf missing.trace
	is "a trace that isn't there" "unhairpin: missing.trace: No such file or directory" "$err"
	suggest 2 --public nonsense t
	is "no address" "unhairpin: suggest: --public nonsense: expected an address" "$(head -n 1 <<<"$err")"
	echo 'frob = 1' >bad.conf
	suggest 2 -c bad.conf t
	is "a faulty configuration" "bad.conf:1: " "${err:0:12}"
	is "standard output is full" "unhairpin: standard output: No space left on device 2" \
		"$("$uh" suggest -c empty.conf t 2>&1 >/dev/full) $?"
}

# Whatever programs, names and paths are called, the output is a configuration.
hostile() {
	local odd=$'odd "\\\' }\n#\e[1m'
	listener "$UH_TMP/$odd.sock" 0.0.0.0:9600
	{
		connection "$gateway" 9600 ',"name":"a\nroute \"203.0.113.9\" { to = \"direct\" }\u009b"'
		connection "$gateway" 9001 | sed 's|/usr/bin/curl|/x/\\n}{\\u001b[2J|'
	} | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	is "what is printed is a configuration" "$UH_TMP/new.conf: OK: 2 routes" \
		"$(cat >"$UH_TMP/new.conf" <<<"$out" && "$uh" check "$UH_TMP/new.conf" 2>&1 | grep -v warning:)"
	is "and has no control characters" "" "$(tr -d '\n' <<<"$out" | grep -a -P '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]')"
	suggest 0 -c empty.conf --public "$gateway" --json t
	is "JSON is a line a hairpin" "2 True" "$("$python" -c '
import json, sys
found = [json.loads(line) for line in sys.stdin]
print(len(found), all(one["target"] and one["target_microseconds"] > 0 for one in found))' <<<"$out")"
}

ordinary_programs
proxies
addresses
names
faults
hostile
finish
