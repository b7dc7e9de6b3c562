#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin stats: connections of all processes are counted by route, in files that harm nobody.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

[ -x "$python" ] || skip_all stats "no python3 here"
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
unhairpin=$UH_TMP/lib/unhairpin
counters=$UH_TMP/counters
export UNHAIRPIN_STATS=$counters UNHAIRPIN_CONF=$UH_TMP/counted.conf
mkdir -m 1777 "$counters"
write_routes
start_nginx
start_abstract
size=393472

cat >"$UH_TMP/counted.conf" <<-END
	log = "off"
	route "$public:80" { to = "unix:$UH_TMP/nginx.sock" }
	route "$public:81" { to = {"unix:$UH_TMP/nobody.sock", "$near:8081"} }
	route "$public:82" { to = "unix:@unhairpin-test"  programs = {"python*", "curl", "nginx"} }
	route "$public:84" { to = "unix:$UH_TMP/nobody.sock" }
	route "$public:85" { to = "unix:$UH_TMP/nobody.sock"  on_failure = "refuse" }
	route "$public:8085" { to = "direct" }
END

counted() {
	LD_PRELOAD=$object timeout 60 "$@" >"$UH_TMP/out" 2>"$UH_TMP/err"
}

# of EXPRESSION: what a Python expression makes of the routes, which are r by their name, and of the
# connections, which are t by a pair of route and target.
of() {
	"$unhairpin" stats --json | "$python" -c 'import json, sys
r, t = {}, {}
for x in map(json.loads, sys.stdin):
    t[x["route"], x["target"]] = x["connections"]
    y = r.setdefault(x["route"], {**x, "connections": 0, "fallbacks": 0, "failures": {}})
    for key in "connections", "fallbacks":
        y[key] += x[key]
    for error, number in x["failures"].items():
        y["failures"][error] = y["failures"].get(error, 0) + number
print(eval(sys.argv[1]))' "$1"
}

is "nothing yet" "ROUTE  TARGET  CONNECTIONS  FALLBACKS  FAILED  LAST USED (UTC)" "$("$unhairpin" stats)"

for target in 80 80 80 81; do
	counted curl -sS "http://$public:$target/who"
done
is "connections" "3 1" "$(of '"%d %d" % (r["'"$public:80"'"]["connections"], r["'"$public:81"'"]["connections"])')"
is "a second target that answers is no failure" "{} 0" "$(of '"%s %d" % (r["'"$public:81"'"]["failures"], r["'"$public:81"'"]["fallbacks"])')"
counted curl -sS "http://$public:84/who"
is "a fallback" "1 1 {'ENOENT': 1}" "$(of '"%d %d %s" % tuple(r["'"$public:84"'"][k] for k in ("connections", "fallbacks", "failures"))')"
counted curl -sS "http://$public:85/who"
is "a refusal" "1 0 {'ENOENT': 1}" "$(of '"%d %d %s" % tuple(r["'"$public:85"'"][k] for k in ("connections", "fallbacks", "failures"))')"
counted curl -sS "http://$public:8085/who" "http://$public:8001/who"
is "what is not routed is not counted" 4 "$(of 'len(r)')"
counted curl -sS "http://$public:82/who"
is "a route with conditions has them in its name" 1 "$(of 'r["'"$public:82"' programs=curl,nginx,python*"]["connections"]')"
is "the targets" "unix:$UH_TMP/nginx.sock 3, $near:8081 1, unix:@unhairpin-test 1, original 1, refuse 1" \
	"$(of '", ".join("%s %d" % (target, n) for (route, target), n in sorted(t.items()))')"
is "last used" True "$(of 'abs(__import__("datetime").datetime.strptime(r["'"$public:80"'"]["last_used"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=__import__("datetime").timezone.utc).timestamp() - '"$(date +%s)"') < 30')"
is "a file of this user's alone" "$(id -u) 644 $size" "$(cd "$counters" && stat -c '%n %a %s' -- [0-9]*)"

# Many processes and threads at once: not one is lost.
"$unhairpin" stats --reset
is "reset: status" 0 $?
is "reset: nothing is left" 0 "$(of 'len(r)')"
counted "$python" "$clients/trace_client.py" "$public" 80 threads 50
counted "$python" "$clients/trace_client.py" "$public" 80 forks 50
is "2000 connections from threads and children" 2000 "$(of 'r["'"$public:80"'"]["connections"]')"

