#!/bin/bash
# SPDX-License-Identifier: MIT
# getaddrinfo and its relatives answer for a routed name as libc does for any: all hints, all errors.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

# In /etc/hosts, so that the reference takes no resolver.
name=hosts.example.com
hosts4=203.0.113.7
hosts6=2001:db8::7

have gcc || skip_all names "no compiler"
gcc -D_GNU_SOURCE -std=c17 -O1 -g -o "$UH_TMP/answers" "$clients/names_answers.c" ||
	failed_all names "gcc does not compile the client"
have_ipv6 || skip_all names "the kernel has no IPv6, and so no second family"

# The order of lists depends on the host's own addresses.
ip addr add "$hosts4/32" dev lo
ip addr add "$hosts6/128" dev lo nodad
printf '127.0.0.1 localhost\n::1 localhost\n%s %s\n%s %s\n' "$hosts4" "$name" "$hosts6" "$name" >/etc/hosts
echo "route \"$name:80\" { to = \"unix:$UH_TMP/api.sock\" }" >"$UH_TMP/routed.conf"
echo "route \"other.example.com\" { to = \"unix:$UH_TMP/api.sock\" }" >"$UH_TMP/unmatched.conf"

# alike NAME MINIMUM ARGUMENT…: the client prints the same in all ways, and that many lines at least.
alike() {
	local name=$1 least=$2 why=
	shift 2
	run without "$UH_TMP/answers" "$@"
	run unmatched "$UH_TMP/answers" "$@"
	run routed "$UH_TMP/answers" "$@"
	if [ "$(wc -l <"$UH_TMP/out.without")" -lt "$least" ] || [ "$(cat "$UH_TMP/status.without")" != 0 ]; then
		why="without the object: $(head -n 3 "$UH_TMP/err.without")"
	elif ! why=$(same unmatched); then
		why="with no route matching, $why"
	else
		why=$(same routed)
	fi
	outcome "$name" "$why"
}

answers_alike() {
	alike "getaddrinfo of a routed name, all hints and services" 40000 hints $name
	alike "getaddrinfo without a name, all hints and services" 40000 unnamed
	alike "gethostbyname and its relatives, all sizes of buffers" 6 hostent $name
	alike "gethostbyaddr and its relative, all sizes of buffers" 30 reverse $name
	alike "getnameinfo, all flags and sizes of buffers" 1500 nameinfo $name
}

# Numbers in every form that inet_aton takes, and names without a route: addresses too are the same.
unrouted() {
	local nodes=(127.1 0x7f000001 127.0.0.1 017700000001 2130706433 0x7f.1 1.2.3 '1.2.3.4 ' '1.2.3.4 x' ::1 fe80::1%lo
		fe80::1%1 fe80::1%nope "::ffff:$hosts4" "$hosts4" 256.1.1.1 1.2.3.4.5 08.1 0x 0 '[::1]' localhost
		www.example.com missing.example.com 0x7f000001. 127.0.0.1. 241.0.0.1 "sub.$name" "x$name" example.com)

	alike "getaddrinfo of numbers and of names without a route" 1000 -a few "${nodes[@]}"
	alike "gethostbyname of numbers and of names without a route" 150 -a hostent "${nodes[@]}"
}

repeat() {
	printf "$1%.0s" $(seq "$2")
}

bad() {
	local label long nodes
	label=$(repeat a 63)
	long=$label.$label.$label.$(repeat b 57) # 249 bytes
	nodes=('' . .. a..b ".$name" "$name.." "a b.example.com" " $name" "$name " "$name"$'\n' $'\xc3\xa4.example.com' $'\xff\xfe'
		'*.example.com' '*' 'hosts.*.com' "$name:80" "$name/" "$name%lo" "-$name" 'hosts-.example.com' "_$name"
		"${label}a.example.com" "$label.example.com" "$long.abc" "$long.abcd" "$long.abcde" "$(repeat . 300)"
		"$(repeat a. 200)" "$(repeat x 5000)" 'hosts\.example.com' "a@$name" xn--bcher-kva.example.com)

	alike "getaddrinfo of bad names" 1000 -a few "${nodes[@]}"
	alike "gethostbyname of bad names" 150 -a hostent "${nodes[@]}"
	echo 'route "*.example.com" { to = "unix:/nowhere" }' >>"$UH_TMP/unmatched.conf"
	run without "$UH_TMP/answers" -a few '' . .. a..b 'a b.example.com' '.example.com' '*.example.com' $'\xc3\xa4.example.com' \
		"${label}a.example.com" "$(repeat x. 125)example.com"
	run unmatched "$UH_TMP/answers" -a few '' . .. a..b 'a b.example.com' '.example.com' '*.example.com' $'\xc3\xa4.example.com' \
		"${label}a.example.com" "$(repeat x. 125)example.com"
	outcome "a wildcard's route takes no bad name" "$(same unmatched)"
}

# canonical NAME: what getaddrinfo and gethostbyname say is the name.
canonical() {
	LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/routed.conf "$python" -c 'import socket, sys
name = sys.argv[1]
print(socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)[0][3], socket.gethostbyname_ex(name)[0])' "$1"
}

names() {
	local asked short=a.b

	for asked in HOSTS.example.com $name. Hosts.Example.Com.; do
		is "the canonical name of $asked" "$asked $asked" "$(canonical "$asked")"
	done
	# A name that is shorter than the number in its place, and the longest.
	echo "route \"$short:80\" { to = \"unix:$UH_TMP/api.sock\" }" >>"$UH_TMP/routed.conf"
	echo "route \"$(repeat abc. 62)abcde:80\" { to = \"unix:$UH_TMP/api.sock\" }" >>"$UH_TMP/routed.conf"
	is "a short canonical name" "$short $short" "$(canonical $short)"
	asked=$(repeat abc. 62)abcde
	is "the longest canonical name" "$asked. $asked." "$(canonical "$asked.")"
	run routed "$UH_TMP/answers" mapped $name
	is "getnameinfo of a stand-in in mapped form" "1025 of 28, 0 0: 0 $name" "$(cat "$UH_TMP/out.routed")"
}

memory() {
	local kind

	if have valgrind; then
		for kind in few hostent reverse nameinfo; do
			run routed valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9 \
				"$UH_TMP/answers" $kind $name
			is "valgrind sees no error: $kind" "0 " "$(cat "$UH_TMP/status.routed") $(head -n 20 "$UH_TMP/err.routed")"
		done
	else
		skip valgrind "not installed"
	fi
	if gcc -D_GNU_SOURCE -std=c17 -g -fsanitize=address -static-libasan -o "$UH_TMP/asan" "$clients/names_answers.c" 2>/dev/null; then
		for kind in hints hostent reverse nameinfo; do
			run routed "$UH_TMP/asan" $kind $name
			is "AddressSanitizer sees no error: $kind" "0 " "$(cat "$UH_TMP/status.routed") $(head -n 20 "$UH_TMP/err.routed")"
		done
	else
		skip AddressSanitizer "not installed"
	fi
}

start_dns
answers_alike
unrouted
bad
names
memory
finish
