#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of a trace: as bytes, its data, what its script makes of them, and in a headless browser if there is one.
. "$(dirname "$0")/lib.sh"

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
uh=$UH_TMP/lib/unhairpin
cd "$UH_TMP" || exit 1
echo 'log = "off"' >empty.conf

"$python" - >trace.jsonl <<'END'
import json

def line(count, program, address, port, time, result="ok", **more):
    for i in range(count):
        print(json.dumps(dict(time=i, pid=1, program=program, user=0, address=address, port=port,
                              protocol="tcp", microseconds=time, result=result, **more)))

print(json.dumps(dict(unhairpin_trace=1, version="0.1.0", host="<b>host", started="<i>now", command=["x"])))
line(20, "/usr/bin/curl", "198.51.100.7", 443, 800, name="api.example.com")
line(9, "/usr/bin/curl", "198.51.100.7", 5432, 40, route="198.51.100.7:5432", place="/etc/c:1",
     target="unix:/run/</svg><script>bad()</script>")
line(3, "/opt/<script>bad()</script>", "203.0.113.9", 25, 5, "ECONNREFUSED", name="\"><img src=x onerror=bad()>")
line(100, "/usr/bin/node", "192.0.2.1", 80, 9000, name="a\u202e\u2028\u0007\u007f'&amp;<!--")
END
"$uh" suggest -c empty.conf --public 198.51.100.7 --html page.html trace.jsonl >out 2>&1
is "the page is written beside the suggestions" "0 1" "$? $(grep -c '^# 198.51.100.7:443' out)"

# What a parser finds in it: the data and one script, no element or attribute that asks for anything.
is "the texts of a trace are texts, whatever they hold" "script 2, img 0, b 0, links 0" "$("$python" - <<'END'
import collections, html.parser

class Page(html.parser.HTMLParser):
    seen = collections.Counter()
    links = 0
    def handle_starttag(self, tag, attrs):
        self.seen[tag] += 1
        self.links += sum(name in ("src", "href", "onerror") for name, value in attrs)

page = Page()
page.feed(open("page.html", encoding="utf-8").read())
print("script %d, img %d, b %d, links %d" % (page.seen["script"], page.seen["img"], page.seen["b"], page.links))
END
)"

# data EXPRESSION [FILE]: what a Python expression makes of a page's data d.
data() {
	"$python" -c 'import json, re, sys
text = open(sys.argv[2], encoding="utf-8").read()
d = json.loads(re.search(r"""<script type="application/json" id="trace">([ -;=-~]*)</script>""", text)[1])
print(eval(sys.argv[1]))' "$1" "${2:-page.html}"
}
is "data: the host and the time" "<b>host <i>now" "$(data 'd["host"] + " " + d["started"]')"
is "data: a row for each way, most connections first" "node 100 0; curl 20 0; curl 9 0; script> 3 3" \
	"$(data '"; ".join("%s %d %d" % (r["program"].split("/")[-1], r["connections"], r["failed"]) for r in d["rows"])')"
is "data: texts as they are in the trace" "a\\u202e\\u2028\\x07\\x7f'&amp;<!-- \"><img src=x onerror=bad()>" \
	"$(data '(d["rows"][0]["name"] + " " + d["rows"][3]["name"]).encode("unicode_escape").decode()')"
is "data: times of those that connected" "9000.0 800.0 40.0 None" "$(data '" ".join(str(r.get("median")) for r in d["rows"])')"
is "data: the hairpin, and why it is one" "[(1, \"it is this host's own: given as --public\")]" \
	"$(data '[(i, r["hairpin"]) for i, r in enumerate(d["rows"]) if "hairpin" in r]')"
is "data: the route" "198.51.100.7:5432 /etc/c:1 unix:/run/</svg><script>bad()</script>" \
	"$(data '" ".join(d["rows"][2][k] for k in ("route", "place", "target"))')"
