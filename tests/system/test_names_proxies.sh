#!/bin/bash
# SPDX-License-Identifier: MIT
# nginx and HAProxy look their backends up when they start; the workers that they fork connect.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

requests=500
port=9000

# answers_of URL: how often which word came as the answer.
answers_of() {
	curl -sS --parallel --parallel-max 10 "$1?[1-$requests]" 2>/dev/null | sort | uniq -c | xargs
}

# backend:word pairs that each proxy must show, in a way. A chroot has no path to the Unix sockets.
expected() {
	if [ -n "${in_chroot-}" ]; then
		echo near:api real:decoy
	elif [ "$1" = routed ]; then
		echo api:api www:www near:api real:decoy
	else
		echo api:decoy www:decoy near:decoy real:decoy
	fi
}

proxied() {
	local name=$1 way=$2 base=$3 pair

	for pair in $(expected "$way"); do
		is "$name, $way, backend ${pair%:*}" "$requests ${pair#*:}" "$(answers_of "$base/${pair%:*}/who")"
	done
}

nginx_proxy() {
	local name

	mkdir -p "$UH_TMP/proxy"
	cat >"$UH_TMP/proxy/nginx.conf" <<-END
		daemon off;
		user $worker;
		worker_processes 2;
		pid $UH_TMP/proxy/$port.pid;
		error_log stderr;
		events { worker_connections 1000; }
		http {
			access_log off;
			$(for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $UH_TMP/proxy/$name;"; done)
			upstream api { server api.example.com:80; keepalive 8; }
			upstream www { server www.example.com:80; }
			upstream near { server api.example.com:81; }
			upstream real { server api.example.com:8080; }
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			server {
				listen 127.0.0.1:$port;
				location /alive { return 200 alive; }
				$(for name in api www near real; do echo "location /$name/ { proxy_pass http://$name/; }"; done)
			}
		}
	END
}

workers() {
	pgrep -P "$1" | sort | xargs
}

have_new_workers() {
	local now

	now=$(workers "$1")
	[ -n "$now" ] && [ -z "$(comm -12 <(tr ' ' '\n' <<<"$2" | sort) <(tr ' ' '\n' <<<"$now" | sort))" ]
}

# The master looks the names up again when it is reloaded, and forks new workers.
reload_nginx() {
	local master before

	master=$(cat "$UH_TMP/proxy/$port.pid")
	before=$(workers "$master")
	kill -HUP "$master"
	wait_for have_new_workers "$master" "$before" || fail "nginx, $1" "no new workers after a reload"
	proxied "nginx after a reload" "$1" "http://127.0.0.1:$port"
}

nginx_as() {
	local launcher

	port=$((port + 1))
	nginx_proxy
	launch_as "$1"
	start_server "proxy$port" "${launcher[@]}" nginx -e stderr -c "$UH_TMP/proxy/nginx.conf"
	running "proxy$port" answers "http://127.0.0.1:$port/alive"
	proxied nginx "$1" "http://127.0.0.1:$port"
	reload_nginx "$1"
	is "nginx, $1, has no complaint" "" \
		"$(grep -E '\[(alert|crit|emerg|error)\]' "$UH_TMP/proxy$port.log" | grep -v 'initgroups(root')"
}

# haproxy_as WAY CONFINEMENT: names are looked up at the start, before the chroot.
haproxy_as() {
	local way=$1 name launcher

	{
		printf 'global\n\tlog stderr format raw daemon\n%s\n' "$2"
		printf 'defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 20s\n\ttimeout server 20s\n'
		printf 'frontend all\n\tbind 127.0.0.1:%s\n' "$((port += 1))"
		for name in api www near real; do
			printf '\tuse_backend %s if { path_beg /%s/ }\n' "$name" "$name"
		done
		for name in api:api:80 www:www:80 near:api:81 real:api:8080; do
			printf 'backend %s\n\thttp-request replace-path /[^/]*(/.*) \\\\1\n' "${name%%:*}"
			printf '\tserver one %s.example.com:%s check\n' "$(cut -d : -f 2 <<<"$name")" "${name##*:}"
		done
	} >"$UH_TMP/proxy.cfg"
	launch_as "$way"
	start_server "haproxy$port" "${launcher[@]}" haproxy -db -f "$UH_TMP/proxy.cfg"
	running "haproxy$port" answers "http://127.0.0.1:$port/www/who"
	proxied "HAProxy${2:+ in a chroot}" "$way" "http://127.0.0.1:$port"
}

count_packets
start_dns
write_named_routes
start_named_nginx
for way in without routed elsewhere; do
	nginx_as $way
done
if have haproxy; then
	haproxy_as without ""
	haproxy_as routed ""
	if is_root; then
		mkdir "$UH_TMP/empty"
		in_chroot=1 haproxy_as routed "$(printf '\tchroot %s\n\tuser nobody\n\tgroup nogroup' "$UH_TMP/empty")"
	else
		skip "HAProxy in a chroot" "needs root"
	fi
else
	skip "HAProxy as a proxy" "not installed"
fi
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
