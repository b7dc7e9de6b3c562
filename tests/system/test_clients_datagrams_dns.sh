#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that ask a DNS server by datagrams: c-ares, dig, kdig, unbound, dnsmasq.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/datagrams.sh"
. "$here/dns_clients.sh"

have dnsmasq || skip_all "DNS by datagrams" "no dnsmasq to make a DNS server of"
write_datagram_routes
start_dns_server decoy "$public" 5300
start_dns_server "$word" "$near" 15300
dns_clients
finish
