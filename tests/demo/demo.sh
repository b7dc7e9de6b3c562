#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# demo.sh: one unmodified curl, through a hairpin and around it, and what each way costs.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${UH_BUILD:-.build}
# shellcheck source=tests/demo/hairpin.sh
. "$here/hairpin.sh"

CURLS=101
EARLY=10000 # connections whose latency is measured: before free ports are hard to find
LATE=30000  # connections right after them, to see whether there is an end
object=$(realpath -m "$BUILD/libunhairpin.so")

# The rows: from where, and the target of the route.
callers=(- A A B)
targets=(- none "$HOST_B" unix)

main() {
	local row
	need_built "$object"
	confine "$@"
	colours
	explain
	favour || :
	build requests "$here/requests.c"
	for row in 1 2 3; do
		measure "$row"
	done
	table
	picture
}

# Colours only on a terminal, and not where NO_COLOR is set (no-color.org).
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
		(Network namespaces on this machine; nothing leaves it. It takes a minute or two.)
	TEXT
}

# measure ROW: builds a network for it, shows one request there, and makes many.
measure() {
	local row=$1
	directory=$work/$row
	mkdir -p "$directory/temp"
	network_up
	start_nginx
	with_route "$row"
	show_curl "$row"
	time_curl "$row" >"$directory/curl"
	requests "$row" "$EARLY" >"$directory/early"
	requests "$row" "$LATE" >"$directory/late"
	end_children
}

# requests ROW COUNT: by a client in C, as unmodified as curl.
requests() {
	on "${callers[$1],,}" "${preload[@]}" "$BUILD/bench/requests" $PUBLIC 80 "$2"
}

start_nginx() {
	sed "s|@DIR@|$directory|g" "$here/nginx.conf" >"$directory/nginx.conf"
	start b nginx -e "$directory/error.log" -p "$directory" -c "$directory/nginx.conf"
	until_done test -s "$directory/nginx.pid"
}

# with_route ROW: sets preload to what goes in front of the command: nothing, or the object. Where
# local TCP ports run out, refuse shows it; the default would go on through the hairpin.
with_route() {
	local route
	preload=(env)
	case ${targets[$1]} in
	none) return ;;
	unix) route="to = \"unix:$directory/web.sock\"" ;;
	*) route="to = \"${targets[$1]}\" on_failure = \"refuse\"" ;;
	esac
	echo "route \"$PUBLIC:80\" { $route }" >"$directory/unhairpin.conf"
	preload+=("LD_PRELOAD=$object" "UNHAIRPIN_CONF=$directory/unhairpin.conf")
}

# What a reader would type, and the line that the service logs for it.
show_curl() {
	local caller=${callers[$1]} command="curl http://$PUBLIC/"
	printf '\n%s\n' "${bold}on $caller, $(describe "$1"):$plain"
	if [ ${#preload[@]} -gt 1 ]; then
		sed 's/^/  # /' "$directory/unhairpin.conf"
		command="LD_PRELOAD=libunhairpin.so $command"
	fi
	echo "  \$ $command"
	on "${caller,,}" "${preload[@]}" curl -sS "http://$PUBLIC/" | sed 's/^/  /'
	echo "  nginx logs: $(tail -n 1 "$directory/access.log")"
}

describe() {
	case ${targets[$1]} in
	none) echo "through the hairpin" ;;
	unix) echo "unhairpin to the Unix socket" ;;
	*) echo "unhairpin to the local IP" ;;
	esac
}

# One curl that asks CURLS times, each time on a new connection: the median of its own times, and
# the first, in microseconds.
time_curl() {
	on "${callers[$1],,}" "${preload[@]}" \
		curl -sS -H 'Connection: close' -o "$directory/page" -w '%{time_total}\n' \
		"http://$PUBLIC/?[1-$CURLS]" |
		awk 'NR == 1 { print $1 * 1e6 >first } { print $1 * 1e6 }' first="$directory/first" |
		sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# Prints caller, way, curl, latency, connections, entries, source, reason of failure and curl's first, apart by tabs.
print_row() {
	local directory=$work/$1 early late latency reason source
	read -r latency early reason <"$directory/early"
	read -r _ late reason <"$directory/late"
	source=$(tail -n 1 "$directory/access.log")
	network=$1
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${callers[$1]}" "$(describe "$1")" \
		"$(cat "$directory/curl")" "$latency" $((early + late)) "$(conntrack_entries)" \
		"${source%% *}" "$reason" "$(cat "$directory/first")"
}

# picture: bars, a panel for each kind of number in the rows.
picture() {
	if ! command -v gnuplot >/dev/null; then
		echo "SKIP picture: gnuplot is not installed"
		return
	fi
	panel curl 3
	panel loop 4
	panel connections 5
	gnuplot -e "directory = '$work'; output = '$BUILD/demo.svg'" "$here/demo.gnuplot"
	echo "written: $BUILD/demo.svg"
}

# panel NAME FIELD: "label, number, colour, number as it is shown" of each row.
panel() {
	awk -F '\t' -v field="$2" '{
		way = $2
		sub(/^through the /, "", way)
		shown = $field < 1000 ? $field : sprintf("%d,%03d", $field / 1000, $field % 1000)
		printf "\"%s\"\t%s\t%s\t\"%s\"\n", way, $field, NR == 1 ? "0xd9480f" : "0x2b8a5f", shown
	}' "$work/rows" >"$work/$1.dat"
}

# Speed-ups are over the first row, the hairpin.
table() {
	local i
	echo
	for i in 1 2 3; do
		print_row $i
	done >"$work/rows"
	awk -F '\t' -v want=$((EARLY + LATE)) -v bold="$bold" -v green="$green" -v plain="$plain" '
		function thousands(n) {
			return n < 1000 ? n : sprintf("%d,%03d", n / 1000, n % 1000)
		}
		function factor(before, now) {
			return before == now ? "" : sprintf("%.1f x", before / now)
		}
		BEGIN {
			line = "%-4s  %-29s %8s %7s  %8s %s%7s%s  %17s  %9s  %s\n"
			printf bold line plain, "from", "way to the public address", "curl", "", "loop", \
				"", "", "", "connections", "conntrack", "source in the log"
		}
		NR == 1 { curl = $3; loop = $4 }
		{
			printf line, $1, $2, $3 " us", factor(curl, $3), $4 " us", green, factor(loop, $4), \
				plain, thousands($5) " of " thousands(want), thousands($6), $7
			first = first (NR > 1 ? ", " : "") $9
			full += $2 ~ /hairpin$/ && $5 == want
			if ($8 != "-")
				failures[$8] = failures[$8] " " NR
		}
		END {
			print ""
			print "curl: one curl asks many times, on a new connection each; the median of its own times."
			print "      Its first time, when it also reads the routes: " first " us."
			print "loop: a C client that connects, asks, reads and closes in a row; median of the first 10,000."
			print "connections: how many of those it made. conntrack: entries on the gateway afterwards."
			if (full)
				print "(Not all ports of the hairpin were taken at once: TCP frees them after a minute.)"
			for (reason in failures)
				print "Stopped in row" failures[reason] ": " reason "."
		}' "$work/rows"
	echo "(TCP keeps a port taken for a minute after its connection; a Unix socket has none to run out of.)"
}

main "$@"
