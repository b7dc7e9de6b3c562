#!/bin/bash
# SPDX-License-Identifier: MIT
# A new user's way with a small server of ten services: build, package, install, from a suspicion to a cure, and back.
# No service does worse at any step. It runs in a Debian of its own, whose files it changes:
#
#   tests/system/in_debian.sh -p tests/system/services/packages tests/system/test_ten_services.sh
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$root/tests/demo/hairpin.sh"
. "$here/services/package.sh"
. "$here/services/server.sh"
. "$here/services/jobs.sh"

[ -n "${UH_IN_DEBIAN-}" ] && [ "$(stat -f -c %T /)" = overlayfs ] ||
	skip_all "ten services" "not in a Debian of its own: tests/system/in_debian.sh -p tests/system/services/packages"
confine "$@"
cd /


# Suspicion.
build_package || failed_all "the package" "cannot be built: $(tail "$UH_TMP/make.log")"
install_package || failed_all "the package" "cannot be installed: $(tail "$UH_TMP/apt.log")"
date +%T
start_gateway
make_server
mkdir -m 1777 /tmp/traces
for unit in "${units[@]}"; do
	case $unit in
	$postgres | redis-server | smtpd) start_unit "$unit" ;;
	*) start_unit "$unit" unhairpin trace -q -o "/tmp/traces/$unit.jsonl" -- ;;
	esac
	[ "$unit" != "$postgres" ] || fill_postgres
done
date +%T
jobs_done >"$UH_TMP/answers.before"
cat "$UH_TMP/answers.before"
date +%T
for unit in gunicorn-backend varnish gunicorn-api php8.2-fpm node-app nginx cron; do
	stop_unit $unit
done
ls -l /tmp/traces
for unit in $postgres redis-server smtpd; do stop_unit $unit; done
for unit in "${units[@]}"; do start_unit "$unit"; done
cat $UH_TMP/log.*
ok trace
on b unhairpin suggest /tmp/traces/*
echo =====
on b unhairpin suggest --public $PUBLIC /tmp/traces/*
date +%T
finish
