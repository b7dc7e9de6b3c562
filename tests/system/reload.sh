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
