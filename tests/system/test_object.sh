#!/bin/bash
# SPDX-License-Identifier: MIT
# Object and compiler as files: what they need, show and call, and what loading the object costs a program.
. "$(dirname "$0")/lib.sh"

needed=$(readelf -d "$object" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
is "needs libc alone" libc.so.6 "$needed"

wanted=$(sed -n 's/^\t\([a-z0-9_]*\);$/\1/p' "$root/src/preload/exports.map" | sort)
shown=$(nm -D --defined-only "$object" | awk '{ print $3 }' | sort)
is "shows the interposed functions alone" "$wanted" "$shown"

# The host program comes first: nothing of this may ever be called in it.
forbidden='exit|_exit|_Exit|quick_exit|abort|__assert.*|__stack_chk_fail|__chk_fail|raise|kill|pthread_kill|tgkill'
forbidden+='|perror|psignal|v?f?printf|v?dprintf|__v?[fd]?printf_chk|f?puts|f?putc|f?putchar|f?write_unlocked|fwrite'
forbidden+='|errx?|warnx?|error|stdout|stderr|stdin|v?syslog|openlog|closelog|__v?syslog_chk'
forbidden+='|signal|sigaction|sigaltstack|sysv_signal|bsd_signal|sigset|siginterrupt|alarm|setitimer|timer_create'
forbidden+='|pthread_create|thrd_create|fork|_Fork|vfork|clone|clone3|system|popen|posix_spawnp?|exec[lv]p?e?|execvpe|fexecve'
forbidden+='|setenv|putenv|unsetenv|clearenv|setlocale|uselocale|umask|f?chdir|s?rand(om)?|getpwnam|getpwuid|getgrnam'
# No allocator, no loader and no lock. strdup(3) is for variables of more than 1 KiB, before main.
forbidden+='|(m|c|re|re(c)?alloc)array|[mcr]e?alloc|free|aligned_alloc|posix_memalign|v?asprintf|getline|fopen|opendir'
forbidden+='|dl(m)?open|dlclose|dlerror|dladdr1?|pthread_(mutex|rwlock|cond|spin|once|key|[gs]etspecific).*|mtx_.*|call_once'
called_by() {
	nm -D --undefined-only "$1" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -xE "$forbidden"
}
is "calls nothing that ends, prints, starts, changes or holds up the program" "" "$(called_by "$object")"

# The compiler of routes: one file, or with libconfuse and libc alone.
compiler=$UH_TMP/lib/unhairpin-compiler
if readelf -d "$compiler" | grep -q NEEDED; then
	needed=$(readelf -d "$compiler" | sed -n 's/.*(NEEDED).*\[\(lib[a-z]*\).*/\1/p' | sort | xargs)
	is "the compiler needs libconfuse and libc" "libc libconfuse" "$needed"
else
	is "the compiler is static" 0 "$(readelf -l "$compiler" | grep -c INTERP)"
fi
# A static libc would load objects for accounts, names and characters, if it were asked for them.
if have strace; then
	printf 'route "203.0.113.1" { to = "192.168.1.20" users = {root, nobody} }\nroute "a.example.com" { to = "direct" }\n' \
		>"$UH_TMP/opens.conf"
	LC_ALL=de_DE.ISO-8859-1 strace -f -e trace=open,openat -o "$UH_TMP/opened" "$compiler" -f "$UH_TMP/opens.conf" >"$UH_TMP/image"
	opened=$(sed -n 's/.*open[a-z]*(.*"\([^"]*\)".* = [0-9]*$/\1/p' "$UH_TMP/opened" | grep -v -e ld.so.cache -e /libc.so -e /libconfuse)
	is "the compiler opens what it reads alone" "$UH_TMP/opens.conf /etc/passwd" "$(xargs <<<"$opened")"
fi

# A program that never connects makes no system call more than with an empty object. By name, since
# the order varies with the objects' sizes; addresses are fixed, for they decide how often brk is called.
calls_of() { # OBJECT COMMAND…: the names of its system calls, sorted
	local preload=$1
	shift
	env LD_PRELOAD="$preload" UNHAIRPIN_CONF="$UH_TMP/routes.conf" \
		strace -f -o "$UH_TMP/calls" setarch -R "$@" >/dev/null 2>&1 </dev/null
	# A signal that comes meanwhile has the kernel begin a fork anew, which is none more; and whether a shell
	# handles a child's end while it waits or before is chance.
	awk '/ rt_sigreturn\(/ { next }
		{ anew = / = \? ERESTARTNOINTR/ }
		/^[0-9]* *[a-z0-9_]+\(/ { gsub(/^[0-9]* *|\(.*/, ""); calls[$0] += !anew; next }
		anew { gsub(/^[0-9]* *<\.\.\. | resumed.*/, ""); calls[$0]-- }
		END { for (name in calls) while (calls[name]-- > 0) print name }' "$UH_TMP/calls" | sort
}
calls_as_empty() { # COMMAND…
	local ours empty
	if ! have "$1"; then
		skip "no call more: $*" "no $1 here"
		return
	fi
	empty=$(calls_of "$UH_TMP/empty.so" "$@")
	ours=$(calls_of "$object" "$@")
	is "no call more: $*" "" "$(comm -13 <(echo "$empty") <(echo "$ours"))"
	is "no compiler: $*" 0 "$(grep -c unhairpin-compiler "$UH_TMP/calls")"
}
if have strace && have cc; then
	echo 'extern int nothing;' | cc -shared -fPIC -x c - -o "$UH_TMP/empty.so"
	echo 'route "203.0.113.1" { to = "192.168.1.20" }' >"$UH_TMP/routes.conf"
	is "calls are counted" 1 "$(calls_of "$UH_TMP/empty.so" true | grep -c -x exit_group)"
	calls_as_empty true
	calls_as_empty ls -l /
	calls_as_empty sh -c :
	calls_as_empty sh -c 'dup=1; true 3>&1 | cat >/dev/null; ls / >/dev/null'
	calls_as_empty bash -c 'exit 3'
	calls_as_empty "$python" -c pass
	calls_as_empty perl -e 1
	calls_as_empty git --version
	calls_as_empty openssl version
	calls_as_empty find /etc -maxdepth 0
	calls_as_empty id
else
	skip "no system call more than an empty object" "no strace or no compiler"
fi

# dlopen(3) looks at its caller's RUNPATH: with us in between the caller must stay the same.
if have cc; then
	mkdir "$UH_TMP/inner"
	echo 'int inner(void) { return 42; }' | cc -shared -fPIC -x c - -o "$UH_TMP/inner/libinner.so"
	cc -x c - -o "$UH_TMP/outer" -Wl,--enable-new-dtags,-rpath,"$UH_TMP/inner" <<-'EOF'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <stdio.h>
		int main(void)
		{
			for (int deep = 0; deep < 2; deep++)
				if (!dlopen("libinner.so", RTLD_NOW | (deep ? RTLD_DEEPBIND : 0)))
					return puts(dlerror()), 1;
			return 0;
		}
	EOF
	is "a library's RUNPATH holds in dlopen" "" \
		"$(env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/routes.conf" "$UH_TMP/outer" 2>&1)"
fi

# Without its compiler the object passes everything through, and says so once.
mkdir "$UH_TMP/alone"
cp "$object" "$UH_TMP/alone/"
echo 'route "127.0.0.1:9" { to = "unix:@nobody" on_failure = "refuse" }' >"$UH_TMP/alone.conf"
cat >"$UH_TMP/twice.py" <<'EOF'
import socket
for _ in range(2):
    try:
        socket.create_connection(("127.0.0.1", 9))
    except OSError as error:
        print(error.errno)
EOF
said=$(env LD_PRELOAD="$UH_TMP/alone/libunhairpin.so" UNHAIRPIN_CONF="$UH_TMP/alone.conf" \
	UNHAIRPIN_LOG=error:stderr "$python" "$UH_TMP/twice.py" 2>"$UH_TMP/alone.err")
is "no compiler: passes through" $'111\n111' "$said"
is "no compiler: one line in the log" 1 "$(grep -c "no routes are read: /.*/unhairpin-compiler: ENOENT" "$UH_TMP/alone.err")"

# The log: to standard error when told, to a file, and by itself to the journal; each line whole.
connect_once() {
	env LD_PRELOAD="$object" UNHAIRPIN_CONF="$UH_TMP/alone.conf" UNHAIRPIN_LOG="$1" \
		"$python" "$UH_TMP/twice.py" >"$UH_TMP/log.out" 2>"$UH_TMP/log.err"
}
refused="127.0.0.1:9: no target answered ($UH_TMP/alone.conf:1); the connection is refused"
connect_once debug:stderr
is "log to stderr" 2 "$(grep -c -F "$refused" "$UH_TMP/log.err")"
connect_once "info:$UH_TMP/log.file"
is "log to a file" 2 "$(grep -c -F "$refused" "$UH_TMP/log.file")"
is "log to a file, nothing on stderr" "" "$(cat "$UH_TMP/log.err")"
connect_once warning:stderr
is "log: a warning for the target, none for the connections" "unix:@nobody does not answer: connection refused ($UH_TMP/alone.conf:1)" \
	"$(sed 's/^unhairpin\[[0-9]*\]: //' "$UH_TMP/log.err")"
connect_once error:stderr
is "log: below the level, nothing" "" "$(cat "$UH_TMP/log.err")"

# A program may set our variables for itself; those that it was started with count first.
set_within='import os, runpy, sys
os.environ["UNHAIRPIN_ROUTES"] = "127.0.0.1:9=unix:@within"
os.environ["UNHAIRPIN_LOG"] = "info:stderr"
runpy.run_path(sys.argv[1])'
said=$(env LD_PRELOAD="$object" "$python" -c "$set_within" "$UH_TMP/twice.py" 2>&1 >/dev/null)
is "variables set by the program itself" 2 \
	"$(grep -c "127.0.0.1:9: no target answered (UNHAIRPIN_ROUTES:1)" <<<"$said")"
said=$(env LD_PRELOAD="$object" UNHAIRPIN_ROUTES=127.0.0.2:9=unix:@before "$python" -c "$set_within" \
	"$UH_TMP/twice.py" 2>&1 >/dev/null)
is "variables from the start count first" 0 "$(grep -c "no target answered" <<<"$said")"

listen='import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("ready", flush=True)
print(server.recv(4096).decode(), flush=True)'
log_to_socket() { # NAME PATH WANTED
	mkdir -p "$(dirname "$2")"
	rm -f "$UH_TMP/received" # or the last listener's "ready" is taken for this one's
	"$python" -c "$listen" "$2" >"$UH_TMP/received" &
	local listener=$!
	until grep -q -s ready "$UH_TMP/received"; do
		kill -0 "$listener" || break
		sleep 0.05
	done
	connect_once info
	wait "$listener"
	is "$1" 1 "$(grep -c -F "$3" "$UH_TMP/received")"
}
mount -t tmpfs none /run
log_to_socket "log to the journal" /run/systemd/journal/socket "MESSAGE=1 route read"
rm -r /run/systemd
mount -t tmpfs none /dev
mknod -m 666 /dev/null c 1 3 || : >/dev/null
log_to_socket "no journal: log to /dev/log" /dev/log "unhairpin["

if is_root; then
	mkdir "$UH_TMP/etc"
	# shellcheck disable=SC2016
	is "no configuration: one line at debug level" 1 "$("$here/with_etc.sh" "$UH_TMP/etc" \
		env LD_PRELOAD="$object" UNHAIRPIN_LOG=debug:stderr "$python" -c 'import socket
for i in range(3):
    socket.socket().connect_ex(("127.0.0.1", 9))' 2>&1 | grep -c "no configuration at /etc/unhairpin.conf")"
else
	skip "no configuration: one line at debug level" "needs root"
fi
finish
