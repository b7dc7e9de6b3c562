#!/bin/bash
# SPDX-License-Identifier: MIT
# What a target that does not answer costs a program: counted in system calls.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

times=200

# connects PORT: connects so many times in a row, and prints how many of the answers were "decoy".
connects() {
	cat <<-END
		import socket
		answers = 0
		for _ in range($times):
		    s = socket.socket()
		    try:
		        s.connect(("$public", $1))
		        s.sendall(b"GET /who HTTP/1.0\r\n\r\n")
		        answers += b"decoy" in s.makefile("rb").read()
		    except ConnectionRefusedError:
		        pass
		    s.close()
		print(answers)
	END
}

# asked NAME EXPECTED-ANSWERS EXPECTED-ATTEMPTS SETTING PORT: how often the dead Unix target was asked.
asked() {
	local name=$1 answers=$2 attempts=$3 got
	printf '%s\nlog = off\n' "$4" >"$UH_TMP/counted.conf"
	cat "$UH_TMP/dead.conf" >>"$UH_TMP/counted.conf"
	got=$(strace -f -qq -e trace=socket,connect -o "$UH_TMP/calls" \
		env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/counted.conf" "$python" -c "$(connects "$5")" 2>&1)
	is "$name: answers of the public address" "$answers" "$got"
	is "$name: sockets made for the dead target" "$attempts" "$(grep -c 'socket(AF_UNIX' "$UH_TMP/calls")"
	is "$name: attempts to connect to it" "$attempts" "$(grep -c 'connect(.*AF_UNIX' "$UH_TMP/calls")"
}

have strace || skip_all "system calls of a dead target" "no strace"
[ -x "$python" ] || skip_all "system calls of a dead target" "no python3 here"
strace -qq -o /dev/null true 2>/dev/null || skip_all "system calls of a dead target" "strace may not trace here"
cat >"$UH_TMP/dead.conf" <<-END
	route "$public:80" { to = "unix:$UH_TMP/nobody.sock" }
	route "$public:81" { to = "unix:$UH_TMP/nobody.sock" on_failure = "refuse" }
END
start_nginx
asked "original" $times 1 'retry_after = "1000s"' 80
asked "original, asked every time" $times $times 'retry_after = "0"' 80
asked "refuse" 0 $times 'retry_after = "1000s"' 81
finish
