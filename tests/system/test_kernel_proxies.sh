#!/bin/bash
# SPDX-License-Identifier: MIT
# nginx and HAProxy in a cgroup that `unhairpin kernel` is enabled for: their connections to backends are routed.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

requests=300
ports=(80 81 82 83) # of the public address, as in kernel.sh

# answers_of PORT: how often the proxy's port answers with which status and word.
answers_of() {
	curl -s -f --parallel --parallel-max 10 -w '%{http_code}\n' "http://127.0.0.1:$1/who?[1-$requests]" 2>/dev/null |
		sort | uniq -c | xargs
}

# judge NAME FIRST-PORT ANSWER…: the answer of each of the ports.
judge() {
	local name=$1 first=$2 i=0 expected
	shift 2
	for expected; do
		case $expected in
		50?) ;;
		*) expected="200 $requests $expected" ;;
		esac
		is "$name, port ${ports[i]}" "$requests $expected" "$(answers_of $((first + ports[i])))"
		i=$((i + 1))
	done
}

nginx_conf() { # FIRST-PORT
	local port name

	mkdir -p "$UH_TMP/proxy"
	cat <<-END2
		daemon off;
		user $worker;
		worker_processes 2;
		pid $UH_TMP/proxy/$1.pid;
		error_log stderr;
		events { worker_connections 1000; }
		http {
			access_log off;
			$(for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $UH_TMP/proxy/$name;"; done)
			$(for port in "${ports[@]}"; do
				echo "server { listen 127.0.0.1:$(($1 + port)); location / { proxy_pass http://$public:$port; } }"
			done)
			server { listen 127.0.0.1:$1; return 200 alive; }
		}
	END2
}

haproxy_conf() { # FIRST-PORT
	local port

	printf 'defaults\n\tmode http\n\tretries 0\n\ttimeout connect 5s\n\ttimeout client 20s\n\ttimeout server 20s\n'
	for port in "${ports[@]}"; do
		printf 'listen to%s\n\tbind 127.0.0.1:%s\n\tserver backend %s:%s\n' "$port" $(($1 + port)) "$public" "$port"
	done
	printf 'frontend alive\n\tbind 127.0.0.1:%s\n\thttp-request return status 200\n' "$1"
}

# refused WAY STATUS: the answer for a backend that a route refuses.
refused() {
	if [ "$1" = routed ]; then echo "$2"; else echo decoy; fi
}

# proxy NAME WAY FIRST-PORT COMMAND…: starts a proxy in that way.
proxy() {
	local name=$1-$2 first=$3 launcher

	launch_as "$2"
	shift 3
	start_server "$name" "${launcher[@]}" "$@"
	running "$name" answers "http://127.0.0.1:$first/"
}

needs_kernel "kernel, proxies"
write_kernel_routes
enable routed
enable unmatched
start_counting
first=10000
for way in unmatched routed; do
	if [ "$way" = routed ]; then words=(unhairpin unhairpin decoy); else words=(decoy decoy decoy); fi
	if have nginx; then
		nginx_conf $first >"$UH_TMP/nginx-$way.conf"
		proxy nginx "$way" $first nginx -e stderr -c "$UH_TMP/nginx-$way.conf"
		judge "nginx, $way" $first "${words[@]}" "$(refused "$way" 502)"
	else
		skip "nginx, $way" "no nginx here"
	fi
	first=$((first + 1000))
	if have haproxy; then
		haproxy_conf $first >"$UH_TMP/haproxy-$way.conf"
		proxy haproxy "$way" $first haproxy -db -f "$UH_TMP/haproxy-$way.conf"
		judge "HAProxy, $way" $first "${words[@]}" "$(refused "$way" 503)"
	else
		skip "HAProxy, $way" "no haproxy here"
	fi
	first=$((first + 1000))
done
finish
