# SPDX-License-Identifier: MIT
# A small server with ten services, as its administrator has it before unhairpin: Debian's packages and their units,
# and what is below root/. It is host B of tests/demo/hairpin.sh, behind a gateway that has the public address.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the tests use units and oneshots; here, PUBLIC and GATEWAY are lib.sh's and hairpin.sh's

services=$here/services
postgres=postgresql@15-main
# In the order in which they start.
units=("$postgres" redis-server smtpd gunicorn-backend varnish gunicorn-api php8.2-fpm node-app nginx cron)
# Commands that timers start.
oneshots=(report mailer)

# The names of example.com are at the gateway's public address, for everyone.
start_gateway() {
	network_up
	on gateway nft -f - <<-RULES
		table ip watch {
			counter hairpins { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip daddr $PUBLIC counter name hairpins
			}
		}
	RULES
	start gateway dnsmasq --keep-in-foreground --user=root --pid-file= --no-resolv --no-hosts \
		--listen-address="$GATEWAY" --bind-interfaces --local=/example.com/ "--address=/example.com/$PUBLIC"
	rm -f /etc/resolv.conf
	echo "nameserver $GATEWAY" >/etc/resolv.conf
}

# hairpins: the packets to the public address that the gateway has got since the last call.
hairpins() {
	on gateway nft reset counter ip watch hairpins | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# A certification authority of our own, which the whole server trusts, Java as well, and one certificate for all names.
make_certificates() {
	local directory=/etc/ssl/site names='DNS:example.com,DNS:*.example.com'

	mkdir -p $directory
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Our own CA" \
		-keyout $directory/ca.key -out /usr/local/share/ca-certificates/ours.crt &&
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=example.com" \
			-keyout $directory/site.key -out $directory/site.csr &&
		openssl x509 -req -days 30 -in $directory/site.csr -CA /usr/local/share/ca-certificates/ours.crt \
			-CAkey $directory/ca.key -CAcreateserial -extfile <(echo "subjectAltName=$names") -out $directory/site.pem &&
		update-ca-certificates
	install -o postgres -m 600 $directory/site.key $directory/postgres.key
}

# TLS and passwords for whoever comes over the network, as in Debian's file for the host itself.
configure_postgres() {
	cat >/etc/postgresql/15/main/conf.d/site.conf <<-END
		listen_addresses = '*'
		ssl_cert_file = '/etc/ssl/site/site.pem'
		ssl_key_file = '/etc/ssl/site/postgres.key'
		log_connections = on
		fsync = off
	END
	echo "hostssl site site 192.168.1.0/24 scram-sha-256" >>/etc/postgresql/15/main/pg_hba.conf
	echo "*:*:*:site:secret of the site" >/srv/gunicorn/pgpass
	chown www-data /srv/gunicorn/pgpass
	chmod 600 /srv/gunicorn/pgpass
}

fill_postgres() {
	on b setpriv --reuid postgres --regid postgres --init-groups psql -q -v ON_ERROR_STOP=1 <<-END
		CREATE ROLE site LOGIN PASSWORD 'secret of the site';
		CREATE DATABASE site OWNER site;
		\connect site
		CREATE TABLE words AS SELECT 'kept' AS word;
		GRANT SELECT ON words TO site;
	END
}

configure_redis() {
	sed -i -E 's/^bind .*/bind 0.0.0.0/' /etc/redis/redis.conf
	cat >>/etc/redis/redis.conf <<-END
		requirepass "secret of redis"
		unixsocket /run/redis/redis-server.sock
		unixsocketperm 777
	END
}

make_server() {
	cp -r "$services/root/." /
	rm -f /etc/nginx/sites-enabled/default
	make_certificates >"$UH_TMP/certificates.log" 2>&1
	configure_postgres
	configure_redis
	touch /var/log/backend.log && chown www-data /var/log/backend.log
	javac -d /srv/report /srv/report/Report.java
	systemd-tmpfiles --create php8.2-fpm.conf postgresql-common.conf
}

# start_unit UNIT [WORD…]: as systemd would; the WORDs stand before its command. Under `unhairpin trace` a daemon
# does not go to the background.
start_unit() {
	local unit=$1 background=on
	shift

	[ "$unit" != cron ] || rm -f /tmp/cron.out /run/crond.reboot # its job is done again
	case $unit in
	nginx | "$postgres")
		[ $# = 0 ] || background=start
		$background b "$python" "$services/run_unit.py" "$unit.service" "$@" >>"$UH_TMP/log.$unit" 2>&1
		;;
	*)
		start b "$python" "$services/run_unit.py" "$unit.service" "$@" >>"$UH_TMP/log.$unit" 2>&1
		echo $! >"$UH_TMP/pid.$unit" # a file, because jobs restart units in subshells
		;;
	esac
	wait_for serves "$unit" || failed_all "$unit" "does not start: $(tail -n 5 "$UH_TMP/log.$unit")"
}

# serves UNIT: whether it answers.
serves() {
	case $1 in
	postgresql@*) on b pg_isready -q -h /run/postgresql ;;
	redis-server) on b redis-cli -s /run/redis/redis-server.sock ping ;;
	smtpd) listens 587 ;;
	gunicorn-backend) listens 8000 ;;
	varnish) test -S /run/varnish/www.sock ;;
	gunicorn-api) on b curl -s --unix-socket /run/gunicorn-api/api.sock http://api/who ;;
	php8.2-fpm) test -S /run/php/php8.2-fpm.sock ;;
	node-app) listens 3000 ;;
	nginx) listens 443 ;;
	cron) grep -q status /tmp/cron.out ;; # its job has been done
	esac
}

listens() {
	[ -n "$(on b ss -H -l -t -n "sport = :$1")" ]
}

stop_unit() {
	local unit=$1 process

	case $unit in
	nginx) process=$(cat /run/nginx.pid) ;;
	postgresql@*) process=$(head -n 1 /var/lib/postgresql/15/main/postmaster.pid) ;;
	*) process=$(cat "$UH_TMP/pid.$unit") ;;
	esac
	kill "$process"
	wait "$process" 2>/dev/null
	wait_for test ! -d "/proc/$process"
}

# restart UNIT…: with what its drop-ins say now. All are stopped first, in the order opposite to that in which they start.
restart() {
	local unit last

	for ((last = $#; last > 0; last--)); do
		stop_unit "${!last}"
	done
	for unit; do
		start_unit "$unit"
	done
}
