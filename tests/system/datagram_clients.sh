# SPDX-License-Identifier: MIT
# Programs that send datagrams to the servers of datagrams.sh, with the object or in a cgroup with routes.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # lib.sh and datagrams.sh have the addresses, and read varying
#
# A test sources this after datagrams.sh.

# python KIND HOST PORT…: the sender's address in the form in which Python prints it is in the output.
python() {
	client "python $1, $2 port $3" "('$2', $3" "$python" "$clients/datagram_client.py" "$@"
}

python_clients() {
	local kind

	for kind in sendto connect sendmsg into peek asyncio asyncio-connect; do
		python "$kind" "$public" 9001
	done
	python several "$public" 9001 9002 9009
	# An IPv6 socket takes IPv4 addresses, too.
	python sendto "::ffff:$public" 9001
	python connect "::ffff:$public" 9001
	if have_ipv6; then
		for kind in sendto connect into peek asyncio; do
			python "$kind" "$public6" 9001
		done
		python connect "$public6" 9002
	else
		skip "python, IPv6" "the kernel has none"
	fi
}

node_clients() {
	local kind

	for kind in send many connect; do
		client "node dgram, $kind" "IPv4 $public 9001" node "$clients/datagram_client.js" "$kind" "$public" 9001
	done
	if have_ipv6; then
		client "node dgram, IPv6" "IPv6 $public6 9001" node "$clients/datagram_client.js" send "$public6" 9001
	else
		skip "node dgram, IPv6" "the kernel has none"
	fi
}

c_client() {
	cc -O2 -o "$UH_TMP/batches" "$clients/batches.c" || failed_all "sendmmsg and recvmmsg" "batches.c does not build"
	client "sendmmsg and recvmmsg" "$public:9001 $word: one" "$UH_TMP/batches" "$public" 9001 9002 9009
}

logger_client() {
	local varying='s/, from .*//'

	have logger || { skip "logger" "not installed"; return; }
	# shellcheck disable=SC2016 # the other shell's
	client "logger" "hello from a script" bash -c '
		logger --rfc5424=notime,notq,nohost -t shop -d -n "$3" -P "$4" hello from a script
		"$1" "$2" last "$3" "$4"' bash "$python" "$clients/datagram_client.py" "$public" 9001
}

# The stratum of the server is in the log of measurements, beside the server's address as chronyd knows it.
chrony_client() {
	local varying='s/^[0-9TZ:-]+ //; s/wrong by [0-9.-]+/wrong by a few/' level

	have chronyd || { skip "chronyd" "not installed"; return; }
	start_ntp_server ntp-decoy "$public" 123 7
	start_ntp_server ntp "$near" 10123 3
	for level in 0 1; do
		# shellcheck disable=SC2016 # the other shell's
		client "chronyd -Q, its seccomp filter at level $level" "$public $word" bash -c 'rm -rf "$1"; mkdir "$1"
			chronyd -Q -x -F "$3" -u root -t 5 "server $2 iburst maxsamples 1" "logdir $1" "log measurements" \
				"pidfile $1/pid" "cmdport 0" "bindcmdaddress /"
			echo "status $?"
			awk "\$3 == \"$2\" { print \$3, \$5 == 7 ? \"decoy\" : \"$4\" }" "$1/measurements.log"' \
			bash "$UH_TMP/measured" "$public" "$level" "$word"
	done
}

# The client's debug output names the server of each packet.
quic_client() {
	if ! have gtlsclient || ! have gtlsserver; then
		skip "QUIC" "no ngtcp2-client and ngtcp2-server here"
		return
	fi
	make_certificate || { skip "QUIC" "no openssl to make a certificate"; return; }
	start_quic_server decoy "$public" 443
	start_quic_server "$word" "$near" 10443
	# shellcheck disable=SC2016 # the other shell's
	client "QUIC" "remote=[$public]:443" bash -c 'rm -rf "$1"; mkdir "$1"
		timeout 10 gtlsclient --no-quic-dump --no-http-dump --exit-on-all-streams-close --download="$1" \
			"$2" 443 "https://$2/who" >"$1/log" 2>&1
		echo "status $?"
		grep -o "remote=[^ ]*" "$1/log" | sort -u
		cat "$1/who"' bash "$UH_TMP/downloads" "$public"
}
