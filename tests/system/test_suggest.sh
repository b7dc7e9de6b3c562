#!/bin/bash
# SPDX-License-Identifier: MIT
# suggest from outside: hairpins of a recorded trace, against servers that are really there.
. "$(dirname "$0")/lib.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
me=$(id -un)
gateway=198.51.100.7 # nothing here has it: connections to it are translated, as a gateway does

# The gateway of this host: what is sent to its network comes back to $near, but for some ports.
gateway_up() {
	ip route add 198.51.100.0/24 dev lo src "$near" && nft -f - <<-END || return 1
		table ip uh { chain out { type nat hook output priority -100;
			ip daddr 198.51.100.8 return;
			ip daddr $gateway tcp dport 9302 dnat to $near:9301;
			ip daddr $gateway tcp dport 9401 dnat to $public:9401;
			ip daddr $gateway tcp dport { 9701, 9702, 9703, 9704 } dnat to 192.168.1.22;
			ip daddr $gateway tcp dport 995 dnat to $near:443;
			ip daddr $gateway tcp dport 9707 dnat to $near:9708;
			ip daddr $gateway tcp dport 9705 dnat to $near:9706;
			ip daddr 198.51.100.0/24 meta l4proto tcp dnat to $near; }; }
	END
	have_ipv6 || return 0
	ip route add 2001:db8:7::/64 dev lo src "$near6" && nft -f - <<-END
		table ip6 uh { chain out { type nat hook output priority -100;
			ip6 daddr 2001:db8:7::/64 meta l4proto tcp dnat to $near6; }; }
	END
}

# connection ADDRESS PORT [MEMBERS]: a line of a trace.
connection() {
	printf '{"time":1,"pid":9,"program":"/usr/bin/curl","user":0,"address":"%s","port":%s,"protocol":"tcp","microseconds":900,"result":"ok"%s}\n' \
		"$1" "$2" "${3-}"
}

trace() {
	echo '{"unhairpin_trace":1,"version":"0.1.0","host":"h","started":"2026-11-24T08:40:00Z","command":["x"]}'
	cat
}