is "no control characters" "" "$(tr -d '\n\t' <page.html | grep -a -P '[\x00-\x1f\x7f]')"
is "nothing is fetched" "" "$(grep -o -i -E '(https?:)?//[a-z].*|url\(.*|@import.*' page.html)"
"$uh" suggest -c empty.conf --html /no/such/page trace.jsonl >out 2>&1
is "a file that can't be written" "2 unhairpin: /no/such/page: No such file or directory" "$? $(cat out)"
"$uh" suggest -c empty.conf --html /dev/full trace.jsonl >out 2>&1
is "a full disk" "2 unhairpin: /dev/full: No space left on device" "$? $(cat out)"
"$uh" suggest -c empty.conf --html empty.html /dev/null >out 2>&1
is "nothing to show is a page too" "{'rows': []}" "$(data d empty.html)"
# 500 datagrams by a route in two objects, three that failed, and a connection to the same address.
{
	head -n 1 trace.jsonl
	datagrams='"address":"198.51.100.7","port":53,"protocol":"udp","program":"/usr/bin/dig"'
	for number in 400 100; do
		echo "{$datagrams,\"datagrams\":$number,\"result\":\"ok\",\"route\":\"r\",\"target\":\"127.0.0.1:53\"}"
	done
	echo "{$datagrams,\"datagrams\":3,\"result\":\"EPERM\",\"route\":\"r\",\"target\":\"127.0.0.1:53\"}"
	echo "{$datagrams,\"microseconds\":7,\"result\":\"ok\"}"
	echo "{$datagrams,\"datagrams\":1,\"result\":\"ok\"}"
} >datagrams.jsonl
"$uh" suggest -c empty.conf --public 198.51.100.7 --html datagrams.html datagrams.jsonl >out 2>&1
is "data: datagrams are apart from connections" "0 503 3; 1 0 0; 0 1 0" \
	"$(data '"; ".join("%d %d %d" % (r["connections"], r["datagrams"], r["failed"]) for r in d["rows"])' datagrams.html)"
is "data: datagrams have no times" "None 7.0 None" "$(data '" ".join(str(r.get("median")) for r in d["rows"])' datagrams.html)"
if have curl; then
	cp "$(realpath "$(command -v curl)")" $'a\xff<b'
	UNHAIRPIN_CONF=/dev/null "$uh" trace --html bytes.html -- "./"$'a\xff<b' -s http://127.0.0.1:1/ 2>err
	is "bytes that are not UTF-8" "1 a\ufffd<b 127.0.0.1:1" \
		"$(data '"%d %s %s" % (len(d["rows"]), ascii(d["rows"][0]["program"].split("/")[-1])[1:-1], d["rows"][0]["destination"])' bytes.html)"
else
	skip "bytes that are not UTF-8" "no curl here"
fi

# What the script makes of the data, in a document that is no more than the script needs.
if have node; then
	node "$here/page_dom.js" page.html >made 2>&1
	is "script: ends without an error" 0 $?
	is "script: head and sums" "Connections of <b>host
unhairpin trace, begun <i>now
132connections, 4destinations, 20through a hairpin, 9routed by unhairpin, 3failed" "$(head -n 3 made)"
	is "script: rows" "row : node | a'&amp;<!-- 192.0.2.1:80 | 100 | 0 | 9000 µs | 9000 µs | as asked
