#!/bin/bash
# SPDX-License-Identifier: MIT
# What doctor, run, trace, suggest and stats say of the kernel back end, for a program that no preload can catch.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/kernel.sh"

needs_kernel "what other commands say of the kernel"
[ -x "$python" ] || skip_all "what other commands say of the kernel" "no python3 here"
cd "$UH_TMP" || exit 1
gateway=198.51.100.7 # nothing here has it: connections to it are translated, as a gateway does
mkdir -m 1777 counters
export UNHAIRPIN_STATS=$UH_TMP/counters

# connects ADDRESS PORT [hold|send]: prints "ok" or an errno, and then may hold the connection until it is killed.
cat >connects.c <<'END'
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	const char *how = argc > 3 ? argv[3] : "";
	const struct sockaddr *name = (const struct sockaddr *)&to;
	int sends = !strcmp(how, "send"), fd = socket(AF_INET, sends ? SOCK_DGRAM : SOCK_STREAM, 0);

	inet_pton(AF_INET, argv[1], &to.sin_addr);
	if (sends ? sendto(fd, "x", 1, 0, name, sizeof(to)) != 1 : connect(fd, name, sizeof(to)) != 0)
		return printf("%s\n", strerror(errno)) < 0;
	printf("ok\n");
	fflush(stdout);
	while (!strcmp(how, "hold"))
		pause();
	return 0;
}
END
gcc -static -o static connects.c 2>gcc.err || musl-gcc -static -o static connects.c 2>gcc.err ||
	skip_all "what other commands say of the kernel" "nothing here links statically: $(head -n 1 gcc.err)"
gcc -o dynamic connects.c || failed_all "the client" "does not compile"

cat >routed.conf <<END
route "$public:80" { to = "127.0.0.1:8080" }
route "$public:82" { to = "127.0.0.1:8082" }
route "$public:84" { to = "refuse" }
route "$public:53" { to = "127.0.0.1:5353"  protocol = "udp" }
END
cp routed.conf second.conf
echo "route \"$public:80\" { to = \"unix:$UH_TMP/app.sock\" }" >unix.conf
echo 'log = "off"' >empty.conf

# listener AT…: a process that listens there, and answers any request by a page.
listener() {
	"$python" "$here/said_server.py" http "$@" &
	server=$!
	wait_for test -e "${1//\//_}.ready"
}
listener 127.0.0.1:8080
listener "$public:82"

# hold WAY PROGRAM ADDRESS PORT: a program in that cgroup holds a connection; its process is $held.
hold() {
	local launcher

	launch_as "$1"
	rm -f held
	"${launcher[@]}" "./$2" "$3" "$4" hold >held &
	held=$!
	wait_for grep -q ok held
}

let_go() {
	kill "$held"
	wait "$held" 2>/dev/null
}