# suggest STATUS ARGUMENT…: leaves its output in $out and errors in $err. Comments count as output: without
# any route they are on standard error.
suggest() {
	local expected=$1 status
	shift
	out=$("$uh" suggest "$@" 2>"$UH_TMP/err")
	status=$?
	out+=$(grep -E '^(#|$)' "$UH_TMP/err")
	err=$(grep -v -E '^(#|$)' "$UH_TMP/err")
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

# listener AT…: a process that listens there and, as $says has it, answers any request by a page ("http"),
# by one that tells the family of the socket ("apart") or a number ("counter"), or "missing" (404), "named" (another one to b.example); ends
# the connection ("closes"), keeps silent ("silent"), or speaks first ("mysql", "ssh").
listener() {
	"$python" "$here/said_server.py" "${says-http}" "$@" &
	wait_for test -e "${1//\//_}.ready"
}

have nft && gateway_up 2>nft.err ||
	skip_all "suggest" "no gateway can be made here: $(head -n 1 nft.err 2>/dev/null)"
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
	has "one listener of each kind serves the same" "^route \"$gateway:9001\" { to = \"unix:$UH_TMP/pair.sock\" peer_user = \"$me\" }$"
	has "the reason is told" '#   .*pair.sock serves the same: the same process, which has no other'
	has "what it saves is told" '#   1 connection by curl; connect\(\) took 900 us'
	has "both ways are measured" '#   .*pair.sock answers in [0-9]+ us instead of 900 us'
	chmod 660 pair.sock
	about 9001
	has "root's connections get there" '^route .*pair.sock'
	has "who may connect is told" "#   but only root and user $(id -u) and group $(id -g) may connect to it: its mode is 660"
	if is_root; then
		install -d -o 4711 numbered
		(cd numbered && exec setpriv --reuid 4711 --regid 4711 --clear-groups "$python" "$here/said_server.py" \
			http 0.0.0.0:9008 "$UH_TMP/numbered/sock") &
		wait_for test -e numbered/0.0.0.0:9008.ready
		about 9008
		has "a user without a name" "^route .*/numbered/sock\" peer_user = \"4711\" }$"
	fi
	chmod 777 pair.sock
	about 9001
	has_not "and not where all may" 'may connect'
	about 9002
	has "which of two Unix listeners is not guessed" "^route \"$gateway:9002\" { to = \"$near:9002\" }$"
	has "but they are told of" '#   it listens at unix:.*/one.sock too, but nothing shows'
	about 9003
	has "a listener at one address" "^route \"$gateway:9003\" { to = \"192.168.1.20:9003\" }$"
	about 9004
	has_not "a listener on loopback is nothing that the gateway leads to" '^route'
	has "and that is told" '#   no route: .* but python.* at 127.0.0.1:9004, which no gateway can reach'
	about 9005
	has "a listener of both families" "^route \"$gateway:9005\" { to = \"$near:9005\" }$"
	about 9006
	has_not "a listener of IPv6 alone does not answer" '^route'
	has "and that is told as well" "#   $near:9006 does not answer: Connection refused"
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
		has "nginx, by the server block" "^route \"$gateway:80\" { to = \"unix:$UH_TMP/nginx/web.sock\" peer_user = \"$me\" }$"
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
			 http-request return status 200 content-type text/plain string both
			frontend other
			 bind :9444
			 http-request return status 200 content-type text/plain string other
		END
		haproxy -db -f "$UH_TMP/haproxy.cfg" >haproxy.log 2>&1 &
		wait_for test -S both.sock
		about 9443 9444
		has "HAProxy, by the section" "^route \"$gateway:9443\" { to = \"unix:$UH_TMP/both.sock\" peer_user = \"$me\" }$"
		has "HAProxy, another section" "^route \"$gateway:9444\" { to = \"$near:9444\" }$"
		has_not "HAProxy's administration is no service" '^route .*admin.sock'
	else
		skip "HAProxy" "not installed"
	fi
	if have gunicorn; then
		PYTHONPATH=$here gunicorn -b "unix:$UH_TMP/gunicorn.sock" -b 0.0.0.0:9500 \
			-b 0.0.0.0:9501 wsgi_app:application >gunicorn.log 2>&1 &
		wait_for test -S gunicorn.sock
		about 9500
		has "gunicorn, by its command line" "^# route \"$gateway:9500\" { to = \"unix:$UH_TMP/gunicorn.sock\" peer_user = \"$me\" }$"
		has "its application tells the sockets apart" '#   .*sock is only a possibility: GET / gets 200 at both, but not the same answer'
		mkdir -p app
		echo 'def application(_, start): start("200 OK", []); return [b"hello\n"]' >app/hello_app.py
		PYTHONPATH=$UH_TMP/app gunicorn -b "unix:$UH_TMP/hello.sock" -b 0.0.0.0:9502 \
			hello_app:application >hello.log 2>&1 &
		wait_for test -S hello.sock
		about 9502
		has "gunicorn, the same page" "^route \"$gateway:9502\" { to = \"unix:$UH_TMP/hello.sock\" peer_user = \"$me\" }$"
		has "gunicorn: the header that it trusts is told" '#   but gunicorn trusts X-Forwarded-Proto from clients of a Unix socket'
	else
		skip "gunicorn" "not installed"
	fi
}

# offers NAME PORT PATTERN [WAY]: of the Unix socket beside that port there is no live route, with a reason that
# matches. WAY: by TCP there is a live route, if it can be told from others ("live"); or else the possible route,
# which is commented out, leads there, because a Unix socket differs by design ("tcp").
offers() {
	local possible="unix:"

	[ "${4-}" != tcp ] || possible="$near:$2\""
	about "$2"
	has_not "$1: no route to the Unix socket" '^route .*unix:'
	has "$1: it is a possibility" "^# route \"$gateway:$2\" \{ to = \"$possible"
	has "$1: with the reason" "$3"
	if [ "${4-}" = live ]; then
		has "$1: TCP serves the same" "^route \"$gateway:$2\" \{ to = \"$near:$2\" \}$"
	else
		has_not "$1: TCP is no more" '^route'
		has "$1: TCP is a possibility" "#   $near:$2 is only a possibility: nothing that was seen identifies"
	fi
}

