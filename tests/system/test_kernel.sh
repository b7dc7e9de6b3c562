#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin kernel: enable, status, reload, disable; interruptions, damage, other programs, missing parts.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154 # cgroup, unhairpin: kernel.sh's
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

needs_kernel "unhairpin kernel"
cd "$UH_TMP" || exit 1
start_counting
make_cgroup app
make_cgroup other
mkdir "$cgroup/app/inner" && sed -i "1i $cgroup/app/inner" "$UH_TMP/cgroups"
app=$cgroup/app
unit=$(basename "$cgroup").service # another test may run at the same time
pins=/sys/fs/bpf/unhairpin

# asked CGROUP PORT: which server answers a program there, and the peer that the program sees.
asked() {
	# shellcheck disable=SC2016 # the other shell's
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$1" curl --silent --max-time 3 --write-out '%{remote_ip}' \
		"http://$public:$2/who" | tr '\n' ' '
}

# links: how many links of unhairpin's programs the kernel has on the test's cgroups.
links() {
	"$python" "$here/bpf_links.py" "$cgroup"
}

kernel() {
	"$unhairpin" kernel "$@" >out 2>err
}

# fails NAME STATUS TEXT ACTION…: the exit status, and a message that contains TEXT.
fails() {
	local name=$1 status=$2 text=$3 got
	shift 3
	kernel "$@"
	got=$?
	if [ "$got" = "$status" ] && grep -q -F -- "$text" err; then
		ok "$name"
	else
		fail "$name" "exit status $got, $(cat out err)"
	fi
}

routed="unhairpin $public" original="decoy $public"
echo "route \"$public:80\" { to = \"127.0.0.1:8080\" }" >one.conf
echo "route \"$public:81\" { to = \"127.0.0.1:8080\" }" >two.conf

# Life.
is "before enable" "$original" "$(asked "$app" 80)"
kernel status
is "status, nothing enabled" "1 not enabled" "$? $(cat out)"
kernel enable -c one.conf "$app"
is "enable" "0 $(basename "$cgroup")/app" "$? $(cut -d : -f 1 out | sed 's,^/,,')"
is "enabled" "$routed" "$(asked "$app" 80)"
is "a cgroup below" "$routed" "$(asked "$app/inner" 80)"
is "another cgroup" "$original" "$(asked "$cgroup/other" 80)"
kernel status --json
is "status" "0 true enabled 1 1 $UH_TMP/one.conf" \
	"$? $("$python" -c 'import json, sys; a = json.loads(sys.stdin.readline()); print(str(a["enabled"]).lower(), a["state"], a["routes"], a["carried"], a["file"])' <out)"
kernel status --noheadings
is "status as a table" "1 one.conf" "$(wc -l <out) $(grep -o one.conf out)"
kernel enable -c two.conf "$app"
is "enable again takes other routes" "0 $original" "$? $(asked "$app" 80)"
is "enable again, the new route" "$routed" "$(asked "$app" 81)"
is "enable again attaches no more" 8 "$(links)"
cp one.conf two.conf
kernel reload
is "reload reads the file again" "0 $routed" "$? $(asked "$app" 80)"
is "reload says how many routes" "app: reloaded; the kernel carries 1 of 1 routes" "$(grep -o 'app: .*' out)"
kernel reload "$cgroup/other"
is "reload of a cgroup without routes" "0 other: not enabled; nothing was reloaded" "$? $(grep -o 'other: .*' out)"
kernel disable "$app"
is "disable" "0 $original" "$? $(asked "$app" 80)"
is "disable leaves nothing" "0 links, no pins" "$(links) links, $(find "$pins" 2>/dev/null | grep . || echo no pins)"
kernel disable
is "disable twice" "0 kernel: not enabled" "$? $(cat out)"
kernel reload
is "reload, nothing enabled" "0 kernel: not enabled; nothing was reloaded" "$? $(cat out)"

# Names of cgroups.
kernel enable -c one.conf "${app#"$cgroups"/}"
is "a path below the mount" "0 $routed" "$? $(asked "$app" 80)"
kernel disable "$("$unhairpin" kernel status --json | "$python" -c 'import json, sys; print(json.load(sys.stdin)["cgroup"])')"
is "a path as status prints it" "0 $original" "$? $(asked "$app" 80)"
mkdir "$app/$unit" && sed -i "1i $app/$unit" cgroups
kernel enable -c one.conf "$unit"
is "a unit" "0 $routed" "$? $(asked "$app/$unit" 80)"
is "a unit, its slice" "$original" "$(asked "$app" 80)"
kernel enable -c one.conf "$app"
is "two cgroups, one in the other" "$routed" "$(asked "$app/$unit" 80)"
is "two cgroups, links" 16 "$(links)"
kernel disable "$unit"
is "disable of one" "$routed 8" "$(asked "$app/$unit" 80) $(links)"
kernel disable
is "disable of all" "$original 0" "$(asked "$app" 80) $(links)"

