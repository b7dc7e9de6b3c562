# SPDX-License-Identifier: MIT
# report.sh: turns the values that bench.sh noted into a table, a TSV file and a picture.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables are bench.sh's

declare -A median # of each "measurement variant"

# report: writes bench.txt, bench.tsv and bench.svg, and shows the first.
report() {
	medians >"$tools/bench.tsv"
	while IFS=$'\t' read -r measurement variant number; do
		median["$measurement $variant"]=$number
	done <"$tools/bench.tsv"
	{
		head_line
		measured
		bounds
	} | tee "$tools/bench.txt"
	picture
	printf '\nwritten: %s/bench.{txt,tsv,svg}\n' "$BUILD/bench"
}

# "measurement, variant, median", apart by tabs, in the order of the first round.
medians() {
	awk -F '\t' '
		!(($1, $2) in count) { name[++names] = $1 SUBSEP $2 }
		{ value[$1, $2, ++count[$1, $2]] = $3 }
		function median(key, n, i, j, t, v) {
			n = count[key]
			for (i = 1; i <= n; i++) {
				t = value[key, i] + 0
				for (j = i - 1; j > 0 && v[j] > t; j--)
					v[j + 1] = v[j]
				v[j + 1] = t
			}
			return v[int((n + 1) / 2)]
		}
		END {
			for (i = 1; i <= names; i++) {
				split(name[i], part, SUBSEP)
				print part[1] "\t" part[2] "\t" median(name[i])
			}
		}' "$work/values"
	exhausted hairpin
	exhausted unix
}

exhausted() {
	awk -v variant="$1" '{ print "in-a-row\t" variant "\t" $2 }' "$work/exhaust.$1"
}

head_line() {
	echo "unhairpin bench: $(uname -sr), $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)," \
		"CPU $cpu, medians of $ROUNDS interleaved rounds"
}

# line MEASUREMENT VARIANT TEXT DIVISOR UNIT: one measured value, or that it could not be measured.
line() {
	local number=${median["$1 $2"]-}
	if [ -z "$number" ]; then
		printf '  %-34s %12s\n' "$3" "not installed"
	else
		printf '  %-34s %12s %s\n' "$3" "$(calculate "$number / $4")" "$5"
	fi
}

calculate() {
	awk "BEGIN { x = $1; printf (x == int(x) || x >= 1000 ? \"%d\" : \"%.2f\"), x }"
}

measured() {
	local way
	printf '\nsocket, connect, 64 bytes there and back, close\n'
	way=connection paths_measured
	printf '\n64 bytes there and back on one open connection\n'
	way=roundtrip paths_measured
	printf '\nconnections in a row, of 40,000\n'
	line in-a-row hairpin "hairpin" 1 ""
	line in-a-row unix "unhairpin to a Unix socket" 1 ""
	misses_measured
	kernel_misses_measured
	datagrams_measured
	loading_measured
}

paths_measured() {
	line "$way" native "native Unix socket" 1000 us
	line "$way" shim "hard-coded shim to it" 1000 us
	line "$way" unix "unhairpin to it" 1000 us
	line "$way" loopback "loopback TCP" 1000 us
	line "$way" direct "TCP to the local IP" 1000 us
	line "$way" ip "unhairpin to it" 1000 us
	line "$way" kernel "unhairpin kernel to it" 1000 us
	line "$way" hairpin "hairpin" 1000 us
}

misses_measured() {
	local protocol
	for protocol in udp tcp; do
		printf '\nconnect() that matches nothing, %s\n' "$protocol"
		line "miss-$protocol" none "no preload" 1 ns
		line "miss-$protocol" shim "hard-coded shim" 1 ns
		line "miss-$protocol" 10 "10 routes" 1 ns
		line "miss-$protocol" 100000 "100,000 routes" 1 ns
	done
}

kernel_misses_measured() {
	printf '\nconnect() that matches nothing, tcp, by the kernel\n'
	if [ -n "$no_kernel" ]; then
		echo "  SKIP: $no_kernel"
		return
	fi
	kernel_miss tcp "unreachable"
	kernel_miss refused "refused on loopback"
	kernel_miss near "refused, near routes"
}

