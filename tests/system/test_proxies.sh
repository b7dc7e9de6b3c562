#!/bin/bash
# SPDX-License-Identifier: MIT
# nginx and HAProxy as proxies that are preloaded themselves: their connections to backends are routed.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

requests=2000
port=9000

# answers_of URL: how often which word came as the answer to many requests at a time.
answers_of() {
	curl -sS --parallel --parallel-max 20 "$1?[1-$requests]" 2>/dev/null | sort | uniq -c | xargs
}

# proxied NAME WAY WORD URL: the proxy itself runs with WAY, the requests to it without the object.
proxied() {
	is "$1, $2" "$requests $3" "$(answers_of "$4")"
}

# Every location is another backend; "close" makes a connection for each request, the others keep them.
nginx_proxy() {
	local name v6=

	! have_ipv6 || v6=$(printf 'upstream v6 { server [%s]:80; keepalive 16; }' "$public6")
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
			upstream unix { server $public:80; keepalive 16; }
			upstream near { server $public:81; keepalive 16; }
			upstream near6 { server $public:83; keepalive 16; }
			$v6
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			server {
				listen 127.0.0.1:$port;
				$(for name in unix near near6 ${v6:+v6}; do echo "location /$name/ { proxy_pass http://$name/; }"; done)
				location /close/ { proxy_set_header Connection close; proxy_pass http://$public:80/; }
				location /alive { return 200 alive; }
			}
		}
	END
}

# nginx WAY WORD: a proxy of its own for each way, with a port of its own.
nginx_as() {
	local launcher backend

	port=$((port + 1))
	nginx_proxy
	launch_as "$1"
	start_server "proxy$port" "${launcher[@]}" nginx -e stderr -c "$UH_TMP/proxy/nginx.conf"
	running "proxy$port" answers "http://127.0.0.1:$port/alive"
	for backend in unix close near near6 v6; do
		[ "$backend" != v6 ] || have_ipv6 || continue
		proxied "nginx proxy, backend $backend" "$1" "$2" "http://127.0.0.1:$port/$backend/who"
	done
	is "nginx proxy, $1, has no complaint" "" "$(grep -E '\[(alert|crit|emerg|error)\]' "$UH_TMP/proxy$port.log" | grep -v 'initgroups(root')"
}

# haproxy_as WAY WORD CONFINEMENT PUBLIC-PORT…: one frontend for each port of the public address.
haproxy_as() {
	local way=$1 word=$2 confinement=$3 launcher target
	shift 3
	{
		printf 'global\n\tlog stderr format raw daemon\n%s\n' "$confinement"
		printf 'defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 20s\n\ttimeout server 20s\n'
		for target; do
			printf 'listen to%s\n\tbind 127.0.0.1:%s\n' "$target" "$((port + target))"
			printf '\tserver backend %s:%s check\n' "$public" "$target"
		done
	} >"$UH_TMP/proxy.cfg"
	launch_as "$way"
	start_server proxy "${launcher[@]}" haproxy -db -f "$UH_TMP/proxy.cfg"
	for target; do
		wait_for answers "http://127.0.0.1:$((port + target))/who"
		proxied "HAProxy, backend $target${confinement:+, chroot and user}" "$way" "$word" \
			"http://127.0.0.1:$((port + target))/who"
	done
	port=$((port + 100))
}

write_routes
start_nginx
start_abstract
for way in without unmatched; do
	nginx_as "$way" decoy
done
nginx_as routed unhairpin

have haproxy || skip_all "HAProxy as a proxy" "not installed"
mkdir "$UH_TMP/empty"
chroot=$(printf '\tchroot %s\n\tuser nobody\n\tgroup nogroup' "$UH_TMP/empty")
haproxy_as unmatched decoy "" 80 81
haproxy_as routed unhairpin "" 80 81 82 83
if ! is_root; then
	skip "HAProxy in a chroot" "needs root"
	finish
fi
# Its first connect comes after the chroot, where there is neither the configuration nor a socket file.
haproxy_as unmatched decoy "$chroot" 81 82
haproxy_as routed unhairpin "$chroot" 81 82
finish
