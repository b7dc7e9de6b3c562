#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that building, testing and the demo need, where one is missing.
#
# usage: deps.sh [checks]
#
# "checks" adds what lint, the fuzzers, the sanitizers and the test of the package take.
set -eu

build=(gcc libc6-dev make pkg-config libconfuse-dev libjansson-dev libsmartcols-dev libelf-dev
	libbpf-dev clang uthash-dev libcmocka-dev)
demo=(iproute2 nftables nginx-light curl util-linux procps)
servers=(openssl dnsmasq-base gunicorn haproxy redis-server postgresql)
clients=(wget aria2 git perl php-cli php-curl ruby tcl redis-tools postgresql-client python3 libseccomp2)
# Programs that use datagrams.
datagrams=(bind9-dnsutils knot-dnsutils unbound ngtcp2-client ngtcp2-server python3-statsd)
# Taken from the machine where it has them under another package's name (or by hand).
declare -A commands=([node]=nodejs [java]=default-jdk-headless [rustc]=rustc)
bench=(gnuplot-nox proxychains4 torsocks libsocket-wrapper)
tools=(mandoc strace valgrind musl-tools liburing-dev)
# Programs that the object must not disturb, and libraries that are preloaded beside it.
hosts=(openssh-server openssh-client libcap2-bin python3-venv dpkg-dev passwd chrony golang-go
	libjemalloc2 libtcmalloc-minimal4 libfaketime libeatmydata1)
# Only where this architecture has it: 32-bit programs.
[ "$(dpkg --print-architecture)" != amd64 ] || hosts+=(gcc-multilib)
checks=(libclang-rt-dev clang-format clang-tidy cppcheck shellcheck debootstrap
	lintian zsh fish python3-yaml)

wanted=("${build[@]}" "${demo[@]}" "${servers[@]}" "${clients[@]}" "${datagrams[@]}" "${bench[@]}" "${tools[@]}"
	"${hosts[@]}")
[ "${1-}" != checks ] || wanted+=("${checks[@]}")

missing=()
for command in "${!commands[@]}"; do
	command -v "$command" >/dev/null || missing+=("${commands[$command]}")
done
for package in "${wanted[@]}"; do
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
