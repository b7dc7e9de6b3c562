#!/bin/bash
# SPDX-License-Identifier: MIT
# redis-cli, redis-benchmark and a raw client to Redis; psql to PostgreSQL; both on Unix sockets.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

redis() {
	local cli=(redis-cli -h "$public")

	if ! start_redis; then
		skip redis "not installed"
		return
	fi
	client "redis-cli" unhairpin "${cli[@]}" get who
	client "redis-cli in RESP3" unhairpin "${cli[@]}" -3 get who
	client "redis-cli with a script of commands" unhairpin sh -c \
		"printf 'get who\nincr n\nincr n\ndel n\nget who\n' | redis-cli -h $public"
	client "redis-cli --pipe" unhairpin sh -c \
		"printf 'SET a b\r\nGET a\r\n' | redis-cli -h $public --pipe && redis-cli -h $public get who"
	have redis-benchmark || return 0
	client "redis-benchmark with 50 connections" unhairpin sh -c \
		"redis-benchmark -h $public -c 50 -n 5000 -P 4 -q -t set,get >'$UH_TMP/benchmark' && redis-cli -h $public get who"
}

# Which socket the server has the session on: it has no address on a Unix socket.
query="select case when inet_server_addr() is null then 'unhairpin' else 'decoy' end"

postgres() {
	local mode

	if ! have psql || ! start_postgres; then
		skip postgres "no psql and PostgreSQL server that run here"
		return
	fi
	for mode in disable prefer allow; do
		client "psql with sslmode=$mode" unhairpin psql -X -A -t -c "$query" \
			"host=$public user=postgres dbname=postgres sslmode=$mode keepalives_idle=30 tcp_user_timeout=9000"
	done
	client "psql with a limit on connecting" unhairpin psql -X -A -t -c "$query" \
		"host=$public user=postgres dbname=postgres connect_timeout=5"
	client "psql \\conninfo" unhairpin psql -X -A -t -c '\conninfo' -c "$query" "host=$public user=postgres"
	client "psql reconnects" unhairpin psql -X -A -t -c "$query" -c '\c' -c "$query" "host=$public user=postgres"
	client "psql copies a million numbers" unhairpin sh -c "psql -X -A -t 'host=$public user=postgres' \
		-c 'copy (select generate_series(1, 1000000)) to stdout' | cksum &&
		psql -X -A -t 'host=$public user=postgres' -c \"$query\""
	client "psql --single-transaction with a statement that is cancelled" unhairpin psql -X -A -t \
		-c "set statement_timeout = 50" -c "select pg_sleep(20)" -c "$query" "host=$public user=postgres"
}

write_routes
redis
postgres
finish
