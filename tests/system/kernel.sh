# SPDX-License-Identifier: MIT
# Programs in cgroups that `unhairpin kernel` is enabled for, in place of programs with the object.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # public, near, … are lib.sh's, launcher is read there
#
# A test sources this after lib.sh and servers.sh. The ways "unmatched" and "routed" of lib.sh's `run` and
# `client` then are cgroups of these names: `enable WAY` makes the cgroup and loads WAY.conf.
# netns.sh removes the cgroups when every process of the test has gone.

unhairpin=$UH_BUILD/unhairpin

# The mount point of cgroup v2, which may be beside cgroups of v1.
cgroups=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)

cgroup=$cgroups/unhairpin-test-$(basename "$UH_TMP")

# why_no_kernel: why the kernel's programs cannot be loaded here, or nothing.
why_no_kernel() {
	if ! is_root; then
		echo "needs root"
	elif [ ! -s "$UH_BUILD/bpf/cgroup_hooks.bpf" ]; then
		echo "the command was built without clang"
	elif [ -z "$cgroups" ]; then
		echo "no cgroup v2 is mounted here"
	elif ! mount -t bpf bpf /sys/fs/bpf 2>"$UH_TMP/bpffs.err"; then
		echo "no bpffs: $(cat "$UH_TMP/bpffs.err")"
	elif ! mkdir "$cgroup" 2>"$UH_TMP/cgroup.err"; then
		echo "no right to make a cgroup: $(cat "$UH_TMP/cgroup.err")"
	fi
}

# needs_kernel NAME: prepares the cgroup that the others are in, or ends the test.
needs_kernel() {
	local why

	why=$(why_no_kernel)
	[ ! -d "$cgroup" ] || echo "$cgroup" >"$UH_TMP/cgroups"
	[ -z "$why" ] || skip_all "$1" "$why"
}

# make_cgroup WAY: below the test's own.
make_cgroup() {
	mkdir "$cgroup/$1" && sed -i "1i $cgroup/$1" "$UH_TMP/cgroups"
}

# enable WAY [OPTION]…: with WAY.conf, and the options of `unhairpin kernel enable`.
enable() {
	local way=$1
	shift
	make_cgroup "$way" && "$unhairpin" kernel enable -c "$UH_TMP/$way.conf" "$@" "$cgroup/$way" >"$UH_TMP/enable" 2>&1 ||
		failed_all "kernel enable, $way" "$(cat "$UH_TMP/enable")"
}

# launch_as WAY: "without" is the cgroup of the test itself. The 0 is the process that writes it.
launch_as() {
	if [ "$1" = without ]; then
		launcher=(env)
	else
		# shellcheck disable=SC2016 # the other shell's
		launcher=(sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$cgroup/$1")
	fi
}

# Routes for connections. Each public port has a decoy, and an unmatched route leads to a real server, so that a
# wrong match is seen.
#   port 80   to 127.0.0.1 or ::1        port 82   to nobody; the original address then
#   port 81   to an interface's address  port 83   to nobody; refused
#   port 84   from IPv6 to 127.0.0.1
write_kernel_routes() {
	local host target near_one

	for host in "$public 127.0.0.1 $near" "[$public6] [::1] [$near6]"; do
		read -r host target near_one <<<"$host"
		cat <<-END
			route "$host:80" { to = "$target:8080" }
			route "$host:81" { to = "$near_one:8081" }
			route "$host:82" { to = "$target:8082" }
			route "$host:83" { to = "$target:8082" on_failure = "refuse" }
		END
	done >"$UH_TMP/routed.conf"
	echo "route \"[$public6]:84\" { to = \"127.0.0.1:8080\" }" >>"$UH_TMP/routed.conf"
	cat >"$UH_TMP/unmatched.conf" <<-END
		route "203.0.113.2" { to = "127.0.0.1:8080" }
		route "203.0.113.128/25" { to = "127.0.0.1:8080" protocol = "any" }
		route "$public:1-79" { to = "127.0.0.1:8080" }
		route "$public" { to = "127.0.0.1:8080" protocol = "udp" }
		route "[$public6]:1-79" { to = "[::1]:8080" }
		route "[2001:db8:1::]/48" { to = "[::1]:8080" }
	END
}

# start_counting [PLACE]…: the server writes a line for each connection that it accepts.
start_counting() {
	local places=(unhairpin@127.0.0.1:8080 "unhairpin@$near:8081") port

	for port in 80 81 82 83 84; do
		places+=("decoy@$public:$port")
		! have_ipv6 || places+=("decoy@$public6:$port")
	done
	! have_ipv6 || places+=(unhairpin@::1:8080 "unhairpin@$near6:8081")
	start_server counting "$python" "$here/counting_server.py" "${places[@]}" "$@"
	running counting grep -q ready "$UH_TMP/counting.log"
}

# accepted WORD: the connections so far.
accepted() {
	grep -c "^accepted $1" "$UH_TMP/counting.log"
}

# one_connection NAME COMMAND…: a routed program makes one connection to the real server, and no other.
one_connection() {
	local name=$1 real decoys
	shift
	real=$(accepted unhairpin) decoys=$(accepted decoy)
	run routed "$@"
	is "$name, connections" "1 0" "$(($(accepted unhairpin) - real)) $(($(accepted decoy) - decoys))"
}

# gone NAME COMMAND…: nobody listens at the target. COMMAND has the port added to its words.
gone() {
	local name=$1
	shift
	run without "$@" 82
	run routed "$@" 82
	outcome "$name, the target gone: the original address" "$(same routed)"
	grep -q decoy "$UH_TMP/out.routed" || fail "$name, the target gone" "no answer: $(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
	run routed "$@" 83
	if grep -q -i -e refused -e "couldn't connect" "$UH_TMP/out.routed" "$UH_TMP/err.routed" && ! grep -q decoy "$UH_TMP/out.routed"; then
		ok "$name, the target gone: refused"
	else
		fail "$name, the target gone: refused" "$(cat "$UH_TMP/out.routed" "$UH_TMP/err.routed")"
	fi
}

# connects NAME EXPECTED COMMAND…: everything that holds for a program that connects once. COMMAND has the port
# added to its words.
connects() {
	local name=$1 expected=$2
	shift 2
	have "$1" || { skip "$name" "no $(basename "$1") here"; return; }
	client "$name" "$expected" "$@" 80
	client "$name, to an interface's address" unhairpin "$@" 81
	one_connection "$name" "$@" 80
	gone "$name" "$@"
}
