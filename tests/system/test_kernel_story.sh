#!/bin/bash
# SPDX-License-Identifier: MIT
# From a static Go program that goes through the hairpin to one that does not, as unhairpin(7) tells it: on a host
# behind a gateway, while the program runs. What is typed and printed can be had as a file:
#
#   UH_TRANSCRIPT=FILE tests/system/run.sh tests/system/test_kernel_story.sh
#
# "The whole machine" is a cgroup of the test's own: it is the root of a cgroup name space.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317 # cgroup, cgroups: kernel.sh's; until_done calls more_lines
. "$(dirname "$0")/lib.sh"
. "$here/kernel.sh"
# shellcheck source=tests/demo/hairpin.sh
. "$root/tests/demo/hairpin.sh"

story="from a static Go program to a route in the kernel"
if [ -z "${UH_STORY-}" ]; then
	have go || skip_all "$story" "no go here"
	have nginx || skip_all "$story" "no nginx here"
	needs_kernel "$story"
	unshare --mount --net --cgroup true 2>/dev/null || skip_all "$story" "no name spaces inside of others here"
	make_cgroup host
	echo 0 >"$cgroup/host/cgroup.procs" # this process
	UH_STORY=$cgroups exec unshare --cgroup "$0" "$@"
fi
confine "$@"
if ! { umount -l "$UH_STORY" && mount -t cgroup2 none "$UH_STORY"; }; then
	failed_all "$story" "the cgroups cannot be mounted"
fi
is "the root of the cgroups is the test's own" "0::/" "$(grep ^0: /proc/self/cgroup)"
[ "$failures" = 0 ] || finish
if ! { mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc; }; then
	skip_all "$story" "no overlay file system here"
fi
rm -f /etc/unhairpin.conf

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
PATH=$UH_TMP/lib:$PATH
CGO_ENABLED=0 GOCACHE=$UH_TMP/go go build -o "$UH_TMP/lib/watcher" "$clients/go_watcher.go" >"$UH_TMP/go.log" 2>&1 ||
	failed_all "the program" "$(cat "$UH_TMP/go.log")"
mkdir -p "$UH_TMP/home" "$UH_TMP/srv/temp" && cd "$UH_TMP/home" || exit 1
transcript=$UH_TMP/transcript
: >"$transcript"

network_up
sed -e "s|@DIR@/web.sock|/run/web.sock|; s|@DIR@|$UH_TMP/srv|g" "$root/tests/demo/nginx.conf" >/etc/web.conf
start b nginx -e "$UH_TMP/srv/error.log" -p "$UH_TMP/srv" -c /etc/web.conf
until_done test -S /run/web.sock
start b watcher "$PUBLIC:80"
watcher=$!
until_done test -s "$UH_TMP/srv/access.log"
ln -s ../srv/access.log .

# type_in COMMAND-LINE: on host B; what it prints goes to the transcript and to $out.
type_in() {
	status=0
	out=$(on b bash -c "pidof() { echo $watcher; }; $1" 2>&1) || status=$?
	printf '$ %s\n' "$1" >>"$transcript"
	[ -z "$out" ] || printf '%s\n' "$out" >>"$transcript"
}

# sees NAME PATTERN: the last command succeeded, and a line of what it printed matches.
sees() {
	if [ "$status" = 0 ] && grep -q -E -e "$2" <<<"$out"; then
		ok "$1"
	else
		fail "$1" "status $status, no line like '$2' in: $out"
	fi
}

# asked: after the program's next two connections, who the last one came from, and how many entries of the
# gateway's connection tracking the two have taken.
asked() {
	local entries lines

	entries=$(conntrack_entries) lines=$(wc -l <"$UH_TMP/srv/access.log")
	until_done more_lines "$((lines + 2))"
	echo "$(tail -n 1 "$UH_TMP/srv/access.log" | cut -d ' ' -f 1) $(($(conntrack_entries) > entries))"
}

more_lines() {
	[ "$(wc -l <"$UH_TMP/srv/access.log")" -ge "$1" ]
}

is "through the hairpin: the service sees the gateway, which tracks each connection" "$GATEWAY 1" "$(asked)"
type_in "tail -n 1 access.log | cut -d ' ' -f 1"
sees "the log: the gateway" "^$GATEWAY$"
type_in "unhairpin suggest --public $PUBLIC --process \$(pidof watcher) | tee -a /etc/unhairpin.conf"
sees "suggest: a route to an IP target" "^route \"$PUBLIC:80\" { to = \"[0-9.:]+\" }$"
sees "suggest: only the kernel can help" "kernel enable"
type_in "unhairpin kernel check"
sees "kernel check: the kernel carries the route" "^$PUBLIC:80 +carried"
type_in "unhairpin kernel enable"
sees "kernel enable: the whole machine" "^/: enabled"
is "past the hairpin: the service sees the caller, and the gateway nothing" "$HOST_B 0" "$(asked)"
type_in "tail -n 1 access.log | cut -d ' ' -f 1"
sees "the log: the caller" "^$HOST_B$"
type_in "unhairpin stats"
sees "stats: the kernel has routed the program's connections" "^$PUBLIC:80 .*kernel"
type_in "unhairpin kernel disable"
sees "kernel disable" "disabled"
is "through the hairpin again" "$GATEWAY 1" "$(asked)"
is "unhairpin(7) shows these commands" "$(grep '^\$ ' "$transcript")" \
	"$(sed -n '/^The way from a static/,/^\.Ed/p' "$root/src/man/unhairpin.7" | grep '^\$ ')"
[ -z "${UH_TRANSCRIPT-}" ] || cp "$transcript" "$UH_TRANSCRIPT"
finish
