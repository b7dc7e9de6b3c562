#!/bin/sh
# SPDX-License-Identifier: MIT
# Takes the object out of /etc/ld.so.preload, and the programs out of the kernel, before the files are removed: each
# program that starts would complain without the object, and nothing could take out the programs later. `make uninstall`
# and the packages call the installed copy, in which the paths are those of the installation.
set -eu

command=/usr/local/bin/unhairpin
object=/usr/local/lib/libunhairpin.so

if grep -q -s -F "$object" /etc/ld.so.preload; then
	"$command" global disable
fi

# Exit status 0: enabled, 3: enabled but broken. Others: nothing is there, or this system has no cgroups.
status=0
"$command" kernel status >/dev/null 2>&1 || status=$?
case $status in 0 | 3) "$command" kernel disable ;; esac
