#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs each fuzzer for FUZZ_SECONDS (60), and fails when one crashes, leaks, hangs or finds a property broken.
#
# usage: run.sh BUILD [NAME]…
#
# What it learns stays in BUILD/corpus, so that the next run begins there; what broke it is kept in
# BUILD/found, to be given to the fuzzer as its argument. One line each: "ok", "FAIL" or "SKIP".
# FUZZ_SEED makes a run repeat another's inputs, so that what it finds is the change's doing.
set -u

here=$(cd "$(dirname "$0")" && pwd)
build=$1
seconds=${FUZZ_SECONDS:-60}
shift
passed=0 failed=0 skipped=0

names=("$@")
[ ${#names[@]} -ne 0 ] || for file in "$here"/fuzz_*.c; do
	name=${file##*/fuzz_}
	names+=("${name%.c}")
done

# An image has tables of 16 KiB in it; the others are texts and short lists of operations.
longest() {
	case $1 in
	image) echo 65536 ;;
	sockaddr) echo 256 ;;
	*) echo 4096 ;;
	esac
}

run() { # NAME
	local options=(-max_total_time="$seconds" -timeout=10 -max_len="$(longest "$1")" -print_final_stats=1
		-artifact_prefix="$build/found/$1-")
	[ -z "${FUZZ_SEED-}" ] || options+=(-seed="$FUZZ_SEED")
	[ "$1" = sockaddr ] || options+=(-dict="$here/words.dict")
	"$build/tests/fuzz/fuzz_$1" "${options[@]}" "$build/corpus/$1" "$here/corpus/$1" >"$build/fuzz_$1.log" 2>&1
}

# "cov: 983 ft: 2506" of the last line that libFuzzer wrote about its progress.
figures() { # NAME
	local executions coverage
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz_$1.log")
	coverage=$(grep -oE '^#[0-9]+.*cov: [0-9]+ ft: [0-9]+' "$build/fuzz_$1.log" | tail -n 1 | grep -oE 'cov: .*')
	echo "$executions executions in $seconds s, $coverage"
}

for name in "${names[@]}"; do
	mkdir -p "$build/corpus/$name" "$build/found"
	run "$name"
	status=$?
	if [ "$status" = 77 ] && grep -q '^SKIP' "$build/fuzz_$name.log"; then
		skipped=$((skipped + 1))
		echo "SKIP fuzz_$name: $(grep '^SKIP' "$build/fuzz_$name.log")"
	elif [ "$status" = 0 ]; then
		passed=$((passed + 1))
		echo "ok fuzz_$name: $(figures "$name")"
	else
		failed=$((failed + 1))
		grep -vE '^#[0-9]|NEW_FUNC' "$build/fuzz_$name.log" | tail -n 40
		echo "FAIL fuzz_$name: exit status $status; see $build/found and $build/fuzz_$name.log"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
