#!/bin/bash
# SPDX-License-Identifier: MIT
# Guards against server-side request forgery: they refuse stand-ins, and settings help against that.
# The manual's CAVEATS say so. Names are looked up here, and nothing is connected.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # guard_* are called by a name that is made up
. "$(dirname "$0")/lib.sh"

# conf WAY TARGET [SETTING]: a name that is routed, for which nobody has to be asked.
conf() {
	printf '%s\nroute "guarded.example.com" { to = "%s" on_failure = "refuse" }\n' "${3-}" "$2" >"$UH_TMP/$1.conf"
}

conf default unix:/run/x.sock
conf benchmark unix:/run/x.sock 'stand_in_ipv4 = "198.18.0.0/15"'
conf public unix:/run/x.sock 'stand_in_ipv4 = "9.9.9.0/24"'
conf address 9.9.9.9
conf private 192.168.1.20

# guard_LANGUAGE WAY: what the usual check of a program in that language says of the name's address.
guard_python3() {
	run "$1" "$python" -c 'import ipaddress, socket
print("good" if ipaddress.ip_address(socket.gethostbyname("guarded.example.com")).is_global else "refused")'
	cat "$UH_TMP/out.$1"
}

# shellcheck disable=SC2016 # PHP's own variables
guard_php() {
	run "$1" php -r '$address = gethostbyname("guarded.example.com");
echo filter_var($address, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE) ? "good" : "refused";'
	cat "$UH_TMP/out.$1"
}

# guards LANGUAGE WAY EXPECTED…
guards() {
	local language=$1
	shift
	have "$language" || { skip "guards in $language" "no $language here" && return; }
	while [ $# -gt 0 ]; do
		is "$language and a name: $1" "$2" "$("guard_$language" "$1")"
		shift 2
	done
}

guards python3 default refused benchmark refused public good address good private refused
guards php default refused benchmark good public good address good private refused

finish
