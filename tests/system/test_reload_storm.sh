#!/bin/bash
# SPDX-License-Identifier: MIT
# Configurations that change under load: no wrong answer, and nothing is left behind.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

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

# handle NAME WORDS [outside]: handlers.c, with text, and a cache or none, behind a link that is changed.
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
	handle "in signal handlers text is read" "one two -"
	handle "in signal handlers text is read, and elsewhere" "one two -" outside
	for word in one two; do
		ln -sfn "$word.d" "$link"
		"$UH_BUILD/unhairpin" compile "$link/unhairpin.conf" >/dev/null
	done
	handle "in signal handlers a cache is read" "one two -"
}

start_words || failed_all storm "the servers don't start"
cancelled
in_handlers
storm "64 threads, 2,000 changes" 64 2000 20
finish
