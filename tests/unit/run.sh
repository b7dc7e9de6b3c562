#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the unit test programs it is given, and sums up what cmocka counted.
set -u

passed=0 failed=0 skipped=0
for test in "$@"; do
	output=$("$test" 2>&1)
	status=$?
	ok=$(grep -c '^\[       OK \]' <<<"$output")
	bad=$(grep -c '^\[  FAILED  \] [a-z_0-9]*$' <<<"$output")
	skipped=$(grep -c '^SKIP ' <<<"$output")
	[ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skipped))
	if [ "$bad" -ne 0 ]; then
		echo "FAIL ${test##*/} (exit status $status)"
		grep -v '^\[ RUN\|^\[       OK' <<<"$output"
	else
		echo "ok ${test##*/}: $ok tests"
		grep '^SKIP' <<<"$output"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
