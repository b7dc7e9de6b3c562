# SPDX-License-Identifier: MIT
# What the ten services are there for: each job is asked for, and its answer noted.
# shellcheck shell=bash
# shellcheck disable=SC2154 # HOST_B is hairpin.sh's

# visit URL: as a visitor from outside, past the gateway: only what the services ask themselves goes there.
visit() {
	on b curl -sS --max-time 10 --resolve "*:443:$HOST_B" "$1"
}

# cron starts its job as the machine has just started.
cron_job() {
	rm -f /tmp/cron.out /run/crond.reboot
	restart cron
	wait_for grep -q status /tmp/cron.out
	cat /tmp/cron.out
}

oneshot() {
	on b "$python" "$services/run_unit.py" "$1.service"
}

# jobs: all of them, a name and the answer each.
jobs_done() {
	job 'nginx, www' visit https://www.example.com/who
	job 'nginx, api' visit https://api.example.com/who
	job 'nginx, app' visit https://app.example.com/who
	job 'nginx, shop' visit https://shop.example.com/who
	job 'nginx as a client' visit https://app.example.com/relay/who
	job 'gunicorn, HTTPS' visit https://api.example.com/call
	job 'gunicorn, PostgreSQL' visit https://api.example.com/db
	job 'gunicorn, Redis' visit http://$HOST_B:8000/cache
	job 'Node' visit https://app.example.com/call
	job 'php-fpm, its own name' visit https://shop.example.com/call
	job 'Java' oneshot report
	job 'mail' oneshot mailer
	job 'cron' cron_job
}

# job NAME COMMAND…
job() {
	local name=$1
	shift
	"$@" 2>&1 | sed "s/^/$name: /"
}
