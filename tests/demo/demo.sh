#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# demo.sh: one unmodified curl, through a hairpin and around it, and what each way costs.
#
# The ways are measured in turn, ROUNDS times, so that a change of the machine's speed meets all of them. A
# figure is the median of the rounds' medians; the two numbers after it enclose the middle half of the rounds.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${UH_BUILD:-.build}
# shellcheck source=tests/demo/hairpin.sh
. "$here/hairpin.sh"

ROUNDS=41
CURLS=20	 # requests of one curl in a round, each on a new connection
LOOP=200	 # connections of the C client in a round
PORTS=1024	 # local ports that a host may use when they are to run out
IN_A_ROW=3000 # connections that are tried then
object=$(realpath -m "$BUILD/libunhairpin.so")

# The ways: from which host, and the target of the route.
callers=(- A A B B)
targets=(- none "$HOST_B" none unix)
ways=(1 2 3 4)

main() {
	local round way
	need_built "$object"
	confine "$@"
	colours
	explain
	favour || :
	pin
	build requests "$here/requests.c"
	network_up
	start_nginx
	for way in "${ways[@]}"; do
		make_route "$way"
		show_curl "$way"
	done
	for ((round = 0; round < ROUNDS; round++)); do
		for way in "${ways[@]}"; do
			measure "$way"
		done
	done
	for way in "${ways[@]}"; do
		exhaust "$way"
	done
	table
	picture
}

# pin: client and server share one processor, so that no figure depends on where the kernel puts them.
pin() {
	taskset -p -c "$(taskset -p -c $$ | sed 's/.*: \([0-9]*\).*/\1/')" $$ >/dev/null
}

# Colours only on a terminal, and not if NO_COLOR is set (no-color.org).
colours() {
	bold='' green='' plain=''
	if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
		bold=$'\e[1m' green=$'\e[1;32m' plain=$'\e[0m'
	fi
}

explain() {
	cat <<-TEXT
		Hosts A ($HOST_A) and B ($HOST_B) sit on one switch; B runs nginx. The world, and so do A
		and B themselves, knows it as http://$PUBLIC/: the address of the gateway, which must
		translate each such connection twice and send it back where it came from (hairpin NAT).
		The same curl asks for that address in each row below; only the preloaded object differs.
		(Network namespaces on this machine; nothing leaves it. It takes less than a minute.)
	TEXT
}

# measure WAY: one round of it. Each line of a file is the median of a round, in microseconds.
measure() {
	set_preload "$1"
	time_curl "$1" 1 >>"$work/$1/first"
	time_uncompiled "$1"
	time_curl "$1" $((CURLS + 1)) >>"$work/$1/curl"
	requests "$1" $LOOP | cut -d ' ' -f 1 >>"$work/$1/loop"
}

# time_uncompiled WAY: the first curl once more if there is nothing compiled, so that it runs the compiler of routes.
time_uncompiled() {
	local cache=$work/$1/unhairpin.cache
	[ -e "$cache" ] || return 0
	mv "$cache" "$cache.away"
	time_curl "$1" 1 >>"$work/uncompiled"
	mv "$cache.away" "$cache"
}

# exhaust WAY: connections in a row when the caller has few ports, and the entries that they leave on the gateway.
exhaust() {
	local before
	set_preload "$1"
	on "${callers[$1],,}" sh -c "echo 20000 $((20000 + PORTS - 1)) >/proc/sys/net/ipv4/ip_local_port_range"
	before=$(conntrack_entries)
	requests "$1" $IN_A_ROW >"$work/$1/row"
	echo $(($(conntrack_entries) - before)) >"$work/$1/conntrack"
}

# requests WAY COUNT: by a client in C, as unmodified as curl.
requests() {
	on "${callers[$1],,}" "${preload[@]}" "$BUILD/bench/requests" $PUBLIC 80 "$2"
}

start_nginx() {
	mkdir -p "$work/temp"
	sed "s|@DIR@|$work|g" "$here/nginx.conf" >"$work/nginx.conf"
	start b nginx -e "$work/error.log" -p "$work" -c "$work/nginx.conf"
	until_done test -s "$work/nginx.pid"
}

# make_route WAY: writes its configuration and compiles it. Where local TCP ports run out, refuse shows it; the default
# would go on through the hairpin.
make_route() {
	local route
	mkdir -p "$work/$1"
	case ${targets[$1]} in
	none) return ;;
	unix) route="to = \"unix:$work/web.sock\"" ;;
	*) route="to = \"${targets[$1]}\" on_failure = \"refuse\"" ;;
	esac
	echo "route \"$PUBLIC:80\" { $route }" >"$work/$1/unhairpin.conf"
	"$BUILD/unhairpin" compile "$work/$1/unhairpin.conf"
}

# set_preload WAY: what goes in front of the command: nothing, or the object.
set_preload() {
	preload=(env)
	[ ! -e "$work/$1/unhairpin.conf" ] ||
		preload+=("LD_PRELOAD=$object" "UNHAIRPIN_CONF=$work/$1/unhairpin.conf")
}

# What a reader would type, and the line that the service logs for it.
show_curl() {
	local caller=${callers[$1]} command="curl http://$PUBLIC/"
	set_preload "$1"
	printf '\n%s\n' "${bold}on $caller, $(describe "$1"):$plain"
	if [ ${#preload[@]} -gt 1 ]; then
		sed 's/^/  # /' "$work/$1/unhairpin.conf"
		command="LD_PRELOAD=libunhairpin.so $command"
	fi
	echo "  \$ $command"
	: >"$work/access.log"
	on "${caller,,}" "${preload[@]}" curl -sS "http://$PUBLIC/" | sed 's/^/  /'
	until_done test -s "$work/access.log" # nginx writes it after the response
	cp "$work/access.log" "$work/$1/logged"
	echo "  nginx logs: $(cat "$work/$1/logged")"
}

describe() {
	case ${targets[$1]} in
	none) echo "through the hairpin" ;;
	unix) echo "unhairpin to the Unix socket" ;;
	*) echo "unhairpin to the local IP" ;;
	esac
}

