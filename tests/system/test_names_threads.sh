#!/bin/bash
# SPDX-License-Identifier: MIT
# Look-ups and connections to stand-ins in many threads, in children, and in signal handlers.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

have gcc || skip_all names "no compiler"
gcc -D_GNU_SOURCE -std=c17 -O1 -g -pthread -o "$UH_TMP/threads" "$clients/names_threads.c" ||
	failed_all names "gcc does not compile the client"

count_packets
start_dns
write_named_routes
echo "route \"unreal.example.com\" { to = \"unix:$UH_TMP/api.sock\" on_failure = \"refuse\" }" >>"$UH_TMP/routed.conf"
start_named_nginx
for kind in threads forks vforks signals children; do
	run routed "$UH_TMP/threads" $kind
	is "$kind" well "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
done
if gcc -D_GNU_SOURCE -std=c17 -g -fsanitize=address -static-libasan -pthread -o "$UH_TMP/asan" "$clients/names_threads.c" 2>/dev/null; then
	run routed "$UH_TMP/asan" threads
	is "threads, with AddressSanitizer" well "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
else
	skip AddressSanitizer "not installed"
fi
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
