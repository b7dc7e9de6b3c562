#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs of all kinds have their routes compiled from text, and see neither child, signal nor descriptor of that.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# traced NAME COMMAND…: a program under strace; its word from the server is "unhairpin". What it saw of a compiler is
# read from strace's log, so that programs need not look themselves.
traced() {
	local name=$1 log=$UH_TMP/strace.log
	shift
	if ! have "$1"; then
		skip "$name" "no $1 here"
		return
	fi
	timeout -k 1 120 strace -f -o "$log" -e trace=process -E LD_PRELOAD="$object" -E UNHAIRPIN_CONF="$UH_TMP/routed.conf" \
		"$@" >"$UH_TMP/out" 2>"$UH_TMP/err" </dev/null
	judge "$name"
}

# judge NAME: by what the program wrote, and by the log.
judge() {
	"$python" "$here/unseen.py" "$UH_TMP/strace.log" >"$UH_TMP/seen"
	if ! grep -q unhairpin "$UH_TMP/out"; then
		fail "$1: routed" "$(head -n 5 "$UH_TMP/out" "$UH_TMP/err")"
	else
		ok "$1: routed"
	fi
	if [ "$(head -n 1 "$UH_TMP/seen")" -gt 0 ]; then
		is "$1: nothing seen of a compiler" '' "$(sed -n '2,$p' "$UH_TMP/seen")"
	else
		fail "$1: nothing seen of a compiler" "none was started"
	fi
}

# Counts its signals and children itself, while it has children of its own.
write_python() {
	cat >"$UH_TMP/forks.py" <<-'END'
		import os, signal, socket, socketserver, sys, threading
		chld = 0
		def count(number, frame):
		    global chld
		    chld += 1
		signal.signal(signal.SIGCHLD, count)
		# A thread that reaps whatever it can, as process managers do.
		reaped = []
		def reap():
		    while True:
		        try:
		            pid, status = os.waitpid(-1, 0)
		            reaped.append(pid)
		        except ChildProcessError:
		            if done.wait(0.001):
		                return
		done = threading.Event()
		reaper = threading.Thread(target=reap)
		reaper.start()
		def ask():
		    with socket.create_connection((sys.argv[1], 80)) as s:
		        s.sendall(b"GET /who HTTP/1.0\r\n\r\n")
		        return s.makefile("rb").read().split()[-1].decode()
		class Server(socketserver.ForkingMixIn, socketserver.TCPServer):
		    pass
		children = 0
		before = sorted(os.listdir("/proc/self/fd"))
		words = set()
		threads = [threading.Thread(target=lambda: words.add(ask())) for _ in range(8)]
		for t in threads: t.start()
		for t in threads: t.join()
		for _ in range(20):
		    pid = os.fork()
		    if pid == 0:
		        os._exit(0 if ask() == "unhairpin" else 1)
		    children += 1
		while len(reaped) < children:
		    done.wait(0.01)
		done.set()
		reaper.join()
		after = sorted(os.listdir("/proc/self/fd"))
		print(*words, "reaped", len(reaped) - children, "signals", chld <= children, "descriptors", before == after)
	END
}

write_node() {
	cat >"$UH_TMP/ask.js" <<-'END'
		let signals = 0;
		process.on("SIGCHLD", () => signals++);
		require("http").get({ host: process.argv[2], path: "/who" }, (answer) => {
			let text = "";
			answer.on("data", (data) => (text += data));
			answer.on("end", () => setTimeout(() => console.log(text.trim(), "signals", signals), 50));
		});
	END
}

write_java() {
	cat >"$UH_TMP/Ask.java" <<-'END'
		import java.io.*;
		import java.net.*;
		public class Ask {
			public static void main(String[] words) throws Exception {
				try (Socket socket = new Socket(words[0], 80)) {
					socket.getOutputStream().write("GET /who HTTP/1.0\r\n\r\n".getBytes());
					String text = new String(socket.getInputStream().readAllBytes()).trim();
					System.out.println(text.substring(text.lastIndexOf('\n') + 1) + " children " +
						ProcessHandle.current().children().count());
				}
				// A child of its own is found as ever.
				System.out.println("true: " + new ProcessBuilder("/bin/true").start().waitFor());
			}
		}
	END
}