row hairpin: curl | api.example.com 198.51.100.7:443 | 20 | 0 | 800 µs | 800 µs | hairpin it is this host's own: given as --public
row : curl | 198.51.100.7:5432 | 9 | 0 | 40 µs | 40 µs | routed  unix:/run/</svg><script>bad()</script> 198.51.100.7:5432 at /etc/c:1
row : script> | \"><img src=x onerror=bad()> 203.0.113.9:25 | 3 | 3 |  |  | as asked" \
		"$(grep '^row' made | sed 's/\xe2\x80\xae\|\xe2\x80\xa8\|\xef\xbf\xbd//g')"
	is "script: control characters are replaced" 1 "$(grep -c $'^row : node | a\u202e\u2028\ufffd\ufffd' made)"
	is "script: ribbons" "path  14: node; path hairpin 10: curl; path routed 8: curl; path routed 8: 198.51.100.7:5432; path  4: script>; " \
		"$(sed -n '/^path/s/ to .*/; /p' made | tr -d '\n')"
	is "script: a ribbon is explained" "path hairpin 10: curl to api.example.com: 20 through a hairpin" "$(grep '^path hairpin' made)"
	is "script: nodes" "text hairpin: api.example.com|text below: 198.51.100.7:443 · 20 · hairpin ↩|" \
		"$(grep -A 1 '^text hairpin' made | tr '\n' '|')"
	is "script: targets" "text routed: unix:/run/</svg><script>bad()</script>" "$(tail -n 2 made | head -n 1)"
	node "$here/page_dom.js" datagrams.html >made 2>&1
	is "script: datagrams in the sums" "1connections, 504datagrams, 1destinations, 2through a hairpin, 503routed by unhairpin, 3failed" \
		"$(sed -n 3p made)"
	is "script: datagrams in a row" "198.51.100.7:53 udp | 503 datagrams | 3 |  |  | routed  127.0.0.1:53 r" \
		"$(sed -n 's/^row : dig | //p' made)"
	is "script: one datagram in a row" 1 "$(grep -c '198.51.100.7:53 udp | 1 datagram |' made)"
	is "script: datagrams have a ribbon" "path routed 18: dig to 198.51.100.7:53: 503" "$(grep -m 1 '^path routed' made)"
	clicked() {
		node "$here/page_dom.js" page.html "$@" | sed -n 's/^row [a-z]*: \([^ ]*\) .*/\1/p' | xargs
	}
	is "script: sorted by a number, falling" "node curl curl script>" "$(clicked 4)"
	is "script: and rising" "script> curl curl node" "$(clicked 4 4)"
	is "script: sorted by a text" "script> node curl curl" "$(clicked 0)"
	node "$here/page_dom.js" empty.html >made 2>&1
	is "script: nothing to show" "0 0connections, 0destinations, 0through a hairpin, 0routed by unhairpin, 0failed" "$? $(sed -n 3p made)"
	for i in {1..30}; do
		echo "{\"address\":\"192.0.2.$i\",\"port\":80,\"result\":\"unknown\",\"program\":\"/p\",\"target\":\"$(printf 'é%.0s' {1..50})\"}"
	done | { head -n 1 trace.jsonl && cat; } | "$uh" suggest -c empty.conf --html many.html >out 2>&1
	node "$here/page_dom.js" many.html >made 2>&1
	is "script: small destinations are one node, and long texts are cut" "0 24 7 $(printf 'é%.0s' {1..38})… 30of unknown outcome" \
		"$? $(grep -c -E '^text : (192|others)' made) $(grep -A 1 '^text : others' made | sed -n 's/text below: //p') $(sed -n 's/^text routed: //p' made) $(sed -n '3s/.*, //p' made)"
else
	skip "script" "no node here"
fi

have chromium || skip_all "in a browser" "no chromium here"

# browser OPTION… FILE: with no state of its own, and no network in here to be found.
browser() {
	timeout -k 5 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --user-data-dir="$UH_TMP/chromium" --window-size=1280,1000 \
		"${@:1:$#-1}" "file://$UH_TMP/${*: -1}" 2>browser.err
}

# column NUMBER: the first column of the rows, after so many clicks on the title of column NUMBER.
programs_after() {
	{
		cat page.html
		echo "<script>for(let i=0;i<$2;i++)document.querySelectorAll('th button')[$1].click()</script>"
	} >clicked.html
	browser --dump-dom clicked.html | sed 's/<.tbody>/\n&/g' | sed '1,/<tbody>/d; /<\/tbody>/,$d' |
		grep -o '<tr[^>]*><td title="[^"]*"' | sed 's/.*[/]//; s/"$//' | tr '\n' ' '
}

is "sorted by connections at first" "node curl curl script&gt; " "$(programs_after 0 0 | sed 's/&amp;/\&/g')"
is "sorted by a number, falling" "node curl curl script&gt; " "$(programs_after 4 1)"
is "and rising" "script&gt; curl curl node " "$(programs_after 4 2)"
is "sorted by a text" "script&gt; node curl curl " "$(programs_after 0 1)"
browser --screenshot="$UH_TMP/page.png" page.html >out
is "a screenshot shows hairpins and routes in their colours" "1280x1000 True True True" "$("$python" - <<'END'
import struct, zlib

data = open("page.png", "rb").read()
width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
at, packed = 8, b""
while at < len(data):
    length, name = struct.unpack(">I4s", data[at:at + 8])
    if name == b"IDAT":
        packed += data[at + 8:at + 8 + length]
    at += length + 12
raw, size = zlib.decompress(packed), {2: 3, 6: 4}[kind]
row, colours = bytearray(width * size), set()
for y in range(height):
    filtered = raw[y * (width * size + 1):(y + 1) * (width * size + 1)]
    how, line = filtered[0], bytearray(filtered[1:])
    for i in range(width * size):
        a = line[i - size] if i >= size else 0
        b, c = row[i], row[i - size] if i >= size else 0
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        line[i] = (line[i] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
    row = line
    colours |= {bytes(line[i:i + 3]) for i in range(0, len(line), size)}
print("%dx%d" % (width, height), *(bytes.fromhex(c) in colours for c in ("d9480f", "18794e", "c92a2a")))
END
)"
finish
