#!/bin/bash
# SPDX-License-Identifier: MIT
# `unhairpin kernel reload` while programs connect: each connection gets the target of one of the two tables.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

swaps=100

# route_to PORT: the table whose routes lead there.
route_to() {
	cat >"$UH_TMP/new.conf" <<-END2
		route "$public:80" { to = "127.0.0.1:$1" protocol = "any" }
	END2
	mv "$UH_TMP/new.conf" "$UH_TMP/routed.conf"
}

# Starts programs that connect and send until they are stopped.
start_load() {
	local i launcher

	launch_as routed
	for i in 1 2; do
		"${launcher[@]}" "$python" "$clients/kernel_load.py" "$public" 80 "$UH_TMP/stop" >"$UH_TMP/load.$i" 2>&1 &
		load+=($!)
	done
	for i in 1 2; do
		wait_for grep -q started "$UH_TMP/load.$i" || failed_all "reload, load" "$(cat "$UH_TMP/load.$i")"
	done
}

needs_kernel "kernel, reload"
route_to 8001
make_cgroup routed
"$unhairpin" kernel enable -c "$UH_TMP/routed.conf" "$cgroup/routed" >"$UH_TMP/enable" 2>&1 ||
	failed_all "kernel enable" "$(cat "$UH_TMP/enable")"
# unhairpin.off empties the table, also if the configuration has faults.
: >"$UH_TMP/unhairpin.off"
echo nonsense >"$UH_TMP/routed.conf"
is "switched off, and says so" 1 "$("$unhairpin" kernel reload "$cgroup/routed" 2>&1 | grep -c "switched off by $UH_TMP/unhairpin.off")"
is "switched off: no route" 0 "$("$unhairpin" kernel status --json | "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["routes"])')"
is "switched off: status says so" "unhairpin: note: routes are switched off by $UH_TMP/unhairpin.off" \
	"$(UNHAIRPIN_CONF=$UH_TMP/routed.conf "$unhairpin" kernel status 2>&1 >/dev/null)"
rm "$UH_TMP/unhairpin.off"
route_to 8001
"$unhairpin" kernel reload "$cgroup/routed" >"$UH_TMP/reload" 2>&1 || fail "switched on again" "$(cat "$UH_TMP/reload")"
start_server counting "$python" "$here/counting_server.py" one@127.0.0.1:8001 two@127.0.0.1:8002 "decoy@$public:80"
running counting grep -q ready "$UH_TMP/counting.log"
start_server words "$python" "$here/datagram_server.py" one@127.0.0.1:8001 two@127.0.0.1:8002 "decoy@$public:80"
running words grep -q ready "$UH_TMP/words.log"
load=()
start_load
failed=0
for ((swap = 1; swap <= swaps; swap++)); do
	route_to 800$((1 + swap % 2))
	"$unhairpin" kernel reload "$cgroup/routed" >"$UH_TMP/reload" 2>&1 || failed=$((failed + 1))
done
touch "$UH_TMP/stop"
wait "${load[@]}"
is "$swaps reloads" "0 failed" "$failed failed"
for i in 1 2; do
	is "program $i: only the targets answer, and each time" "one and two, one and two" "$(tail -n 2 "$UH_TMP/load.$i" | head -n 1)"
done
made=$(($(tail -n 1 "$UH_TMP/load.1") + $(tail -n 1 "$UH_TMP/load.2")))
is "the counts are carried over" "$made" \
	"$("$unhairpin" stats --json | "$python" -c 'import json, sys; print(sum(row["connections"] for row in map(json.loads, sys.stdin) if row["by"] == "kernel"))')"
finish
