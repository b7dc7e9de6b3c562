#!/bin/bash
# SPDX-License-Identifier: MIT
# Node, Java and Rust look names up, in threads of their own and with both families at a time.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

varying=$addresses

# A server's word for each address that a look-up gave.
node_look_up='
const dns = require("dns"), http = require("http");
dns.lookup("api.example.com", { all: true, family: Number(process.argv[1]) }, (error, all) => {
  if (error) throw error;
  for (const { address, family } of all)
    http.get({ host: address, port: 80, path: "/who" }, (r) => r.on("data", (data) => console.log(String(data).trim())));
});'
node_own_resolver='
const dns = require("dns"), http = require("http");
dns.resolve4("api.example.com", (error, all) => {
  if (error) throw error;
  http.get({ host: all[0], port: 80, path: "/who" }, (r) => r.on("data", (data) => console.log(String(data).trim())));
});'

node_clients() {
	local kind

	if ! have node; then
		skip node "not installed"
		return
	fi
	for kind in get keepalive socket; do
		named "node $kind" node "$clients/client.js" $kind api.example.com 80
	done
	named "node dns.lookup of IPv4" node -e "$node_look_up" 4
	! have_ipv6 || named "node dns.lookup of IPv6" node -e "$node_look_up" 6
	if node -e 'process.exit(require("net").setDefaultAutoSelectFamily ? 0 : 1)' 2>/dev/null; then
		named "node with Happy Eyeballs" node -e 'require("net").setDefaultAutoSelectFamily(true);
			fetch("http://api.example.com/who").then(async (a) => console.log(a.status, (await a.text()).trim()))'
	else
		skip "node with Happy Eyeballs" "this node has none"
	fi
	run routed node -e "$node_own_resolver"
	is "node's dns.resolve asks for itself, and gets the real address" decoy "$(cat "$UH_TMP/out.routed")"
}

java_client() {
	named "$1" java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$UH_TMP/classes" "${@:2}"
}

java_clients() {
	local kind

	if ! have javac || ! javac -d "$UH_TMP/classes" "$clients/Client.java"; then
		skip java "no javac here"
		return
	fi
	for kind in http-client url-connection socket selector; do
		java_client "java $kind" Client $kind api.example.com 80
	done
	java_client "java with sockets of AF_INET" -Djava.net.preferIPv4Stack=true Client socket api.example.com 80
	! have_ipv6 || java_client "java that prefers IPv6" -Djava.net.preferIPv6Addresses=true Client socket api.example.com 80
}

rust_clients() {
	if ! HOME=$user_home rustc --edition 2021 -o "$UH_TMP/rust_client" "$clients/client.rs" 2>"$UH_TMP/rustc.log"; then
		skip rust "no rustc here: $(head -n 1 "$UH_TMP/rustc.log")"
		return
	fi
	named "rust" "$UH_TMP/rust_client" name api.example.com 80
}

count_packets
start_dns
write_named_routes
start_named_nginx
node_clients
java_clients
rust_clients
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
