#!/bin/bash
# SPDX-License-Identifier: MIT
# Configurations that change under load: no wrong answer, and nothing is left behind.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

# storm NAME THREADS CHANGES READS: reload.c, and at least so many reads of the configuration.
storm() {
	env LD_PRELOAD="$object $UH_TMP/quick_clock.so" UNHAIRPIN_CONF="$UH_TMP/storm/u.conf" \
		UNHAIRPIN_LOG="info:$UH_TMP/storm.log" "$UH_TMP/reload" "$UH_TMP/storm/u.conf" "$2" "$3" \
		>"$UH_TMP/storm.out"
	is "$1: ends as it should" 0 $?
	is "$1: the last change" "the last change holds" "$(head -n 1 "$UH_TMP/storm.out")"
	is "$1: no wrong answer" "wrong 0" "$(grep ^wrong "$UH_TMP/storm.out")"
	is "$1: no descriptor left" "descriptors +0" "$(grep ^descriptors "$UH_TMP/storm.out")"
	at_most "$1: mappings" 8 "$(sed -n 's/^mappings //p' "$UH_TMP/storm.out")"
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

# Each thread that is cancelled in connect() gives its version of the routes back: there are 64.
cancelled() {
	local name="threads are cancelled in connect" waits="route \"$public:7001\" { to = \"10.9.9.9\" }"

	if ! ip link add nowhere type veth peer name elsewhere || ! ip link set nowhere up ||
		! ip route add 10.9.9.0/24 dev nowhere; then
		skip "$name" "no network without an answer here"
		return
	fi
	cc -O2 -D_GNU_SOURCE -pthread -o "$UH_TMP/cancelled" "$clients/cancelled.c" || exit 1
	is "$name" two "$(env LD_PRELOAD="$preloaded" UNHAIRPIN_CONF="$conf" timeout 60 "$UH_TMP/cancelled" \
		"$conf" 150 "$waits $(route one)" "$waits $(route two)")"
}

# handle NAME WORDS [outside]: handlers.c, with text and cache behind a link that is changed.
handle() {
	is "$1" "$2" "$(env LD_PRELOAD="$preloaded" UNHAIRPIN_CONF="$work/current/unhairpin.conf" \
		timeout 30 "$UH_TMP/handlers" "$work/current" one.d two.d 4 ${3+"$3"} 2>&1)"
}

in_handlers() {
	local link=$work/current word

	cc -O2 -D_GNU_SOURCE -o "$UH_TMP/handlers" "$clients/handlers.c" || exit 1
	for word in one two; do
		mkdir "$work/$word.d"
		ln -sfn "$word.d" "$link"
		echo "route \"$public:7000\" { to = \"unix:$work/$word\" programs = {\"!nothing*\"} }" \
			>"$link/unhairpin.conf"
	done
	if [ "$(uname -m)" = x86_64 ]; then
		handle "in signal handlers text is not read" "- - others"
		handle "in signal handlers text is not read, elsewhere it is" "one two -" outside
	else
		skip "in signal handlers text is not read" "they are not known on this machine"
	fi
	for word in one two; do
		ln -sfn "$word.d" "$link"
		"$UH_BUILD/unhairpin" compile "$link/unhairpin.conf" >/dev/null
	done
	handle "in signal handlers a cache is read" "one two -"
}

start_words || failed_all storm "the servers don't start"
cancelled
in_handlers
mkdir "$UH_TMP/storm"
cc -O2 -D_GNU_SOURCE -pthread -o "$UH_TMP/reload" "$clients/reload.c" || exit 1
storm "64 threads, 2,000 changes" 64 2000 100
storm "10,000 changes, each read" 0 10000 9999
finish
