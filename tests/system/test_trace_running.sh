#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin trace of what runs: a unit, a process, all processes; and daemons of a command.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

[ -x "$python" ] || skip_all "trace of what runs" "no python3 here"
is_root || skip_all "trace of what runs" "needs root"
mount -t tmpfs none /run || skip_all "trace of what runs" "no tmpfs can be mounted"
install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
chmod 755 "$UH_TMP/lib"
unhairpin=$UH_TMP/lib/unhairpin
socket=/run/unhairpin.trace
export UNHAIRPIN_CONF=/dev/null
write_routes
start_nginx

# runs NAME WORD… -- ARGUMENT…: starts the client that connects until it ends; WORDs stand before it. Its process is in
# ${process[NAME]}.
declare -A process=()
runs() {
	local name=$1 words=()
	shift
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	"${words[@]}" env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/routed.conf" "$python" "$clients/trace_running.py" \
		"$public" 80 "${1:-1}" "$UH_TMP/said.$name" "${@:2}" >"$UH_TMP/output.$name" 2>&1 &
	process[$name]=$!
	wait_for test -s "$UH_TMP/said.$name"
}

# ends NAME: what the client says in the end.
ends() {
	kill "${process[$1]}"
	wait_for grep -q made "$UH_TMP/said.$1" # a subshell cannot wait for it
	cat "$UH_TMP/said.$1"
}

# starts_trace ARGUMENT…: in the background, into the file.
starts_trace() {
	rm -f "$UH_TMP/file"
	"${as[@]}" "$unhairpin" trace -o "$UH_TMP/file" "$@" >"$UH_TMP/out" 2>"$UH_TMP/err" &
	tracer=$!
}
as=()

connections() {
	[ "$(grep -c '"port"' "$UH_TMP/file")" -ge "$1" ]
}

stops_trace() {
	kill "-${1:-TERM}" "$tracer" 2>/dev/null
	wait "$tracer"
	status=$?
}

# of EXPRESSION: what a Python expression makes of the trace's events, which are e, and its header h.
of() {
	"$python" -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
h, e = lines[0], lines[1:]
print(eval(sys.argv[1]))' "$1" "$UH_TMP/file"
}

ways='"%s %s" % (set(x["pid"] for x in e), set(x.get("target", "").split("/")[-1] for x in e))'

# A process that was started before.
runs one -- 4
runs other -- 1
starts_trace --pid="${process[one]}"
wait_for connections 50
"$unhairpin" trace --all 2>"$UH_TMP/second"
is "two traces at once: the second ends" "1 unhairpin: process $tracer has a trace of running processes already ($socket)" \
	"$? $(cat "$UH_TMP/second")"
stops_trace
is "a process: ended by a signal" 0 "$status"
is "a process: its connections alone, each by its route" "{${process[one]}} {'nginx.sock'}" "$(of "$ways")"
is "a process: what was traced" "--pid=${process[one]}" "$(of '" ".join(h["command"])')"
is "a process: the program, and the user" "$(realpath "$python") 0" "$(of '"%s %d" % (e[0]["program"], e[0]["user"])')"
is "a process: a table" 1 "$(grep -c "^- .*$public:80 .*nginx.sock" "$UH_TMP/err")"
is "the socket is gone" "" "$(ls /run)"

# A stopped collector holds nobody up, and a killed one costs a call.
starts_trace --pid="${process[one]}"
wait_for connections 1
kill -STOP "$tracer"
runs quick -- 8
sleep 0.3
is "a stopped trace: nobody waits" True "$("$python" -c 'import sys; n = sys.argv[1].split(); print(int(n[1]) > 50 and n[3] == "0")' \
	"$(ends quick)")"
{ stops_trace KILL; } 2>/dev/null
is "a killed trace: the socket stays" "$socket" "$(ls -d /run/*)"
if have strace; then
	timeout 2 strace -f -e trace=connect -o "$UH_TMP/calls" -p "${process[other]}" 2>/dev/null
	is "a killed trace: one call fails at most" True \
		"$([ "$(grep -c "$socket" "$UH_TMP/calls")" -le 1 ] && grep -q 'connect(' "$UH_TMP/calls" && echo True)"
else
	skip "a killed trace: one call fails" "no strace"
fi
starts_trace --pid="${process[other]}"
wait_for connections 1
is "a killed trace: another one takes its place" "$socket" "$(ls -d /run/*)"
kill "${process[other]}"
wait "$tracer"
is "a process: the trace ends when it does" "0 {${process[other]}}" "$? $(of 'set(x["pid"] for x in e)')"

