#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs system tests, one more at a time than there are processors, and adds up what they report.
#
# usage: run.sh [TEST]…
#
# A TEST is any executable file; without one, all of tests/system/test_*.sh and of the programs in
# .build/tests/behaviour/. Each runs under netns.sh with a time limit. It reports a line a check:
#   ok NAME        FAIL NAME: why        SKIP NAME: why
# A test that prints no such line is a check itself: status 0 passes, 77 skips, any other fails. An
# exit status other than 0 and 77 is a failure even when no FAIL line says so. UH_BUILD names the build
# directory, UH_TEST_LIMIT the seconds that a test may take.
# What failed is said once more in the end; the last line is the sum. Exit status: 0 when something passed and nothing failed, else 1.
set -u
umask 022 # servers that become another user read what tests write

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
UH_BUILD=$(realpath "${UH_BUILD:-$root/.build}")
export UH_BUILD
limit=${UH_TEST_LIMIT:-300}
parallel=$(($(nproc) + 1)) # because most of them wait more than they compute
started=0 passed=0 failed=0 skipped=0
declare -A running=() output_of=() start_of=() # process id -> test, file, seconds

outputs=$(mktemp -d) || exit 1

# Each child is a timeout(1), which hands the signal on to netns.sh, which cleans up.
interrupted() {
	trap '' INT TERM HUP
	kill -TERM "${!running[@]}" 2>/dev/null
	wait
	exit 130
}
trap 'rm -rf "$outputs"' EXIT
trap interrupted INT TERM HUP

start() {
	local test=$1

	# --foreground: a terminal's interrupt reaches the test as well as this script.
	started=$((started + 1))
	timeout --foreground -k 10 "$limit" "$here/netns.sh" "$test" >"$outputs/$started" 2>&1 &
	running[$!]=$test
	output_of[$!]=$outputs/$started
	start_of[$!]=$SECONDS
}

count() {
	grep -c -E "^$1 " "$2"
}

# Whether the lines that a test printed account for its exit status.
judge() {
	local name=$1 status=$2 output=$3

	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		echo "FAIL $name: no end after $limit seconds"
	elif grep -q -E '^FAIL ' "$output"; then
		return
	elif [ "$status" = 77 ]; then
		grep -q -E '^(ok|SKIP) ' "$output" || echo "SKIP $name: $(tail -n 1 "$output")"
	elif [ "$status" != 0 ]; then
		echo "FAIL $name: exit status $status"
	elif ! grep -q -E '^(ok|SKIP) ' "$output"; then
		echo "ok $name"
	fi
}

finish_one() {
	local process status output name

	wait -n -p process
	status=$?
	output=${output_of[$process]}
	name=$(basename "${running[$process]}")
	unset "running[$process]"
	judge "$name" "$status" "$output" >"$output.judged"
	cat "$output.judged" >>"$output"
	echo "== $name, $((SECONDS - start_of[$process])) s"
	grep -v -E '^([a-z_]+: )?[0-9]+ passed, [0-9]+ failed' "$output" # only this script adds up
	passed=$((passed + $(count ok "$output")))
	failed=$((failed + $(count FAIL "$output")))
	grep -E '^FAIL ' "$output" | sed "s|^|$name: |" >>"$outputs/failed"
	skipped=$((skipped + $(count SKIP "$output")))
}

tests=("$@")
if [ $# = 0 ]; then
	# The longest come first, so that none of them runs alone in the end.
	for file in "$here"/test_{suggest,kernel,global_command,kernel_canary}.sh; do
		tests+=("$file")
	done
	for file in "$here"/test_*.sh "$UH_BUILD"/tests/behaviour/*; do
		[ -f "$file" ] && [ -x "$file" ] && [[ " ${tests[*]} " != *" $file "* ]] && tests+=("$file")
	done
fi

for test in "${tests[@]}"; do
	[ "${#running[@]}" -lt "$parallel" ] || finish_one
	start "$(realpath "$test")"
done
while [ "${#running[@]}" -gt 0 ]; do
	finish_one
done

[ "$failed" = 0 ] || cat "$outputs/failed"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
