#!/bin/bash
# SPDX-License-Identifier: MIT
# The differential fuzzer finds what is planted, keeps to differences that the manual names, and finds no
# other in a few hundred sequences. (Two minutes of it are part of a step in .ci/run.)
. "$(dirname "$0")/lib.sh"

differ=$UH_BUILD/tests/differ/differ
[ -x "$differ" ] || skip_all differ "not built: make $differ"

missing=$("$differ" --documented | while read -r words; do
	grep -qF -- "$words" "$root/src/man/libunhairpin.so.8" || echo "$words"
done)
is "the manual names each difference" "" "$missing"

# The result of the third operation of each sequence is falsified: of the first sequence that one is left.
found=$(DIFFER_LIE=3 "$differ" "$object" 60 1 1)
status=$?
case $found in
SKIP*) skip_all differ "$found" ;;
esac
is "a planted difference makes it fail" 1 "$status"
is "a planted difference is printed with its seed" "FAIL seed 1" "$(head -n 1 <<<"$found")"
is "the sequence is made as short as it can be" 1 "$(grep -c '^  [^ ].*(' <<<"$found")"

found=$("$differ" "$object" 60 1 300)
status=$?
[ "$status" = 0 ] || echo "$found"
is "300 sequences show no other difference" 0 "$status"
found=$("$differ" --stress "$object" 3)
status=$?
[ "$status" = 0 ] || echo "$found"
is "threads at random find every invariant held" 0 "$status"
finish
