# SPDX-License-Identifier: MIT
# The jobs of the ten services: each is asked for, and its answer noted.
# shellcheck shell=bash
# shellcheck disable=SC2154 # HOST_B is hairpin.sh's, services server.sh's

# visit URL: as a visitor from outside, past the gateway: only what the services ask themselves goes there.
visit() {
	on b env -u LD_PRELOAD curl -sS --max-time 10 -A visitor --resolve "*:443:$HOST_B" "$1"
}

# cron starts its job as if the machine had just started.
cron_job() {
	restart cron
	cat /tmp/cron.out
}

# oneshot UNIT [WORD…]: as its timer would start it.
oneshot() {
	on b "$python" "$services/run_unit.py" "$1.service" "${@:2}"
}

# do_jobs FILE: all of them, side by side; their names and answers go to FILE.
do_jobs() {
	local jobs=()

	rm -rf "$UH_TMP/jobs" && mkdir "$UH_TMP/jobs"
	job 'nginx, www' visit https://www.example.com/who
	job 'nginx, api' visit https://api.example.com/who
	job 'nginx, app' visit https://app.example.com/who
	job 'nginx, shop' visit https://shop.example.com/who
	job 'nginx as a client' visit https://app.example.com/relay/who
	job 'gunicorn, HTTPS' visit https://api.example.com/call
	job 'gunicorn, PostgreSQL' visit https://api.example.com/db
	job 'gunicorn, Redis' visit "http://$HOST_B:8000/cache"
	job 'Node' visit https://app.example.com/call
	job 'php-fpm, its own name' visit https://shop.example.com/call
	job 'Java' oneshot report
	job 'mail' oneshot mailer
	job 'cron' cron_job
	wait "${jobs[@]}"
	cat "$UH_TMP/jobs"/* >"$1"
}

# job NAME COMMAND…
job() {
	"${@:2}" 2>&1 | sed "s/^/$1: /" >"$UH_TMP/jobs/$1" &
	jobs+=($!)
}

# as_before STEP: no service does worse than before unhairpin was there.
as_before() {
	local worse

	do_jobs "$UH_TMP/answers"
	worse=$(diff "$UH_TMP/answers.before" "$UH_TMP/answers") || worse="before <, now >: $worse"
	outcome "$1: every job does as before" "$worse"
}
