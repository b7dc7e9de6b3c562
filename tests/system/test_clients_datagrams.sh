#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that send datagrams, and what they see of the sender: Python, Node, a C program, statsd, logger,
# chronyd, QUIC.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/datagrams.sh"
. "$here/datagram_clients.sh"

# Sockets of IPv6 whose targets are of IPv4.
other_family() {
	have_ipv6 || return
	python sendto "$public6" 9002
	client "node dgram, IPv6 to a local IPv4 address" "IPv6 $public6 9002" \
		node "$clients/datagram_client.js" send "$public6" 9002
}

# The error queue has no server's word: a decoy answers, or the queue has the refusal of the target.
error_queue() {
	local errors=("$python" "$clients/datagram_client.py" errors "$public") why

	run without "${errors[@]}" 9003
	run unmatched "${errors[@]}" 9003
	run routed "${errors[@]}" 9003
	outcome "the error queue, no route" "$(same unmatched)"
	is "the error queue's name, routed" "refused ('$public', 9003)" \
		"$(grep -o "^refused ('.*', [0-9]*)" "$UH_TMP/out.routed")"
	why=$(why_touched "${errors[@]}" 9004)
	grep -q "^refused ('$public', 9004)" "$UH_TMP/out.without" || why="no refusal: $(cat "$UH_TMP/out.without")"
	outcome "the whole error queue, routed from one dead port to another" "$why"
}

# The program that sends never listens: the server is asked afterwards about the datagram that it got.
statsd_client() {
	local varying='s/, from .*//'

	if "$python" -c 'import statsd' 2>/dev/null; then
		client "statsd" "$word: shop.orders:3|c" "$python" "$clients/datagram_client.py" statsd "$public" 9001
	else
		skip "statsd" "no python3-statsd here"
	fi
}

[ -x "$python" ] || skip_all "datagrams" "no python3 here"
write_datagram_routes
start_words
python_clients
error_queue
node_clients
other_family
c_client
statsd_client
logger_client
chrony_client
quic_client
finish
