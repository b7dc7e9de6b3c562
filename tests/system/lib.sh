# SPDX-License-Identifier: MIT
# What every system test begins with: the name space, where things are, and how results are reported.
# shellcheck shell=bash
# shellcheck disable=SC2034 # tests use the variables
#
# A test sources this file first, then servers.sh if it needs servers, and ends with `finish`.
# The addresses below and the routes of servers.sh are the same for all tests.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${UH_INSIDE-}" ] || exec "$here/netns.sh" "$0" "$@"

root=$(cd "$here/../.." && pwd)
UH_BUILD=$(realpath "${UH_BUILD:-$root/.build}")
clients=$here/clients

public=203.0.113.1   # where programs connect to; decoys listen there
public6=2001:db8::1
near=192.168.1.20    # where the real servers listen, unless on a Unix socket
near6=fd00::20

# A copy that users without access to the build directory can load.
install -D -t "$UH_TMP/lib" "$UH_BUILD/libunhairpin.so" || exit 1
[ ! -e "$UH_BUILD/unhairpin-compiler" ] || install -t "$UH_TMP/lib" "$UH_BUILD/unhairpin-compiler" || exit 1
object=$UH_TMP/lib/libunhairpin.so

# Debian's interpreter, whatever version managers have put before it in PATH.
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)

unset LD_PRELOAD UNHAIRPIN UNHAIRPIN_CONF UNHAIRPIN_ROUTES http_proxy https_proxy all_proxy no_proxy
user_home=${HOME-}
export LC_ALL=C.UTF-8 HOME=$UH_TMP SHELL=/bin/sh # no settings of the user's
export PYTHONDONTWRITEBYTECODE=1 # beside the tests

# Root in a user namespace of its own is root of nobody else: there are no other users to become.
is_root() {
	[ "$(id -u)" = 0 ] && [ "$(awk '{ users += $3 } END { printf "%d", users }' /proc/self/uid_map)" -gt 65534 ]
}

failures=0

ok() {
	echo "ok $1"
}

fail() {
	echo "FAIL $1: $2"
	failures=$((failures + 1))
}

skip() {
	echo "SKIP $1: $2"
}

finish() {
	[ "$failures" = 0 ]
	exit
}

# skip_all NAME WHY: for a test none of which can run here.
skip_all() {
	skip "$1" "$2"
	finish
}

have() {
	command -v "$1" >/dev/null
}

# failed_all NAME WHY: for a test whose own preparations fail.
failed_all() {
	fail "$1" "$2"
	finish
}

have_ipv6() {
	ip -6 addr show dev lo | grep -q "$public6"
}

# is NAME EXPECTED ACTUAL: reports whether two texts are the same.
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		fail "$1" "expected '$2', got '$3'"
	fi
}

# wait_for COMMAND…: until it succeeds, ten seconds at most.
wait_for() {
	local try

	for ((try = 0; try < 200; try++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "no success: $*" >&2
	return 1
}

# launch_as WAY: sets launcher to the words in front of a command that is to be run in that way.
launch_as() {
	case $1 in
	without) launcher=(env) ;;
	*) launcher=(env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/$1.conf") ;;
	esac
}

# run WAY COMMAND…: runs a command "without" the object, or with WAY.conf as configuration. Leaves
# what it wrote in $UH_TMP/out.WAY and $UH_TMP/err.WAY, and its status in $UH_TMP/status.WAY.
run() {
	local way=$1 launcher
	shift
	launch_as "$way"
	# The subshell's own errors are bash's remarks on commands that a signal ended.
	(
		timeout -k 1 30 "${launcher[@]}" "$@" >"$UH_TMP/out.$way" 2>"$UH_TMP/err.$way" </dev/null
		echo $? >"$UH_TMP/status.$way"
	) 2>/dev/null
	[ -z "${varying-}" ] || sed -i -E "$varying" "$UH_TMP/out.$way" "$UH_TMP/err.$way"
}

# outcome NAME WHY: passed when there is no reason why not.
outcome() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		fail "$1" "$2"
	fi
}

# same WAY: whether the program did there as without the object.
same() {
	local part

	for part in out err status; do
		if ! cmp -s "$UH_TMP/$part.without" "$UH_TMP/$part.$1"; then
			echo "$part.$1 differs from that without the object:"
			diff "$UH_TMP/$part.without" "$UH_TMP/$part.$1" | head -n 20
			return 1
		fi
	done
}

# client NAME EXPECTED COMMAND…: runs a program that connects to a public address three times.
#   without the object: the decoy answers
#   with it, no route matching: the same standard output, errors and exit status
#   with it, routed: the same but for the server's word, and EXPECTED is in the output
# The servers' words are "decoy" and "unhairpin" (or $word, where that is set), so "decoy" must be
# somewhere in the first output.
# $varying, if set, is a sed script that removes what differs from run to run.
client() {
	local name=$1 expected=$2 why=
	shift 2
	if ! have "$1"; then
		skip "$name" "no $(basename "$1") here"
		return
	fi
	run without "$@"
	run unmatched "$@"
	run routed "$@"
	if ! grep -q decoy "$UH_TMP/out.without"; then
		why="the decoy was not reached even without the object:
$(head -n 20 "$UH_TMP/out.without" "$UH_TMP/err.without")"
	elif ! why=$(same unmatched); then
		why="with no route matching, $why"
	elif ! grep -q -F -e "$expected" "$UH_TMP/out.routed"; then
		why="routed, no '$expected' but (status $(cat "$UH_TMP/status.routed")):
$(head -n 20 "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
	else
		sed -i "s/decoy/${word:-unhairpin}/g" "$UH_TMP/out.without" "$UH_TMP/err.without"
		why=$(same routed) || why="routed, $why"
	fi
	outcome "$name" "$why"
}

# why_touched COMMAND…: nothing when a program does in all three ways the same.
why_touched() {
	local why

	run without "$@"
	run unmatched "$@"
	run routed "$@"
	if ! why=$(same unmatched); then
		echo "with no route matching, $why"
	elif ! why=$(same routed); then
		echo "routed, $why"
	fi
}

# untouched NAME COMMAND…: a program that connects nowhere does in all three ways the same.
untouched() {
	outcome "$1" "$(why_touched "${@:2}")"
}

# says NAME PATTERN COMMAND…: untouched, and what the program says has the pattern (grep -E), so that a
# program that fails for some other reason is not taken for one that works.
says() {
	local why

	why=$(why_touched "${@:3}")
	grep -q -E -e "$2" "$UH_TMP/out.without" "$UH_TMP/err.without" ||
		why="no '$2' even without the object: $(head -n 20 "$UH_TMP/out.without" "$UH_TMP/err.without")"
	outcome "$1" "$why"
}