# Two listeners of one process are no proof.
unlike() {
	says=silent listener 0.0.0.0:9101 "$UH_TMP/silent.sock"
	offers "a server that says nothing" 9101 '#   .*silent.sock is only a possibility: one process listens at both, which is no proof'
	has "and that nothing was tried is told" '#   each says nothing to TLS, HTTP or .*; only connecting was tried'
	says=closes listener 0.0.0.0:9102 "$UH_TMP/closes.sock"
	offers "a server that hangs up" 9102 'only connecting was tried'
	says=apart listener 0.0.0.0:9103 "$UH_TMP/apart.sock"
	offers "other pages" 9103 '#   .*apart.sock is only a possibility: GET / gets 200 at both, but not the same answer' live
	says=missing listener 0.0.0.0:9104 "$UH_TMP/missing.sock"
	offers "no page at all" 9104 'is no proof'
	says=counter listener 0.0.0.0:9105 "$UH_TMP/counter.sock"
	offers "a page that is new each time" 9105 'GET / gets 200 at both, but the answer changes each time'
	says=guarded listener 0.0.0.0:9106 "$UH_TMP/guarded.sock"
	offers "a page that is not for all" 9106 'is only a possibility: GET / gets 403 here, and 200 at ' live
	says=mysql listener 0.0.0.0:9107 "$UH_TMP/mysql.sock"
	offers "MySQL" 9107 'is only a possibility: MySQL and MariaDB take .* for user@localhost' tcp
	has "MySQL: what was not tried is told" '#   each speaks the protocol of MySQL.*nothing more was tried, such as logging in'
	says=mysql listener 0.0.0.0:9108 "$UH_TMP/another.name"
	offers "MySQL by what it says" 9108 'is only a possibility: MySQL and MariaDB' tcp
	says=redis listener 0.0.0.0:9109 "$UH_TMP/redis.sock"
	offers "Redis" 9109 'is only a possibility: Redis has its protected mode' tcp
	says=ssh listener 0.0.0.0:9110 "$UH_TMP/ssh.sock"
	offers "SSH" 9110 'is no proof'
	says=text listener 0.0.0.0:9111 @text
	offers "an abstract name" 9111 'is no proof'
	says=cups listener 0.0.0.0:9112 "$UH_TMP/printer.sock"
	offers "CUPS by what it says" 9112 'are trusted by their user' live
	listener 0.0.0.0:9113 "$UH_TMP/.s.PGSQL.9113"
	offers "PostgreSQL by its socket's name" 9113 'PostgreSQL and its poolers have no TLS on a Unix socket' live
	listener 0.0.0.0:9114 "$UH_TMP/private.sock"
	chmod 600 private.sock
	connection "$gateway" 9114 | sed 's/"user":0/"user":4242/' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has_not "a socket that the program may not open" '^route .*unix:'
	has "and who may not is told" 'is only a possibility: user 4242 of the trace may not connect to it'
	if have redis-server; then
		redis-server --port 9115 --bind 0.0.0.0 --protected-mode no --unixsocket "$UH_TMP/kv" \
			--save '' --dir "$UH_TMP" --logfile redis.log &
		wait_for test -S kv
		offers "a real Redis" 9115 'is only a possibility: Redis' tcp
	else
		skip "a real Redis" "not installed"
	fi
}

# nginx with what differs within one server block.
nginx_apart() {
	if ! have nginx || ! have openssl; then
		skip "nginx with TLS and rules" "no nginx or openssl here"
		return
	fi
	mkdir -p ruled/temp
	openssl req -new -x509 -days 2 -nodes -subj /CN=x -out ruled/x.crt -keyout ruled/x.key 2>/dev/null
	openssl req -new -x509 -days 2 -nodes -subj /CN=x -out ruled/y.crt -keyout ruled/y.key 2>/dev/null
	sed -e "s|@DIR@|$UH_TMP/ruled|g; /listen/d" -e "s|location / {|include $UH_TMP/listen.part; &|" \
		"$root/tests/demo/nginx.conf" >ruled.conf
	sed -i '$d' ruled.conf
	cat >>ruled.conf <<-END
			server {
				listen 9122;
				listen unix:$UH_TMP/rule.sock;
				allow 192.168.0.0/16;
				allow unix:;
				location / { return 200 "hello\n"; }
			}
			server {
				listen 9705 ssl;
				ssl_certificate $UH_TMP/ruled/x.crt;
				ssl_certificate_key $UH_TMP/ruled/x.key;
			}
			server {
				listen 9706 ssl;
				ssl_certificate $UH_TMP/ruled/y.crt;
				ssl_certificate_key $UH_TMP/ruled/y.key;
			}
		}
	END
	cat >listen.part <<-END
		listen 9121 ssl;
		listen unix:$UH_TMP/tls.sock ssl;
		ssl_certificate $UH_TMP/ruled/x.crt;
		ssl_certificate_key $UH_TMP/ruled/x.key;
	END
	nginx -e "$UH_TMP/ruled/error.log" -p "$UH_TMP/ruled" -c "$UH_TMP/ruled.conf" &
	wait_for test -S rule.sock
	about 9121
	has "TLS at both" "^route \"$gateway:9121\" { to = \"unix:$UH_TMP/tls.sock\" peer_user = \"$me\" }$"
	has "TLS: what was not tried is told" '#   each speaks TLS, with the same certificate; nothing was tried inside of it'
	about 9705
	has_not "another certificate" '^route'
	has "another certificate: the reason" '#   .*:9705 is only a possibility: each speaks TLS, but not with the same certificate'
	offers "rules by address" 9122 'its configuration has rules about the client.s or the server.s address' live
	touch ruled.conf
	about 9121
	has_not "a configuration that was changed" '^route .*unix:'
	has "a configuration that was changed: the reason" '#   its configuration was changed after the program started'
}

