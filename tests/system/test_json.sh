#!/bin/bash
# SPDX-License-Identifier: MIT
# --json and --noheadings: one object a line, with the members that unhairpin(1) lists.
. "$(dirname "$0")/lib.sh"

[ -x "$python" ] || skip_all json "no python3 here"
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
unset UNHAIRPIN_CONF UNHAIRPIN_ROUTES

# of EXPRESSION: the value of it for the lines of standard input as the list x.
of() {
	"$python" -c 'import json, sys
x = [json.loads(line) for line in sys.stdin]
print(eval(sys.argv[1]))' "$1"
}

# members: each line's members, in order; a line that repeats the one before is left out.
members() {
	"$python" -c 'import json, sys
for line in sys.stdin:
    print(*json.loads(line))' | uniq
}

cat >good.conf <<'END2'
route "203.0.113.1:443" { to = "unix:/run/a.sock"  peer_user = "root"  proxy_protocol = "v2" }
route "203.0.113.1:443" { to = "direct"  programs = "curl" }
route "203.0.113.0/24" { to = "192.168.1.20" }
route "api.example.com:443" { to = {"192.168.1.20", "unix:@api"} }
route "all.example.com" { to = "192.168.1.20"  on_failure = "refuse" }
END2
printf 'route "203.0.113.1:1" {\n}\nroute "nonsense/" { to = "192.168.1.20" }\n' >bad.conf

# check
is "check: good" "[('warning', 'good.conf', 4), ('ok', 'good.conf', None)]" \
	"$("$uh" check --json good.conf | of '[(f["severity"], f["file"], f["line"]) for f in x]')"
is "check: the text" "5 routes" "$("$uh" check --json good.conf | of 'x[-1]["text"]')"
is "check: faults" "[('error', 'bad.conf', 1), ('error', 'bad.conf', 3)]" \
	"$("$uh" check --json bad.conf 2>err | of '[(f["severity"], f["file"], f["line"]) for f in x]')"
"$uh" check --json bad.conf >out 2>err
is "check: faults: status, and nothing on standard error" "1 " "$? $(cat err)"
is "check: no file" "[('error', '/no/such.conf', None)]" \
	"$("$uh" check --json /no/such.conf | of '[(f["severity"], f["file"], f["line"]) for f in x]')"
is "check: a variable" "[('warning', None, None)]" \
	"$(UNHAIRPIN=maybe "$uh" check --json good.conf | of '[(f["severity"], f["file"], f["line"]) for f in x[:1]]')"
is "check: members" "severity file line column text" "$("$uh" check --json good.conf | members)"

# lookup
lookup() {
	"$uh" lookup --json -c good.conf "$@"
}
is "lookup: members" "destination protocol goes_to name addresses dns route place targets on_failure peer_user proxy_protocol shadows passed_over" \
	"$(lookup 203.0.113.1:443 198.51.100.1:1 api.example.com:443 all.example.com:1 240.0.0.9:1 | members)"
is "lookup: a route" "targets 203.0.113.1:443 $UH_TMP/good.conf:1 ['unix:/run/a.sock'] original [0] v2" \
	"$(lookup 203.0.113.1:443 | of '"%(goes_to)s %(route)s %(place)s %(targets)s %(on_failure)s %(peer_user)s %(proxy_protocol)s" % x[0]')"
is "lookup: other routes for it" "['203.0.113.0/24'] ['203.0.113.1:443']" \
	"$(lookup 203.0.113.1:443 | of '"%s %s" % tuple([r["route"] for r in x[0][k]] for k in ("shadows", "passed_over"))')"
is "lookup: no route" "address None None []" "$(lookup 198.51.100.1:1 | of '"%(goes_to)s %(route)s %(name)s %(targets)s" % x[0]')"
is "lookup: a name" "api.example.com 2 True ['192.168.1.20:443', 'unix:@api']" \
	"$(lookup api.example.com:443 | of '"%s %d %s %s" % (x[0]["name"], len(x[0]["addresses"]), x[0]["dns"], x[0]["targets"])')"
is "lookup: a name with one address" "['192.168.1.20'] False None" \
	"$(lookup all.example.com:1 | of '"%(addresses)s %(dns)s %(on_failure)s" % x[0]')"
is "lookup: a stand-in" "api.example.com" \
	"$(lookup "$(lookup api.example.com:443 | of 'x[0]["addresses"][0]'):443" | of 'x[0]["name"]')"
is "lookup: nowhere" "nowhere" "$(lookup 240.0.0.9:1 | of 'x[0]["goes_to"]')"
lookup 203.0.113.1:443 198.51.100.1:1 >out
is "lookup: status" 1 $?

# probe
probe() {
	"$uh" probe --json --timeout 50 "$@"
}
is "probe: a path without a socket" "{'route': '203.0.113.1:1', 'place': 'UNHAIRPIN_ROUTES:1', 'target': 'unix:/no/such', 'result': 'ENOENT'} 1" \
	"$(probe -m 203.0.113.1:1=unix:/no/such | of 'x[0].pop("microseconds") >= 0 and "%s %d" % (x[0], len(x))')"
is "probe: not tried" "route place target skipped" "$(probe -m 203.0.113.1=direct | members)"

# stats
mkdir -m 1777 counters
export UNHAIRPIN_STATS=$UH_TMP/counters
is "stats: nothing yet" "[]" "$("$uh" stats --json | of x)"
LD_PRELOAD=$object UNHAIRPIN_ROUTES=203.0.113.1:1=unix:/no/such \
	"$python" -c 'import socket; socket.socket().connect_ex(("203.0.113.1", 1))'
is "stats: members" "route target connections fallbacks failures last_used by" "$("$uh" stats --json | members)"
is "stats: a failure" "1 1 {'ENOENT': 1}" "$("$uh" stats --json | of '"%(connections)d %(fallbacks)d %(failures)s" % x[0]')"
is "stats: without titles" "203.0.113.1:1 original 1 1 1" "$("$uh" stats --noheadings | xargs | cut -d ' ' -f 1-5)"
is "stats: with titles" "ROUTE" "$("$uh" stats | head -n 1 | cut -d ' ' -f 1)"

# global
is "global: members" "file enabled object version loads fault not_tried off processes units restart" "$("$uh" global status --json | members)"
LD_PRELOAD=$object sleep 60 &
sleeper=$!
wait_for grep -q libunhairpin "/proc/$sleeper/maps"
is "global: a process" "pid program unit has_object why True" \
	"$("$uh" global status --json | of '[" ".join(p) + " %s" % p["has_object"] for p in x[0]["processes"] if p["pid"] == '$sleeper'][0]')"
is "global: titles" "1 0" "$("$uh" global status | grep -c '^ *PID *OBJECT *UNIT *PROGRAM') $("$uh" global status --noheadings | grep -c PID)"
is "global: the process in the table" "yes" "$("$uh" global status --noheadings | awk "\$1 == $sleeper { print \$2 }")"
kill "$sleeper"

# Where there are no titles, --noheadings changes nothing.
for arguments in "check good.conf" "lookup -c good.conf 203.0.113.1:443" "probe -m 203.0.113.1=direct"; do
	# shellcheck disable=SC2086 # words are to be split
	is "--noheadings: $arguments" "$("$uh" $arguments 2>&1)" "$("$uh" ${arguments%% *} --noheadings ${arguments#* } 2>&1)"
done
finish
