#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of a trace: as bytes, and in a headless browser where there is one.
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
line(100, "/usr/bin/node", "192.0.2.1", 80, 9000, name="a\u202e\u0007'&amp;")
END
"$uh" suggest -c empty.conf --public 198.51.100.7 --html page.html trace.jsonl >out 2>&1
is "the page is written beside the suggestions" "0 1" "$? $(grep -c '^# 198.51.100.7:443' out)"

# What a parser finds in it: one script and no more, no element or attribute that asks for anything.
is "the texts of a trace are texts, whatever they hold" "script 1, img 0, b 5, links 0" "$("$python" - <<'END'
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
is "no control characters" "" "$(tr -d '\n' <page.html | grep -a -P '[\x00-\x1f\x7f]')"
is "nothing is fetched" "" "$(grep -o -i -E '(https?:)?//[a-z].*|url\(.*|@import.*' page.html)"
"$uh" suggest -c empty.conf --html /no/such/page trace.jsonl >out 2>&1
is "a file that can't be written" "2 unhairpin: /no/such/page: No such file or directory" "$? $(cat out)"
"$uh" suggest -c empty.conf --html /dev/full trace.jsonl >out 2>&1
is "a full disk" "2 unhairpin: /dev/full: No space left on device" "$? $(cat out)"
"$uh" suggest -c empty.conf --html empty.html /dev/null >out 2>&1
is "nothing to show is a page too" "1 1" "$(grep -c '</svg>' empty.html) $(grep -c '<b>0</b>connections' empty.html)"

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