# Inline routes are read again by reload, too.
kernel enable -c two.conf -m "$public:82=127.0.0.1:8080" "$app"
is "-m" "$routed" "$(asked "$app" 82)"
kernel reload
is "-m after reload" "$routed $routed" "$(asked "$app" 82) $(asked "$app" 80)"

# Another user.
as_nobody() {
	setpriv --bounding-set=-all --inh-caps=-all --reuid=65534 --clear-groups "$unhairpin" kernel "$@" >out 2>err
}
as_nobody status
is "status without rights" "2 Permission denied; expected root" "$? $(grep -o 'Permission denied; expected root' err)"
as_nobody disable
is "disable without rights" "1 Permission denied; expected root" "$? $(grep -o 'Permission denied; expected root' err)"

kernel reload -c one.conf
is "reload from another file, without -m" "0 $original $routed" "$? $(asked "$app" 82) $(asked "$app" 80)"
kernel reload -c two.conf
is "reload from the first file again" 0 "$?"

# Faults.
echo 'route "203.0.113.1:80" { to = "nowhere" }' >two.conf
fails "reload of a broken configuration" 1 "$UH_TMP/two.conf:1:31: " reload
is "the old table stays" "$routed" "$(asked "$app" 80)"
fails "enable of a broken configuration" 1 "two.conf:1:31: " enable -c two.conf "$app"
is "the old table stays after enable" "$routed" "$(asked "$app" 80)"
rm two.conf
fails "reload of a missing configuration" 1 "two.conf" reload
is "the old table stays after that" "$routed" "$(asked "$app" 80)"
kernel disable
fails "no such unit" 1 "no-such.service: there is no such cgroup" enable -c one.conf no-such.service
fails "no cgroup" 1 "/tmp: is no cgroup of version 2" enable -c one.conf /tmp
fails "an unknown action" 2 "expected check, enable" enabel
fails "no action" 2 "expected check, enable" --json
fails "too many operands" 2 "unexpected 'b'" enable a b
fails "status of one" 2 "unexpected 'app': status takes no unit or cgroup" status app
for vague in "" . .. ./; do # an unset variable of a script, say: never the whole machine
	fails "enable '$vague'" 2 "'$vague': expected the name of a unit or the path of a cgroup" enable -c one.conf "$vague"
	fails "disable '$vague'" 2 "'$vague': expected the name of a unit or the path of a cgroup" disable "$vague"
done
for action in status disable; do
	fails "$action -c" 2 "$action takes no -c or -m" "$action" -c one.conf
	fails "$action -m" 2 "$action takes no -c or -m" "$action" -m "$public:80=127.0.0.1:8080"
done
UNHAIRPIN_ROUTES="$public:80=127.0.0.1:8080" kernel disable
is "disable with UNHAIRPIN_ROUTES" "0 kernel: not enabled" "$? $(cat out)"
mkdir "$cgroup/other/$unit" && sed -i "1i $cgroup/other/$unit" cgroups
fails "a unit's name twice" 1 "several cgroups have this name" enable -c one.conf "$unit"

# without MOUNT COMMAND…: without that file system.
# shellcheck disable=SC2016 # the other shell's
without() {
	unshare --mount sh -c 'umount -l "$0"; while umount -l "$0" 2>/dev/null; do :; done; exec "$@"' "$@"
}
without "$cgroups" "$unhairpin" kernel enable -c one.conf >out 2>err
is "no cgroup2" "1 no cgroup hierarchy of version 2 is mounted" "$? $(grep -o 'no cgroup hierarchy of version 2 is mounted' err)"
without /sys/fs/bpf "$unhairpin" kernel enable -c one.conf "$app" >out 2>err
is "no bpffs" "1 no BPF file system is mounted 0" "$? $(grep -o 'no BPF file system is mounted' err) $(links)"
setpriv --bounding-set=-all --inh-caps=-all --reuid=65534 --clear-groups "$unhairpin" kernel enable -m "$public:80=127.0.0.1:8080" "$app" >out 2>err
is "no rights" "1 0" "$? $(links)"
is "no rights are said" yes "$([ -s err ] && echo yes)"

# Another user could have made the folder.
mkdir "$pins" && chown 65534 "$pins"
fails "a folder of another user" 1 "another user could write to it" enable -c one.conf "$app"
kernel status
is "status, a folder of another user" 2 "$?"
rmdir "$pins"

