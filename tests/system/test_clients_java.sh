#!/bin/bash
# SPDX-License-Identifier: MIT
# Java: HttpClient, HttpURLConnection, sockets, a channel in a selector; IPv4 by AF_INET6 sockets.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# Programs this short start faster with one compiler and a plain collector.
java_client() {
	client "$1" unhairpin java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$UH_TMP/classes" "${@:2}"
}

have javac || skip_all java "no javac here"
javac -d "$UH_TMP/classes" "$clients/Client.java" || failed_all java "javac does not compile the client"
write_routes
start_nginx

for kind in http-client url-connection socket socket-timeout selector; do
	java_client "java $kind" Client "$kind" "$public" 80
done
java_client "java socket of AF_INET" -Djava.net.preferIPv4Stack=true Client socket "$public" 80

varying='s/^local .*/local/'
for kind in url-connection socket-timeout selector; do
	java_client "java $kind to a local address" Client "$kind" "$public" 81
done
if have_ipv6; then
	java_client "java selector to a local IPv6 address" Client selector "$public" 83
	java_client "java url-connection over IPv6" Client url-connection "$public6" 80
	java_client "java socket over IPv6 to a local IPv4 address" Client socket "$public6" 81
else
	skip "IPv6" "the kernel has none"
fi
finish
