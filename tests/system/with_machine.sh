#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a command where DIRECTORY/run is /run and DIRECTORY/dev is /dev, in a mount name space of its own.
#
# usage: with_machine.sh DIRECTORY COMMAND [ARGUMENT]…
#
# The machine's own devices are in that /dev too.
set -eu

if [ "$1" != --inside ]; then
	exec unshare --mount "$0" --inside "$@"
fi
directory=$2
shift 2
for device in null zero full random urandom tty; do
	touch "$directory/dev/$device"
	mount --bind "/dev/$device" "$directory/dev/$device"
done
mount --rbind "$directory/dev" /dev
mount --bind "$directory/run" /run
exec "$@"
