#!/bin/bash
# SPDX-License-Identifier: MIT
# A new user's way with a small server of ten services: build, package, install, from a suspicion to a cure, and back.
# No service does worse at any step. It runs in a Debian of its own, whose files it changes:
#
#   tests/system/in_debian.sh -p tests/system/services/packages tests/system/test_ten_services.sh
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/demo/hairpin.sh
. "$root/tests/demo/hairpin.sh"
. "$here/services/package.sh"
. "$here/services/server.sh"
. "$here/services/jobs.sh"

if [ -z "${UH_IN_DEBIAN-}" ] || [ "$(stat -f -c %T /)" != overlayfs ]; then
	skip_all "ten services" "not in a Debian of its own, see in_debian.sh"
fi
confine "$@"
cd / && chmod 755 /run || exit 1

drop_in=/usr/share/doc/unhairpin/examples/app.service.d-unhairpin.conf
routes=/etc/unhairpin.d/site.conf
clients=(gunicorn-backend varnish gunicorn-api php8.2-fpm node-app nginx) # what connects by itself

# prints NAME PATTERN COMMAND…: on the server; it succeeds, and a line of what it prints ($out) matches.
prints() {
	local status=0

	out=$(on b "${@:3}" 2>&1) || status=$?
	if [ $status = 0 ] && grep -q -E -e "$2" <<<"$out"; then
		ok "$1"
	else
		fail "$1" "status $status, no line like '$2' in: $out"
	fi
}

# callers: the addresses that nginx saw the services come from since the last call, each with that of the listening
# socket; without the visitors.
callers() {
	grep -v '"visitor"' /var/log/nginx/site.log | awk '{ print $1, $NF }' | sort -u | xargs
	: >/var/log/nginx/site.log
}

# through_gateway NAME PACKETS CALLERS: since the last call "no" or "some" packets went to the public address.
through_gateway() {
	local packets

	packets=$(hairpins)
	is "$1: packets through the gateway" "$2" "$([ "$packets" = 0 ] && echo no || echo some)"
	is "$1: callers in the log" "$3" "$(callers)"
}

files_of_etc() {
	(cd /etc && find . -type f ! -name ld.so.cache -exec sha256sum {} + | sort -k 2)
}

build_and_install() {
	build_package || failed_all "the package" "cannot be built: $(tail "$UH_TMP/make.log")"
	files_of_etc >"$UH_TMP/etc.before"
	install_package || failed_all "the package" "cannot be installed: $(tail "$UH_TMP/apt.log")"
	ok "the package is built and installed"
}

before() {
	local unit

	for unit in "${units[@]}"; do
		start_unit "$unit"
		[ "$unit" != "$postgres" ] || fill_postgres
	done
	hairpins >/dev/null
	do_jobs "$UH_TMP/answers.before"
	is "before: all jobs are done" 16 \
		"$(grep -c -E ': (backend|api|node|shop|.* (heard|read): .*|sent|status 0)$' "$UH_TMP/answers.before")"
	through_gateway before some "$GATEWAY $HOST_B"
}

