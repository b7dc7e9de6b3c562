# SPDX-License-Identifier: MIT
# Real servers, each on a Unix socket or a local address, with a decoy on the public address.
# shellcheck shell=bash
# shellcheck disable=SC2154 # public, near, … are lib.sh's
#
# Whatever is asked of a real server, its answer has the word "unhairpin"; the decoy's has "decoy".
# Nothing here is stopped: the name space that netns.sh made takes every server with it.
#
#   public port      the real server
#   80               nginx on a Unix socket
#   81, 84, 8085     nginx on 192.168.1.20
#   82               an HTTP server on an abstract Unix socket
#   83               nginx on fd00::20
#   443              HAProxy with TLS on a Unix socket
#   5432, 6379       PostgreSQL, Redis on Unix sockets
#   8000             gunicorn on a Unix socket

# nginx's workers become another user where there is one.
if is_root; then worker='nobody nogroup'; else worker='root root'; fi

# What each test runs with; an unmatched route leads to a real server, so that a wrong match is seen.
write_routes() {
	cat >"$UH_TMP/routed.conf" <<-END
		route "$public:80" { to = "unix:$UH_TMP/nginx.sock" }
		route "$public:81" { to = "$near:8081" }
		route "$public:82" { to = "unix:@unhairpin-test" }
		route "$public:83" { to = "[$near6]:8083" }
		route "$public:84" { to = {"unix:$UH_TMP/nobody.sock", "$near:8081"} }
		route "$public:443" { to = "unix:$UH_TMP/haproxy.sock" }
		route "$public:5432" { to = "unix:$UH_TMP/.s.PGSQL.5432" }
		route "$public:6379" { to = "unix:$UH_TMP/redis.sock" }
		route "$public:8000" { to = "unix:$UH_TMP/gunicorn.sock" }
		route "$public:8080-8099" { to = "$near" }
		route "[$public6]:80" { to = "unix:$UH_TMP/nginx.sock" }
		route "[$public6]:81" { to = "$near:8081" }
		route "[$public6]:83" { to = "[$near6]:8083" }
		route "[$public6]:443" { to = "unix:$UH_TMP/haproxy.sock" }
	END
	cat >"$UH_TMP/unmatched.conf" <<-END
		route "203.0.113.2" { to = "unix:$UH_TMP/nginx.sock" }
		route "203.0.113.128/25" { to = "$near:8081" }
		route "$public:1-79" { to = "unix:$UH_TMP/nginx.sock" }
		route "$public:90-99" { to = "$near:8081" }
		route "[$public6]:1-79" { to = "unix:$UH_TMP/nginx.sock" }
		route "[2001:db8:1::]/48" { to = "$near:8081" }
	END
}

answers() {
	curl --silent --fail --max-time 2 --output /dev/null "$@"
}

# start_server NAME COMMAND…: in the background, its output in $UH_TMP/NAME.log.
start_server() {
	local name=$1
	shift
	"$@" >"$UH_TMP/$name.log" 2>&1 &
}

# running WHAT COMMAND…: waits until COMMAND finds the server, or ends the test.
running() {
	local what=$1
	shift
	wait_for "$@" && return
	failed_all "$what" "does not start: $(tail -n 5 "$UH_TMP/$what.log")"
}

# The two trees have the same files but for the word in "who".
make_documents() {
	local word

	for word in decoy unhairpin; do
		mkdir -p "$UH_TMP/www/$word"
		echo "$word" | tee "$UH_TMP/www/$word/who" >"$UH_TMP/www/$word/index.html"
	done
	head -c 20971520 /dev/urandom >"$UH_TMP/www/decoy/big"
	ln "$UH_TMP/www/decoy/big" "$UH_TMP/www/unhairpin/big"
}

start_nginx() {
	local v6=

	have nginx || skip_all nginx "not installed"
	make_documents
	mkdir -p "$UH_TMP/nginx"
	! have_ipv6 || v6="listen [$public6]:80; listen [$public6]:81; listen [$public6]:83;"
	cat >"$UH_TMP/nginx/nginx.conf" <<-END
		daemon off;
		user $worker;
		worker_processes 1;
		pid $UH_TMP/nginx/pid;
		error_log stderr;
		events { worker_connections 1000; }
		http {
			default_type text/plain;
			access_log $UH_TMP/nginx/access.log;
			client_body_temp_path $UH_TMP/nginx/body;
			proxy_temp_path $UH_TMP/nginx/proxy;
			fastcgi_temp_path $UH_TMP/nginx/fastcgi;
			uwsgi_temp_path $UH_TMP/nginx/uwsgi;
			scgi_temp_path $UH_TMP/nginx/scgi;
			server {
				$(printf "listen $public:%s backlog=4096; " 80 81 82 83 84 8085 8001)
				$v6
				root $UH_TMP/www/decoy;
				add_header Served decoy;
			}
			server {
				listen unix:$UH_TMP/nginx.sock backlog=4096;
				listen $near:8081;
				listen $near:8085;
				$(! have_ipv6 || echo "listen [$near6]:8083;")
				root $UH_TMP/www/unhairpin;
				add_header Served unhairpin;
			}
		}
	END
	start_server nginx nginx -e stderr -c "$UH_TMP/nginx/nginx.conf"
	running nginx answers --unix-socket "$UH_TMP/nginx.sock" http://nginx/who
}