# says NAME STATUS TEXT COMMAND…: the exit status, and a line of the output begins so, without "$UH_TMP/".
says() {
	local name=$1 expected=$2 text=$3 status
	shift 3
	out=$("$@" 2>&1 </dev/null)
	status=$?
	out=${out//"$UH_TMP/"/}
	if [ $status != "$expected" ]; then
		fail "$name" "expected status $expected, got $status: $out"
	elif grep -q -F -e "$text" <<<"$out"; then
		ok "$name"
	else
		fail "$name" "no '$text' in: $out"
	fi
}

# in_way WAY COMMAND…: a command in that cgroup.
in_way() {
	local launcher way=$1
	shift
	launch_as "$way"
	"${launcher[@]}" "$@"
}

not_enabled() {
	local so="static: is a statically linked program, so it cannot load the preload object"
	local remedy=", or run 'unhairpin kernel enable', which catches it for routes with IP targets"

	says "doctor: a static program" 1 "fault: ./$so; use a dynamically linked build of it$remedy" \
		"$unhairpin" doctor -c routed.conf ./static
	says "doctor: the kernel carries no route" 1 "$so; use a dynamically linked build of it" "$unhairpin" doctor -c unix.conf ./static
	is "doctor: and then it is no help" 0 "$(grep -c 'kernel enable.*catches' <<<"$out")"
	says "run: names the command" 0 "static: is a statically linked program, so it cannot load the preload object; use a dynamically linked build of it$remedy" \
		"$unhairpin" run -c routed.conf ./static 127.0.0.1 8080
	says "trace: names the command" 0 "$remedy" "$unhairpin" trace -c routed.conf ./static 127.0.0.1 8080
	make_cgroup app.service
	hold app.service static 127.0.0.1 8080
	says "doctor: a process of a unit" 1 "or run 'unhairpin kernel enable app.service', which catches it" \
		"$unhairpin" doctor -c routed.conf "$held"
	let_go
	hold app.service dynamic 127.0.0.1 8080
	says "doctor: a process that was started without the object" 1 "or run 'unhairpin kernel enable app.service', which catches it" \
		"$unhairpin" doctor -c routed.conf "$held"
	let_go
	printf '[Service]\nExecStart=%s/static\n' "$UH_TMP" >app.service
	says "doctor: a unit" 1 "static: is a statically linked program, so it cannot load the preload object; use a dynamically linked build of it, or run 'unhairpin kernel enable app.service'" \
		"$unhairpin" doctor -c routed.conf ./app.service
}

caught="but the kernel catches its connections (cgroup ${cgroup#"$cgroups"}/routed): those to IP targets are routed, those to Unix targets are not"

enabled() {
	local so="note: ./static: is a statically linked program, so it cannot load the preload object; $caught"

	enable routed
	says "doctor: a static program whose cgroup is enabled" 0 "$so" in_way routed "$unhairpin" doctor -c routed.conf ./static
	is "doctor: no fault" 0 "$(grep -c ^fault <<<"$out")"
	says "doctor: one whose cgroup is not" 1 "fault: ./static" "$unhairpin" doctor -c routed.conf ./static
	says "run: the kernel catches it already" 0 "unhairpin: $so" in_way routed "$unhairpin" run -c routed.conf ./static 127.0.0.1 8080
	says "trace: the kernel catches it already" 0 "unhairpin: $so" in_way routed "$unhairpin" trace -c routed.conf ./static 127.0.0.1 8080
	is "run -q: nothing" ok "$(in_way routed "$unhairpin" run -q -c routed.conf ./static 127.0.0.1 8080 2>&1)"
	hold routed dynamic 127.0.0.1 8080
	says "doctor: a process that was started without the object" 0 "because it was started without it; $caught" \
		"$unhairpin" doctor -c routed.conf "$held"
	let_go
	"$unhairpin" kernel enable -c routed.conf "$cgroup/app.service" >/dev/null || fail "a unit is enabled" "$?"
	says "doctor: a unit whose cgroup is enabled" 0 "so it cannot load the preload object; but the kernel catches" \
		"$unhairpin" doctor -c routed.conf ./app.service
	"$unhairpin" kernel disable "$cgroup/app.service" >/dev/null
	listed=$("$unhairpin" doctor --json -c routed.conf | "$python" -c 'import json, sys
print(*(x["severity"] for x in map(json.loads, sys.stdin) if "/routed" in x["subject"]))')
	is "doctor: the attachment, as JSON" ok "$listed"
}

# of EXPRESSION: what a Python expression makes of the routes, which are r by name and counter.
of() {
	"$unhairpin" stats --json | "$python" -c 'import json, sys
r = {x["route"] + " " + x["by"]: x for x in map(json.loads, sys.stdin)}
print(eval(sys.argv[1]))' "$1"
}

counts() {
	local line first

	"$unhairpin" stats --reset
	is "stats: nothing yet" "ROUTE  TARGET  CONNECTIONS  FALLBACKS  FAILED  LAST USED (UTC)" "$("$unhairpin" stats)"
	for line in 80 80 82 84; do
		in_way routed ./static "$public" $line
	done >/dev/null
	in_way routed ./static "$public" 53 send >/dev/null
	is "stats: the kernel's counts, most connections first" \
		"ROUTE TARGET CONNECTIONS FALLBACKS FAILED LAST USED (UTC) BY|$public:80 127.0.0.1:8080 2 0 - - kernel|$public:53 udp 127.0.0.1:5353 1 0 - - kernel|$public:82 original 1 1 - - kernel|$public:84 refuse 1 0 1 refused - kernel" \
		"$("$unhairpin" stats | xargs -L 1 | paste -sd '|')"
	LD_PRELOAD=$object UNHAIRPIN_CONF=$UH_TMP/routed.conf ./dynamic "$public" 80 >/dev/null
	is "stats --json: both counters, apart" "2 1" \
		"$(of '"%d %d" % (r["'"$public"':80 kernel"]["connections"], r["'"$public"':80 preload"]["connections"])')"
	is "stats --json: members of the kernel's" "1 1 {}|1 0 {'refused': 1} False" \
		"$(of '"%(connections)d %(fallbacks)d %(failures)s" % r["'"$public"':82 kernel"] + "|%(connections)d %(fallbacks)d %(failures)s " % r["'"$public"':84 kernel"] + str("last_used" in r["'"$public"':84 kernel"])')"
	is "stats --prometheus: a label for the kernel's alone" \
		"unhairpin_connections_total{route=\"$public:80\",target=\"127.0.0.1:8080\",by=\"kernel\"} 2|unhairpin_connections_total{route=\"$public:80\",target=\"127.0.0.1:8080\"} 1" \
		"$("$unhairpin" stats --prometheus | grep "^unhairpin_connections_total{route=\"$public:80\"" | paste -sd '|')"
	is "stats --prometheus: refused" "unhairpin_failures_total{route=\"$public:84\",target=\"refuse\",by=\"kernel\",error=\"refused\"} 1" \
		"$("$unhairpin" stats --prometheus | grep refused)"
	enable second
	in_way second ./static "$public" 80 >/dev/null
	is "stats: the sum over two cgroups" 3 "$(of 'r["'"$public"':80 kernel"]["connections"]')"
	"$unhairpin" kernel disable "$cgroup/second" >/dev/null
	"$unhairpin" stats --watch >watched &
	first=$!
	wait_for grep -q "PER SECOND" watched
	in_way routed ./static "$public" 80 >/dev/null
	wait_for grep -q -E "^$public:80 +[0-9.:]+ +3 +[0-9.]*[1-9][0-9.]* .*kernel" watched
	kill $first
	is "stats --watch: a rate of the kernel's" 1 "$(grep -c -m 1 -E "^$public:80 +[0-9.:]+ +3 +[0-9.]*[1-9][0-9.]* .*kernel" watched)"
	"$unhairpin" stats --reset
	is "stats --reset: status" 0 $?
	is "stats --reset: the kernel's, too" 0 "$(of 'len(r)')"
	in_way routed ./static "$public" 80 >/dev/null
	is "stats: counting goes on" 1 "$(of 'r["'"$public"':80 kernel"]["connections"]')"
	says "stats: no directory for the preload object's counters" 0 kernel env UNHAIRPIN_STATS="$UH_TMP/missing" "$unhairpin" stats
	# shellcheck disable=SC2016 # the other shell's
	is "stats: without a BPF file system only the preload object's" "" "$(unshare --mount sh -c 'umount /sys/fs/bpf; "$0" stats --noheadings' "$unhairpin")"
}

broken() {
	local name=cgroup\ ${cgroup#"$cgroups"}/routed

	says "doctor: the attachment" 0 "ok: $name: the kernel routes the connections of the programs in this cgroup to IP targets, by 4 routes" \
		"$unhairpin" doctor -c routed.conf
	wait_for changes_later routed.conf
	says "doctor: the routes are older than the file" 0 "note: $name: has the routes that were loaded before routed.conf was changed; run 'unhairpin kernel reload'" \
		"$unhairpin" doctor -c routed.conf
	says "doctor: and also if another file is examined" 0 "before routed.conf was changed" "$unhairpin" doctor -c empty.conf
	"$unhairpin" kernel reload "$cgroup/routed" >/dev/null
	says "doctor: after a reload" 0 "ok: $name: the kernel routes" "$unhairpin" doctor -c routed.conf
	rm /sys/fs/bpf/unhairpin/*/connect4
	says "doctor: a link is missing" 1 "fault: $name: damaged: links are missing" "$unhairpin" doctor -c routed.conf
	out=$("$unhairpin" kernel disable)
	is "disable: names the cgroup" "${name#cgroup }: disabled" "$(head -n 1 <<<"$out")"
	says "doctor: disabled" 0 ok "$unhairpin" doctor -c routed.conf
	is "doctor: nothing about it" 0 "$(grep -c "$name" <<<"$out")"
}

# A cgroup with routes is removed: status says what is left of it.
gone() {
	local id

	mkdir "$cgroup/gone"
	id=$(stat -c %i "$cgroup/gone")
	"$unhairpin" kernel enable -c routed.conf "$cgroup/gone" >/dev/null || fail "a cgroup that will go" "$?"
	rmdir "$cgroup/gone"
	is "status: a cgroup that is gone" 1 "$("$unhairpin" kernel status --noheadings | grep -c "^cgroup-$id-[0-9]* ")"
	"$unhairpin" kernel disable >/dev/null
	says "enable: no configuration" 1 "no configuration at /etc/unhairpin.conf" \
		unshare --mount sh -c 'mount -t tmpfs none /etc && exec "$@"' sh "$unhairpin" kernel enable "$cgroup/routed"
}

# A file's time has to be of a later second than that at which the routes were loaded.
changes_later() {
	touch "$1"
	"$unhairpin" doctor -c "$1" | grep -q "kernel reload"
}

# The gateway of this host: what is sent to its network comes back to $near.
gateway_up() {
	ip route add 198.51.100.0/24 dev lo src "$near" && nft -f - <<-END
		table ip uh { chain out { type nat hook output priority -100;
			ip daddr 198.51.100.0/24 meta l4proto tcp dnat to $near; }; }
	END
}

is_elsewhere() {
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$1/ns/net")" ]
}

go_suggests() {
	if ! have go; then
		skip "suggest: a static Go program" "no go here"
		return
	fi
	cat >gonet.go <<-'END'
		package main

		import ("fmt"; "net"; "os"; "time")

		func main() {
			_, err := net.Dial("tcp", os.Args[1]+":"+os.Args[2])
			if err != nil { panic(err) }
			fmt.Println("ok")
			time.Sleep(time.Hour)
		}
	END
	if ! GOCACHE=$UH_TMP/go-cache CGO_ENABLED=0 go build -o gonet gonet.go >go.err 2>&1; then
		skip "suggest: a static Go program" "go does not build: $(tail -n 1 go.err)"
		return
	fi
	hold without gonet "$gateway" 9001
	says "suggest: a static Go program" 0 "only 'unhairpin kernel enable' catches gonet: it is a static Go program" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process="$held"
	let_go
}

suggests() {
	local only="#   only 'unhairpin kernel enable' catches static: it is statically linked"

	listener "$near:9001" "$UH_TMP/pair.sock"
	hold without static "$gateway" 9001
	says "suggest: only the kernel can help" 0 "$only" "$unhairpin" suggest -c empty.conf --public $gateway --process="$held"
	is "suggest: a route with an IP target" "route \"$gateway:9001\" { to = \"$near:9001\" }" "$(grep ^route <<<"$out")"
	is "suggest: the Unix socket is named" 1 "$(grep -c '#   it listens at unix:pair.sock too, but the kernel cannot carry a route there' <<<"$out")"
	is "suggest --json" "True $near:9001" "$("$unhairpin" suggest --json -c empty.conf --public $gateway --process="$held" |
		"$python" -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["only_kernel"], json.loads(line)["target"])')"
	echo "route \"$gateway:9001\" { to = \"unix:$UH_TMP/pair.sock\" }" >has.conf
	says "suggest: a route that the kernel cannot carry" 0 "the kernel cannot carry it: no target is an IP address; add one" \
		"$unhairpin" suggest -c has.conf --public $gateway --process="$held"
	echo "route \"$gateway:9001\" { to = {\"unix:$UH_TMP/pair.sock\", \"$near:9001\"} }" >has.conf
	says "suggest: a route that the kernel can carry" 0 "the kernel can carry it" \
		"$unhairpin" suggest -c has.conf --public $gateway --process="$held"
	let_go
	hold without dynamic "$gateway" 9001
	says "suggest: a process that the object can catch" 0 "route \"$gateway:9001\" { to = \"unix:pair.sock\" peer_user = \"$(id -un)\" }" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process="$held"
	is "suggest: and nothing about the kernel" 0 "$(grep -c kernel <<<"$out")"
	says "suggest: a connection that was accepted is none" 0 "# unhairpin suggest: 0 connections, 0 destinations without a route" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process=$server
	says "suggest: two processes" 0 "# unhairpin suggest: 1 connection, 1 destination without a route" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process=$server --process="$held"
	let_go
	go_suggests
	says "suggest: no such process" 2 "process $held: is not running" "$unhairpin" suggest --process="$held"
	says "suggest: no process ID" 2 "--process x: expected the ID of a process" "$unhairpin" suggest --process=x
	unshare --net sleep 60 &
	wait_for is_elsewhere $!
	says "suggest: another network name space" 2 "process $! is in another network name space" "$unhairpin" suggest --process=$!
	kill $!
	"$unhairpin" kernel enable -c empty.conf "$cgroup/routed" >/dev/null
	hold routed static "$gateway" 9001
	says "suggest: the kernel is enabled already" 0 \
		"the kernel catches static (cgroup ${cgroup#"$cgroups"}/routed) after 'unhairpin kernel reload'" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process="$held"
	let_go
	grep ^route <<<"$out" >>empty.conf
	"$unhairpin" kernel reload "$cgroup/routed" >/dev/null
	hold routed static "$gateway" 9001
	says "suggest: routed by the kernel, it is no hairpin any more" 0 "# 0 of them are hairpins" \
		"$unhairpin" suggest -c empty.conf --public $gateway --process="$held"
	let_go
	is "stats: and counted" 1 "$(of 'r["'"$gateway"':9001 kernel"]["connections"]')"
	"$unhairpin" kernel disable >/dev/null
}

not_enabled
enabled
counts
broken
gone
if have nft && gateway_up 2>nft.err; then
	suggests
else
	skip "suggest" "no gateway can be made here: $(head -n 1 nft.err 2>/dev/null)"
fi
finish
