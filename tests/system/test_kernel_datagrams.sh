#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that send datagrams in a cgroup that `unhairpin kernel` is enabled for, and what they see of the sender.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"
. "$here/datagrams.sh"
. "$here/datagram_clients.sh"

# sendmsg() of an IPv6 socket does not lead to an IPv4 target: the datagram goes to the original address.
left_alone() {
	local ask=("$python" "$clients/datagram_client.py" sendto "$public6" 9002)

	have_ipv6 || { skip "IPv6 to an IPv4 target" "the kernel has none"; return; }
	run without "${ask[@]}"
	run routed "${ask[@]}"
	outcome "IPv6 to an IPv4 target: left alone" "$(same routed)"
}

# nobody NAME KIND: nobody is bound at the target; port 9003's original address would answer.
nobody() {
	run routed "$python" "$clients/datagram_client.py" "$2" "$public" 9003
	if grep -q "$3" "$UH_TMP/out.routed" "$UH_TMP/err.routed"; then
		ok "$1"
	else
		fail "$1" "$(tail -n 3 "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
	fi
}

needs_kernel "kernel, datagrams"
write_datagram_routes
enable routed
enable unmatched
start_words
python_clients
left_alone
nobody "the target gone, a connected socket: refused" connect ConnectionRefusedError
# The kernel has no hook for the name in the error queue: the queue says the target.
nobody "the target gone, the error queue" errors "^refused ('$near', 19003)"
node_clients
client "node dgram, UV_USE_IO_URING=1" "IPv4 $public 9001" \
	env UV_USE_IO_URING=1 node "$clients/datagram_client.js" many "$public" 9001
c_client
logger_client
chrony_client
quic_client
finish