# Go's runtime has its own stacks and signal masks; connect(2) is libc's, called by cgo.
write_go() {
	mkdir "$UH_TMP/go"
	cat >"$UH_TMP/go/ask.go" <<-'END'
		package main

		/*
		#include <arpa/inet.h>
		#include <sys/socket.h>
		static int dial(const char *host) {
			struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
			int s = socket(AF_INET, SOCK_STREAM, 0);
			inet_aton(host, &to.sin_addr);
			return connect(s, (void *)&to, sizeof(to)) ? -1 : s;
		}
		*/
		import "C"
		import (
			"fmt"
			"os"
			"os/exec"
			"os/signal"
			"strings"
			"syscall"
		)

		func main() {
			signals := make(chan os.Signal, 100)
			signal.Notify(signals, syscall.SIGCHLD)
			words := make(chan string)
			for i := 0; i < 8; i++ {
				go func() {
					file := os.NewFile(uintptr(C.dial(C.CString(os.Args[1]))), "socket")
					file.WriteString("GET /who HTTP/1.0\r\n\r\n")
					text := make([]byte, 4096)
					n, all := 0, ""
					for n, _ = file.Read(text); n > 0; n, _ = file.Read(text) {
						all += string(text[:n])
					}
					fields := strings.Fields(all)
					words <- fields[len(fields)-1]
				}()
			}
			for i := 0; i < 8; i++ {
				fmt.Println(<-words)
			}
			fmt.Println("signals", len(signals))
			fmt.Println("true:", exec.Command("/bin/true").Run())
		}
	END
	(cd "$UH_TMP/go" && GOCACHE=$UH_TMP/go/cache GOFLAGS=-mod=mod CGO_ENABLED=1 go build -o "$UH_TMP/ask_go" ask.go) >"$UH_TMP/go.log" 2>&1
}

# A daemon that gives up its root directory and its user before it connects, as a health check.
confining_daemon() {
	cat >"$UH_TMP/confining.cfg" <<-END
		global
			chroot $UH_TMP/empty
			user nobody
			group nogroup
		defaults
			mode http
			timeout connect 5s
			timeout client 5s
			timeout server 5s
		listen asks
			bind 127.0.0.1:7000
			server public $public:81
	END
	mkdir -p "$UH_TMP/empty"
	start_server confining strace -f -o "$UH_TMP/strace.log" -e trace=process -E LD_PRELOAD="$object" \
		-E UNHAIRPIN_CONF="$UH_TMP/routed.conf" haproxy -db -f "$UH_TMP/confining.cfg"
	running confining answers http://127.0.0.1:7000/who
	curl -s http://127.0.0.1:7000/who >"$UH_TMP/out" 2>"$UH_TMP/err"
	judge "haproxy in a chroot, as nobody"
}

# Its filter ends it for a system call that it does not expect: the routes were read before.
filtering_daemon() {
	local pid

	if ! have chronyd || ! id _chrony >/dev/null 2>&1; then
		skip "chronyd with a filter" "no chronyd here"
		return
	fi
	mkdir -p "$UH_TMP/chrony" && chown _chrony "$UH_TMP/chrony"
	printf 'server %s port 123\ndriftfile %s/drift\npidfile %s/pid\ncmdport 0\nbindcmdaddress /\n' "$public" "$UH_TMP/chrony" \
		"$UH_TMP/chrony" >"$UH_TMP/chrony.conf"
	start_server chronyd strace -f -o "$UH_TMP/strace.log" -e trace=process,prctl,seccomp -E LD_PRELOAD="$object" \
		-E UNHAIRPIN_CONF="$UH_TMP/routed.conf" chronyd -d -x -F 1 -u _chrony -f "$UH_TMP/chrony.conf"
	pid=$!
	wait_for grep -q -e SECCOMP_MODE_FILTER -e SECCOMP_SET_MODE_FILTER "$UH_TMP/strace.log"
	sleep 1
	if kill -0 "$pid" 2>/dev/null && ! grep -q 'SIGSYS' "$UH_TMP/strace.log"; then
		echo unhairpin >"$UH_TMP/out" # it lives, which is what there is to see
	else
		: >"$UH_TMP/out"
	fi
	judge "chronyd with a filter"
}

