#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin check: each bad name is an error that says where, what was wrong and what was expected.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

label=$(printf 'a%.0s' {1..63})
file=$UH_TMP/names.conf
line=0
: >"$file"
: >"$UH_TMP/expected"

# wrong TEXT BEGINNING EXPECTED: a line of configuration, how the error begins, and what it expects.
wrong() {
	line=$((line + 1))
	echo "$1" >>"$file"
	printf '%s:%d: %s; expected %s\n' "$file" "$line" "$2" "$3" >>"$UH_TMP/expected"
}

# wrong_name NAME BEGINNING EXPECTED
wrong_name() {
	wrong "route \"$1\" { to = \"192.168.1.20\" }" "$2" "$3"
}

wrong_name "" "empty text" "an IP address or a name"
for name in . .. a..b .example.com example.com..; do
	wrong_name "$name" "empty label in the name \"$name\"" "labels with one dot between them"
done
for name in 'api.*.com' '*.' '*.*.example.com' '*api.example.com' 'api.example.*'; do
	wrong_name "$name" "wildcard inside the name \"$name\"" "\"*.\" at its beginning, and a name behind"
done
for name in "a b.example.com" " api.example.com" "api!.example.com"; do
	wrong_name "$name" "\"$name\" is not an IP address, nor a name" \
		"letters, digits, \"-\", \"_\" and single dots in a name"
done
wrong_name bücher.example.com "byte 2 of \"bücher.example.com\" (0xc3) is not ASCII" "plain quotes and blanks, and a name in its ASCII form (xn--…)"
wrong_name "${label}a.example.com" "label too long in the name \"${label}a.example.com\"" "at most 63 bytes between dots"
wrong_name "$label.$label.$label.$label" "name of 255 bytes in \"$label.${label:0:16}\"…" "at most 253"
for name in 203.0.113.1x 256.1.1.1 0x7f000001 127.1; do
	wrong_name "$name" "\"$name\" is not an IP address, nor a name: it ends in a number" "either"
done
wrong_name api.example.com:0 'bad port "0" in "api.example.com:0"' "1 to 65535"
wrong_name api.example.com:65536 'bad port "65536" in "api.example.com:65536"' "1 to 65535"
wrong_name api.example.com:httpz 'unknown service "httpz" in "api.example.com:httpz" (did you mean "http"?)' "a number from 1 to 65535 or a name in /etc/services"
wrong_name api.example.com:90-80 'port range 90-80 in "api.example.com:90-80"' 80-90
wrong_name api.example.com/24 'prefix length after the name "api.example.com/24"' "a prefix length only after an address"
wrong 'route "api.example.com" { to = "www.example.com" }' '"www.example.com" is not a target, because names of targets are not looked up' \
	"an IP address ('getent hosts www.example.com' prints it)"
wrong 'stand_in_ipv4 = "240.0.0.0/25"' 'bad stand_in_ipv4 "240.0.0.0/25"' 'an IPv4 network like "240.0.0.0/4", at most /24'
wrong 'stand_in_ipv6 = "240.0.0.0/4"' 'bad stand_in_ipv6 "240.0.0.0/4"' \
	'an IPv6 network like "2001:db8:ffff::/48", at most /96'
wrong 'stand_in_ipv6 = "fd00::/64"' "\"stand_in_ipv6\" is given twice, also at $file:$((line))" once
line=$((line + 1))
echo 'route "two.example.com:80" { to = "192.168.1.20" }' >>"$file"
wrong_name TWO.example.com.:80 "route \"TWO.example.com.:80\" is already given at $file:$line" \
	"one route for the same address, ports, protocol, programs and users"

"$UH_BUILD/unhairpin" check "$file" >"$UH_TMP/said" 2>&1
is "check fails" 1 $?
is "bad names and networks are told" "" "$(diff <(sed -n "s|^\($file:[0-9]*\):[0-9]*: |\1: |p" "$UH_TMP/said") "$UH_TMP/expected")"
finish