# Each service that connects is started under trace once, and so are the jobs of timers.
suspect() {
	local unit

	mkdir -m 1777 /tmp/traces
	for unit in "${clients[@]}"; do
		stop_unit "$unit"
		start_unit "$unit" unhairpin trace -q -o "/tmp/traces/$unit.jsonl" --
	done
	as_before "under trace"
	for unit in "${oneshots[@]}"; do
		oneshot "$unit" unhairpin trace -q -o "/tmp/traces/$unit.jsonl" -- >"$UH_TMP/log.$unit" 2>&1
	done
	restart "${clients[@]}"
	prints "suggest: five hairpins" "^# 5 of them are hairpins" unhairpin suggest --public $PUBLIC /tmp/traces/*.jsonl
	echo "$out" >/tmp/suggested
}

# check_routes COUNT: and compiles them, as unhairpin-compile.path does: Redis may not start the compiler.
check_routes() {
	prints "check: $1 routes" "OK: $1 routes" unhairpin check --strict
	on b unhairpin compile >"$UH_TMP/compile.log" || fail "compile" "status $?"
}

# What was suggested, and what was only possible. PostgreSQL and Redis ask for the same TLS and passwords at TCP alone,
# so their routes lead to the address.
write_routes() {
	echo 'include("/etc/unhairpin.d/*.conf")' >/etc/unhairpin.conf
	sed -n 's/^# route/route/; /^route/p' /tmp/suggested >$routes
	sed -i -E '/:(5432|6379)"/s|\{.*|{ to = "'$HOST_B'" }|' $routes
	check_routes 5
	prints "probe: the targets answer" "answers" unhairpin probe
	is "probe: all of them" 5 "$(grep -c -E ' answers ' <<<"$out")"
}

# route_units UNIT…: the drop-in, where systemctl edit puts it.
route_units() {
	local unit

	for unit; do
		install -D -m 644 $drop_in "/etc/systemd/system/$unit.service.d/unhairpin.conf"
	done
}

# doctor finds no fault in the units, of which most are as Debian has them.
ask_doctor() {
	local unit

	for unit in "${units[@]}" "${oneshots[@]}"; do
		is "doctor $unit" "" "$(on b unhairpin doctor "$unit.service" 2>&1 | grep ^fault)"
	done
}

roll_out() {
	# The counters, as run-unhairpin.mount makes room for them.
	mkdir -p /run/unhairpin && mount -t tmpfs -o mode=1777 none /run/unhairpin
	hairpins >/dev/null
	route_units gunicorn-api
	restart gunicorn-api
	as_before "one unit"
	through_gateway "one unit" some "$GATEWAY $HOST_B $HOST_B $HOST_B"

	route_units "${units[@]}" "${oneshots[@]}"
	is "doctor $postgres: the unit's variables do not reach it" 1 "$(on b unhairpin doctor $postgres.service |
		grep -c "^fault.*; add LD_PRELOAD = 'libunhairpin.so' to that file")"
	echo "LD_PRELOAD = 'libunhairpin.so'" >>/etc/postgresql/15/main/environment
	prints "doctor cron: nor do they reach its jobs" "^note.* add LD_PRELOAD=libunhairpin.so to the crontab" \
		unhairpin doctor cron.service
	sed -i '1iLD_PRELOAD=libunhairpin.so' /etc/cron.d/site
	ask_doctor
	restart "${units[@]}"
	hairpins >/dev/null # the ends of connections that were kept until then
	as_before "all units"
	through_gateway "all units" no "$HOST_B $HOST_B"

	prints "global enable" "" unhairpin global enable
	restart "${units[@]}"
	as_before "the whole machine"
	through_gateway "the whole machine" no "$HOST_B $HOST_B"
}

# In running services. nginx has a Unix socket with TLS as well, and learns the caller from the PROXY header.
to_unix_socket() {
	sed -i '/:443"/s|{.*|{ to = "unix:/run/nginx-tls.sock" proxy_protocol = v2 }|' $routes
	check_routes 5
	prints "probe: the Unix socket" "nginx-tls.sock +answers" unhairpin probe $PUBLIC:443
	sleep 1.1         # processes look at the files once a second
	restart node-app # which keeps its connection
	as_before "a Unix socket"
	through_gateway "a Unix socket" no "$HOST_B unix:/run/nginx-tls.sock"
	is "stats: every route was taken, without a fallback or a failure" "5 0 0" \
		"$(on b unhairpin stats --json | "$python" -c '
import json, sys
counters = [counter for counter in map(json.loads, sys.stdin) if counter["route"].startswith("'$PUBLIC':")]
print(len({counter["route"] for counter in counters}), sum(counter["fallbacks"] for counter in counters),
      sum(len(counter["failures"]) for counter in counters))')"
}

# Routes for names alone: the services are given stand-ins, and some keep them.
by_name() {
	{
		printf 'route "%s.example.com:443" { to = "unix:/run/nginx-tls.sock" proxy_protocol = v2 }\n' www api app shop
		printf 'route "%s" { to = "'$HOST_B'" }\n' db.example.com:5432 cache.example.com:6379 mail.example.com:587 \
			backend.example.com:8000
	} >$routes
	check_routes 8
	restart "${units[@]}"
	as_before "by name"
	through_gateway "by name" no "$HOST_B unix:/run/nginx-tls.sock"
}

# Nothing is restarted; Node keeps its connection meanwhile.
switch_off() {
	touch /etc/unhairpin.off
	sleep 1.1
	as_before "switched off"
	through_gateway "switched off" some "$GATEWAY $HOST_B $HOST_B unix:/run/nginx-tls.sock"
	rm /etc/unhairpin.off
	sleep 3 # gunicorn has closed by then what Varnish kept
	hairpins >/dev/null
	as_before "on again"
	through_gateway "on again" no "$HOST_B unix:/run/nginx-tls.sock"
}

take_back() {
	local unit

	prints "global disable" "" unhairpin global disable
	for unit in "${units[@]}" "${oneshots[@]}"; do
		rm "/etc/systemd/system/$unit.service.d/unhairpin.conf"
	done
	sed -i '/LD_PRELOAD/d' /etc/postgresql/15/main/environment /etc/cron.d/site
	rm $routes /etc/unhairpin.conf
	remove_package || fail "the package" "cannot be removed: $(tail "$UH_TMP/apt.log")"
	restart "${units[@]}"
	as_before "removed"
	through_gateway "removed" some "$GATEWAY $HOST_B"
	is "removed: /etc is as before" "" "$(diff "$UH_TMP/etc.before" <(files_of_etc))"
	is "removed: no process has the object" "" "$(grep -l libunhairpin /proc/[0-9]*/maps 2>/dev/null)"
}

start_gateway
make_server
build_and_install
before
suspect
write_routes
roll_out
to_unix_socket
by_name
switch_off
take_back
finish