# A process for each connection, one that gives up everything before the login, and one of the user's: that one
# connects for whoever is logged in, and is routed.
separating_daemon() {
	local sshd=/usr/sbin/sshd

	if [ ! -x $sshd ] || ! have ssh || ! have ssh-keygen; then
		skip "sshd's privilege separation" "no openssh-server here"
		return
	fi
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$UH_TMP/hostkey"
	ssh-keygen -q -t ed25519 -N '' -f "$UH_TMP/userkey"
	cp "$UH_TMP/userkey.pub" "$UH_TMP/authorized"
	cat >"$UH_TMP/sshd_config" <<-END
		ListenAddress 127.0.0.1:2222
		HostKey $UH_TMP/hostkey
		AuthorizedKeysFile $UH_TMP/authorized
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		PidFile none
	END
	start_server sshd strace -f -o "$UH_TMP/strace.log" -e trace=process -E LD_PRELOAD="$object" \
		-E UNHAIRPIN_CONF="$UH_TMP/routed.conf" $sshd -D -e -f "$UH_TMP/sshd_config"
	running sshd bash -c 'exec 3<>/dev/tcp/127.0.0.1/2222 && read -r _ <&3'
	printf 'GET /who HTTP/1.0\r\n\r\n' | ssh -F none -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o IdentitiesOnly=yes -i "$UH_TMP/userkey" -p 2222 -W "$public:81" root@127.0.0.1 >"$UH_TMP/out" 2>"$UH_TMP/err"
	judge "sshd's privilege separation"
}

have strace || skip_all "what programs see of a compiler" "no strace here"
write_routes
start_nginx
is_root || skip_all "what programs see of a compiler" "needs root"

write_python
traced "threads that connect, and children" "$python" "$UH_TMP/forks.py" "$public"
is "  as it says itself" "unhairpin reaped 0 signals True descriptors True" "$(cat "$UH_TMP/out")"
traced "process 1 of a name space" unshare --fork --pid --mount-proc "$python" "$UH_TMP/forks.py" "$public"
is "  as it says itself" "unhairpin reaped 0 signals True descriptors True" "$(cat "$UH_TMP/out")"
write_node
traced "Node" node "$UH_TMP/ask.js" "$public"
is "  as it says itself" "unhairpin signals 0" "$(cat "$UH_TMP/out")"
write_java
if have javac && javac -d "$UH_TMP" "$UH_TMP/Ask.java" 2>"$UH_TMP/javac.err"; then
	traced "Java" java -cp "$UH_TMP" Ask "$public"
	is "  as it says itself" $'unhairpin children 0\ntrue: 0' "$(cat "$UH_TMP/out")"
else
	skip Java "no javac here"
fi
if ! have go; then
	skip "Go with cgo" "no go here"
elif write_go; then
	traced "Go with cgo" "$UH_TMP/ask_go" "$public"
	is "  as it says itself" $'signals 0\ntrue: <nil>' "$(tail -n 2 "$UH_TMP/out")"
else
	fail "Go with cgo" "$(tail -n 5 "$UH_TMP/go.log")"
fi
if have haproxy; then
	confining_daemon
else
	skip "haproxy in a chroot, as nobody" "no haproxy here"
fi
filtering_daemon
separating_daemon
finish
