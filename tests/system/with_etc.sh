#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a command where the files of a directory are in /etc too, in a mount name space of its own.
#
# usage: with_etc.sh DIRECTORY COMMAND [ARGUMENT]…
#
# The machine's own /etc is never written to: an overlay in memory is put over it, in here only.
set -eu

if [ "$1" != --inside ]; then
	exec unshare --mount "$0" --inside "$@"
fi
directory=$2
shift 2
# A file system in memory can hold an overlay's upper layer wherever the tests run.
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work
cp -a "$directory/." /mnt/upper
mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
exec "$@"
