#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever becomes of a file that a running program has mapped, the program goes on, and so does the counting if it can.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

unhairpin=$UH_BUILD/unhairpin
export UNHAIRPIN_STATS=$UH_TMP/counters
mkdir -m 1777 "$UNHAIRPIN_STATS"
counters=$UNHAIRPIN_STATS/$(id -u)
size=393472

# count: connections by the route, in all files.
count() {
	"$unhairpin" stats --json | "$python" -c 'import json, sys
print(sum(json.loads(line)["connections"] for line in sys.stdin))'
}

# goes_on NAME COUNT [COMMAND…]: the program connects by its route, and then the file says so many connections.
goes_on() {
	local name=$1 expected=$2
	shift 2
	is "$name: the program connects, and the count" "one $expected" "$(ask "$@") $(count)"
}

chmod 755 "$UH_TMP" "$work"
start_words || failed_all "files of counters" "the servers don't start"
chmod 777 "$work/one"
route one >"$conf"
settle
"$unhairpin" compile "$conf" >/dev/null || failed_all "files of counters" "nothing is compiled"
start_asker UNHAIRPIN_CONF="$conf"
goes_on "as it is" 1
: >"$counters"
goes_on "emptied" 1
goes_on "emptied, again" 2
truncate -s 300 "$counters"
goes_on "cut" 1
truncate -s $((size - 1)) "$counters"
goes_on "cut by a byte" 2
is "cut by a byte: is whole again" $size "$(stat -c %s "$counters")"
: >"$counters"
truncate -s $size "$counters"
goes_on "emptied and grown" 1
echo garbage >>"$counters"
goes_on "with garbage behind it" 2
is "with garbage behind it: is as long as it should be" $size "$(stat -c %s "$counters")"
rm "$counters"
goes_on "removed" 1
cp "$counters" "$UH_TMP/copy"
goes_on "for a copy" 2
mv "$UH_TMP/copy" "$counters"
goes_on "replaced by a copy" 2
"$unhairpin" stats --reset
goes_on "set to zero" 1
# Set to zero twice without a connection between, the slot is free.
"$unhairpin" stats --reset
"$unhairpin" stats --reset
goes_on "set to zero twice" 1

rm "$counters"
mkdir "$counters"
is "a directory in its place" one "$(ask)"
rmdir "$counters"
goes_on "a directory, and gone" 1
"$python" -c 'import os, sys; sys.stdout.buffer.write(os.urandom(int(sys.argv[1])))' $size >"$UH_TMP/noise"
for part in 8 $size; do
	head -c "$part" "$UH_TMP/noise" | dd of="$counters" conv=notrunc status=none
	sum=$(md5sum <"$counters")
	is "overwritten, $part bytes" "one one" "$(ask) $(ask)"
	is "overwritten, $part bytes: is left alone" "$sum" "$(md5sum <"$counters")"
	: >"$counters"
	goes_on "overwritten, $part bytes, and emptied" 1
done
mv "$UNHAIRPIN_STATS" "$UH_TMP/away"
is "without its directory" one "$(ask)"
mv "$UH_TMP/away" "$UNHAIRPIN_STATS"
goes_on "with its directory again" 3
is "nothing is logged" "" "$(grep -v -e 'goes to' -e 'route read' "$log")"
stop_asker

# A program that runs before there is a directory counts when it is there, also one that logs nothing.
mv "$UNHAIRPIN_STATS" "$UH_TMP/away"
for way in "$conf" /dev/null; do
	start_asker UNHAIRPIN_LOG=off UNHAIRPIN_CONF="$way" UNHAIRPIN_ROUTES="$public:7000=unix:$work/one"
	is "before the directory: the program connects" "one one" "$(ask) $(ask)"
	mv "$UH_TMP/away" "$UNHAIRPIN_STATS"
	rm -f "$counters"
	goes_on "as soon as there is a directory ($way)" 1
	mv "$UNHAIRPIN_STATS" "$UH_TMP/away"
	stop_asker
done
echo 'stats = "off"' >"$work/off.conf"
cat "$conf" >>"$work/off.conf"
start_asker UNHAIRPIN_CONF="$work/off.conf"
is "stats = off, before the directory" one "$(ask)"
mv "$UH_TMP/away" "$UNHAIRPIN_STATS"
rm -f "$counters"
is "stats = off, with a directory: no file" "one " "$(ask) $(ls "$counters" 2>/dev/null)"
stop_asker

# A file with an older layout is replaced; one with a newer layout is left alone.
printf '\006UHSTAT2' >"$counters"
truncate -s 262400 "$counters"
start_asker UNHAIRPIN_CONF="$conf"
goes_on "an older layout" 1
is "an older layout: the new file" $size "$(stat -c %s "$counters")"
stop_asker
printf '\006UHSTAT9' >"$counters"
truncate -s $size "$counters"
start_asker UNHAIRPIN_CONF="$conf"
goes_on "a newer layout" 0
stop_asker
rm "$counters"