# Which end terminates TLS.
tls_ends() {
	if ! have nginx || ! have openssl; then
		skip "where TLS ends" "no nginx or openssl here"
		return
	fi
	mkdir -p ends/temp
	openssl req -new -x509 -days 2 -nodes -subj /CN=x -addext subjectAltName=DNS:api.example.com,DNS:*.shop.example \
		-out ends/x.crt -keyout ends/x.key 2>/dev/null
	sed -e "s|@DIR@|$UH_TMP/ends|g; s|listen 80;|listen 443 ssl; ssl_certificate $UH_TMP/ends/x.crt; ssl_certificate_key $UH_TMP/ends/x.key;|" \
		"$root/tests/demo/nginx.conf" >ends.conf
	nginx -e "$UH_TMP/ends/error.log" -p "$UH_TMP/ends" -c "$UH_TMP/ends.conf" &
	wait_for test -S ends/web.sock
	about 443
	has "TLS ends in nginx, by its configuration" "#   TLS ends there: $UH_TMP/ends.conf:[0-9]+ says so"
	has_not "a plain Unix socket beside TLS is not suggested" '^(# )?route .*unix:'
	has "and the reason is told" '#   it listens at unix:.*/web.sock too, without TLS: .*ends.conf:[0-9]+; a route does not end TLS'
	has "TLS: the address is suggested" "^route \"$gateway:443\" { to = \"$near:443\" }$"
	openssl s_server -quiet -accept 8443 -cert ends/x.crt -key ends/x.key -www >s_server.log 2>&1 &
	wait_for bash -c "exec 3<>/dev/tcp/$near/8443"
	about 8443
	has "TLS ends in another server, by its answer" '#   TLS ends there: it answers a ClientHello'
	listener 0.0.0.0:995 "$UH_TMP/behind.sock"
	about 995
	has "TLS ends before this host" '#   TLS does not end there: it speaks HTTP'
	has_not "a plain service behind it is not suggested" '^route'
	has "with the reason" '#   .*behind.sock is only a possibility: 198.51.100.7:995 speaks TLS, unix:.*behind.sock speaks HTTP; a route does not end TLS, so clients that speak TLS would fail'
}

