#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that building, testing and the demo need, where one is missing.
set -eu

build=(gcc libc6-dev make pkg-config libconfuse-dev uthash-dev libcmocka-dev)
demo=(iproute2 nftables conntrack nginx-light curl util-linux procps)

missing=()
for package in "${build[@]}" "${demo[@]}"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "make deps: missing packages, to be installed as root: ${missing[*]}" >&2
	exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# A server that a package would start on installation is not wanted: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	trap 'rm -f "$policy"' EXIT
fi
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
