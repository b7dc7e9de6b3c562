# SPDX-License-Identifier: MIT
# What the tests of changing configurations share: servers that say a word, and a program that asks.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # tests use the variables; lib.sh sets some

have cc || skip_all "changes" "no compiler"
[ -x "$python" ] || skip_all "changes" "no python3"
work=$UH_TMP/work
mkdir -p "$work"
cc -O2 -shared -fPIC -o "$UH_TMP/quick_clock.so" "$clients/quick_clock.c" || exit 1
conf=$work/unhairpin.conf
log=$UH_TMP/log
cache=$work/unhairpin.cache

start_words() {
	"$python" "$here/word_server.py" "$work/one" "$work/two" "$public:7000" >"$UH_TMP/words.ready" &
	wait_for grep -q ready "$UH_TMP/words.ready"
}

# route WORD: a route to the server that says the word.
route() {
	echo "route \"$public:7000\" { to = \"unix:$work/$1\" on_failure = \"refuse\" }"
}

# A file that is changed in this moment may look unchanged, so the tests' own changes wait a tick.
settle() {
	sleep 0.03
}

asking=("$python" "$clients/asker.py")
preloaded="$object $UH_TMP/quick_clock.so"

# start_asker WORD…: starts a program, with these words in front, that connects when it is told to.
start_asker() {
	: >"$log"
	chmod 666 "$log"
	coproc ASKER { exec env LD_PRELOAD="$preloaded" UNHAIRPIN_LOG="debug:$log" \
		"$@" "${asking[@]}" "$public" 7000; }
	asker=$ASKER_PID
}

# ask COMMAND…: what the program gets when it connects now, after it did what the commands say.
ask() {
	local answer
	echo "$*" >&"${ASKER[1]}"
	read -r -t 20 answer <&"${ASKER[0]}" || answer="no answer"
	echo "$answer"
}

stop_asker() {
	eval "exec ${ASKER[1]}>&-"
	wait "$asker" 2>/dev/null
}

# logged TEXT: how many lines of the log have the text.
logged() {
	grep -c -F -e "$1" "$log"
}

# storm NAME THREADS CHANGES READS: reload.c, and at least so many reads of the configuration.
storm() {
	mkdir "$UH_TMP/storm"
	cc -O2 -D_GNU_SOURCE -pthread -o "$UH_TMP/reload" "$clients/reload.c" || exit 1
	env LD_PRELOAD="$object $UH_TMP/quick_clock.so" UNHAIRPIN_CONF="$UH_TMP/storm/u.conf" \
		UNHAIRPIN_LOG="info:$UH_TMP/storm.log" "$UH_TMP/reload" "$UH_TMP/storm/u.conf" "$2" "$3" \
		>"$UH_TMP/storm.out"
	is "$1: ends as it should" 0 $?
	is "$1: the last change" "the last change holds" "$(head -n 1 "$UH_TMP/storm.out")"
	is "$1: no wrong answer" "wrong 0" "$(grep ^wrong "$UH_TMP/storm.out")"
	is "$1: no descriptor left" "descriptors +0" "$(grep ^descriptors "$UH_TMP/storm.out")"
	# A thread that had to leave its processor may hold an old version yet: there are 64 in all.
	at_most "$1: mappings" $((8 + $2)) "$(sed -n 's/^mappings //p' "$UH_TMP/storm.out")"
	at_most "$1: KiB" 2048 "$(sed -n 's/^KiB //p' "$UH_TMP/storm.out")"
	at_most "$1: unread" "$(grep -c 'changed: 1 route read' "$UH_TMP/storm.log")" "$4"
	is "$1: nothing else is logged" 1 "$(grep -c -v 'changed: 1 route read' "$UH_TMP/storm.log")"
	rm -f "$UH_TMP/storm.log"
}

# at_most NAME LIMIT NUMBER
at_most() {
	if [ "$3" -le "$2" ]; then
		ok "$1"
	else
		fail "$1" "$3, at most $2"
	fi
}
