#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes a small system, of this machine's own release, as an archive in which the package is tried.
#
# usage: base.sh ARCHIVE
#
# Nothing is done where the archive is there already. Needs root, debootstrap(8) and a network.
set -eu

archive=$1
[ ! -e "$archive" ] || exit 0
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include=libconfuse2,libjansson4,libsmartcols1,libelf1,libbpf1,curl "$release" "$directory" >/dev/null
mkdir -p "$(dirname "$archive")"
tar -c -f "$archive.new" -C "$directory" .
mv "$archive.new" "$archive"
