#!/bin/bash
# SPDX-License-Identifier: MIT
# diff: which destinations change between what is in force and a candidate.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

install -t "$UH_TMP/lib" "$UH_BUILD"/unhairpin || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
mkdir d

cat >main.conf <<END2
include("$UH_TMP/d/*.conf")
route "203.0.113.0/24:443" { to = "192.168.1.20" }
route "203.0.113.9:443" { to = "direct" }
route "203.0.113.1:8000-8100" { to = "192.168.1.20" }
route "*.example.com" { to = "192.168.1.20"  protocol = "any" }
route "2001:db8::1" { to = "192.168.1.20" }
END2

# changes NAME STATUS EXPECTED ARGUMENT…: the lines of diff with single blanks, without the places.
changes() {
	local out status
	out=$("$uh" diff --noheadings "${@:4}" 2>err)
	status=$?
	is "$1" "$2 $3" "$status $(tr -s ' ' <<<"$out" | sed -E 's/ [^ ]*:[0-9]+$| -$//')"
}

# edited SCRIPT: new.conf is main.conf with the changes of a sed script.
edited() {
	sed -E "$1" main.conf >new.conf
}

changes "nothing" 0 "" main.conf main.conf
edited '/8000/d'
changes "a route is gone" 1 "removed 203.0.113.1:8000-8100 192.168.1.20 original address" main.conf new.conf
changes "a new route" 1 "added 203.0.113.1:8000-8100 original address 192.168.1.20" new.conf main.conf
edited '/\/24/s/1\.20/1.21/'
changes "another target" 1 "changed 203.0.113.0/24:443 192.168.1.20 192.168.1.21" main.conf new.conf
edited '/direct/d'
changes "an exception is gone" 1 "added 203.0.113.9:443 original address 192.168.1.20" main.conf new.conf
changes "a new exception" 1 "removed 203.0.113.9:443 192.168.1.20 original address" new.conf main.conf
edited 's/8000-8100/8050-8200/'
changes "other ports" 1 "removed 203.0.113.1:8000-8049 192.168.1.20 original address
added 203.0.113.1:8101-8200 original address 192.168.1.20" main.conf new.conf
edited 's/(2001:db8::1)"/\1"/; s/"2001:db8::1"/"[2001:db8::1]:80"/'
changes "fewer ports" 1 "removed 2001:db8::1 192.168.1.20 original address" main.conf new.conf
edited '/2001/s/1\.20/1.21/'
changes "IPv6" 1 "changed 2001:db8::1 192.168.1.20 192.168.1.21" main.conf new.conf
edited '/8000/s/to =/programs = "curl"  to =/'
changes "a new condition" 1 "changed 203.0.113.1:8000-8100 192.168.1.20 192.168.1.20 (programs=curl)" main.conf new.conf
edited '/8000/s/to =/on_failure = "refuse"  to =/'
changes "another option" 1 "changed 203.0.113.1:8000-8100 192.168.1.20 192.168.1.20 (on_failure=refuse)" main.conf new.conf
edited '1d; $a route "198.51.100.7" { to = "direct" }'
changes "a direct route that no wider route needs" 0 "" main.conf new.conf
edited '/8000/{h; d}; ${p; g}'
changes "another order" 0 "" main.conf new.conf

edited '$a route "a.example.com:443" { to = "unix:@a" }'
changes "a more specific name" 1 "changed a.example.com:443 192.168.1.20 unix:@a" main.conf new.conf
edited '/example/s/any/tcp/'
changes "a protocol less" 1 "removed *.example.com udp 192.168.1.20 original address" main.conf new.conf
edited '1i log = "debug"'
changes "a setting" 1 "setting log warning debug" main.conf new.conf

echo 'route "203.0.113.4:443" { to = "192.168.1.4" }' >draft
changes "--with: a file that does not exist" 1 "changed 203.0.113.4:443 192.168.1.20 192.168.1.4" \
	-c main.conf "--with=draft=$UH_TMP/d/1.conf"
is "--with: the place of the change" "draft:1" "$("$uh" diff -c main.conf "--with=draft=$UH_TMP/d/1.conf" | awk 'END { print $NF }')"
changes "--with: standard input" 1 "changed 203.0.113.4:443 192.168.1.20 192.168.1.4" \
	-c main.conf "--with=-=$UH_TMP/d/1.conf" <draft
changes "--with: no include() matches" 2 "" -c main.conf "--with=draft=$UH_TMP/d/1.off"
cp draft d/1.conf
: >empty
changes "--with: an empty file in the place of a file" 1 "changed 203.0.113.4:443 192.168.1.4 192.168.1.20" \
	-c main.conf "--with=empty=$UH_TMP/d/1.conf"
rm d/1.conf
changes "a file against standard input" 0 "" main.conf - <main.conf

# The routes in force are those of the compiled form, also if the configuration beside it is faulty by now.
"$uh" compile main.conf >out 2>&1
edited '/8000/d'
changes "in force: the compiled form" 1 "removed 203.0.113.1:8000-8100 192.168.1.20 original address" -c main.conf new.conf
cp main.conf good.conf
sleep 0.05
echo 'x = y' >>main.conf
changes "in force: the last compiled form" 1 "removed 203.0.113.1:8000-8100 192.168.1.20 original address" -c main.conf new.conf
is "in force: the last compiled form: a note" "unhairpin: note: $UH_TMP/main.conf has faults; compared with its last compiled form" "$(cat err)"
changes "a candidate with faults" 2 "" -c good.conf main.conf
cp good.conf main.conf

"$uh" diff >out 2>err
is "no candidate" "2" $?
"$uh" diff a b c >out 2>err
is "three files" "2" $?
"$uh" diff main.conf nonsuch >out 2>err
is "a file that is missing" "2" $?
edited '/8000/d'
is "titles" "CHANGE DESTINATION OLD NEW PLACE" "$("$uh" diff main.conf new.conf | head -n 1 | xargs)"

if [ -x "$python" ]; then
	edited '1i log = "debug"
		/8000/d; /\/24/s/1\.20"/1.21", "unix:@b"/; s/to = ("192.168.1.21[^}]*) }/to = {\1} }/'
	"$uh" diff --json main.conf new.conf >json
	is "JSON" "changed 203.0.113.0/24:443 tcp [['192.168.1.20']] [['192.168.1.21', 'unix:@b']]
removed 203.0.113.1:8000-8100 tcp [['192.168.1.20']] []
setting log warning debug" "$("$python" -c 'import json
for x in map(json.loads, open("json")):
    if x["change"] == "setting":
        print("setting", x["setting"], x["old"], x["new"])
    else:
        print(x["change"], x["destination"], x["protocol"], *([r["targets"] for r in x[k]] for k in ("old", "new")))')"
else
	skip "JSON" "no python3 here"
fi
finish
