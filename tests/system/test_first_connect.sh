#!/bin/bash
# SPDX-License-Identifier: MIT
# Which system calls a first connection makes: from a compiled form, from one that was handed over, and from text.
# Whatever is added here is paid for by every process that connects.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"
unhairpin=$UH_BUILD/unhairpin

have strace || skip_all "first connections" "no strace"
grep -q '^Seccomp:.*0$' /proc/self/status || skip_all "first connections" "under a seccomp filter other calls are made"
cc -O2 -o "$UH_TMP/cost" "$clients/cost.c" || exit 1

# calls_of WORD… -- ARGUMENT…: the system calls of the program between its socket(2) and its close(2) of that, in order,
# without those of children, and those of waiting, whose number is never the same. A newer libc has another name for
# fstat and stat.
calls_of() {
	local words=()

	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	strace -f -o "$UH_TMP/strace" "${words[@]}" "$UH_TMP/cost" "$@" </dev/null >"$UH_TMP/out" 2>&1 ||
		echo "the program ends with $?"
	awk '
		NR == 1 { program = $1 }
		$1 != program || / resumed>/ || /^[0-9]+ +[-+]{3}/ { next }
		/ socket\(AF_INET,/ { inside = 1; next }
		inside && / close\(3\)/ { exit }
		inside { sub(/\(.*/, "", $2); print $2 }' "$UH_TMP/strace" | sed 's/newfstatat/stat/; s/^fstat$/stat/' |
		grep -vxE 'clock_gettime|futex|sched_yield|ppoll' | xargs | sed -E 's/(wait4 )+/wait4 /'
}

preload=LD_PRELOAD=$object
start_words || failed_all "first connections" "the servers don't start"
route one >"$conf"
settle

plain=$(calls_of env -- tcp "$public" 7000 1)
is "without the object" connect "$plain"

# Is there a seccomp filter; is the pointer good; the turn: a number, a page, signals; the cache: open, what it is, whose, room, read; is its source
# as it was; the counters; is there a trace; signals. Then the route: which socket is it, in which state, of which family; another one, and
# which; whose memory is this; flags; is the number still that socket's, a copy, take over, what was taken over; the
# copy's end, the other one's.
turn="openat read close setsockopt gettid mmap madvise rt_sigprocmask"
takes="getsockopt getsockopt getsockname socket getsockopt connect gettid fcntl fcntl getsockopt fcntl fcntl dup3 getsockopt close close"
"$unhairpin" compile "$conf" >/dev/null || failed_all "first connections" "nothing is compiled"
maps="openat stat geteuid mmap read close geteuid stat stat geteuid openat stat rt_sigprocmask"
is "from the cache, routed" "$turn $maps $takes" \
	"$(calls_of env "$preload" UNHAIRPIN_CONF="$conf" -- tcp "$public" 7000 1)"
is "from the cache, no route" "$turn $maps connect" \
	"$(calls_of env "$preload" UNHAIRPIN_CONF="$conf" -- udp 127.0.0.1 7000 1)"
# Routes cost no call more, files one stat(2) each.
mkdir "$work/d"
for i in 1 2 3; do echo "route \"203.0.113.$((i + 10))\" { to = \"direct\" }" >"$work/d/$i.conf"; done
{ route one; echo "include(\"$work/d/*.conf\")"; } >"$conf"
settle
"$unhairpin" compile "$conf" >/dev/null
is "three files in a directory: a stat for each" "$turn ${maps/geteuid stat/geteuid geteuid geteuid geteuid stat stat stat stat stat} $takes" \
	"$(calls_of env "$preload" UNHAIRPIN_CONF="$conf" -- tcp "$public" 7000 1)"

# There is no file that could have changed.
is "from what run has handed over" "$turn openat stat geteuid mmap read close stat geteuid openat stat rt_sigprocmask $takes" \
	"$(calls_of env UNHAIRPIN_CONF=/dev/null "$unhairpin" run -q -m "$public:7000=unix:$work/one" -- tcp "$public" 7000 1)"

# From text: no cache; the compiler is there, and whose; a mapping for two stacks, all signals, the keeper, its end.
route one >"$conf"
rm "$cache"
settle
compiles="openat stat geteuid mmap rt_sigprocmask clone wait4 rt_sigprocmask munmap stat geteuid openat stat rt_sigprocmask"
is "from text, routed" "$turn $compiles $takes" \
	"$(calls_of env "$preload" UNHAIRPIN_CONF="$conf" -- tcp "$public" 7000 1)"
is "from a variable, routed" "$turn ${compiles#openat } $takes" \
	"$(calls_of env "$preload" UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$public:7000=unix:$work/one" -- tcp "$public" 7000 1)"
finish
