#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that one purpose takes, where one is missing.
#
# usage: deps.sh [build | demo | test | checks | bench | package]
#
# build (without a word) is what `make` takes, and the others add to it: demo what `make demo` takes, test what
# `make test` takes, checks also what lint, the fuzzers, the sanitizers and the tests of the packages take, bench what
# `make bench` takes, package what `make deb` takes.
set -eu

purpose=${1-build}
# libc6-dev comes with libsmartcols-dev, and libelf-dev with libbpf-dev.
build=(gcc make pkg-config libconfuse-dev libjansson-dev libsmartcols-dev libbpf-dev uthash-dev)
demo=(iproute2 nftables nginx-light curl util-linux)
deb=(debhelper clang)
# For the kernel's programs, and for unit tests.
own=(clang libcmocka-dev procps)
servers=(openssl dnsmasq-base gunicorn haproxy redis-server postgresql)
clients=(wget aria2 git perl php-cli php-curl ruby tcl redis-tools postgresql-client python3 libseccomp2)
# Programs that use datagrams.
datagrams=(bind9-dnsutils knot-dnsutils unbound ngtcp2-client ngtcp2-server python3-statsd)
# Tools that carry routes to many hosts, and promtool, which checks metrics and alerts.
rollout=(etcd-server etcd-client ansible-core prometheus)
# Taken from the machine where it has them under another package's name (or by hand).
declare -A commands=([node]=nodejs [java]=default-jdk-headless [rustc]=rustc)
bench=(clang python3 procps gnuplot-nox proxychains4 torsocks libsocket-wrapper)
tools=(mandoc strace valgrind musl-tools liburing-dev)
# Programs that the object must not disturb, and libraries that are preloaded beside it.
hosts=(openssh-server openssh-client libcap2-bin python3-venv dpkg-dev passwd chrony golang-go
	libjemalloc2 libtcmalloc-minimal4 libfaketime libeatmydata1 libsocket-wrapper)
# Only where this architecture has it: 32-bit programs.
[ "$(dpkg --print-architecture)" != amd64 ] || hosts+=(gcc-multilib)
checks=(libclang-rt-dev clang-format clang-tidy cppcheck shellcheck debootstrap
	lintian zsh fish python3-yaml debhelper rpm flex bison)

wanted=("${build[@]}")
case $purpose in
build) ;;
# dpkg-checkbuilddeps demands build-essential, which apt otherwise recommends with debhelper.
package) wanted+=("${deb[@]}" build-essential) ;;
demo) wanted+=("${demo[@]}") ;;
bench) wanted+=("${demo[@]}" "${bench[@]}") ;;
test | checks)
	wanted+=("${demo[@]}" "${own[@]}" "${servers[@]}" "${clients[@]}" "${datagrams[@]}" "${rollout[@]}" "${tools[@]}" "${hosts[@]}")
	[ "$purpose" = test ] || wanted+=("${checks[@]}")
	;;
*)
	echo "deps.sh: $purpose: expected build, demo, test, checks, bench or package" >&2
	exit 2
	;;
esac

missing=()
case $purpose in test | checks)
	for command in "${!commands[@]}"; do
		command -v "$command" >/dev/null || missing+=("${commands[$command]}")
	done
	;;
esac
for package in "${wanted[@]}"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "make: missing packages; as root: apt-get install ${missing[*]}" >&2
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
