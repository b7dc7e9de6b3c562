#!/bin/bash
# SPDX-License-Identifier: MIT
# Node: http.get, keep-alive agents, net.connect with options, fetch. Its sockets are in an epoll set.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

write_routes
start_nginx

for kind in get keepalive socket; do
	client "node $kind" unhairpin node "$clients/client.js" "$kind" "$public" 80
done
if node -e 'process.exit(typeof fetch == "function" ? 0 : 1)' 2>/dev/null; then
	client "node fetch" unhairpin node "$clients/client.js" fetch "$public" 80
else
	skip "node fetch" "this node has none"
fi
# libuv can batch its epoll_ctl calls through io_uring, where no wrapper sees them.
client "node get with io_uring" unhairpin env UV_USE_IO_URING=1 node "$clients/client.js" get "$public" 80

varying='s/^local .*/local/'
client "node keepalive to a local address" unhairpin node "$clients/client.js" keepalive "$public" 81
client "node socket to a local address" unhairpin node "$clients/client.js" socket "$public" 81
client "node socket to a local IPv6 address" unhairpin node "$clients/client.js" socket "$public" 83
if have_ipv6; then
	client "node socket over IPv6" unhairpin node "$clients/client.js" socket "$public6" 80
	client "node socket over IPv6 to a local IPv4 address" unhairpin node "$clients/client.js" socket "$public6" 81
	client "node get over IPv6" unhairpin node "$clients/client.js" get "$public6" 80
else
	skip "IPv6" "the kernel has none"
fi
finish
