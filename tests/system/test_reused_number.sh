#!/bin/bash
# SPDX-License-Identifier: MIT
# The number of a socket is closed and opened again while connect() is under way: the file that it stands for then
# keeps it, and nothing is written to the service.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

cc -O2 -shared -fPIC -o "$UH_TMP/reuses_number.so" "$clients/reuses_number.c" || exit 1
cc -O2 -o "$UH_TMP/reused_number" "$clients/reused_number.c" -ldl || exit 1
start_words || failed_all "reused numbers" "the servers don't start"
route one >"$conf"

# reuse HOW: what the program says, and what it wrote to its file.
reuse() {
	: >"$work/ledger"
	timeout 20 env LD_PRELOAD="$object $UH_TMP/reuses_number.so" UNHAIRPIN_CONF="$conf" \
		"$UH_TMP/reused_number" "$public" 7000 "$1" "$work/ledger" 2>&1
	cat "$work/ledger"
}

is "while the target is asked" "Bad file descriptor, a file
text" "$(reuse connect)"
is "right before the exchange: the file is put back" "Bad file descriptor, a file
text" "$(reuse copy)"
is "a copy's number: the socket itself is connected" "connected, a file
text" "$(reuse dup)"
is "dissolved: the file is put back" "Bad file descriptor, a file
text" "$(reuse back)"
finish