# No public address is named, and no interface has one. Nothing may be sent to the one that is guessed.
unnamed() {
	local guessed=198.51.100.9 count='table ip watch { chain out { type filter hook output priority -200; ip daddr 198.51.100.9 counter; }; }'

	ip addr del "$public/32" dev lo
	nft "$count"
	for name in app.example.com nowhere.invalid; do
		connection $guessed 9001 ",\"name\":\"$name\""
	done | trace >t
	suggest 0 -c empty.conf t
	has_not "a guessed address: no live route" '^route'
	has "a guessed address: the reason" "#   $guessed may be a public address of this host: it was the answer for nowhere.invalid, no interface has it, and this host listens at TCP port 9001"
	has "a guessed address: what to do" "#   if it is one, run suggest with --public $guessed"
	has "a guessed address: the route is commented out" "^# route \"$guessed:9001\" { to = \"unix:$UH_TMP/pair.sock\" peer_user = \"$me\" }$"
	has "a guessed address: the sum" '^# 1 of them may be a hairpin, 0 are; 0 routes to suggest$'
	is "a guessed address: JSON" True "$("$uh" suggest -c empty.conf --json t | "$python" -c 'import json, sys; print(json.loads(sys.stdin.read())["candidate"])')"
	if [ -S ends/web.sock ]; then
		for name in api.example.com www.shop.example www.elsewhere.example; do
			connection $guessed 443 ",\"name\":\"$name\"" | trace >t
			suggest 0 -c empty.conf t
			case $name in
			*elsewhere*) has_not "the certificate here is not for $name" 'may be a public address' ;;
			*) has "the certificate here is for $name" 'may be a public address' ;;
			esac
		done
	fi
	connection $guessed 9999 ',"name":"app.example.com"' | trace >t
	suggest 0 -c empty.conf t
	has_not "nobody listens here: nothing is guessed" 'may be a public address'
	is "a guessed address: no packet is sent there" 1 "$(nft list table ip watch | grep -c 'packets 0 bytes 0')"
	connection $guessed 9001 | trace >t
	suggest 0 -c empty.conf t
	has "no address is known: that is told" '^# no public IPv4 address of this host is known'
	has "no address is known: a command that finds it" '^#   getent ahosts NAME '
	has "no address is known: the gateway" "^#   ip route get $guessed +the gateway"
	has "no address is known: the sum" '^# it is not known which of them are hairpins; 0 routes to suggest$'
	is "without a route a pipe gets nothing" "" "$("$uh" suggest -c empty.conf t 2>/dev/null)"
	suggest 0 -c empty.conf --json t
	has "no address is known: JSON" '^# no public IPv4 address'
	suggest 0 -c empty.conf --public "$gateway" t
	has "an address is known: no such advice" '^# 0 of them are hairpins; 0 routes to suggest$'
	ip addr add "$public/32" dev lo
	suggest 0 -c empty.conf t
	has "an interface has a public address: no such advice" '^# 0 of them are hairpins; 0 routes to suggest$'
}

# PostgreSQL as it is: TLS and other lines of pg_hba.conf for TCP.
postgres() {
	local bin
	bin=$(find /usr/lib/postgresql -name postgres -type f 2>/dev/null | tail -n 1)
	if [ -z "$bin" ] || ! have openssl || ! is_root || ! id postgres >/dev/null 2>&1; then
		skip "PostgreSQL" "needs it, openssl and root"
		return
	fi
	mkdir pg pgsock && chown postgres pg pgsock
	as() { (cd / && setpriv --reuid postgres --regid postgres --clear-groups "$@"); }
	as "$(dirname "$bin")/initdb" -D "$UH_TMP/pg" -A trust -U postgres >initdb.log 2>&1
	openssl req -new -x509 -days 2 -nodes -subj /CN=x -out pg/server.crt -keyout pg/server.key 2>/dev/null
	chown postgres pg/server.* && chmod 600 pg/server.key
	as "$bin" -D "$UH_TMP/pg" -c ssl=on -c listen_addresses='*' -k "$UH_TMP/pgsock" >pg.log 2>&1 &
	wait_for test -S pgsock/.s.PGSQL.5432
	offers "PostgreSQL" 5432 'PostgreSQL and its poolers have no TLS on a Unix socket' tcp
	has "PostgreSQL: TLS is what differs" "#   $gateway:5432 speaks PostgreSQL's protocol and offers TLS, unix:.* without TLS"
	suggest 0 -c empty.conf --public "$public" < <(connection "$public" 5432 | trace)
	has_not "PostgreSQL at an interface's address" '^route'
}

# here NAME ADDRESS PORT: no route is printed for a service on this very host, and no hairpin seen.
here() {
	connection "$2" "$3" | trace >t
	suggest 0 -c empty.conf --public "$2" t
	has_not "$1: no route" '^route'
	has "$1: no hairpin" '^# 0 of them are hairpins'
	has "$1: the reason" '#   (no route: the kernel keeps connections to its own|it is this host.s own: )'
}

