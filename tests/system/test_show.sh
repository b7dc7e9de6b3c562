#!/bin/bash
# SPDX-License-Identifier: MIT
# show: every effective route and setting with its place, the files, and whether the routes are in force.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
mkdir d e

cat >main.conf <<END2
include("$UH_TMP/d/*.conf")
log = "info"
route "203.0.113.1:443" { to = "192.168.1.20"  programs = {"curl", "!wget"}  users = "!33" }
route "203.0.113.1:443" { to = "direct" }
route "*.example.com" { to = {"unix:@a", "192.168.1.20:80"}  on_failure = "refuse"  peer_user = "33" }
END2
printf 'public = {"198.51.100.1", "2001:db8::1"}\nretry_after = "1500ms"\nroute "192.0.2.0/24:53" { to = "192.168.1.1"  protocol = "udp" }\n' >d/1.conf

# row COLUMN PATTERN COMMAND…: the first line that begins with the pattern, with single blanks.
row() {
	"${@:2}" 2>err | grep -m 1 "^$1 " | tr -s ' '
}

show() {
	"$uh" show -c main.conf "$@"
}

is "a route with conditions" "203.0.113.1:443 192.168.1.20 programs=!wget,curl users=!33 $UH_TMP/main.conf:3 in force" \
	"$(row 203.0.113.1:443 show)"
is "two targets, a refusal, a peer" \
	"unix:@a, 192.168.1.20:80 peer_user=33 on_failure=refuse $UH_TMP/main.conf:5 in force" \
	"$(row '\*.example.com' show | cut -d ' ' -f 2-)"
is "a route of an included file" "192.0.2.0/24:53 192.168.1.1 protocol=udp $UH_TMP/d/1.conf:3 in force" "$(row 192.0.2.0/24:53 show)"
is "a setting" "log info $UH_TMP/main.conf:2" "$(row log show)"
is "a setting of an included file" "retry_after 1500ms $UH_TMP/d/1.conf:2" "$(row retry_after show)"
is "a setting that has two values" "public 198.51.100.1 2001:db8::1 $UH_TMP/d/1.conf:1 $UH_TMP/d/1.conf:1" "$(row public show)"
is "a default" "log_to journal default" "$(row log_to show)"
is "the main file" "$UH_TMP/main.conf read" "$(row "$UH_TMP/main.conf" show)"
is "an included file" "$UH_TMP/d/1.conf read" "$(row "$UH_TMP/d/1.conf" show)"
is "every setting that the configuration can have" \
	"$(sed -n 's/^    {"\([a-z_0-9]*\)", .*uh_set_.*/\1/p' "$root/src/config/config_options.c" | sort)" \
	"$(show --json | sed -n 's/.*"setting":"\([a-z_0-9]*\)".*/\1/p' | sort)"

cache=$UH_TMP/unhairpin.cache
is "no compiled form" "$cache missing" "$(row "$cache" show)"
"$uh" compile main.conf >out 2>&1
is "a fresh compiled form" "$cache fresh" "$(row "$cache" show)"
is "a compiled form that has no inline routes" "$cache other routes" "$(row "$cache" show -m 203.0.113.5=192.168.1.20)"
echo 'route "203.0.113.4" { to = "direct" }' >d/2.conf
is "a stale compiled form" "$cache stale" "$(row "$cache" show)"
is "titles" "ROUTE SETTING FILE" "$(show | grep -o '^[A-Z][A-Z]*' | xargs)"
is "--noheadings" "" "$(show --noheadings | grep -o '^[A-Z][A-Z]*' | xargs)"

is "an inline route" "203.0.113.5 192.168.1.20 - UNHAIRPIN_ROUTES:1 in force" "$(row 203.0.113.5 show -m 203.0.113.5=192.168.1.20)"
is "an inline route replaces one of the file" "192.168.1.9 - UNHAIRPIN_ROUTES:1 in force" \
	"$(row 203.0.113.4 show -m 203.0.113.4=192.168.1.9 | cut -d ' ' -f 2-)"

cat >d/3.conf <<END2
route "203.0.113.6" { to = "192.168.1.6"  enabled = off }
route "192.0.2.0/24:53" { to = "192.168.1.7"  protocol = "udp"  override = yes }
END2
is "a disabled route" "203.0.113.6 192.168.1.6 - $UH_TMP/d/3.conf:1 disabled" "$(row 203.0.113.6 show)"
is "an overridden route" "192.168.1.7 $UH_TMP/d/3.conf:2 in force 192.168.1.1 $UH_TMP/d/1.conf:3 overridden" \
	"$(show | grep '^192.0.2.0/24:53 ' | tr -s ' ' | sed 's/protocol=udp //; s/ - / /' | cut -d ' ' -f 2- | xargs)"
is "JSON: routes that are not in force" '"disabled"}
"overridden"}' "$(show --json | grep -o '"\(disabled\|overridden\)"}' | sort)"
rm d/3.conf

touch unhairpin.off
is "switched off: a route" "in force 0 switched off 5" \
	"in force $(show | grep -c 'in force$') switched off $(show | grep -c 'switched off$')"
is "switched off: the file" "$UH_TMP/unhairpin.off switches the routes off" "$(row "$UH_TMP/unhairpin.off" show)"
rm unhairpin.off

is "no configuration" "unhairpin: note: no configuration at /etc/unhairpin.conf" \
	"$("$here/with_etc.sh" "$UH_TMP/e" "$uh" show 2>&1 >/dev/null)"
echo 'x = y' >bad.conf
"$uh" show -c bad.conf >out 2>err
is "a configuration with faults" "1  bad.conf:1" "$? $(cat out) $(cut -d : -f 1,2 err | head -n 1)"
"$uh" show -c nonsuch >out 2>err
is "a file that is missing" "1 " "$? $(cat out)"
"$uh" show x >out 2>err
is "an operand" "2 " "$? $(cat out)"

if [ -x "$python" ]; then
	show --json >json
	is "JSON" "5 13 4" "$("$python" -c 'import json
x = [json.loads(line)["kind"] for line in open("json")]
print(x.count("route"), x.count("setting"), x.count("file"))')"
	is "JSON: a route" "['unix:@a', '192.168.1.20:80'] refuse ['33'] [] None $UH_TMP/main.conf 5 in force" "$("$python" -c 'import json
for x in map(json.loads, open("json")):
    if x.get("route") == "*.example.com":
        print(x["targets"], x["on_failure"], x["peer_user"], x["programs"], x["proxy_protocol"], x["file"], x["line"], x["state"])')"
else
	skip "JSON" "no python3 here"
fi
finish