# Damage.
kernel enable -c one.conf "$app"
rm "$pins"/cgroup-*/getpeername4
kernel status
is "a link is missing" "3 damaged" "$? $(grep -o damaged out)"
kernel enable -c one.conf "$app"
is "enable mends it" "0 $routed 8" "$? $(asked "$app" 80) $(links)"
rm -r "${pins:?}"/*
is "without pins nothing is attached" "$original 0" "$(asked "$app" 80) $(links)"
kernel enable -c one.conf "$app"
# shellcheck disable=SC2016 # the other shell's
unshare --mount sh -c 'mount -t bpf bpf /sys/fs/bpf && exec "$@"' sh "$unhairpin" kernel disable "$app" >out 2>err
is "disable without the pins" "0 $original 0" "$? $(asked "$app" 80) $(links)"
kernel status
is "the pins of detached links" "3" "$?"
kernel disable
is "disable removes them" "0 no pins" "$? $(find "$pins" 2>/dev/null | grep . || echo no pins)"
mkdir "$cgroup/gone"
kernel enable -c one.conf "$cgroup/gone"
rmdir "$cgroup/gone"
kernel status
is "the cgroup is gone" "3 its cgroup is gone" "$? $(grep -o 'its cgroup is gone' out)"
kernel disable
is "disable removes the rest" "0 no pins" "$? $(find "$pins" 2>/dev/null | grep . || echo no pins)"

# A program of somebody else on the hook runs as well, and status shows the order.
kernel enable -c one.conf "$app"
"$python" "$here/bpf_links.py" --attach "$app" "$UH_TMP/stop" >other.log 2>&1 &
if wait_for grep -q attached other.log; then
	kernel status
	if grep -q -E 'connect4 runs .*uh_connect4 \([0-9]+\).*somebody \([0-9]+, not unhairpin' out; then
		ok "status names a program of somebody else"
	else
		fail "status names a program of somebody else" "$(cat out)"
	fi
	is "with a program of somebody else" "$routed" "$(asked "$app" 80)"
	touch stop
else
	fail "a program of somebody else" "$(cat other.log)"
fi
wait_for test ! -e stop
kernel disable

# state: all or nothing, seen from a program and from status.
state() {
	local answer

	answer=$(asked "$app" 80)
	if [ "$answer" = "$routed" ] || [ "$answer" = "$original" ]; then
		echo "whole"
	else
		echo "half: $answer"
	fi
}

# interrupted NAME ACTION…: SIGKILL before each call in turn that changes something, until it ends by itself.
steps=bpf,rename,unlink,mkdir,rmdir
interrupted() {
	local name=$1 calls=0 bad="" answer status
	shift
	while :; do
		calls=$((calls + 1))
		# The subshell's own errors are bash's remarks on the signal.
		(
			strace -o /dev/null -e trace=$steps -e "inject=$steps:signal=KILL:when=$calls" \
				"$unhairpin" kernel "$@" >out 2>err
			echo $? >status
		) 2>/dev/null
		status=$(cat status)
		answer=$(state)
		[ "$answer" = whole ] || bad="$bad call $calls: $answer."
		[ "$status" = 137 ] || break
		[ "$calls" -lt 400 ] || break
	done
	if [ -n "$bad" ] || [ "$status" != 0 ]; then
		fail "$name" "$bad exit status $status after $calls calls: $(cat err)"
	else
		ok "$name, $calls times"
	fi
}

if have strace; then
	interrupted "enable, interrupted" enable -c one.conf "$app"
	is "enable, complete in the end" "$routed 8" "$(asked "$app" 80) $(links)"
	interrupted "reload, interrupted" reload
	is "reload, complete in the end" "$routed 8" "$(asked "$app" 80) $(links)"
	interrupted "disable, interrupted" disable
	is "disable, complete in the end" "$original 0 no pins" "$(asked "$app" 80) $(links) $(find "$pins" 2>/dev/null | grep . || echo no pins)"
else
	skip "interruptions" "no strace here"
fi

# Two commands at once: the lock lets one after the other.
enabling=()
for _ in 1 2 3 4; do
	"$unhairpin" kernel enable -c one.conf "$app" >>many 2>&1 &
	enabling+=($!)
done
wait "${enabling[@]}"
is "four commands at once" "$routed 8 4" "$(asked "$app" 80) $(links) $(grep -c enabled many)"
kernel disable

# The whole machine: in a cgroup name space the mounted root is the test's own cgroup.
# shellcheck disable=SC2016 # the other shell's
whole() {
	sh -c 'echo 0 >"$0/cgroup.procs" && exec unshare --cgroup --mount "$@"' "$app" sh -c \
		'umount -l "$0"; mount -t cgroup2 cgroup2 "$0" && mount -t bpf bpf /sys/fs/bpf && exec "$@"' "$cgroups" "$@"
}
# shellcheck disable=SC2016 # the other shell's
whole sh -c '"$0" kernel enable -c one.conf && curl --silent --max-time 3 --write-out "%{remote_ip}\n" "http://$1:80/who" &&
	"$0" kernel status --noheadings && "$0" kernel disable' "$unhairpin" "$public" >out 2>err
is "the whole machine" "0 /: enabled; unhairpin $public" "$? $(sed -n 1p out | cut -d ' ' -f 1,2) $(sed -n 2p out) $(sed -n 3p out)"
finish