is "table" "ROUTE TARGET CONNECTIONS FALLBACKS FAILED LAST USED (UTC)|$public:80 unix:$UH_TMP/nginx.sock 2000 0 -" \
	"$("$unhairpin" stats | sed 's/ [0-9-]* [0-9:]*$//' | xargs -L 1 | paste -sd '|')"

# Prometheus' text format, read by the rules of its specification.
counted curl -sS "http://$public:85/who"
cat >"$UH_TMP/prometheus.py" <<'END'
import re, sys
families, seen, current = {}, set(), None
for line in sys.stdin.read().split("\n")[:-1]:
    if line.startswith("# HELP "):
        current = line.split(" ")[2]
        assert current not in families, "a family twice"
        families[current] = None
    elif line.startswith("# TYPE "):
        name, kind = line.split(" ")[2:]
        assert name == current and kind in ("counter", "gauge")
        families[name] = kind
    else:
        match = re.fullmatch(r'([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\d+)', line)
        assert match, line
        assert match[1] == current and families[current], "a sample outside of its family"
        assert (match[1], match[2]) not in seen, "a sample twice"
        seen.add((match[1], match[2]))
        if sys.argv[1] in line:
            print(line)
assert all(kind != "counter" or name.endswith("_total") for name, kind in families.items())
END
is "prometheus: sound, and has the connections" "unhairpin_connections_total{route=\"$public:80\",target=\"unix:$UH_TMP/nginx.sock\"} 2000" \
	"$("$unhairpin" stats --prometheus | "$python" "$UH_TMP/prometheus.py" "connections_total{route=\"$public:80\",")"
is "prometheus: failures by error" "unhairpin_failures_total{route=\"$public:85\",target=\"refuse\",error=\"ENOENT\"} 1" \
	"$("$unhairpin" stats --prometheus | "$python" "$UH_TMP/prometheus.py" ENOENT)"

# The configuration: whether its text is sound, what it is, and whether it is switched off.
metric() {
	"$unhairpin" stats --prometheus | sed -n "s/^unhairpin_$1 //p"
}
if have promtool; then
	is "prometheus: promtool agrees" "0 " "$("$unhairpin" stats --prometheus | promtool check metrics >"$UH_TMP/promtool" 2>&1; echo "$? $(cat "$UH_TMP/promtool")")"
else
	skip "prometheus: promtool agrees" "no promtool"
fi
is "prometheus: the configuration" "1 6 0" "$(metric last_reload_success) $(metric routes) $(metric switched_off)"
before=$(metric config_hash)
is "prometheus: the hash has at most 48 bits" yes "$([ "$before" -gt 0 ] && [ "$before" -lt $((1 << 48)) ] && echo yes)"
"$unhairpin" compile "$UH_TMP/counted.conf" >/dev/null
is "prometheus: compiled, the same hash and a time" "$before $(stat -c %Y "$UH_TMP/unhairpin.cache")" \
	"$(metric config_hash) $(metric last_reload_success_timestamp_seconds)"
touch "$UH_TMP/counted.conf" "$UH_TMP/unhairpin.off"
is "prometheus: touched and switched off" "$before 1 1" "$(metric config_hash) $(metric last_reload_success) $(metric switched_off)"
rm "$UH_TMP/unhairpin.off"
cp "$UH_TMP/counted.conf" "$UH_TMP/sound.conf"
echo "nonsense" >>"$UH_TMP/counted.conf"
is "prometheus: with a fault" "0 0 other" \
	"$(metric last_reload_success) $(metric routes) $([ "$(metric config_hash)" = "$before" ] || echo other)"
is "prometheus: a fault is not reported" "" "$("$unhairpin" stats --prometheus 2>&1 >/dev/null)"
mv "$UH_TMP/sound.conf" "$UH_TMP/counted.conf"
rm "$UH_TMP/unhairpin.cache"
is "prometheus: the old text, the old hash" "$before" "$(metric config_hash)"