for ((i = 0; i < 10; i++)); do
	starts_trace --pid="${process[one]}"
	wait_for test -S "$socket"
	sleep 0.$i
	stops_trace
done
is "ten traces: the program has lost nothing" "failed 0" "$(ends one | cut -d ' ' -f 3-)"

# A child that is forked while its parent reports.
runs forks -- 6 copies
starts_trace --pid="${process[forks]}"
wait_for connections 1500
stops_trace
is "forks: no child has a socket of the object's" "failed 0 copies 0" "$(ends forks | cut -d ' ' -f 3-)"

# A socket that another user has made is not trusted.
runs wary -- 1
"$python" -c 'import os, socket, sys, time
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
    s.bind(sys.argv[1] + ".new")
    os.chmod(sys.argv[1] + ".new", 0o666)
    os.chown(sys.argv[1] + ".new", 1, 1)
    s.listen(100)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    s.settimeout(2.2)
    try:
        print(s.accept())
    except TimeoutError:
        print("nobody")
os.unlink(sys.argv[1])' "$socket" >"$UH_TMP/out"
is "a socket of another user: not used" nobody "$(cat "$UH_TMP/out")"
starts_trace --pid="${process[wary]}" --seconds=2
wait "$tracer"
is "--seconds: ends by itself" "0 True" "$? $(of 'len(e) > 10')"
ends wary >/dev/null

# Daemons: nginx, whose workers are another user's, and have been there before the trace.
configure_proxy on "$worker"
LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/routed.conf nginx -e stderr -c "$UH_TMP/proxy/nginx.conf" 2>"$UH_TMP/nginx.err"
wait_for answers http://127.0.0.1:9000/who
starts_trace --pid="$(cat "$UH_TMP/proxy/pid")"
wait_for test -S "$socket"
sleep 1.1 # the workers look once a second
curl -sS --parallel --parallel-max 20 "http://127.0.0.1:9000/who?[1-200]" >/dev/null 2>&1
wait_for connections 200
nginx -e stderr -c "$UH_TMP/proxy/nginx.conf" -s quit
wait "$tracer"
is "nginx: the trace ends with it" 0 $?
is "nginx: each request of its workers" "200 {$(id -u nobody)} {'nginx.sock'}" \
	"$(of '"%d %s %s" % (len(e), set(x["user"] for x in e), set(x["target"].split("/")[-1] for x in e))')"

# A command that goes to the background.
cat >"$UH_TMP/daemon" <<-END
	#!/bin/sh
	setsid sh -c "sleep 1.2; curl -sS -o $UH_TMP/late http://$public/who; sleep \$1" &
END
rm -f "$UH_TMP/late"
starts_trace -- sh "$UH_TMP/daemon" 0
wait "$tracer"
is "a daemon: followed to its end" "0 1 decoy" "$? $(of 'len(e)') $(cat "$UH_TMP/late")"
is "a daemon: told" "unhairpin: sh has ended; what it started is traced until it ends (Ctrl-C ends the trace)" "$(head -n 1 "$UH_TMP/err")"
starts_trace -- sh "$UH_TMP/daemon" 30
wait_for connections 1
stops_trace
is "a daemon: a signal ends its trace" "0 1" "$status $(of 'len(e)')"

# All processes, of two users, in another network name space, children, and what confines itself.
chmod 777 "$UH_TMP"
runs root -- 1
runs user setpriv --reuid=65534 --regid=65534 --clear-groups -- 1
runs space unshare -n -- 1
runs children -- 1 children
starts_trace --all
wait_for connections 200
runs chroot -- 1 chroot
sleep 0.3
stops_trace
is "all: two users" "[0, 65534]" "$(of 'sorted(set(x["user"] for x in e))')"
is "all: in another network name space" "True ok" \
	"$(of '"%s %s" % ('"${process[space]}"' in (x["pid"] for x in e), *set(x["result"] for x in e))')"
is "all: children" True "$(of 'len(set(x["pid"] for x in e)) > 6')"
is "chroot: what was traced before is traced" True "$(of 'sum(x["pid"] == '"${process[chroot]}"' for x in e) > 5')"
is "all: none fails" "failed 0 failed 0 failed 0" "$(for name in root space chroot; do ends "$name" | cut -d ' ' -f 3-; done | xargs)"
ends children >/dev/null

# What has confined itself looks no more.
runs late -- 1 chroot
runs filtered -- 1 seccomp
starts_trace --pid="${process[late]}"
wait_for test -S "$socket"
sleep 1.5
stops_trace
is "chroot: a later trace is not noticed" 0 "$(of 'len(e)')"
ends late >/dev/null
ends filtered >/dev/null