# Addresses that the kernel keeps on this host.
interfaces() {
	listener "$public:9201"
	here "a service at the public address itself" "$public" 9201
	listener 0.0.0.0:9202
	here "a wildcard listener" "$public" 9202
	here "another port of that" "$public" 9002
	if ip link add uh0 type dummy 2>/dev/null || ip link add uh0 type bridge 2>/dev/null ||
		ip link add uh0 type veth peer name uh1 2>/dev/null; then
		ip addr add 203.0.113.77/24 dev uh0
		ip link set uh0 up
		listener 203.0.113.77:9203
		here "an address of another interface" 203.0.113.77 9203
		here "a wildcard listener there" 203.0.113.77 9202
		ip link del uh0
	else
		skip "an address of another interface" "no kind of one can be made here"
	fi
	if ip route add local 203.0.113.128/25 dev lo 2>/dev/null; then
		here "a whole network of this host's" 203.0.113.200 9202
	else
		skip "a whole network of this host's" "no local routes here"
	fi
	if have_ipv6; then
		listener ":::9204"
		listener "$public6:9205"
		here "IPv6, a wildcard listener" "$public6" 9204
		here "IPv6, a service at the address itself" "$public6" 9205
		connection 2001:db8:7::1 9204 | trace >t
		suggest 0 -c empty.conf --public 2001:db8:7::1 t
		has "IPv6, an address of the gateway's" "^route \"\[2001:db8:7::1\]:9204\" \{ to = \"\[$near6\]:9204\" \}$"
	else
		skip "IPv6" "not here"
	fi
	ip addr add 192.168.1.21/32 dev lo
	listener "$near:9206"
	listener 192.168.1.21:9206
	about 9206
	has_not "several addresses: none is guessed" '^route'
	has "several addresses: a possibility" "^# route \"$gateway:9206\" "
	has "several addresses: the reason" 'others listen at that port too'
	ip addr del 192.168.1.21/32 dev lo
}

# The service that the gateway leads to is compared with those that listen here.
forwarded() {
	listener "$near:9301" "$UH_TMP/translated.sock"
	says=apart listener 0.0.0.0:9302 "$UH_TMP/stranger.sock"
	ip addr add 192.168.1.22/32 dev lo
	says=counter listener 192.168.1.22:9301
	about 9301
	has "of several, it is told which one the gateway means" "#   python3 .* listens at $near:9301"
	has "what the gateway leads to" "^route \"$gateway:9301\" { to = \"unix:$UH_TMP/translated.sock\" peer_user = \"$me\" }$"
	has "was compared" '#   GET / gets 200 at both, and the same answer'
	about 9302
	has_not "another port is what the gateway leads to" '^route'
	has "what listens here is a possibility alone" '#   .*:9302 is only a possibility: GET / gets 200 at both, but not the same'
	# The gateway means the second, which answers like the first.
	listener "$near:9701" "$UH_TMP/alike.sock" 192.168.1.22:9701
	about 9701
	has_not "two that are alike: none is guessed" '^route'
	has "two that are alike: the reason" 'others listen at that port too'
	says=apart listener "$near:9702" "$UH_TMP/first.sock"
	listener 192.168.1.22:9702
	about 9702
	has "one of two answers alike" "^route \"$gateway:9702\" { to = \"192.168.1.22:9702\" }$"
	ip addr del 192.168.1.22/32 dev lo
	listener 0.0.0.0:9707
	says=named listener 0.0.0.0:9708
	about 9707
	has "without a name it is the same" '^route'
	{
		connection "$gateway" 9707 ',"name":"a.example"'
		connection "$gateway" 9707 ',"name":"b.example"'
	} | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has_not "each name is tried" '^route'
	has "and one of two differs" 'is only a possibility: GET / gets 200 at both, but not the same answer'
	connection 198.51.100.8 9001 | trace >t
	suggest 0 -c empty.conf --public 198.51.100.8 t
	has_not "a destination that does not answer" '^route'
	has "is told" 'it was not seen where the destination leads'
}

# A path that leads another process's clients elsewhere: the kernel lists those of one network name space.
moved() {
	if ! is_root; then
		skip "a socket in another's place" "needs root"
		return
	fi
	listener 0.0.0.0:9709 "$UH_TMP/moved.sock"
	rm moved.sock _moved.ready 2>/dev/null
	mkdir moved
	(cd moved && exec unshare -n "$python" "$here/said_server.py" http "$UH_TMP/moved.sock") &
	wait_for test -S moved.sock
	about 9709
	has_not "a socket in another's place" '^route .*unix:'
	has "a socket in another's place: the reason" 'it was not seen that this path leads to the same process'
}