# A file appears whole, in the place of the old one.
echo old >"$UH_TMP/metrics.prom"
(umask 077; "$unhairpin" stats --prometheus -o "$UH_TMP/metrics.prom")
is "output: status, mode, and nothing else" "0 644 metrics.prom" "$? $(stat -c %a "$UH_TMP/metrics.prom") $(cd "$UH_TMP" && echo metrics*)"
is "output: the same as on standard output" "$("$unhairpin" stats --prometheus)" "$(cat "$UH_TMP/metrics.prom")"
"$unhairpin" stats -o /dev/stdout >/dev/null 2>"$UH_TMP/err"
is "output: a link is not replaced" "2 unhairpin: /dev/stdout: is not a regular file; expected one, or a new name" "$? $(cat "$UH_TMP/err")"
UNHAIRPIN_STATS=$UH_TMP/missing "$unhairpin" stats -o "$UH_TMP/metrics.prom" 2>/dev/null
is "output: a failure leaves the old file" "2 1" "$? $(grep -c config_hash "$UH_TMP/metrics.prom" | sed 's/[1-9][0-9]*/1/')"
"$unhairpin" stats -o "$UH_TMP/metrics.prom" --watch 2>/dev/null
is "output and watch: status" 2 $?

"$unhairpin" stats --watch >"$UH_TMP/watched" &
watching=$!
wait_for grep -q "$public:80" "$UH_TMP/watched"
counted "$python" "$clients/trace_client.py" "$public" 80 threads 1
wait_for grep -q " 2032 " "$UH_TMP/watched"
kill "$watching"
is "watch: no rate at first" 0 "$(sed -n 1p "$UH_TMP/watched" | grep -c "PER SECOND")"
is "watch: a rate from the second time on" 1 "$(grep " 2032 " "$UH_TMP/watched" | grep -c -m 1 -E "^$public:80 +unix:[^ ]+ +2032 +[1-9][0-9]*\.[0-9] ")"

# What is not a file of counters is left alone, and the program doesn't notice.
mine=$counters/$(id -u)
refused() {
	local name=$1 before
	before=$(stat -c '%F %s %i' "$mine")
	counted curl -sS "http://$public:80/who"
	is "$name: the program" unhairpin "$(cat "$UH_TMP/out")"
	is "$name: is as it was" "$before" "$(stat -c '%F %s %i' "$mine")"
	rm -rf "$mine"
}
rm "$mine"
echo "something else" >"$mine"
refused "a file of another kind"
head -c $size /dev/urandom >"$mine"
sum=$(md5sum <"$mine")
counted curl -sS "http://$public:80/who"
is "a file of the size with another content: is as it was" "$sum" "$(md5sum <"$mine")"
rm "$mine"
: >"$UH_TMP/elsewhere"
ln -s "$UH_TMP/elsewhere" "$mine"
refused "a symbolic link"
is "a symbolic link: nothing behind it" 0 "$(stat -c %s "$UH_TMP/elsewhere")"
mkfifo "$mine"
refused "a pipe"
mkdir "$mine"
refused "a directory"
install -m 666 /dev/null "$mine"
refused "a file that others can write"
if is_root; then
	install -m 644 -o nobody /dev/null "$mine"
	refused "a file that is another's"
fi

# Nowhere to count, no room to, and no permission to grow a file.
UNHAIRPIN_STATS=$UH_TMP/missing counted curl -sS "http://$public:80/who"
is "no directory: the program" unhairpin "$(cat "$UH_TMP/out")"
UNHAIRPIN_STATS=counters counted curl -sS "http://$public:80/who"
is "a relative directory: the program" unhairpin "$(cat "$UH_TMP/out")"
(
	ulimit -f 100
	counted curl -sS "http://$public:80/who"
)
is "RLIMIT_FSIZE: the program" unhairpin "$(cat "$UH_TMP/out")"
is "RLIMIT_FSIZE: an empty file" 0 "$(stat -c %s "$mine")"
rm -f "$mine"
if is_root; then
	mkdir "$UH_TMP/full"
	cat >"$UH_TMP/full.sh" <<-'END'
		mount -t tmpfs -o size=128k,mode=1777 none "$1" && shift && exec "$@"
	END
	UNHAIRPIN_STATS=$UH_TMP/full counted unshare --mount sh "$UH_TMP/full.sh" "$UH_TMP/full" \
		curl -sS "http://$public:80/who"
	is "a full file system: the program" unhairpin "$(cat "$UH_TMP/out")"