# Without a file among the routes' sources nothing else is looked at once a second.
start_asker UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$public:7000=unix:$work/one"
goes_on "routes of a variable" 1
rm "$counters"
goes_on "routes of a variable, removed" 1
stop_asker

# A process that has lost its way to the file counts on in what it has mapped, and survives that as well.
if is_root; then
	start_asker UNHAIRPIN_CONF="$conf" setpriv --reuid=65534 --regid=65534 --clear-groups
	goes_on "another user" 2
	chmod 444 "$UNHAIRPIN_STATS/65534"
	goes_on "without permission to write" 3
	: >"$UNHAIRPIN_STATS/65534"
	is "without permission, and emptied" one "$(ask)"
	chmod 644 "$UNHAIRPIN_STATS/65534"
	goes_on "with permission again" 2
	stop_asker
	rm "$UNHAIRPIN_STATS"/*

	mkdir -p "$UH_TMP/root$work"
	ln "$work/one" "$UH_TMP/root$work/one"
	start_asker UNHAIRPIN_CONF="$conf"
	goes_on "chroot, before any connection" 1 "chroot=$UH_TMP/root"
	goes_on "chroot" 2
	: >"$counters"
	is "chroot, and emptied" one "$(ask)"
	truncate -s $size "$counters"
	is "chroot, emptied, and grown by others" one "$(ask)"
	stop_asker
	rm "$UNHAIRPIN_STATS"/*

	start_asker UNHAIRPIN_CONF="$conf"
	goes_on "before another user" 1
	goes_on "as another user" 2 "user=65534"
	rm "$counters"
	is "as another user: counted in the new user's file" 1 "$(count)"
	goes_on "as another user, again" 2
	rm "$UNHAIRPIN_STATS"/*
	goes_on "as another user, removed" 1
	is "as another user: the file is his" 65534 "$(stat -c %u "$UNHAIRPIN_STATS"/*)"
	stop_asker
	# A file that the new user may not have is not written, and neither is the old user's any more.
	rm "$UNHAIRPIN_STATS"/*
	start_asker UNHAIRPIN_CONF="$conf"
	goes_on "before a user without a file" 1
	install -m 666 /dev/null "$UNHAIRPIN_STATS/65534"
	goes_on "as a user without a file" 1 "user=65534"
	goes_on "as a user without a file, again" 1
	stop_asker
	rm "$UNHAIRPIN_STATS"/*
	start_asker UNHAIRPIN_CONF="$conf"
	goes_on "chroot, before another user" 1 "chroot=$UH_TMP/root"
	goes_on "chroot, and another user: the old file" 2 "user=65534"
	is "chroot, and another user: no new file" "" "$(ls "$UNHAIRPIN_STATS/65534" 2>/dev/null)"
	stop_asker
	rm "$UNHAIRPIN_STATS"/*
else
	skip "confined programs" "needs root"
fi

# All the time: some thread in the middle of a count at each cut.
cat >"$UH_TMP/cutter.py" <<'END'
import os, sys
path, stop = sys.argv[1:]
cuts = 0
while not os.path.exists(stop):
    try:
        os.truncate(path, cuts % 5 * 65536 - cuts % 3 * 4096 if cuts % 5 else 0)
        if cuts % 7 == 0:
            os.unlink(path)
    except FileNotFoundError:
        pass
    cuts += 1
END
"$python" "$UH_TMP/cutter.py" "$counters" "$UH_TMP/stop" &
cutter=$!
for way in threads forks; do
	timeout 120 env LD_PRELOAD="$preloaded" UNHAIRPIN_CONF="$conf" \
		"$python" "$clients/trace_client.py" "$public" 7000 $way 50
	is "cut all the time, $way: status" 0 $?
done
touch "$UH_TMP/stop"
wait "$cutter"
rm -f "$counters"
start_asker UNHAIRPIN_CONF="$conf"
goes_on "afterwards" 1

# Compiled routes: the program has its own copy.
: >"$cache"
goes_on "the compiled form, emptied" 2
head -c 5000 "$UH_TMP/noise" >"$cache"
goes_on "the compiled form, overwritten" 3
rm "$cache"
goes_on "the compiled form, removed" 4
stop_asker
kill -9 "$asker" 2>/dev/null
is "counts outlive the process" 4 "$(count)"

# Programs that read it at the moment when it is cut.
"$unhairpin" compile "$conf" >/dev/null
cp "$cache" "$UH_TMP/good"
(
	while [ ! -e "$UH_TMP/enough" ]; do
		: >"$cache"
		cat "$UH_TMP/good" >"$cache"
	done
) &
cutter=$!
for _ in $(seq 40); do
	echo | timeout 60 env LD_PRELOAD="$object" UNHAIRPIN_CONF="$conf" "${asking[@]}" "$public" 7000
done >"$UH_TMP/answers" 2>&1
touch "$UH_TMP/enough"
wait "$cutter"
is "cut while programs start" "40 one" "$(sort "$UH_TMP/answers" | uniq -c | xargs)"
finish
