#!/bin/bash
# SPDX-License-Identifier: MIT
# Python's sockets, used in every common way: poll, epoll before connect, dup, fork, options.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

sockets() {
	client "python sockets: $1, $2 port $3" unhairpin "$python" "$clients/socket_client.py" "$@"
}

write_routes
start_nginx
[ -x "$python" ] || skip_all python "no python3 here"

for kind in blocking timeout poll select epoll-before epoll-edge-before epoll-two-sets fork-after fork-before \
	inherited dup reuse options connect-twice half-close fastopen; do
	sockets "$kind" "$public" 80
done

# To an IP target the socket stays the program's own, so its local address is the kernel's choice.
varying='s/local [0-9a-f.:]+/local/'
for port in 81 83; do
	for kind in poll epoll-edge-before dup options fork-before fastopen; do
		sockets "$kind" "$public" "$port"
	done
done
if have_ipv6; then
	for port in 80 81; do
		for kind in blocking timeout epoll-edge-before dup options connect-twice; do
			sockets "$kind" "$public6" "$port"
		done
	done
else
	skip "IPv6" "the kernel has none"
fi
finish