fi
rm -f "$counters"/*
sed 's/^\(\t*\)log = "off"/stats = "off"\n&/' "$UH_TMP/counted.conf" >"$UH_TMP/uncounted.conf"
UNHAIRPIN_CONF=$UH_TMP/uncounted.conf counted curl -sS "http://$public:80/who"
is "stats = off: no file" "" "$(ls "$counters")"

# The unit's file system, with its own options: an over-full one spoils no counters that are there.
if is_root; then
	mkdir "$UH_TMP/mounted"
	cat >"$UH_TMP/mounted.sh" <<-'END'
		options=$(sed -n 's/^Options=//p' "$1")
		mount -t tmpfs -o "$options" none "$2" && stat -c '%a' "$2"
		"$3" run -- curl -sS "$4"
		head -c 99999999 /dev/zero >"$2/filler" 2>/dev/null
		"$3" run -- curl -sS "$4"
		"$3" stats --json | sed 's/.*"connections":\([0-9]*\).*/\1/'
	END
	UNHAIRPIN_STATS=$UH_TMP/mounted unshare --mount sh "$UH_TMP/mounted.sh" \
		"$root/conf/run-unhairpin.mount" "$UH_TMP/mounted" "$unhairpin" "http://$public:80/who" >"$UH_TMP/out" 2>&1
	is "the unit's file system, full" "1777 unhairpin unhairpin 2" "$(xargs <"$UH_TMP/out")"
fi

# Nothing is kept open, and a program that enters seccomp is not counted any more: counting is a system call.
counted "$python" -c "import os, socket
s = socket.socket(); s.connect(('$public', 80)); s.close()
print(sum('counters' in os.readlink('/proc/self/fd/' + f) for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f)),
      open('/proc/self/maps').read().count('counters'))"
is "no descriptor, one mapping" "0 1" "$(cat "$UH_TMP/out")"
counted "$python" "$clients/trace_client.py" "$public" 80 seccomp
is "under a filter: counted until then" 2 "$(of 'r["'"$public:80"'"]["connections"]')"
counted curl -sS "http://$public:80/who"

# Other users have files of their own; a program with more rights than its caller has no directory
# of his; root's sum is of all, and a file under another's name counts for nothing.
if is_root; then
	chmod 755 "$UH_TMP/lib"
	counted setpriv --reuid=65534 --regid=65534 --clear-groups curl -sS "http://$public:80/who"
	is "another user: his own file" "65534" "$(stat -c %u "$counters/65534")"
	is "another user: root's sum has both" 4 "$(of 'r["'"$public:80"'"]["connections"]')"
	is "another user: sees the same" 4 "$(setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$unhairpin" stats --json | "$python" -c 'import json, sys