start_abstract() {
	start_server abstract "$python" "$here/abstract_server.py" unhairpin-test
	running abstract answers --abstract-unix-socket unhairpin-test http://abstract/who
}

# One gunicorn has both sockets: the application tells by the socket which word to use.
start_gunicorn() {
	if ! have gunicorn; then
		skip gunicorn "not installed"
		return 1
	fi
	start_server gunicorn gunicorn --chdir "$here" --worker-class gthread --threads 4 \
		--worker-tmp-dir "$UH_TMP" --bind "unix:$UH_TMP/gunicorn.sock" --bind "$public:8000" wsgi_app:application
	running gunicorn answers --unix-socket "$UH_TMP/gunicorn.sock" http://gunicorn/who
}

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=api.example.com -addext "subjectAltName=IP:$public,IP:$public6,DNS:api.example.com" \
		-keyout "$UH_TMP/key.pem" -out "$UH_TMP/ca.pem" 2>"$UH_TMP/openssl.log" || return 1
	cat "$UH_TMP/ca.pem" "$UH_TMP/key.pem" >"$UH_TMP/tls.pem"
}

# tls_frontend WORD ADDRESS…
tls_frontend() {
	local word=$1 address
	shift
	printf 'frontend %s\n' "$word"
	for address; do
		printf '\tbind %s ssl crt %s alpn h2,http/1.1\n' "$address" "$UH_TMP/tls.pem"
	done
	printf '\thttp-request return status 200 content-type text/plain string "%s\\n"\n' "$word"
}

start_haproxy_tls() {
	local decoys=("$public:443")

	if ! have haproxy || ! have openssl || ! make_certificate; then
		skip haproxy "no haproxy and openssl to make a TLS server of"
		return 1
	fi
	! have_ipv6 || decoys+=("$public6:443")
	{
		printf 'defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 20s\n\ttimeout server 20s\n'
		tls_frontend decoy "${decoys[@]}"
		tls_frontend unhairpin "unix@$UH_TMP/haproxy.sock"
	} >"$UH_TMP/haproxy.cfg"
	start_server haproxy haproxy -db -f "$UH_TMP/haproxy.cfg"
	running haproxy answers --insecure --unix-socket "$UH_TMP/haproxy.sock" https://haproxy/
}

# configure_proxy DAEMON USER: an nginx at 127.0.0.1:9000, whose workers make a connection to the public address for
# each request. DAEMON is "on" or "off".
configure_proxy() {
	mkdir -p "$UH_TMP/proxy"
	cat >"$UH_TMP/proxy/nginx.conf" <<-END
		daemon $1;
		user $2;
		worker_processes 2;
		pid $UH_TMP/proxy/pid;
		error_log stderr;
		events { worker_connections 1000; }
		http {
			access_log off;
			$(for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $UH_TMP/proxy/$name;"; done)
			server { listen 127.0.0.1:9000; location / { proxy_pass http://$public:80; } }
		}
	END
}

start_redis() {
	have redis-server || return 1
	start_server redis redis-server --port 0 --unixsocket "$UH_TMP/redis.sock" --save '' --dir "$UH_TMP"
	start_server redis-decoy redis-server --bind "$public" --port 6379 --protected-mode no --save '' --dir "$UH_TMP"
	running redis redis-cli -s "$UH_TMP/redis.sock" ping
	running redis-decoy redis-cli -h "$public" ping
	redis-cli -s "$UH_TMP/redis.sock" set who unhairpin >/dev/null
	redis-cli -h "$public" set who decoy >/dev/null
}

# PostgreSQL refuses to run as root. One server has both sockets: a query can tell them apart.
start_postgres() {
	local bin data=$UH_TMP/pg user=(setpriv --reuid=postgres --regid=postgres --clear-groups)

	bin=$(find /usr/lib/postgresql/*/bin -name postgres -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$bin" ] && is_root && getent passwd postgres >/dev/null || return 1
	install -d -o postgres "$data" "$UH_TMP/pgsock"
	(cd / && "${user[@]}" "$bin/initdb" -A trust -N -D "$data") >"$UH_TMP/postgres.log" 2>&1 || return 1
	echo "host all all $public/32 trust" >>"$data/pg_hba.conf"
	start_server postgres "${user[@]}" "$bin/postgres" -D "$data" -F -h "$public" -k "$UH_TMP/pgsock"
	ln -s pgsock/.s.PGSQL.5432 "$UH_TMP/.s.PGSQL.5432"
	running postgres pg_isready -h "$UH_TMP/pgsock"
}
