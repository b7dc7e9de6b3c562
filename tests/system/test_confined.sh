#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that confine themselves before their first connect keep the routes that they were started with.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# confined PORT CONFINEMENT…
confined() {
	local target=$1
	shift
	client "python confined by $*, port $target" unhairpin \
		"$python" "$clients/confined_client.py" "$public" "$target" "$@"
}

write_routes
[ -x "$python" ] || skip_all python "no python3 here"
is_root || skip_all "confined programs" "needs root"
start_nginx
start_abstract
# Only root can read them, so a program that has become another user cannot any more.
chmod 600 "$UH_TMP/routed.conf" "$UH_TMP/unmatched.conf"
mkdir "$UH_TMP/empty"

# A socket file is out of reach in a chroot; an abstract name and an address are not.
for target in 81 82 83; do
	confined "$target" "chroot=$UH_TMP/empty"
	confined "$target" "chroot=$UH_TMP/empty" user=65534
	confined "$target" unshare
done
for target in 80 81; do
	confined "$target" user=65534
done
if "$python" -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null; then
	for target in 80 81 82 83; do
		confined "$target" seccomp
		confined "$target" epoll seccomp
	done
	confined 82 "chroot=$UH_TMP/empty" user=65534 epoll seccomp
else
	skip "python confined by seccomp" "no libseccomp"
fi
finish
