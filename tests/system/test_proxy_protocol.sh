#!/bin/bash
# SPDX-License-Identifier: MIT
# Servers that speak the PROXY protocol log the address of the program, and where it asked to go.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# Real servers are asked past unhairpin whether they are up, with a header that curl writes.
up() {
	answers --haproxy-protocol "$@"
}

write_proxy_routes() {
	{
		printf 'route "%s:%s" { to = "unix:%s" proxy_protocol = %s }\n' \
			"$public" 80 "$UH_TMP/nginx.sock" v1 "$public" 81 "$UH_TMP/nginx.sock" v2 \
			"$public" 82 "$UH_TMP/haproxy.sock" v1 "$public" 83 "$UH_TMP/haproxy.sock" v2 \
			"$public" 443 "$UH_TMP/haproxy-tls.sock" v1 "$public" 444 "$UH_TMP/haproxy-tls.sock" v2 \
			"$public" 8000 "$UH_TMP/gunicorn.sock" v1 \
			"[$public6]" 80 "$UH_TMP/nginx.sock" v1 "[$public6]" 81 "$UH_TMP/nginx.sock" v2 \
			"[$public6]" 83 "$UH_TMP/haproxy.sock" v2
		# Every port of the name is routed, so that nobody asks DNS for it.
		printf 'route "api.example.com" { to = "unix:%s" proxy_protocol = %s on_failure = refuse }\n' \
			"$UH_TMP/haproxy.sock" v2
	} >"$UH_TMP/routed.conf"
}

