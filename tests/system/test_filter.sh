#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs under a seccomp filter that ends them, since before they start (SystemCallFilter= in a unit): none is ended for
# a call of the object's that it does not make itself, but for those that the manual lists; and with these it is routed.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

have strace || skip_all "filters" "no strace"
for name in filter filtered; do
	cc -O2 -o "$UH_TMP/$name" "$clients/$name.c" -ldl || exit 1
done
filter=$UH_TMP/filter filtered=$UH_TMP/filtered
"$filter" but reboot -- true || skip_all "filters" "no libseccomp, or no filter can be set"
# What a sanitizer's runtime calls is not ours.
nm -D "$object" | grep -q -E '__(asan|tsan)_' && skip_all "filters" "the object has a sanitizer"

"$python" "$here/word_server.py" "$work/one" "$work/two" "$public:7000" "$near:7001" "$public:7002" >"$UH_TMP/words.ready" &
wait_for grep -q ready "$UH_TMP/words.ready" || failed_all "filters" "the servers don't start"
mkdir "$work/counters"
cat >"$conf" <<END
stats = on
route "$public:7000" { to = "unix:$work/one" }
route "$public:7001" { to = "$near" protocol = "any" }
route "$public:7002" { to = {"unix:$work/nobody", "unix:$work/one"} programs = {"filtered", "!other"} }
END
settle
"$UH_BUILD/unhairpin" compile "$conf" >/dev/null || failed_all "filters" "nothing is compiled"
cp "$conf" "$work/text.conf"

# A scenario: how the program connects, to which port, how often, its configuration, where it logs to, what it says.
scenarios=(
	"blocking 7000 1 $conf journal one"
	"blocking 7000 300 $conf journal one"
	"nonblocking 7000 1 $conf journal one"
	"epoll 7000 3 $conf journal one"
	"copied 7000 2 $conf journal one"
	"blocking 7001 1 $conf journal decoy"
	"nonblocking 7001 1 $conf journal decoy"
	"udp 7001 1 $conf journal sent"
	"datagram 7001 1 $conf journal sent"
	"datagram 7001 100 $conf $UH_TMP/filtered.log sent"
	"blocking 7002 1 $conf journal one"
	"blocking 7002 1 $conf $UH_TMP/filtered.log one"
	"nonblocking 7002 1 $conf stderr one"
	"blocking 7000 1 $work/text.conf journal decoy"
	"epoll 7000 1 $work/text.conf journal decoy"
)

# play SCENARIO WORD…: runs it with these words in front of the program; prints what it says.
play() {
	local way port count file log said

	read -r way port count file log said <<<"$1"
	shift
	"$@" env LD_PRELOAD="$object" UNHAIRPIN_CONF="$file" UNHAIRPIN_STATS="$work/counters" UNHAIRPIN_LOG="warning:$log" \
		"$filtered" "$way" "$public" "$port" "$count" 2>/dev/null </dev/null
}

play_plain() {
	local way port count file log said

	read -r way port count file log said <<<"$1"
	shift
	"$@" env "$filtered" "$way" "$public" "${port/7001/7000}" "$count" >/dev/null 2>&1 </dev/null
}

# calls FILE: the names of the calls in a trace, sorted.
calls() {
	awk '/^[0-9]+ +[a-z]/ { sub(/\(.*/, "", $2); print $2 }' "$1" | sort -u
}

for scenario in "${scenarios[@]}"; do
	play_plain "$scenario" strace -f -o "$UH_TMP/trace" "$filter" but reboot --
	calls "$UH_TMP/trace" >>"$UH_TMP/plain.all"
	play "$scenario" strace -f -o "$UH_TMP/trace" "$filter" but reboot -- >/dev/null
	calls "$UH_TMP/trace" >>"$UH_TMP/made.all"
	play "$scenario" strace -f -o "$UH_TMP/trace" >/dev/null
	calls "$UH_TMP/trace" >>"$UH_TMP/free.all"
done
for name in plain made free; do sort -u "$UH_TMP/$name.all" >"$UH_TMP/$name"; done
# A newer libc has another name for stat and fstat.
sed -n '/^\.\\" calls: begin/,/^\.\\" calls: end/s/^\.Xr \([a-z0-9_]*\) 2.*/\1/p' "$root/src/man/libunhairpin.so.8" |
	sed 's/^stat$/&\nnewfstatat/; s/^fstat$/&\nnewfstatat/' | sort -u >"$UH_TMP/listed"

sort -u "$UH_TMP/plain" "$UH_TMP/listed" >"$UH_TMP/allowed"
is "under a filter: every call is the program's own or listed in the manual" "" "$(comm -23 "$UH_TMP/made" "$UH_TMP/allowed" | xargs)"
# Neither a second thread nor a journal is here.
is "each that is listed is made" "" "$(comm -23 "$UH_TMP/listed" "$UH_TMP/made" | grep -vxE 'futex|sendmsg' | xargs)"

mapfile -t allowed <"$UH_TMP/allowed"
for scenario in "${scenarios[@]}"; do
	is "these alone: ${scenario%% /*}, ${scenario##*/}" "${scenario##* }" "$(play "$scenario" "$filter" only "${allowed[@]}" exit_group -- || echo "ended with $?")"
done

# One at a time: what the object calls without a filter, or might.
for call in $(comm -23 "$UH_TMP/free" "$UH_TMP/allowed") kcmp process_vm_readv getdents64 clone wait4 statx; do
	grep -qx "$call" "$UH_TMP/allowed" && continue
	why=
	for scenario in "${scenarios[@]}"; do
		for kind in but thread; do
			said=$(play "$scenario" "$filter" "$kind" "$call" --) && [ "$said" = "${scenario##* }" ] ||
				why+=" [$scenario: $kind: '$said', $?]"
		done
	done
	outcome "without $call" "$why"
done

# Started by a program under the same filter, as in a container: it may start others too.
is "a child of a filtered program reads text" one \
	"$(play "blocking 7000 1 $work/text.conf journal one" "$filter" but reboot -- sh -c '"$@"; exit $?' sh)"
finish
