#!/bin/bash
# SPDX-License-Identifier: MIT
# From a suspicion to a route that is taken, as unhairpin(7) tells it: on a host behind a gateway, with no
# configuration, by the command alone. What is typed and printed can be had as a file:
#
#   UH_TRANSCRIPT=FILE tests/system/run.sh tests/system/test_from_suspicion.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/demo/hairpin.sh
. "$root/tests/demo/hairpin.sh"

[ -n "${UH_CONFINED-}" ] || unshare --mount --net true 2>/dev/null ||
	skip_all "from a suspicion to a route" "no network name spaces inside of others here"
confine "$@"
# The machine's own /etc is never written to: it gets a layer in memory, in this mount name space.
private_etc() {
	mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
		mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
}
private_etc || skip_all "from a suspicion to a route" "no overlay file system here"
rm -f /etc/unhairpin.conf
# What run-unhairpin.mount makes, for the counters.
mkdir -p /run/unhairpin && mount -t tmpfs -o mode=1777 none /run/unhairpin

install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin" || exit 1
PATH=$UH_TMP/lib:$PATH
mkdir -p "$UH_TMP/home" "$UH_TMP/srv/temp" && cd "$UH_TMP/home" || exit 1
transcript=$UH_TMP/transcript
: >"$transcript"

network_up
sed -e "s|@DIR@/web.sock|/run/web.sock|; s|@DIR@|$UH_TMP/srv|g" "$root/tests/demo/nginx.conf" >/etc/web.conf
start b nginx -e "$UH_TMP/srv/error.log" -p "$UH_TMP/srv" -c /etc/web.conf
until_done test -S /run/web.sock

# type COMMAND-LINE: on host B; what it prints goes to the transcript and to $out.
type_in() {
	status=0
	out=$(on b bash -c "$1" 2>&1) || status=$?
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

# What trace would write, for a command that has no trace yet.
recorded() {
	cat <<-END
		{"unhairpin_trace":1,"version":"0.1.0","host":"b","started":"2026-11-24T08:40:00Z","command":["curl"]}
		{"time":0.01,"pid":9,"program":"/usr/bin/curl","user":0,"address":"$PUBLIC","port":80,"protocol":"tcp","microseconds":152.1,"result":"ok"}
	END
}

page=http://$PUBLIC/
type_in "curl -s $page"
sees "without a route the gateway is asked" '^hello$'
case $(tail -n 1 "$UH_TMP/srv/access.log") in
"$GATEWAY "*) ok "and the service sees the gateway instead of the caller" ;;
*) fail "and the service sees the gateway instead of the caller" "it saw: $(tail -n 1 "$UH_TMP/srv/access.log")" ;;
esac

if unhairpin trace --help >"$UH_TMP/help" 2>&1; then
	type_in "unhairpin trace -o trace.jsonl -- curl -s $page"
	sees "trace: where the program connects to" "$PUBLIC:80"
else
	skip "trace: where the program connects to" "this command has no trace; a recorded one is used"
	recorded >trace.jsonl
fi
type_in "unhairpin suggest --public $PUBLIC trace.jsonl | tee -a /etc/unhairpin.conf"
sees "suggest: a route to the Unix socket" "^route \"$PUBLIC:80\" { to = \"unix:/run/web.sock\" peer_user = \"root\" }$"
type_in "unhairpin check"
sees "check: what was suggested is a configuration" 'OK: 1 route$'
type_in "unhairpin probe --original"
sees "probe: the target answers" "^$PUBLIC:80 +unix:/run/web.sock +answers"
sees "probe: and so does the original" "^$PUBLIC:80 +$PUBLIC:80 +answers.*the original$"
type_in "unhairpin run -- curl -s $page"
sees "run: the same page by the route" '^hello$'
is "and the service sees a Unix socket" unix: "$(tail -n 1 "$UH_TMP/srv/access.log" | cut -d ' ' -f 1)"
if unhairpin stats --help >"$UH_TMP/help" 2>&1; then
	type_in "unhairpin stats"
	sees "stats: the route was taken" "$PUBLIC:80"
else
	skip "stats: the route was taken" "this command has no stats"
fi
is "unhairpin(7) shows these commands" "$(grep '^\$ ' "$transcript")" \
	"$(sed -n '/^The way from a suspicion/,/^\.Ed/p' "$root/src/man/unhairpin.7" | grep '^\$ ')"
[ -z "${UH_TRANSCRIPT-}" ] || cp "$transcript" "$UH_TRANSCRIPT"
finish
