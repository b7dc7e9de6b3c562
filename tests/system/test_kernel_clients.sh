#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that no preload can catch connect in a cgroup that `unhairpin kernel` is enabled for: static ones of Go,
# Rust, musl and without a libc, io_uring, a shell that runs already. And proxies, and curl.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

# both NAME COMMAND…: a program connects over IPv4 and IPv6. COMMAND has host and port added to its words.
both() {
	local name=$1
	shift
	connects "$name" "peer $public:80" "$@" "$public"
	have_ipv6 || { skip "$name, IPv6" "the kernel has none"; return; }
	connects "$name, IPv6" "peer ${peer6:-$public6:80}" "$@" "$public6"
	client "$name, IPv6 to an IPv4 target" unhairpin "$@" "$public6" 84
}

# built NAME COMMAND…: whether the compiler is here and builds the client.
built() {
	local name=$1
	shift
	if ! have "$1"; then
		skip "$name" "no $1 here"
		return 1
	fi
	"$@" >"$UH_TMP/built.log" 2>&1 && return
	fail "$name" "not built: $(tail -n 5 "$UH_TMP/built.log")"
	return 1
}

go_clients() {
	local peer6="[$public6]:80" real

	export GOCACHE=$UH_TMP/gocache
	built Go env CGO_ENABLED=0 go build -o "$UH_TMP/go" "$clients/go_client.go" || return
	both "Go's net/http" "$UH_TMP/go" get
	both "Go's net.Dial" "$UH_TMP/go" dial
	real=$(accepted unhairpin)
	run routed "$UH_TMP/go" many "$public" 80
	is "200 goroutines" "200 $public:80 unhairpin, 200 connections" \
		"$(cat "$UH_TMP/out.routed"), $(($(accepted unhairpin) - real)) connections"
	# A server in the cgroup sees its clients' own addresses.
	launch_as routed
	start_server go-server "${launcher[@]}" "$UH_TMP/go" serve 127.0.0.1 8090
	running go-server grep -q ready "$UH_TMP/go-server.log"
	run routed "$UH_TMP/go" get "$public" 90
	is "Go's net/http to a server of Go" "peer $public:90 unhairpin" "$(xargs <"$UH_TMP/out.routed")"
	is "  which accepts one connection" "ready accepted from 127.0.0.1" "$(xargs <"$UH_TMP/go-server.log")"
}

rust_client() {
	local varying='s/^local .*/local/' peer6="[$public6]:80"

	built Rust env HOME="$user_home" rustc --edition 2021 -C target-feature=+crt-static -o "$UH_TMP/rust" "$clients/client.rs" || return
	ldd "$UH_TMP/rust" 2>&1 | grep -q -e 'statically linked' -e 'not a dynamic' || fail "Rust" "the client is not static"
	both "Rust, static" "$UH_TMP/rust" connect
}

c_clients() {
	local peer6=$public6:80

	if built "musl, static" musl-gcc -static -O2 -o "$UH_TMP/musl" "$clients/kernel_client.c"; then
		both "musl, static" "$UH_TMP/musl"
	fi
	if [ "$(uname -m)" != x86_64 ]; then
		skip "no libc" "the client is for x86-64"
	elif built "no libc" cc -O2 -ffreestanding -fno-stack-protector -nostdlib -static -o "$UH_TMP/no_libc" "$clients/no_libc.c"; then
		connects "no libc" "peer as asked for" "$UH_TMP/no_libc" "$public"
	fi
	if [ ! -e /usr/include/liburing.h ]; then
		skip "io_uring" "no liburing here"
	elif built "io_uring" cc -O2 -DWITH_URING -o "$UH_TMP/uring" "$clients/kernel_client.c" -luring; then
		run without "$UH_TMP/uring" "$public" 80
		if grep -q '^no ring' "$UH_TMP/out.without"; then
			skip "io_uring" "$(head -n 1 "$UH_TMP/out.without")"
		else
			both "io_uring" "$UH_TMP/uring"
		fi
	fi
}

node_clients() {
	local uring varying='s/^local .*/local/'

	for uring in 0 1; do
		connects "Node, UV_USE_IO_URING=$uring" unhairpin env UV_USE_IO_URING=$uring node "$clients/client.js" get "$public"
		client "Node's net, UV_USE_IO_URING=$uring" "peer IPv4 $public 80" \
			env UV_USE_IO_URING=$uring node "$clients/client.js" socket "$public" 80
	done
}

# A shell that runs already connects before, in, and after its time in the cgroup.
moved_shell() {
	local shell where

	mkfifo "$UH_TMP/orders"
	# shellcheck disable=SC2016 # the other shell's
	bash -c 'while read -r; do
			exec 3<>"/dev/tcp/$0/80"
			printf "GET /who HTTP/1.0\r\n\r\n" >&3
			tail -n 1 <&3
		done' "$public" <"$UH_TMP/orders" >>"$UH_TMP/shell.log" 2>&1 &
	shell=$!
	exec 5>"$UH_TMP/orders"
	make_cgroup before
	for where in before routed before; do
		echo "$shell" >"$cgroup/$where/cgroup.procs"
		: >"$UH_TMP/shell.log"
		echo connect >&5
		wait_for grep -q -a '^[a-z]' "$UH_TMP/shell.log"
		case $where in before) word=decoy ;; *) word=unhairpin ;; esac
		is "a running shell, moved to the cgroup '$where'" "$word" "$(cat "$UH_TMP/shell.log")"
	done
	exec 5>&-
	wait "$shell"
	unset word
}

curl_clients() {
	local format='%{remote_ip} %{remote_port}\n'

	# shellcheck disable=SC2016 # the other shell's
	connects "curl" "$public 80" sh -c 'exec curl -sS -w "$0" "http://$1:$2/"' "$format" "$public"
	have_ipv6 || { skip "curl, IPv6" "the kernel has none"; return; }
	client "curl, IPv6" "$public6 80" curl -sS -w "$format" "http://[$public6]/"
	client "curl, v4-mapped" "$public 80" curl -sS -w "$format" "http://[::ffff:$public]/"
}

write_kernel_routes
cat >>"$UH_TMP/routed.conf" <<<"route \"$public:90\" { to = \"127.0.0.1:8090\" }"
needs_kernel "kernel, clients"
enable routed
enable unmatched
start_counting
go_clients
rust_client
c_clients
node_clients
moved_shell
curl_clients
finish
