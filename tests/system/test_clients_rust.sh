#!/bin/bash
# SPDX-License-Identifier: MIT
# Rust's standard library: connect, connect_timeout, try_clone, addresses and options, threads.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

rust=$UH_TMP/rust_client
# A rustc that rustup manages finds its compiler from the user's home.
rustc() {
	HOME=$user_home command rustc "$@"
}
rustc --version >/dev/null 2>&1 || skip_all rust "no rustc here"
rustc --edition 2021 -o "$rust" "$clients/client.rs" || failed_all rust "rustc does not compile the client"
write_routes
start_nginx

for kind in connect timeout clone threads shutdown; do
	client "rust $kind" unhairpin "$rust" "$kind" "$public" 80
done
varying='s/^local .*/local/'
for kind in connect timeout clone; do
	client "rust $kind to a local address" unhairpin "$rust" "$kind" "$public" 81
done
if have_ipv6; then
	for kind in connect timeout; do
		client "rust $kind over IPv6" unhairpin "$rust" "$kind" "$public6" 80
		client "rust $kind to a local IPv6 address" unhairpin "$rust" "$kind" "$public" 83
		client "rust $kind over IPv6 to a local IPv4 address" unhairpin "$rust" "$kind" "$public6" 81
	done
else
	skip "IPv6" "the kernel has none"
fi
finish
