#!/bin/bash
# SPDX-License-Identifier: MIT
# Starts a resolver, asks it for the word that the server behind it has, and ends it.
#
# usage: forwarder.sh LOG PORT COMMAND…
#
# COMMAND is the resolver, in the foreground and on 127.0.0.1, PORT. Its output goes to LOG.
set -u

log=$1 port=$2
shift 2
"$@" >"$log" 2>&1 &
resolver=$!
trap 'kill "$resolver"; wait "$resolver"' EXIT
# dig fails at once as long as nothing listens there.
for ((try = 0; try < 100; try++)); do
	answer=$(dig +short +tries=1 +time=3 @127.0.0.1 -p "$port" TXT who.example.com) && break
	sleep 0.05
done
echo "answer $answer"