# kernel_miss CALL TEXT
kernel_miss() {
	line "kernel-miss-$1" none "$2, plain" 1 ns
	line "kernel-miss-$1" 1 "$2, 1 route" 1 ns
	line "kernel-miss-$1" 100000 "$2, 100,000 routes" 1 ns
}

datagrams_measured() {
	printf '\nsendto() on a datagram socket, with an address\n'
	line send none "no preload" 1 ns
	line send 10 "no match, 10 routes" 1 ns
	line send 100000 "no match, 100,000 routes" 1 ns
	line send routed "routed to the same kind of address" 1 ns
	printf '\nsendto() and recvfrom(), 64 bytes there and back\n'
	line exchange none "no preload" 1 ns
	line exchange 10 "no match, 10 routes" 1 ns
	line exchange routed "routed to the same kind of address" 1 ns
}

loading_measured() {
	printf '\nconnect() that is routed, udp\n'
	line count off "not counted" 1 ns
	line count on "counted for unhairpin stats" 1 ns
	printf '\ngetaddrinfo() of a routed name, among names looked up before\n'
	line look-up 1 "1 name" 1 ns
	line look-up 64 "64 names" 1 ns
	line look-up 512 "512 names" 1 ns
	printf '\n/bin/true from posix_spawn() to its end\n'
	line exec none "no preload" 1000 us
	line exec empty "empty object" 1000 us
	line exec unhairpin "unhairpin" 1000 us
	line exec libproxychains.so.4 "proxychains4" 1000 us
	line exec libtorsocks.so "torsocks" 1000 us
	line exec libsocket_wrapper.so "libsocket-wrapper" 1000 us
	printf '\nfirst connect() of a process, routes read from text: time, private memory gained\n'
	first_connects_measured ""
	printf '\nthe same, routes read from a compiled cache\n'
	first_connects_measured cached-
	first_routed_measured
}

first_routed_measured() {
	printf '\nfirst connect() of a process, by a route to a Unix socket\n'
	line first-routed native "native Unix socket" 1 us
	line first-routed 1 "compiled, 1 route" 1 us
	line first-routed 100000 "compiled, 100,000 routes" 1 us
	line first-routed text "from text" 1 us
	line first-routed true "/bin/true, to compare" 1000 us
	printf '\ncurl from its start to its end, to a Unix socket\n'
	line process plain "curl --unix-socket" 1000 us
	line process empty "with an empty object" 1000 us
	line process cache "unhairpin, from a cache" 1000 us
	line process run "unhairpin run -m" 1000 us
	line process text "unhairpin, from text" 1000 us
}

first_connects_measured() {
	local count
	for count in 1 10000 100000; do
		line "$1first" $count "$count route$([ $count = 1 ] || echo s)" 1 us
		line "$1memory" $count "" 1 KiB
	done
}

# bound TEXT EXPRESSION COMPARISON LIMIT: the expression's numbers are "measurement variant" names.
bound() {
	local text=$1 value=$2 comparison=$3 limit=$4
	value=$(calculate "$value")
	printf '  %-58s %9s  %2s %-6s %s\n' "$text" "$value" "$comparison" "$limit" \
		"$(awk "BEGIN { print ($value $comparison $limit) ? \"met\" : \"not met\" }")"
}

ratio() {
	echo "${median["$1"]} / ${median["$2"]}"
}

more() {
	echo "${median["$1"]} - ${median["$2"]}"
}

