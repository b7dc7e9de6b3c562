# SPDX-License-Identifier: MIT
# Datagrams: the routes, and the servers with their decoys.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # public, near, … are lib.sh's, word is read there
#
# A test sources this after lib.sh and servers.sh. The word of a real server is "local", as long as that of a
# decoy: some programs print the size of a datagram, or cut the datagram off. Each public port has a decoy:
#
#   public port      the real server, on 192.168.1.20
#   123              10123, an NTP server: the word is the stratum
#   443              10443, a QUIC server: the word is the document "who"
#   5300             15300, a DNS server: the word is a TXT record of who.example.com
#   9001, 9002       19001, 19002, which answer with their word and the datagram
#   9003             19003, where nobody listens
#   9004             19004, where nobody listens; the public port has no server either
# On IPv6, 9001 leads to fd00::20 and 9002 to 192.168.1.20.

word=local

# An unmatched route leads to a real server, so that a wrong match is seen.
write_datagram_routes() {
	local port

	for port in 123 443 5300; do
		echo "route \"$public:$port\" { to = \"$near:$((10000 + port))\" protocol = \"udp\" }"
	done >"$UH_TMP/routed.conf"
	for port in 9001 9002 9003 9004; do
		echo "route \"$public:$port\" { to = \"$near:1$port\" protocol = \"udp\" }"
	done >>"$UH_TMP/routed.conf"
	cat >>"$UH_TMP/routed.conf" <<-END
		route "[$public6]:9001" { to = "[$near6]:19001" protocol = "udp" }
		route "[$public6]:9002" { to = "$near:19002" protocol = "udp" }
	END
	cat >"$UH_TMP/unmatched.conf" <<-END
		route "$public" { to = "$near:19001" protocol = "tcp" }
		route "$public:1-122" { to = "$near:19001" protocol = "udp" }
		route "$public:9005-9999" { to = "$near:19001" protocol = "udp" }
		route "203.0.113.2" { to = "$near:19001" protocol = "udp" }
		route "203.0.113.128/25" { to = "$near:19001" protocol = "any" }
		route "[$public6]" { to = "[$near6]:19001" protocol = "tcp" }
		route "[2001:db8:1::]/48" { to = "[$near6]:19001" protocol = "udp" }
	END
}

# listening HOST PORT: whether a datagram socket is bound there.
listening() {
	ss -ulnH "src $1 and sport = $2" | grep -q .
}

start_words() {
	local places=("decoy@$public:9001" "decoy@$public:9002" "decoy@$public:9003" loopback@127.0.0.1:9009
		"$word@$near:19001" "$word@$near:19002")

	! have_ipv6 || places+=("decoy@$public6:9001" "decoy@$public6:9002" "$word@$near6:19001")
	start_server words "$python" "$here/datagram_server.py" "${places[@]}"
	running words grep -q ready "$UH_TMP/words.log"
}

# start_dns_server WORD HOST PORT [OPTION]…: with further options of dnsmasq.
start_dns_server() {
	start_server "dns-$1" dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --no-resolv --no-hosts --user=root \
		--bind-interfaces --listen-address="$2" --port="$3" --local=/example.com/ --txt-record="who.example.com,$1" \
		"${@:4}"
	running "dns-$1" listening "$2" "$3"
}

# start_ntp_server NAME HOST PORT STRATUM: -x leaves the clock alone.
start_ntp_server() {
	start_server "$1" chronyd -x -d -u root -f /dev/null "bindaddress $2" "port $3" allow "local stratum $4" \
		"pidfile $UH_TMP/$1.pid" 'cmdport 0' 'bindcmdaddress /'
	running "$1" listening "$2" "$3"
}

# start_quic_server WORD HOST PORT
start_quic_server() {
	mkdir -p "$UH_TMP/$1"
	echo "$1" >"$UH_TMP/$1/who"
	start_server "quic-$1" gtlsserver --quiet --htdocs="$UH_TMP/$1" "$2" "$3" "$UH_TMP/key.pem" "$UH_TMP/ca.pem"
	running "quic-$1" listening "$2" "$3"
}
