# SPDX-License-Identifier: MIT
# hairpin.sh: the network that the demo and the bench share: two hosts, a switch and a NAT gateway.
# Sourced by demo.sh and bench.sh; needs bash, iproute2, nftables and util-linux.
# shellcheck shell=bash

PUBLIC=203.0.113.1 # the gateway's address, the one by which the service is known
HOST_A=192.168.1.10
HOST_B=192.168.1.20
GATEWAY=192.168.1.1

networks=0  # how many networks there are; the names of each carry its number
network=0   # the one that the functions below are about
children=() # what to end when we end
undo=()     # functions and commands for the end
work=       # a temporary directory

# need_built OBJECT: ld.so would only warn of a missing object, and all would go through the hairpin.
need_built() {
	if [ ! -f "$1" ]; then
		echo "${0##*/}: $1 is missing: run make first" >&2
		exit 1
	fi
}

# confine ARGUMENT…: starts the calling script again inside network and mount namespaces of its own
# (and a user namespace when we are not root). /run is private there: `ip netns add` leaves no trace
# outside, and the kernel takes everything down with the last process.
confine() {
	if [ -z "${UH_CONFINED-}" ]; then
		local map=()
		[ "$(id -u)" = 0 ] || map=(--map-root-user)
		if ! unshare "${map[@]}" --mount --net true 2>/dev/null; then
			cannot_confine
		fi
		UH_CONFINED=1 exec unshare "${map[@]}" --mount --net bash "$0" "$@"
	fi
	unset UH_CONFINED
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	work=$(mktemp -d) && chmod 755 "$work" && mount -t tmpfs uh-run /run && ip link set lo up
}

cannot_confine() {
	cat >&2 <<-TEXT
		${0##*/}: cannot make network namespaces. It takes root (with CAP_SYS_ADMIN: not in an
		ordinary container), or a kernel that lets users make user namespaces; see the settings
		user.max_user_namespaces, kernel.unprivileged_userns_clone (Debian) and
		kernel.apparmor_restrict_unprivileged_userns (Ubuntu).
	TEXT
	exit 1
}

# Ends what still runs and removes all that was made; on EXIT, so after errors and signals too.
cleanup() {
	local status=$? command
	trap '' INT TERM HUP
	end_children
	for command in "${undo[@]}"; do
		$command
	done
	networks_down
	[ -z "$work" ] || rm -rf "$work"
	exit "$status"
}

# favour: lets us run before other programs; fails without root. Where the kernel groups tasks by session (autogroup), nice counts
# only inside the group, so the group is made nicer to us too, and back at the end.
favour() {
	local group=/proc/$$/autogroup
	renice -n -20 $$ >"$work/nice" 2>&1 || return 1
	if [ -w $group ] && grep -q nice $group; then
		undo+=("set_autogroup $(sed 's/.*nice //' $group)")
		set_autogroup -20
	fi
}

set_autogroup() {
	echo "$1" 2>/dev/null >/proc/$$/autogroup || :
}

end_children() {
	[ ${#children[@]} = 0 ] || kill "${children[@]}" 2>/dev/null || :
	wait
	children=()
}

# attend COMMAND…: runs it so that a signal to this script is acted on at once; bash would first wait
# for the end of a command in the foreground. (<&0: a background job would read from /dev/null.)
attend() {
	local status=0
	"$@" <&0 &
	children+=($!)
	wait $! || status=$?
	unset 'children[-1]'
	return $status
}

# start HOST COMMAND…: starts it there in the background; it ends with us. Its pid is in $!.
start() {
	exec_on "$@" &
	children+=($!)
}

# on HOST COMMAND…: runs it on that host (switch, gateway, a or b) and waits.
on() {
	attend exec_on "$@"
}

# Replaces this (sub)shell, so that the process that is noted in children is the command itself.
exec_on() {
	local host=$1
	shift
	exec nsenter --net="/run/netns/$(namespace "$host")" "$@"
}

namespace() {
	echo "uh-$$-$network-$1"
}

# until_done COMMAND…: repeats it until it succeeds, for ten seconds at most.
until_done() {
	local try
	for try in {1..500}; do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.02
	done
	echo "${0##*/}: gave up after $try tries: $*" >&2
	return 1
}

# A fresh network: no port of it is used up, its conntrack table is empty.
network_up() {
	local host
	networks=$((networks + 1))
	network=$networks
	for host in switch gateway a b; do
		ip netns add "$(namespace $host)"
		ip -n "$(namespace $host)" link set lo up
	done
	ip -n "$(namespace switch)" link add switch type bridge
	ip -n "$(namespace switch)" link set switch up
	plug gateway $GATEWAY
	plug a $HOST_A
	plug b $HOST_B
	ip -n "$(namespace a)" route add default via $GATEWAY
	ip -n "$(namespace b)" route add default via $GATEWAY
	hairpin
}

# plug HOST ADDRESS: a cable from the host to the switch.
plug() {
	ip link add eth0 netns "$(namespace "$1")" type veth \
		peer name "port-$1" netns "$(namespace switch)"
	ip -n "$(namespace switch)" link set "port-$1" master switch up
	ip -n "$(namespace "$1")" addr add "$2/24" dev eth0
	ip -n "$(namespace "$1")" link set eth0 up
}

# The gateway sends what comes for its public address to B. As B would answer A directly, and A not know
# the answer, it must also put itself in A's place (masquerade): translated twice, and A is lost.
# Redirects are off as on any such gateway: they would tell A to talk to B.
hairpin() {
	ip -n "$(namespace gateway)" addr add $PUBLIC/32 dev lo
	on gateway sh -c 'cd /proc/sys/net/ipv4 && echo 1 >ip_forward &&
		echo 0 | tee conf/all/send_redirects >conf/eth0/send_redirects'
	on gateway nft -f - <<-RULES
		table ip hairpin {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr $PUBLIC dnat to $HOST_B
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24 masquerade
			}
		}
	RULES
}

networks_down() {
	local host
	for ((network = 1; network <= networks; network++)); do
		for host in a b gateway switch; do
			ip netns del "$(namespace $host)" 2>/dev/null || :
		done
	done
}

# conntrack_entries: how many connections the gateway remembers.
conntrack_entries() {
	on gateway cat /proc/sys/net/netfilter/nf_conntrack_count
}

# build NAME SOURCE [OPTION…]: compiles one of our small C programs to $BUILD/bench/NAME.
build() {
	local name=$1 source=$2
	shift 2
	mkdir -p "$BUILD/bench"
	${CC:-cc} -std=c17 -O2 -Wall -Wextra -D_GNU_SOURCE "$@" -o "$BUILD/bench/$name" "$source"
}