# odd_path PORT NAME: suggest for a server whose socket is called so.
odd_path() {
	"$python" "$here/said_server.py" http "0.0.0.0:$1" "$UH_TMP/$2" &
	wait_for test -S "$UH_TMP/$2"
	wait_for test -e "0.0.0.0:$1.ready"
	about "$1"
}

# Every route is one that check takes, beside those that there are, and leads to the service.
sound() {
	local port answers=
	echo "route \"$near:9002\" { to = \"unix:/x\" }" >taken.conf
	connection "$gateway" 9002 | trace >t
	suggest 0 -c taken.conf --public "$gateway" t
	has_not "a target that a route takes further" '^route'
	has "and that is told" "#   $near:9002 is no target: a route takes it further"
	connection "$gateway" 9001 | sed 's/"microseconds":900/"microseconds":0/' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has_not "what is quicker already" '^route'
	has "has nothing to save" '#   no route to it: it is no faster than the destination'
	listener "$public:9401" "$UH_TMP/narrow.sock"
	chmod 600 narrow.sock
	{
		connection "$gateway" 9401 | sed 's/"user":0/"user":4242/'
		connection "$public" 9401
	} | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "a route to an address" "^route \"$gateway:9401\" { to = \"$public:9401\" }$"
	is "that another would take further" 1 "$(grep -c '^route' <<<"$out")"
	has "has no other beside it" '#   no route: .* is itself routed by .*\(above\): a chain; expected its target'
	echo "route \"192.0.2.9:9001\" { to = \"$gateway:9001\" }" >loop.conf
	connection "$gateway" 9001 | trace >t
	suggest 0 -c loop.conf --public "$gateway" t
	has_not "a route that makes a loop of one there is" '^route'
	has "is told" '#   no route: .*9001'
	# shellcheck disable=SC2016 # no variable
	odd_path 9402 '${HOME}'
	has "a path like a variable" "^route \"$gateway:9402\" { to = 'unix:.*\\\$\{HOME\}' peer_user = \"$me\" }$"
	odd_path 9405 '50%p'
	has "a percent sign" "^route \"$gateway:9405\" { to = \"unix:.*/50%%p\" peer_user = \"$me\" }$"
	odd_path 9403 'blank '
	has_not "a path that check warns of" '^route .*unix'
	has "is told" '#   no route: .*ends in a blank'
	connection "$gateway" 9001 | sed 's/"microseconds":900,//' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "no time" 'the time of connect\(\) is not known'
	connection "$gateway" 9001 | sed 's/"ok"/"ECONNREFUSED"/' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "failures alone" '1 of them failed, by curl so it is not known what a route would save'
	{
		for port in 9001 9002 9003 9005 9103; do
			connection "$gateway" "$port"
			connection "$public" "$port"
		done
	} | trace >t
	suggest 0 -c empty.conf --public "$gateway" --public "$public" t
	echo "$out" >all.conf
	is "all of them are a configuration" "$UH_TMP/all.conf: OK: 6 routes" \
		"$("$uh" check "$UH_TMP/all.conf" 2>&1 | grep -v warning:)"
	for port in 9001 9002 9003 9005; do
		answers+=$(LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/all.conf \
			"$python" -c "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).readline().decode().strip(), end=\" \")" "http://$gateway:$port/")
	done
	is "and each leads to its service" "a page a page a page a page " "$answers"
}

