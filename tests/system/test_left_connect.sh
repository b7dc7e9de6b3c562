#!/bin/bash
# SPDX-License-Identifier: MIT
# connect() that an alarm's handler leaves by siglongjmp(3): a hundred of them leave few descriptors behind, changed
# routes are noticed all the same, and the thread can be cancelled as before.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

cc -O2 -o "$UH_TMP/left_connect" "$clients/left_connect.c" -lpthread || exit 1
start_words || failed_all "left connections" "the servers don't start"
# A queue for nobody: one connection fills it.
"$python" -c '
import signal, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(0)
fill = socket.socket(socket.AF_UNIX)
fill.connect(sys.argv[1])
print("ready", flush=True)
signal.pause()' "$work/full" >"$UH_TMP/full.ready" &
wait_for grep -q ready "$UH_TMP/full.ready" || failed_all "left connections" "the queue is not full"

# Each change is another version of the routes.
cat >"$work/change" <<-END
	#!/bin/sh
	echo "route \"$public:7000\" { to = \"unix:$work/\$1\" on_failure = \"refuse\" }" >"$conf.new"
	echo "# \$\$" >>"$conf.new"
	mv "$conf.new" "$conf"
END
route one >"$conf"
settle
is "a hundred times" "left 100, few descriptors, can be cancelled
one" "$(timeout 60 env LD_PRELOAD="$preloaded" UNHAIRPIN_CONF="$conf" UNHAIRPIN_COMPILED= \
	"$UH_TMP/left_connect" "$public" 7000 100 "env -u LD_PRELOAD sh $work/change" 2>&1)"
finish