# A user's own processes.
mkdir -p /run/user
install -d -m 700 -o 65534 -g 65534 /run/user/65534
as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
starts_trace --pid="${process[user]}"
wait_for connections 10
is "a user's own: the socket" "/run/user/65534/unhairpin.trace" "$(echo /run/user/*/*)"
stops_trace
is "a user's own: by its routes" "{${process[user]}} {'nginx.sock'}" "$(of "$ways")"
runs root -- 1
starts_trace --pid="${process[root]}"
wait "$tracer"
is "another user's: told" "1 unhairpin: process ${process[root]}: this user may not look at it; run trace as root" \
	"$? $(cat "$UH_TMP/err")"
as=()
is "a user's own: none fails" "failed 0" "$(ends user | cut -d ' ' -f 3-)"

# Processes that cannot be traced. refused NAME PROCESS TEXT: what a trace of the process says first.
refused() {
	starts_trace --pid="$2"
	wait "$tracer"
	is "$1: told" "1 unhairpin: process $2$3" "$? $(head -n 1 "$UH_TMP/err")"
}
sleep 60 &
refused "without the object" $! " (sleep) has not loaded the object; start it again with the object"
refused "no such process" 4194303 " does not run"
unshare -m sh -c "mount -t tmpfs none /run && exec \"\$@\"" sh env LD_PRELOAD="$object" sleep 61 &
elsewhere=$!
wait_for grep -q libunhairpin "/proc/$elsewhere/maps"
refused "another mount name space" "$elsewhere" " (sleep) sees another file system, without $socket; run trace there ('nsenter -m -t $elsewhere unhairpin trace ...'), or 'unhairpin suggest --process=$elsewhere'"
if cc -x c -static -o "$UH_TMP/static" - <<<'#include <unistd.h>
int main(void) { return pause(); }' 2>/dev/null; then
	"$UH_TMP/static" &
	static=$!
	refused "a static program" "$static" " (static) cannot be traced: it is statically linked; 'unhairpin suggest --process=$static' shows its connections, 'unhairpin kernel enable' routes them"
else
	skip "a static program" "no static libc"
fi

# A unit: its cgroup, and the cgroups below.
unit=app-$(basename "$UH_TMP").service
"$unhairpin" trace "$unit" 2>"$UH_TMP/err"
is "a unit that does not run: told" "1 unhairpin: $unit: has no cgroup: the unit does not run; start it first" \
	"$? $(cat "$UH_TMP/err")"
if [ -n "$cgroups" ] && mkdir "$cgroup" 2>/dev/null; then
	echo "$cgroup" >"$UH_TMP/cgroups"
	make_cgroup "$unit"
	make_cgroup "$unit/below"
	in_cgroup() {
		# shellcheck disable=SC2016 # the other shell's
		runs "$1" sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$cgroup/$unit$2" -- 1
	}
	in_cgroup unit ""
	in_cgroup below /below
	starts_trace "$unit"
	wait_for connections 100
	in_cgroup later ""
	sleep 0.3
	for name in unit below later; do
		is "a unit: $name loses nothing" "failed 0" "$(ends "$name" | cut -d ' ' -f 3-)"
	done
	wait "$tracer"
	is "a unit: the trace ends with its last process" "0 $unit" "$? $(of '" ".join(h["command"])')"
	is "a unit: its processes alone, also one that starts later" \
		"$(printf '%s\n' "${process[unit]}" "${process[below]}" "${process[later]}" | sort -n | xargs)" \
		"$(of '" ".join(str(x) for x in sorted(set(x["pid"] for x in e)))')"
else
	skip "a unit" "no cgroup can be made here"
fi
ends root >/dev/null

# Wrong use.
is "wrong use: nothing to trace" 125 "$("$unhairpin" trace 2>/dev/null; echo $?)"
is "wrong use: two things" 125 "$("$unhairpin" trace --all true 2>/dev/null; echo $?)"
is "wrong use: routes for what runs" 125 "$("$unhairpin" trace -c /dev/null --all 2>/dev/null; echo $?)"
is "wrong use: no number" "unhairpin: trace: --seconds 0: expected a number, 1 to 31536000" \
	"$("$unhairpin" trace --seconds=0 --all 2>&1 | head -n 1)"
is "a command that is named like a unit" 127 "$("$unhairpin" trace -- no.service 2>/dev/null; echo $?)"
is "the socket is gone in the end" "" "$(ls -d "$socket" 2>/dev/null)"
finish