# time_curl WAY COUNT: the median of curl's own times, in microseconds. The first request of a process also
# loads libraries and reads the routes; it counts only if it is the only one.
time_curl() {
	on "${callers[$1],,}" "${preload[@]}" \
		curl -sS -H 'Connection: close' -o "$work/page" -w '%{time_total}\n' "http://$PUBLIC/?[1-$2]" |
		awk -v count="$2" 'NR > 1 || count == 1 { print $1 * 1e6 }' | sort -n |
		awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# spread FILE: median, first and third quartile of its numbers.
spread() {
	sort -n "$1" | awk '{ t[NR] = $1 }
		END { printf "%.0f %.0f %.0f\n", t[int((NR + 1) / 2)], t[int((NR + 3) / 4)], t[int((3 * NR + 3) / 4)] }'
}

# Prints caller, way, connections, entries, source, reason of failure, and three numbers each of first, curl and
# loop, apart by tabs.
print_way() {
	local directory=$work/$1 made reason source
	read -r _ made reason <"$directory/row"
	source=$(cat "$directory/logged")
	printf '%s\t%s\t%s\t%s\t%s\t%s\t' "${callers[$1]}" "$(describe "$1")" "$made" \
		"$(cat "$directory/conntrack")" "${source%% *}" "$reason"
	echo "$(spread "$directory/first") $(spread "$directory/curl") $(spread "$directory/loop")" | tr ' ' '\t'
}

# Speed-ups are over the hairpin from the same host.
table() {
	local way
	for way in "${ways[@]}"; do
		print_way "$way"
	done >"$work/rows"
	echo
	awk -F '\t' -v bold="$bold" -v green="$green" -v plain="$plain" -v ports=$PORTS -v tried=$IN_A_ROW \
		-v rounds=$ROUNDS -v uncompiled="$(spread "$work/uncompiled")" '
		function thousands(n) {
			return n < 1000 ? n : sprintf("%d,%03d", n / 1000, n % 1000)
		}
		function figure(field) {
			return sprintf("%d (%d-%d)", $field, $(field + 1), $(field + 2))
		}
		function factor(name, field) {
			if ($2 ~ /hairpin$/) {
				hairpin[name] = $field
				return ""
			}
			return sprintf("%.1f x", hairpin[name] / $field)
		}
		BEGIN {
			line = "%-4s  %-28s  %-18s %5s  %-15s %5s  %-15s %s%5s%s  %-11s  %9s  %s\n"
			printf bold line plain, "from", "way to the public address", "first curl, us", "", \
				"next, us", "", "C client, us", "", "", "", "in a row", "conntrack", "source in the log"
		}
		{
			printf line, $1, $2, figure(7), factor("first", 7), figure(10), factor("curl", 10), figure(13), \
				green, factor("loop", 13), plain, thousands($3), thousands($4), $5
			if ($6 != "-")
				failures[$6] = failures[$6] " " NR
		}
		END {
			printf "\nTimes: %d rounds, the rows in turn; median, and the middle half of the rounds. ", rounds
			print "Factors: over the hairpin of the same host."
			print "Client and server share one processor."
			print "(This gateway is a name space of the same machine; a real one adds the way to it and back.)"
			split(uncompiled, text, " ")
			print "first curl: the only request of a new curl; this process reads the compiled routes. If they are not"
			printf "compiled (`unhairpin compile`), it runs their compiler: %d (%d-%d) us.\n", text[1], text[2], text[3]
			print "next: a further request of the same curl, on a new connection."
			print "C client: connects, asks, reads and closes."
			printf "in a row: how many of %s connections succeed if the host has %s local ports; a host usually has\n", \
				thousands(tried), thousands(ports)
			print "28,232. conntrack: the entries that these connections leave on the gateway."
			for (reason in failures)
				print "Stopped in row" failures[reason] ": " reason "."
			print "(TCP keeps a port taken for a minute after its connection. A Unix socket has no ports.)"
		}' "$work/rows"
}

# picture: bars, a panel for each kind of number in the rows.
picture() {
	if ! command -v gnuplot >/dev/null; then
		echo "SKIP picture: gnuplot is not installed"
		return
	fi
	panel first 7
	panel curl 10
	panel loop 13
	panel connections 3
	gnuplot -e "directory = '$work'; output = '$BUILD/demo.svg'" "$here/demo.gnuplot"
	echo "written: $BUILD/demo.svg"
}

# panel NAME FIELD: "label, number, colour, number as it is shown" of each row, and the ends of its spread.
panel() {
	awk -F '\t' -v field="$2" '{
		hairpin = $2 ~ /hairpin$/
		sub(/^through the /, "", $2)
		shown = $field < 1000 ? $field : sprintf("%d,%03d", $field / 1000, $field % 1000)
		low = field > 6 ? $(field + 1) : $field
		high = field > 6 ? $(field + 2) : $field
		printf "\"%s: %s\"\t%s\t%s\t\"%s\"\t%s\t%s\n", $1, $2, $field, \
			hairpin ? "0xd9480f" : "0x2b8a5f", shown, low, high
	}' "$work/rows" >"$work/$1.dat"
}

main "$@"
