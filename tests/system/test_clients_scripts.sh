#!/bin/bash
# SPDX-License-Identifier: MIT
# Perl, PHP, Ruby and Tcl: their sockets, plain, with timeouts and without blocking, and their HTTP clients.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# script HOST PORT: every client in this file there.
script() {
	local kind
	for kind in inet timeout ip nonblocking tiny; do
		[[ $1 == *:* && $kind =~ inet|timeout ]] || # IO::Socket::INET is for IPv4
			client "perl $kind, $1 port $2" unhairpin perl "$clients/client.pl" "$kind" "$@"
	done
	for kind in file_get_contents fsockopen async; do
		client "php $kind, $1 port $2" unhairpin php -n "$clients/client.php" "$kind" "$@"
	done
	for kind in net-http tcp-socket tcp-timeout socket-tcp nonblocking threads; do
		client "ruby $kind, $1 port $2" unhairpin ruby "$clients/client.rb" "$kind" "$@"
	done
	for kind in plain async async-read; do
		client "tcl $kind, $1 port $2" unhairpin tclsh "$clients/client.tcl" "$kind" "$@"
	done
}

# PHP loads its extensions with RTLD_DEEPBIND: what they call would be found in libc before any
# preloaded object.
php_extension() {
	if php -r "exit((int)!extension_loaded('$1'));" >/dev/null 2>&1; then
		client "php extension $1" unhairpin php "$clients/client.php" "$1" "$public" 80
	else
		skip "php extension $1" "this php has none"
	fi
}

write_routes
start_nginx
php_extension sockets
php_extension curl
script "$public" 80
varying='s/^local .*/local/'
script "$public" 81
if have_ipv6; then
	script "$public6" 80
	script "$public6" 81
else
	skip "IPv6" "the kernel has none"
fi
finish