start_nginx_behind() {
	mkdir -p "$UH_TMP/nginx"
	cat >"$UH_TMP/nginx/nginx.conf" <<-END
		daemon off;
		user $worker;
		worker_processes 1;
		pid $UH_TMP/nginx/pid;
		error_log stderr;
		events { worker_connections 1000; }
		http {
			log_format behind '\$proxy_protocol_addr \$proxy_protocol_port \$proxy_protocol_server_addr \$proxy_protocol_server_port \$uri';
			access_log $UH_TMP/nginx-access.log behind;
			$(for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $UH_TMP/nginx/$name;"; done)
			server {
				listen unix:$UH_TMP/nginx.sock proxy_protocol;
				location / { return 200 unhairpin; }
			}
		}
	END
	start_server nginx nginx -e stderr -c "$UH_TMP/nginx/nginx.conf"
	running nginx up --unix-socket "$UH_TMP/nginx.sock" http://nginx/up
}

start_haproxy_behind() {
	make_certificate || return 1
	cat >"$UH_TMP/haproxy.cfg" <<-END
		global
			log stdout format raw local0
		defaults
			mode http
			log global
			log-format "%ci %cp %fi %fp %HU %[fc_pp_authority]"
			timeout connect 5s
			timeout client 20s
			timeout server 20s
		frontend behind
			bind unix@$UH_TMP/haproxy.sock accept-proxy
			bind unix@$UH_TMP/haproxy-tls.sock accept-proxy ssl crt $UH_TMP/tls.pem
			http-request return status 200 content-type text/plain string "unhairpin"
	END
	start_server haproxy haproxy -db -f "$UH_TMP/haproxy.cfg"
	running haproxy up --unix-socket "$UH_TMP/haproxy.sock" http://haproxy/up
}

# For a Unix socket gunicorn needs no more than the option: --proxy-allow-from is for addresses.
start_gunicorn_behind() {
	start_server gunicorn gunicorn --chdir "$here" --worker-tmp-dir "$UH_TMP" --proxy-protocol \
		--bind "unix:$UH_TMP/gunicorn.sock" --access-logfile "$UH_TMP/gunicorn-access.log" \
		--access-logformat '%(h)s %({PROXY_ADDR}e)s %({PROXY_PORT}e)s %(U)s' wsgi_app:application
	running gunicorn answers --unix-socket "$UH_TMP/gunicorn.sock" http://gunicorn/up
}

logged() {
	grep -q -E -e "$2" "$1"
}

# What the client learns of its own socket, as "address port".
ask() {
	run routed curl -sS --max-time 10 -o "$UH_TMP/body" -w '%{local_ip} %{local_port}' "$@"
	cat "$UH_TMP/out.routed"
}

# behind NAME LOG PATTERN URL [OPTION]…: the request is answered by the service, whose log has a line of
# PATTERN, in which FROM stands for the address and FROM-PORT for the port that the client sees as its own.
behind() {
	local name=$1 log=$2 pattern=$3 url=$4 from why=
	shift 4
	from=$(ask "$@" "$url")
	pattern=${pattern//FROM-PORT/${from#* }}
	pattern=^${pattern//FROM/${from% *}}$
	if [ "$(cat "$UH_TMP/body" 2>/dev/null)" != unhairpin ]; then
		why="no answer: $(cat "$UH_TMP/err.routed")"
	elif ! wait_for logged "$log" "$pattern" 2>/dev/null; then
		why="expected a line '$pattern' in the log, which has:
$(tail -n 3 "$log")"
	fi
	rm -f "$UH_TMP/body"
	outcome "$name" "$why"
}

# all_ways NAME LOG PORT VERSION SCHEME [NAME-IN-LOG]: bound to an address of this host's, and not bound.
all_ways() {
	local log=$2 to="$public $3" url="$5://$public:$3"

	behind "$1, $4, bound" "$log" "$near FROM-PORT $to /$4/bound${6:+ $6}" "$url/$4/bound" --interface "$near" -k
	behind "$1, $4, not bound" "$log" "FROM FROM-PORT $to /$4/free${6:+ $6}" "$url/$4/free" -k
}

v6_way() {
	behind "$1, $4, IPv6" "$2" "FROM FROM-PORT $public6 $3 /$4/six${5:+ $5}" "http://[$public6]:$3/$4/six"
	behind "$1, $4, IPv6, bound" "$2" "$near6 FROM-PORT $public6 $3 /$4/bound6${5:+ $5}" "http://[$public6]:$3/$4/bound6" \
		--interface "$near6"
}

have curl || skip_all "PROXY protocol" "no curl"
write_proxy_routes
if have nginx; then
	start_nginx_behind
	all_ways nginx "$UH_TMP/nginx-access.log" 80 v1 http
	all_ways nginx "$UH_TMP/nginx-access.log" 81 v2 http
	if have_ipv6; then
		v6_way nginx "$UH_TMP/nginx-access.log" 80 v1
		v6_way nginx "$UH_TMP/nginx-access.log" 81 v2
	fi
else
	skip nginx "not installed"
fi
if have haproxy && have openssl && start_haproxy_behind; then
	all_ways HAProxy "$UH_TMP/haproxy.log" 82 v1 http -
	all_ways HAProxy "$UH_TMP/haproxy.log" 83 v2 http -
	all_ways "HAProxy with TLS" "$UH_TMP/haproxy.log" 443 v1 https -
	all_ways "HAProxy with TLS" "$UH_TMP/haproxy.log" 444 v2 https -
	! have_ipv6 || v6_way HAProxy "$UH_TMP/haproxy.log" 83 v2 -
	behind "HAProxy, v2, by name" "$UH_TMP/haproxy.log" "FROM FROM-PORT 2[45][0-9][0-9.]* 1234 /named api.example.com" \
		http://api.example.com:1234/named -4
else
	skip HAProxy "no haproxy and openssl"
fi
if have gunicorn; then
	start_gunicorn_behind
	behind "gunicorn, v1, bound" "$UH_TMP/gunicorn-access.log" "$near $public 8000 /bound" "http://$public:8000/bound" --interface "$near"
	behind "gunicorn, v1, not bound" "$UH_TMP/gunicorn-access.log" "FROM $public 8000 /free" "http://$public:8000/free"
else
	skip gunicorn "not installed"
fi
finish