bounds() {
	local protocol count
	printf '\nbounds\n'
	bound "connection: unhairpin to Unix / native Unix" "$(ratio 'connection unix' 'connection native')" '<=' 1.40
	bound "connection: hairpin / unhairpin to Unix" "$(ratio 'connection hairpin' 'connection unix')" '>=' 2.8
	# 1.00 by the contract: nothing is in the way. The rest is for what two runs differ by.
	bound "open connection: unhairpin to Unix / native Unix" \
		"$(ratio 'roundtrip unix' 'roundtrip native')" '<=' 1.02
	bound "open connection: hairpin / unhairpin to Unix" \
		"$(ratio 'roundtrip hairpin' 'roundtrip unix')" '>=' 2.4
	bound "connections in a row through unhairpin" "${median['in-a-row unix']}" '>=' 40000
	for protocol in udp tcp; do
		for count in 10 100000; do
			bound "no match, $protocol, $count routes: ns more than no preload" \
				"$(more "miss-$protocol $count" "miss-$protocol none")" '<' 30
		done
	done
	for count in 10 100000; do
		bound "sendto(), no match, $count routes: ns more than no preload" \
			"$(more "send $count" 'send none')" '<' 30
	done
	[ -n "$no_kernel" ] || kernel_bounds
	bound "sendto(): routed / no preload" "$(ratio 'send routed' 'send none')" '<=' 1.25
	bound "sendto() and recvfrom(): routed / no preload" \
		"$(ratio 'exchange routed' 'exchange none')" '<=' 1.25
	bound "a routed connection: ns more where it is counted" "$(more 'count on' 'count off')" '<' 20
	bound "exec: what unhairpin adds / what an empty object adds" \
		"($(more 'exec unhairpin' 'exec none')) / ($(more 'exec empty' 'exec none'))" '<=' 1.5
	bound "100,000 routes: KiB of private memory" "${median['cached-memory 100000']}" '<' 256
	bound "100,000 routes: us more than 1 at first" \
		"$(more 'cached-first 100000' 'cached-first 1')" '<=' 40
	bound "first connection, compiled: unhairpin to Unix / native Unix" \
		"$(ratio 'first-routed 1' 'first-routed native')" '<=' 3.0
	bound "first connection from text / starting /bin/true" \
		"1000 * $(ratio 'first-routed text' 'first-routed true')" '<=' 1.2
}

kernel_bounds() {
	local call count
	bound "connection: unhairpin kernel / TCP to the local IP" "$(ratio 'connection kernel' 'connection direct')" '<=' 1.05
	for call in refused near; do
		for count in 1 100000; do
			bound "kernel, no match, $call, $count route(s) / plain connect()" \
				"$(ratio "kernel-miss-$call $count" "kernel-miss-$call none")" '<=' 1.15
		done
	done
}

# picture: bars, one panel for each kind of cost.
picture() {
	if ! command -v gnuplot >/dev/null; then
		echo "SKIP picture: gnuplot is not installed"
		return
	fi
	panel connection 'native=native Unix' 'shim=hard-coded shim' 'unix=unhairpin, Unix' \
		'loopback=loopback TCP' 'direct=local IP' 'ip=unhairpin, IP' 'kernel=kernel, IP' 'hairpin=hairpin' >"$work/connection.dat"
	panel roundtrip 'native=native Unix' 'unix=unhairpin, Unix' 'loopback=loopback TCP' \
		'direct=local IP' 'ip=unhairpin, IP' 'kernel=kernel, IP' 'hairpin=hairpin' >"$work/roundtrip.dat"
	panel exec 'none=no preload' 'empty=empty object' 'unhairpin=unhairpin' \
		'libproxychains.so.4=proxychains4' 'libtorsocks.so=torsocks' \
		'libsocket_wrapper.so=socket-wrapper' >"$work/exec.dat"
	gnuplot -e "directory = '$work'; output = '$tools/bench.svg'" "$here/bench.gnuplot"
}

# panel MEASUREMENT VARIANT=LABEL…: "label, microseconds, colour" for each that was measured.
panel() {
	local measurement=$1 variant number colour
	shift
	for variant in "$@"; do
		number=${median["$measurement ${variant%%=*}"]-}
		case ${variant%%=*} in
		hairpin) colour=0xd9480f ;;
		unix | ip | unhairpin) colour=0x2b8a5f ;;
		*) colour=0x8fa3bf ;;
		esac
		[ -z "$number" ] || printf '"%s"\t%s\t%s\n' "${variant#*=}" "$(calculate "$number / 1000")" $colour
	done
}