addresses() {
	# The public address is on an interface in here.
	suggest 0 -c empty.conf < <(connection "$public" 9001 | trace)
	has "an own interface: a Unix socket is better" "^route \"$public:9001\" { to = \"unix:$UH_TMP/pair.sock\" peer_user = \"$me\" }$"
	suggest 0 -c empty.conf < <(connection "$public" 9002 | trace)
	has "an own interface: TCP would be the same" '#   no route: the kernel keeps connections to its own'
	has_not "and is not suggested" '^route'
	has "an address of an interface is no hairpin" '^# 0 of them are hairpins'
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
	has "a route that there is" '#   no route: a route exists already, 198.51.100.7 at .*public.conf:2'
	has_not "is not suggested again" '^route'
	connection "$gateway" 9001 ',"route":"x"' | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "a connection that a route took is no hairpin" '^# 0 of them'
	{ connection "$gateway" 9001 | sed 's/tcp/udp/'; } | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "UDP" '#   no route: only TCP'
	{ connection "$gateway" 9001 ',"datagrams":20' | sed 's/tcp/udp/; s/"microseconds":900,//'; } | trace >t
	suggest 0 -c empty.conf --public "$gateway" t
	has "datagrams" '#   20 datagrams by curl$'
	has "datagrams: only TCP" '#   no route: only TCP'
	has_not "datagrams: no route" '^route'
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
		connection 240.1.2.4 9001 ',"name":"self.example.com"'
		connection 240.1.2.5 9003 ',"name":"near.example.com"'
		connection 198.51.100.5 9001 ',"name":"nowhere.invalid"'
	} | trace >t
	out=$("$here/with_etc.sh" "$UH_TMP/etc" "$uh" suggest -c "$UH_TMP/empty.conf" t 2>&1)
	has "a name of this host" "^route \"198.51.100.1:9001\" { to = \"unix:$UH_TMP/pair.sock\" peer_user = \"$me\" }$"
	has "and why" '#   self.example.com resolves to 127.0.1.1 here: this host'
	has "a name of an address inside" '^route "198.51.100.2:9003" { to = "192.168.1.20:9003" }$'
	has "a neighbour that does not answer" '#   192.168.1.77:9009 does not answer: '
	has "names of different hosts" '#   no route: its names lead to different hosts inside'
	has "a stand-in is suggested by its name" '^route "self.example.com:9001" '
	is "but once" 1 "$(grep -c '^route "self.example.com:9001" ' <<<"$out")"
	has_not "a stand-in whose name leads inside saves nothing by TCP" '^route "near.example.com'
	has_not "others are not" '^route "198.51.100.[345]'
}

faults() {
	local name=faults
	{ connection "$gateway" 9001 | trace; echo '{"address":"x'; } >cut.trace
	suggest 1 -c empty.conf --public "$gateway" cut.trace
	is "a line that was cut off is told by file and line" \
		"cut.trace:3: not valid JSON at byte 13: premature end of input near '\"x'" "$err"
	has "and the others count" '^route "198.51.100.7:9001"'
	suggest 1 -c empty.conf <<<'no trace'
	is "what is no trace" 'standard input:1: no trace; expected a first line with "unhairpin_trace":1' "$err"
	suggest 2 -c empty.conf missing.trace
	is "a trace that isn't there" "unhairpin: missing.trace: No such file or directory" "$err"
	suggest 2 --public nonsense t
	is "no address" "unhairpin: suggest: --public nonsense: expected an address" "$(head -n 1 <<<"$err")"
	echo 'frob = 1' >bad.conf
	suggest 2 -c bad.conf t
	is "a faulty configuration" "bad.conf:1:1: " "${err:0:14}"
	connection "$gateway" 9001 | trace >full.trace
	is "standard output is full" "unhairpin: standard output: No space left on device 2" \
		"$("$uh" suggest -c empty.conf --public "$gateway" full.trace 2>&1 >/dev/full) $?"
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
	suggest 0 -c empty.conf --public "$gateway" --json < <(connection "$gateway" 9101 | trace)
	has "JSON of a possibility" "\"possible\":\"unix:$UH_TMP/silent.sock\""
	suggest 0 -c empty.conf --public "$gateway" --json t
	is "JSON is a line a hairpin" "2 True True" "$("$python" -c '
import json, sys
found = [json.loads(line) for line in sys.stdin]
members = ["destination", "protocol", "names", "connections", "failed", "microseconds", "target",
	"target_microseconds", "notes"]
print(len(found), all(one["target"] and one["target_microseconds"] > 0 for one in found),
	all([member for member in one if member != "peer_user"] == members and
		("peer_user" in one) == one["target"].startswith("unix:") for one in found))' <<<"$out")"
	suggest 0 -c empty.conf --public "$gateway" --noheadings t
	has_not "no title with --noheadings" "^# unhairpin suggest"
	has "but all that follows it" '^# .* of them are hairpins; 2 routes'
}

ordinary_programs
unlike
proxies
nginx_apart
tls_ends
postgres
addresses
unnamed
interfaces
forwarded
moved
sound
names
faults
hostile
finish
