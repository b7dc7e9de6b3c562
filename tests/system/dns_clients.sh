# SPDX-License-Identifier: MIT
# Programs that ask the DNS server of datagrams.sh, with the object or in a cgroup with routes.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # lib.sh and datagrams.sh have the addresses, and read varying
#
# A test sources this after datagrams.sh.

# forwarder NAME COMMAND…: dig asks a resolver on 127.0.0.1, and the resolver asks the public address.
forwarder() {
	have dig || { skip "$1" "no dig here"; return; }
	have "$2" || { skip "$1" "no $2 here"; return; }
	client "$1" "answer \"$word\"" "$clients/forwarder.sh" "$UH_TMP/forwarder.log" 9053 "${@:2}"
}

# unbound_conf CONNECTS: yes or no.
unbound_conf() {
	cat >"$UH_TMP/unbound.conf" <<-END
		server:
			directory: "$UH_TMP"
			chroot: ""
			username: ""
			pidfile: ""
			use-syslog: no
			do-daemonize: no
			interface: 127.0.0.1@9053
			module-config: "iterator"
			udp-connect: $1
		forward-zone:
			name: "."
			forward-addr: $public@5300
		remote-control:
			control-enable: no
	END
}

dns_clients() {
	local connects varying=

	# c-ares drops an answer from another address than the one that it asked.
	client "node's c-ares" "[ '$public:5300' ]" node "$clients/datagram_client.js" resolve "$public" 5300

	varying='/Query time|WHEN|MSG SIZE/d'
	client "dig" "SERVER: $public#5300" dig "@$public" -p 5300 +tries=1 +time=3 +noall +answer +stats TXT who.example.com
	varying='s/ in [0-9.]+ ms/ in a while/; /Received|Time/d'
	client "kdig" "From $public@5300(UDP)" \
		kdig "@$public" -p 5300 +retry=0 +time=3 +noall +answer +stats TXT who.example.com
	varying=

	for connects in yes no; do
		unbound_conf "$connects"
		forwarder "unbound, udp-connect: $connects" unbound -d -c "$UH_TMP/unbound.conf"
	done
	forwarder "dnsmasq" dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --no-resolv --no-hosts --user=root \
		--bind-interfaces --listen-address=127.0.0.1 --port=9053 --server="$public#5300"
}
