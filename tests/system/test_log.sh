#!/bin/bash
# SPDX-License-Identifier: MIT
# Where the log goes, what it says there, and how much of it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

machine=$UH_TMP/machine
mkdir -p "$machine/run/systemd/journal" "$machine/dev" "$machine/none/dev" "$machine/none/run"

[ -x "$python" ] || skip_all log "no python3 here"
is_root || skip_all log "needs root for a mount name space of its own"
start_abstract

serve() {
	"$python" "$here/log_server.py" "$@" &
	wait_for test -S "$2"
}

serve native "$machine/run/systemd/journal/socket" "$UH_TMP/journal"
serve syslog "$machine/dev/log" "$UH_TMP/syslog"

# logged MACHINE LEVEL ROUTES COMMAND…: runs it with the object.
logged() {
	local where=$1 level=$2 routes=$3
	shift 3
	"$here/with_machine.sh" "$where" env LD_PRELOAD="$object" UNHAIRPIN_LOG="$level" \
		UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$routes" "$@" >"$UH_TMP/out" 2>"$UH_TMP/err"
}

# field FILE LINE NAME: of the journal's LINE-th message.
field() {
	"$python" -c 'import json, sys; print(json.loads(open(sys.argv[1]).readlines()[int(sys.argv[2])]).get(sys.argv[3]))' "$@"
}

connects() {
	printf 'import socket, sys
for i in range(%d):
    s = socket.socket()
    try:
        s.connect(("%s", %d))
    except OSError:
        pass
    s.close()
' "$1" "$public" "$2"
}

: >"$UH_TMP/journal"
logged "$machine" debug "$public:7777=unix:@nobody" "$python" -c "$(connects 1 7777)"
is "journal: message" "$public:7777: no target answered (UNHAIRPIN_ROUTES); connecting to the original address" \
	"$(field "$UH_TMP/journal" -1 MESSAGE | sed 's/:[0-9]*)/)/')"
is "journal: priority" 6 "$(field "$UH_TMP/journal" -1 PRIORITY)"
is "journal: identifier" unhairpin "$(field "$UH_TMP/journal" -1 SYSLOG_IDENTIFIER)"
is "journal: route" "$public:7777" "$(field "$UH_TMP/journal" -1 UNHAIRPIN_ROUTE)"
is "journal: destination" "$public:7777" "$(field "$UH_TMP/journal" -1 UNHAIRPIN_DESTINATION)"
is "journal: no target" None "$(field "$UH_TMP/journal" -1 UNHAIRPIN_TARGET)"
is "journal: result" ECONNREFUSED "$(field "$UH_TMP/journal" -1 UNHAIRPIN_RESULT)"
is "journal: nothing on stderr" "" "$(cat "$UH_TMP/err")"
is "journal: nothing in /dev/log" "" "$(cat "$UH_TMP/syslog")"

# An abstract name may hold a newline: in the journal it stays one, elsewhere it begins no line.
newline=$'unix:@two\\\nlines'
"$python" -c 'import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("\0two\nlines"); s.listen()
open("'"$UH_TMP"'/listening", "w")
time.sleep(60)' &
wait_for test -e "$UH_TMP/listening"
logged "$machine" debug "$public:7778=$newline" "$python" -c "$(connects 1 7778)"
is "journal: a newline in a field" $'unix:@two\nlines' "$(field "$UH_TMP/journal" -1 UNHAIRPIN_TARGET)"
is "journal: a newline in the message" "$public:7778 goes to unix:@two" \
	"$(field "$UH_TMP/journal" -1 MESSAGE | sed -n 1p)"
is "journal: a connection that was made" ok "$(field "$UH_TMP/journal" -1 UNHAIRPIN_RESULT)"
is "journal: a debug line's priority" 7 "$(field "$UH_TMP/journal" -1 PRIORITY)"
logged "$machine" debug:stderr "$public:7778=$newline" "$python" -c "$(connects 1 7778)"
is "stderr: a newline begins no line" 1 "$(grep -c 'goes to unix:@two?lines' "$UH_TMP/err")"
is "stderr: two lines in all" 2 "$(wc -l <"$UH_TMP/err")"

# Without a journal.
rm "$machine/run/systemd/journal/socket"
logged "$machine" info "$public:7777=unix:@nobody" "$python" -c "$(connects 1 7777)"
is "syslog: facility, level, name and process" 1 \
	"$(grep -c -E "^\"<30>unhairpin\[[0-9]+\]: $public:7777: no target answered" "$UH_TMP/syslog")"
is "syslog: nothing on stderr" "" "$(cat "$UH_TMP/err")"

# Without either, and with nobody who reads: silence, and the program's own outcome.
logged "$machine/none" debug "$public:7777=unix:@nobody" "$python" -c "$(connects 1 7777)"
is "no log at all: the program's status" 0 $?
is "no log at all: nothing on stderr" "" "$(cat "$UH_TMP/err")"

# The limit: a file has 48 lines of connections beside those that say what was read and that the target is dead.
logged "$machine" "info:$UH_TMP/file" "$public:7777=unix:@nobody" \
	"$python" -c "$(connects 200 7777)"
is "limit: 50 lines in ten seconds" 50 "$(wc -l <"$UH_TMP/file")"
printf 'log = "info"\nlog_to = "%s"\nlog_limit = "0"\nroute "%s:7777" { to = "unix:@nobody" }\n' \
	"$UH_TMP/unlimited" "$public" >"$UH_TMP/unlimited.conf"
LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/unlimited.conf "$python" -c "$(connects 200 7777)"
is "limit: log_limit 0 is none" 202 "$(wc -l <"$UH_TMP/unlimited")"
sed -i "s/unlimited/limited/; s/log_limit = \"0\"/log_limit = \"3\"/" "$UH_TMP/unlimited.conf"
LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/unlimited.conf "$python" -c "$(connects 20 7777)
import time
time.sleep(10.5)
$(connects 1 7777)"
is "limit: what was dropped is told" 1 "$(grep -c ': 19 lines dropped: log_limit allows 3 in 10 seconds$' "$UH_TMP/limited")"
is "limit: the lines in all" 5 "$(wc -l <"$UH_TMP/limited")"

# A dead target is said once a machine, if processes have a directory to tell one another; when it is back,
# its next death is said at once.
install -d -m 1777 "$UH_TMP/counters"
install -m 666 /dev/null "$UH_TMP/shared"
echo "retry_after = \"10ms\" route \"$public:7777\" { to = \"unix:@dead\" }" >"$UH_TMP/dead.conf"
dies() {
	${as-} env LD_PRELOAD="$object" UNHAIRPIN_STATS="$UH_TMP/counters" UNHAIRPIN_CONF="$UH_TMP/dead.conf" \
		UNHAIRPIN_LOG="warning:${log-$UH_TMP/shared}" \
		"$python" -c "$@" 2>"$UH_TMP/err"
}
said() {
	grep -c 'unix:@dead does not answer: connection refused' "$UH_TMP/shared"
}
connect_dead=$(connects 2 7777)
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
chmod 755 "$UH_TMP" "$UH_TMP/lib"
as=$nobody dies "$connect_dead"
as=$nobody dies "$connect_dead"
is "said: no file by another user than the directory's" "2 " "$(said) $(ls "$UH_TMP/counters/said" 2>/dev/null)"
dies "$connect_dead"
is "said: root makes the file" "3 666 0 4096" "$(said) $(stat -c '%a %u %s' "$UH_TMP/counters/said")"
for _ in 1 2; do
	dies "$connect_dead"
	as=$nobody dies "$connect_dead"
done
is "said: by no other process, of no user" 3 "$(said)"
log=stderr dies "$connect_dead"
is "said: each process has a stderr of its own" 1 "$(grep -c 'does not answer' "$UH_TMP/err")"
dies "$connect_dead
import time
time.sleep(0.1)
listener = socket.socket(socket.AF_UNIX); listener.bind('\\0dead'); listener.listen()
s = socket.socket(); s.connect(('$public', 7777)); s.close()
listener.close()"
dies "$connect_dead"
is "said: again after it was back" 4 "$(said)"
dies "$connect_dead"
is "said: and then not" 4 "$(said)"
dies "import os
os.chroot('/')
$connect_dead"
is "said: a process that may open no file speaks for itself" 5 "$(said)"
# Four minutes later is not yet a while, five minutes are, and a time to come is none.
for minutes in 4 5 -1; do
	"$python" - "$UH_TMP/counters/said" "$minutes" <<-'END'
		import struct, sys, time
		with open(sys.argv[1], "r+b") as file:
		    stamps = list(struct.iter_unpack("=QII", file.read()))
		    file.seek(0)
		    for key, error, second in stamps:
		        file.write(struct.pack("=QII", key, error, second and int(time.time()) - 60 * int(sys.argv[2])))
	END
	dies "$connect_dead"
	echo "$minutes $(said)"
done >"$UH_TMP/later"
is "said: again after five minutes" "4 5 5 6 -1 7" "$(xargs <"$UH_TMP/later")"
for what in "chown 1" "truncate -s 4095" "rm -f"; do
	$what "$UH_TMP/counters/said"
	dies "$connect_dead"
done
is "said: a file of another user, of another size, or none is not used" 10 "$(said)"
mkfifo "$UH_TMP/counters/said"
dies "$connect_dead"
is "said: a pipe is not used" 11 "$(said)"
rm "$UH_TMP/counters/said"
ln -s "$UH_TMP/shared" "$UH_TMP/counters/said"
dies "$connect_dead"
is "said: a link is not followed" 12 "$(said)"

# On a stderr that the journal reads, each line has its priority; elsewhere none has.
cat >"$UH_TMP/stream.sh" <<'END'
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"
END
LD_PRELOAD=$object UNHAIRPIN_LOG=info:stderr UNHAIRPIN_CONF=/dev/null \
	UNHAIRPIN_ROUTES="$public:7777=unix:@nobody" \
	sh "$UH_TMP/stream.sh" "$python" -c "$(connects 1 7777)" 2>"$UH_TMP/err"
is "stderr: priorities for the journal" 2 "$(grep -c '^<6>unhairpin\[' "$UH_TMP/err")"
JOURNAL_STREAM=1:1 LD_PRELOAD=$object UNHAIRPIN_LOG=info:stderr UNHAIRPIN_CONF=/dev/null \
	UNHAIRPIN_ROUTES="$public:7777=unix:@nobody" "$python" -c "$(connects 1 7777)" 2>"$UH_TMP/err"
is "stderr: none where another's stream is named" 3 "$(grep -c '^unhairpin\[' "$UH_TMP/err")"
finish
