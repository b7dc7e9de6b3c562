#!/bin/bash
# SPDX-License-Identifier: MIT
# Python's web libraries: http.client, urllib with TLS, asyncio, threads.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

web() {
	client "python $1 to $2 port $3" unhairpin "$python" "$clients/web_client.py" "$@"
}

write_routes
start_nginx
[ -x "$python" ] || skip_all python "no python3 here"

for kind in http.client urllib asyncio asyncio-many asyncio-socket threads; do
	web "$kind" "$public" 80
done

# To an IP target the socket stays the program's own, so its local address is the kernel's choice.
varying='s/local [0-9a-f.:]+/local/'
for port in 81 83; do
	for kind in http.client asyncio-many threads; do
		web "$kind" "$public" "$port"
	done
done
if have_ipv6; then
	for port in 80 81; do
		web http.client "$public6" "$port"
		web asyncio "$public6" "$port"
	done
else
	skip "IPv6" "the kernel has none"
fi
varying=

if start_haproxy_tls; then
	web urllib "$public" 443 "$UH_TMP/ca.pem"
fi
finish