print(max(json.loads(line)["connections"] for line in sys.stdin))')"
	cp "$counters/65534" "$counters/65533"
	is "a file under another's name" 4 "$(of 'r["'"$public:80"'"]["connections"]')"
	truncate -s 100 "$counters/65534"
	is "a file that was cut short" 3 "$(of 'r["'"$public:80"'"]["connections"]')"
	rm -f "$counters"/*
	mkdir "$UH_TMP/etc"
	echo "$object" >"$UH_TMP/etc/ld.so.preload"
	cp "$UH_TMP/counted.conf" "$UH_TMP/etc/unhairpin.conf"
	install -m 4755 -o 1 "$(realpath "$(command -v curl)")" "$UH_TMP/setuid_curl"
	timeout 60 "$here/with_etc.sh" "$UH_TMP/etc" setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$UH_TMP/setuid_curl" -sS "http://$public/who" >"$UH_TMP/out" 2>&1
	is "setuid: is routed" unhairpin "$(cat "$UH_TMP/out")"
	is "setuid: the directory of its caller is not used" "" "$(ls "$counters/1" 2>/dev/null)"

	# Test programs are never counted; the configuration routes even the set-user-id one's connection.
	cat >"$UH_TMP/tried.sh" <<-'END'
		mount -t tmpfs -o mode=755 none /run && mkdir -m 1777 /run/unhairpin || exit 1
		cp -a "$1" /run/lib && cd /run/lib && rm -f /etc/ld.so.preload || exit 1
		unset UNHAIRPIN_STATS UNHAIRPIN_CONF
		./unhairpin global enable >/dev/null 2>&1 && ./unhairpin doctor -- true | grep -o '[0-9]* test connections'
		grep -c libunhairpin /etc/ld.so.preload
		ls /run/unhairpin
		python3 -c "import socket; socket.socket().connect_ex(('127.85.72.1', 1))"
		ls /run/unhairpin
	END
	echo 'route "127.85.72.1" { to = "unix:@nobody" }' >"$UH_TMP/etc/unhairpin.conf"
	"$here/with_etc.sh" "$UH_TMP/etc" sh "$UH_TMP/tried.sh" "$UH_TMP/lib" >"$UH_TMP/out" 2>&1
	is "test programs are not counted, others are" "1024 test connections|1|0|said" "$(paste -s -d '|' "$UH_TMP/out")"
else
	skip "other users" "needs root"
fi

# Wrong use.
UNHAIRPIN_STATS=$UH_TMP/missing "$unhairpin" stats 2>"$UH_TMP/err"
is "no directory: status" 2 $?
is "no directory: told" "unhairpin: $UH_TMP/missing: No such file or directory; connections are counted only if it exists: see unhairpin(1)" "$(cat "$UH_TMP/err")"
"$unhairpin" stats --json --prometheus 2>/dev/null
is "two forms at once: status" 2 $?
"$unhairpin" stats --reset --watch 2>/dev/null
is "reset and watch: status" 2 $?
"$unhairpin" stats now 2>/dev/null
is "an operand: status" 2 $?

# Datagrams: as exact, in the end, though the sender makes no system call for each.
echo "route \"$public:5300-5301\" { to = \"$near:5353\"  protocol = \"udp\" }" >>"$UH_TMP/counted.conf"
datagrams=$public:5300-5301\ udp
counted "$python" "$clients/trace_client.py" "$public" 5300 datagrams 500
is "1000 datagrams, and one that failed" "1001 0 {'others': 1}" \
	"$(of '"%d %d %s" % tuple(r["'"$datagrams"'"][k] for k in ("connections", "fallbacks", "failures"))')"
counted "$python" "$clients/trace_client.py" "$public" 5300 children 500
is "a child counts its own datagrams" 2001 "$(of 'r["'"$datagrams"'"]["connections"]')"
counted "$python" "$clients/trace_client.py" "$public" 5300 confined 1000
is "what was counted is written before a program confines itself" 3001 "$(of 'r["'"$datagrams"'"]["connections"]')"
if have strace && strace -o /dev/null true 2>/dev/null; then
	timeout 60 strace -E LD_PRELOAD="$object" -qq -o "$UH_TMP/calls" \
		"$python" "$clients/trace_client.py" "$public" 5300 datagrams 1000 >"$UH_TMP/out" 2>"$UH_TMP/err"
	is "datagrams under strace are counted" 5002 "$(of 'r["'"$datagrams"'"]["connections"]')"
	between=$(sed -n '/^send.*sin_port=htons(5353)/,$p' "$UH_TMP/calls" | sed '/^send.*EMSGSIZE/,$d')
	is "datagrams: 2000 calls that send" 2000 "$(grep -c '^send' <<<"$between")"
	is "datagrams: few other calls" yes "$([ "$(grep -c -v '^send' <<<"$between")" -lt 200 ] && echo yes)"
else
	skip "datagrams without a system call for each" "strace may not trace here"
fi
# The kernel cuts the name of a message that is longer than any address.
echo "route \"$public:5302\" { to = \"$near:5353\"  protocol = \"udp\" }" >>"$UH_TMP/counted.conf"
counted "$python" -c 'import ctypes, socket, struct, sys
name = ctypes.create_string_buffer(struct.pack("=H", socket.AF_INET) + struct.pack(">H", 5302) + socket.inet_aton(sys.argv[1]), 200)
data = ctypes.create_string_buffer(b"x")
part = ctypes.create_string_buffer(struct.pack("@PN", ctypes.addressof(data), 1))
one = struct.pack("@PIPNPNi0PI0P", ctypes.addressof(name), 200, ctypes.addressof(part), 1, 0, 0, 0, 0)
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
assert ctypes.CDLL(None).sendmmsg(sender.fileno(), one * 10, 10, 0) == 10' "$public"
is "datagrams with long names" 10 "$(of 'r["'"$public"':5302 udp"]["connections"]')"
finish
