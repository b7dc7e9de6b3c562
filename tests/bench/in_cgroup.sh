#!/bin/sh
# SPDX-License-Identifier: MIT
# in_cgroup.sh DIRECTORY COMMAND…: runs the command in the cgroup of that directory.
echo 0 >"$1/cgroup.procs" || exit # 0: the process that writes it
shift
exec "$@"
