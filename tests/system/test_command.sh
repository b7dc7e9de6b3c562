#!/bin/bash
# SPDX-License-Identifier: MIT
# The command from outside: run, check and lookup; what they print, hand over and exit with.
#
# UH_BUILD names the build directory. Prints "ok NAME", "FAIL NAME: why" or "SKIP NAME: why" for each
# test and a sum at the end. No network is used: nothing here connects anywhere.
set -u
export LC_ALL=C
unset LD_PRELOAD UNHAIRPIN UNHAIRPIN_CONF UNHAIRPIN_ROUTES UNHAIRPIN_COMPILED UNHAIRPIN_LOG

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$root" && realpath "${UH_BUILD:-${BUILD:-.build}}")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$tmp"
# A copy that other users can execute, and whose directory is ours to name.
install -D -t "$tmp/bin" "$build"/{unhairpin,libunhairpin.so,unhairpin-compiler} || exit 1
uh=$tmp/bin/unhairpin
object=$tmp/bin/libunhairpin.so
cd "$tmp" || exit 1
umask 022
export XDG_RUNTIME_DIR=$tmp/runtime # not this machine's
mkdir -m 700 "$XDG_RUNTIME_DIR"

passed=0 failed=0 skipped=0

ok() {
	passed=$((passed + 1))
	echo "ok $1"
}

fail() {
	failed=$((failed + 1))
	echo "FAIL $1: $2"
}

skip() {
	skipped=$((skipped + 1))
	echo "SKIP $1: $2"
}

# One text against what is expected: a regular expression, "" for nothing at all, "-" for whatever.
fits() {
	case $1 in
	-) return 0 ;;
	'') [ -z "$2" ] ;;
	*) [[ $2 =~ $1 ]] ;;
	esac
}

# expect NAME STATUS STDOUT STDERR COMMAND…
expect() {
	local name=$1 status=$2 out=$3 err=$4 got got_out got_err
	shift 4
	{ "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; } 2>/dev/null # bash tells of signals there
	got=$?
	got_out=$(cat "$tmp/out") got_err=$(cat "$tmp/err")
	if [ "$got" != "$status" ]; then
		fail "$name" "exit status $got, expected $status; stderr: $got_err"
	elif ! fits "$out" "$got_out"; then
		fail "$name" "stdout '$got_out' does not match '$out'"
	elif ! fits "$err" "$got_err"; then
		fail "$name" "stderr '$got_err' does not match '$err'"
	else
		ok "$name"
	fi
}

# same NAME EXPECTED COMMAND…: the whole of stdout, with nothing on stderr.
same() {
	local name=$1 expected=$2 got
	shift 2
	got=$("$@" 2>&1 </dev/null)
	if [ "$got" = "$expected" ]; then
		ok "$name"
	else
		fail "$name" "printed '$got', expected '$expected'"
	fi
}

# conf NAME: writes stdin to a configuration of that name.
conf() {
	cat >"$tmp/$1"
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# A mount name space with an /etc of our own; the machine's is not touched.
with_etc() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m sh -c 'mount --bind "$0" /etc && exec "$@"' "$tmp/etc" "$@"
}

usage() {
	local sub
	for sub in run check lookup; do
		expect "--help lists $sub" 0 "  $sub +[a-z]" '' "$uh" --help
		expect "$sub --help" 0 "Usage: unhairpin $sub .*--help.*--version" '' "$uh" "$sub" --help
		expect "$sub -h" 0 "Usage: unhairpin $sub " '' "$uh" "$sub" -h
		expect "$sub --version" 0 '^unhairpin [0-9]+\.[0-9]+\.[0-9]+$' '' "$uh" "$sub" --version
	done
	expect "--version" 0 '^unhairpin [0-9]+\.[0-9]+\.[0-9]+$' '' "$uh" --version
	expect "run --help tells its options" 0 '-c, --config=FILE.*-m, --map=.*-l, --log=' '' "$uh" run --help
	expect "lookup --help tells its options" 0 '--protocol=.*--program=PATH.*--user=USER' '' "$uh" lookup --help
	expect "no subcommand" 2 '' "expected a subcommand.*--help" "$uh"
	expect "unknown subcommand with a guess" 2 '' "'chekc'; did you mean 'check'" "$uh" chekc
	expect "unknown subcommand without a guess" 2 '' "unknown subcommand 'frobnicate'" "$uh" frobnicate
	expect "unknown global option" 2 '' "'--hlep'; did you mean '--help'" "$uh" --hlep
	expect "run: unknown option with a guess" 125 '' "'--confg'; did you mean '--config'" "$uh" run --confg x true
	expect "run: unknown short option" 125 '' "unknown option '-z'" "$uh" run -z true
	expect "run: option without its argument" 125 '' "'-m' needs an argument" "$uh" run -m
	expect "run: no command" 125 '' "expected a COMMAND" "$uh" run -l debug
	expect "run: no command after --" 125 '' "expected a COMMAND" "$uh" run --
	expect "check: unknown option" 2 '' "unknown option '--frob'" "$uh" check --frob
	expect "lookup: a value with a guess" 2 '' "expected tcp or udp; did you mean 'udp'" "$uh" lookup -p ud 203.0.113.1:1
	expect "--color: a value with a guess" 2 '' "expected auto, always or never; did you mean 'always'" \
		"$uh" check --color=alway
	expect "global: an action with a guess" 2 '' "did you mean 'enable'" "$uh" global enabel
	expect "kernel --help has the operands of each action" 0 \
		'Usage: unhairpin kernel [^ ].* check'$'\n''.* enable \[UNIT\|CGROUP\]'$'\n''.* disable \[UNIT.* status'$'\n' '' \
		"$uh" kernel --help
	expect "kernel: an action with a guess" 2 '' "did you mean 'reload'" "$uh" kernel relaod
	expect "an option before the subcommand" 0 '^good.conf: OK' - "$uh" --color=never check good.conf
	expect "help: two subcommands" 2 '' "unexpected 'b'" "$uh" help a b
	expect "help: unknown subcommand" 2 '' "did you mean 'check'" "$uh" help chekc
	same "help is --help" "$("$uh" --help)" "$uh" help
	same "help SUBCOMMAND is SUBCOMMAND --help" "$("$uh" lookup --help)" "$uh" help lookup
	expect "lookup: unknown option with a guess" 2 '' "did you mean '--program'" "$uh" lookup --progam x
	expect "lookup: no destination" 2 '' "expected ADDRESS:PORT" "$uh" lookup
}

closed_stdout() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	expect "help into a closed stdout" 2 '' 'standard output: ' sh -c '"$0" --help >&-' "$uh"
	# shellcheck disable=SC2016
	expect "help into a full device" 2 '' 'standard output: No space' sh -c '"$0" --help >/dev/full' "$uh"
	# shellcheck disable=SC2016
	expect "check into a full device" 2 '' 'standard output: No space' sh -c '"$0" check good.conf >/dev/full' "$uh"
	# shellcheck disable=SC2016
	expect "lookup into a full device" 2 '' 'standard output: No space' \
		sh -c '"$0" lookup -c good.conf 203.0.113.1:443 >/dev/full' "$uh"
	# shellcheck disable=SC2016
	expect "show into a full device" 2 '' 'standard output: No space' sh -c '"$0" show -c good.conf >/dev/full' "$uh"
	# The reader is gone for certain: wait(1) for it before anything is written.
	local words
	mkdir -m 1777 counters
	for words in help 'check good.conf' 'lookup -c good.conf 203.0.113.1:443' 'show -c good.conf' \
		'show --json -c good.conf' 'diff -c good.conf other.conf' 'hosts -c good.conf' 'completion bash' \
		'doctor -c good.conf' 'stats --prometheus' 'kernel check -c good.conf' 'check --help' \
		'trace --csv true' 'trace --json true' 'probe -m 203.0.113.1=direct'; do
		# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; words are to be split
		expect "$words: into a pipe without a reader" 141 '' '' env UNHAIRPIN_STATS="$tmp/counters" \
			bash -c 'exec 3> >(exec true); wait $!; "$@" >&3' - "$uh" $words
	done
}

# coloured NAME STATUS ESCAPE WORDS…: an escape sequence with --color=always, and no sequence without it.
coloured() {
	local name=$1 status=$2 escape=$3
	shift 3
	expect "$name: --color=always" "$status" "$escape" - "$uh" --color=always "$@"
	expect "$name: no terminal" "$status" '^[^'$'\e'']*$' - "$uh" "$@"
	expect "$name: --color=never" "$status" '^[^'$'\e'']*$' - "$uh" --color=never "$@"
}

colours() {
	coloured "diff" 1 $'\e\\[31mremoved\e\\[0m' diff -c good.conf other.conf
	coloured "probe" 1 $'\e\\[31m' probe -m 203.0.113.1=unix:/nonexistent
	coloured "show" 0 $'\e\\[32min force\e\\[0m' show -c good.conf
	echo 'route "203.0.113.1:443" { to = "unix:/tmp/x" }' >doubtful.conf
	expect "a warning: --color=always" 0 - $'\e\\[33mwarning: \e\\[0many user' "$uh" check --color=always doubtful.conf
	expect "a fault: --color=always" 1 - $'^x.conf:1:1: \e\\[31m.*\e\\[0m' \
		sh -c 'echo x >x.conf; exec "$0" check --color=always x.conf' "$uh"
	if command -v script >/dev/null; then
		expect "a terminal has colours" 0 $'\e\\[32m' - env TERM=xterm script -qec "$uh show -c good.conf" /dev/null
		expect "NO_COLOR" 0 '^[^'$'\e'']*$' - env NO_COLOR=1 TERM=xterm script -qec "$uh show -c good.conf" /dev/null
	else
		skip "a terminal has colours" "no script(1) here"
	fi
}

# value NAME VARIABLE EXPECTED OPTION…: what `run` hands over in a variable.
value() {
	local name=$1 variable=$2 expected=$3
	shift 3
	same "run: $name" "$expected" env UNHAIRPIN=off "$uh" run "$@" printenv "$variable"
}

run_environment() {
	value "LD_PRELOAD is the object beside the command" LD_PRELOAD "$object"
	value "-m sets UNHAIRPIN_ROUTES" UNHAIRPIN_ROUTES 203.0.113.1:443=unix:/run/app.sock \
		-m 203.0.113.1:443=unix:/run/app.sock
	value "--map" UNHAIRPIN_ROUTES 203.0.113.1=192.168.1.20 --map=203.0.113.1=192.168.1.20
	value "-m twice" UNHAIRPIN_ROUTES "203.0.113.1:1=10.0.0.1 203.0.113.1:2=10.0.0.2" \
		-m 203.0.113.1:1=10.0.0.1 -m 203.0.113.1:2=10.0.0.2
	value "-m with two targets" UNHAIRPIN_ROUTES "203.0.113.1:1=unix:/a,10.0.0.2:3" \
		-m 203.0.113.1:1=unix:/a,10.0.0.2:3
	value "-m with a blank in a path is escaped" UNHAIRPIN_ROUTES '203.0.113.1=unix:/a\ b' \
		-m '203.0.113.1=unix:/a b'
	value "-m with an escaped comma keeps it" UNHAIRPIN_ROUTES '203.0.113.1=unix:/a\,b' \
		-m '203.0.113.1=unix:/a\,b'
	value "-m with a backslash escapes it" UNHAIRPIN_ROUTES '203.0.113.1=unix:/a\\b' \
		-m '203.0.113.1=unix:/a\b'
	value "-m with IPv6" UNHAIRPIN_ROUTES '[2001:db8::1]:443=unix:@x' -m '[2001:db8::1]:443=unix:@x'
	value "-l sets UNHAIRPIN_LOG" UNHAIRPIN_LOG debug -l debug
	value "--log with a place" UNHAIRPIN_LOG info:stderr --log info:stderr
	value "-c makes a path absolute" UNHAIRPIN_CONF "$tmp/good.conf" -c good.conf
	value "-c keeps an absolute path" UNHAIRPIN_CONF "$tmp/good.conf" --config="$tmp/good.conf"
	value "-- ends the options" UNHAIRPIN_LOG debug -l debug --
	ln -sf good.conf link.conf
	value "-c keeps a link, which may be swapped" UNHAIRPIN_CONF "$tmp/link.conf" -c link.conf
	expect "run: nothing is set without options" 1 '' '' env UNHAIRPIN=off "$uh" run \
		sh -c 'env | grep -E "^UNHAIRPIN_(CONF|ROUTES|LOG)="'
	UNHAIRPIN_CONF=/a UNHAIRPIN_LOG=error value "existing UNHAIRPIN_CONF stays" UNHAIRPIN_CONF /a
	UNHAIRPIN_CONF=/a value "-c replaces UNHAIRPIN_CONF" UNHAIRPIN_CONF "$tmp/good.conf" -c good.conf
}

run_existing() {
	export UNHAIRPIN_ROUTES='203.0.113.1:1=10.0.0.1  203.0.113.2=unix:/a\ b'
	value "-m comes after existing routes" UNHAIRPIN_ROUTES \
		'203.0.113.1:1=10.0.0.1 203.0.113.2=unix:/a\ b 203.0.113.3=10.0.0.3' -m 203.0.113.3=10.0.0.3
	value "-m replaces a route to the same destination" UNHAIRPIN_ROUTES \
		'203.0.113.2=unix:/a\ b 203.0.113.1:1=10.0.0.9' -m 203.0.113.1:1=10.0.0.9
	value "-m replaces the last of existing routes" UNHAIRPIN_ROUTES \
		'203.0.113.1:1=10.0.0.1 203.0.113.2=10.0.0.9' -m 203.0.113.2=10.0.0.9
	value "-m replaces no route to a wider destination" UNHAIRPIN_ROUTES \
		'203.0.113.1:1=10.0.0.1 203.0.113.2=unix:/a\ b 203.0.113.1=10.0.0.9' -m 203.0.113.1=10.0.0.9
	value "existing routes stay as they are" UNHAIRPIN_ROUTES "$UNHAIRPIN_ROUTES"
	unset UNHAIRPIN_ROUTES

	local other=$tmp/other.so # any object that can be loaded
	cp "$object" "$other"
	LD_PRELOAD=$other value "LD_PRELOAD: the object comes first" LD_PRELOAD "$object:$other"
	LD_PRELOAD=$object value "LD_PRELOAD: not twice" LD_PRELOAD "$object"
	LD_PRELOAD="$other $object" value "LD_PRELOAD: not twice, after a blank" LD_PRELOAD "$other $object"
	LD_PRELOAD='' value "LD_PRELOAD: no colon when it was empty" LD_PRELOAD "$object"
}

run_exit() {
	expect "run: exit status of the command" 7 '' '' "$uh" run sh -c 'exit 7'
	expect "run: a signal ends it as it ends the command" 143 - - "$uh" run sh -c 'kill -TERM $$'
	expect "run: SIGPIPE is not ignored in the command" 141 - - "$uh" run sh -c 'kill -PIPE $$'
	same "run: arguments reach the command" "<a b><-c><>" "$uh" run printf '<%s>' 'a b' -c ''
	expect "run: not found" 127 '' '^unhairpin: no-such-command: No such file' env PATH=/usr/bin:/bin "$uh" run no-such-command
	expect "run: path not found" 127 '' 'No such file' "$uh" run /nonexistent/command
	echo 'true' >plain && chmod 644 plain
	expect "run: cannot be executed" 126 '' '^unhairpin: ./plain: Permission denied' "$uh" run ./plain
	expect "run: a directory cannot be executed" 126 '' 'Permission denied' "$uh" run "$tmp"
	expect "run: -m without =" 125 '' "-m 203.0.113.1: no '='.*expected DEST=TARGET" "$uh" run -m 203.0.113.1 true
	expect "run: -m with a bad address" 125 '' '-m 203.0.113=10.0.0.1: .*expected' "$uh" run -m 203.0.113=10.0.0.1 true
	expect "run: -m with a bad port" 125 '' '-m 203.0.113.1:70000=.*expected' "$uh" run -m 203.0.113.1:70000=10.0.0.1 true
	expect "run: -m with a bad target" 125 '' '-m 203.0.113.1=unix:x: .*expected' "$uh" run -m 203.0.113.1=unix:x true
	expect "run: -m with a bad second target" 125 '' '-m .*nonsense' "$uh" run -m 203.0.113.1=10.0.0.1,nonsense true
	expect "run: -m with refuse beside a target" 125 '' '-m .*"refuse" beside other targets' \
		"$uh" run -m 203.0.113.1=refuse,10.0.0.1 true
	expect "run: -m with a path too long for some port" 125 '' '-m .*paths of up to 108 bytes' \
		"$uh" run -m "203.0.113.1=unix:/$(printf %0102d 0)%p" true
	expect "run: -m with a multicast target" 125 '' '-m .*takes no connections' "$uh" run -m 203.0.113.1=224.0.0.1 true
	expect "run: -m with 17 targets" 125 '' '-m .*too many targets; expected at most 16' \
		"$uh" run -m "203.0.113.1=$(printf '10.0.0.%d,' {1..16})10.0.0.17" true
	expect "run: -m without a target" 125 '' '-m 203.0.113.1=: .*expected' "$uh" run -m 203.0.113.1= true
	expect "run: -c of a missing file" 125 '' '-c no.conf: .*No such file.*expected' "$uh" run -c no.conf true
	expect "run: -c of a directory" 125 '' '-c /: .*expected a readable file' "$uh" run -c / true
	expect "run: -l of an unknown level" 125 '' '-l loud: expected off, error' "$uh" run -l loud true
	expect "run: -l to an unknown place" 125 '' '-l info:there: expected journal' "$uh" run -l info:there true
}

run_object() {
	local dir
	for dir in "with blank" with:colon; do
		cp -r bin "$dir"
		expect "run: LD_PRELOAD cannot hold '$dir'" 125 '' "LD_PRELOAD cannot contain" "$dir/unhairpin" run true
	done
	mkdir alone && cp "$uh" alone/
	if alone/unhairpin run true 2>/dev/null; then
		skip "run: no object" "one is installed"
	else
		expect "run: no object" 125 '' 'libunhairpin.so: No such file.*expected' alone/unhairpin run true
	fi
	mkdir half && cp "$uh" "$object" half/
	# The command compiles by itself.
	expect "check: no compiler" 0 'good.conf: OK' - half/unhairpin check good.conf
	expect "run: no compiler" 0 "^$compiled_name$" '' half/unhairpin run -c good.conf printenv UNHAIRPIN_COMPILED
}

# What run hands over is named like this.
compiled_name="$XDG_RUNTIME_DIR/unhairpin/routes-[0-9a-f]{16}"
# What a command tells that run starts.
# shellcheck disable=SC2016 # expanded by the inner shell
telling='echo "${UNHAIRPIN_COMPILED-none}"'

# handed OPTION…: UNHAIRPIN_COMPILED as a command has it that run starts; "none" for not set.
handed() {
	"$uh" run "$@" sh -c "$telling" 2>&1
}

# none NAME COMMAND…: it says "none" and no more, on standard error neither.
none() {
	local name=$1
	shift
	same "run hands over nothing: $name" none "$@"
}

stamp_of() {
	stat -c '%i %Y' "$1"
}

hand_over() {
	local first again other nested names
	rm -rf "$XDG_RUNTIME_DIR/unhairpin"
	expect "run hands over what it compiled" 0 "^$compiled_name$" '' handed -m 203.0.113.1:1=10.0.0.1
	first=$(cat out)
	same "run: the file is its user's, and readable" "$(id -u) 644" stat -c '%u %a' "$first"
	same "run: the directory is its user's alone" "$(id -u) 700" stat -c '%u %a' "$XDG_RUNTIME_DIR/unhairpin"
	touch -d '12 hours ago' "$first"
	again=$(stat -c %i "$first")
	same "run again: the same file" "$first" handed -m 203.0.113.1:1=10.0.0.1
	same "run again: not written again" "$again" stat -c %i "$first"
	same "run again: marked as used" '' find "$first" -mmin +1
	other=$(handed -m 203.0.113.1:1=10.0.0.2)
	expect "run with another -m: another file" 0 "^$compiled_name$" '' echo "$other"
	# shellcheck disable=SC2012 # names of ours
	names=$(ls "$XDG_RUNTIME_DIR/unhairpin" | wc -l)
	same "run with another -m: another name" 2 echo "$names"
	nested=$("$uh" run -m 203.0.113.1:1=10.0.0.1 "$uh" run -m 203.0.113.1:1=10.0.0.2 printenv UNHAIRPIN_COMPILED)
	same "run in run: the inner one's routes" "$other" echo "$nested"
	same "routes of the environment" "$other" env UNHAIRPIN_ROUTES=203.0.113.1:1=10.0.0.2 \
		"$uh" run printenv UNHAIRPIN_COMPILED
	# shellcheck disable=SC2016 # expanded by the inner shell
	same "trace hands over the same" "$other" sh -c \
		'"$0" trace -m 203.0.113.1:1=10.0.0.2 printenv UNHAIRPIN_COMPILED 2>/dev/null' "$uh"
}

hand_over_of_files() {
	local first inode
	cp good.conf handed.conf
	first=$(handed -c handed.conf)
	expect "run -c: handed over at once" 0 "^$compiled_name$" '' echo "$first"
	same "UNHAIRPIN_CONF of the environment" "$first" env UNHAIRPIN_CONF="$tmp/handed.conf" "$uh" run printenv UNHAIRPIN_COMPILED
	inode=$(stat -c %i "$first")
	echo 'route "203.0.113.77" { to = "10.0.0.1" }' >>handed.conf
	same "run -c: the same name when the text changed" "$first" handed -c handed.conf
	expect "run -c: another file when the text changed" 1 - '' [ "$inode" = "$(stat -c %i "$first")" ]
	"$uh" compile handed.conf >/dev/null
	none "the cache beside it is fresh" handed -c handed.conf
	none "nor what an outer run did" env UNHAIRPIN_COMPILED="$first" "$uh" run -c handed.conf \
		sh -c "$telling"
	expect "run -c -m: the cache is not enough" 0 "^$compiled_name$" '' handed -c handed.conf -m 203.0.113.1:1=10.0.0.1
	echo nonsense >handed.conf
	none "the text has faults" handed -c handed.conf
	none "UNHAIRPIN=off" env UNHAIRPIN=off "$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$telling"
	none "no file and no routes" env UNHAIRPIN_CONF=/dev/null UNHAIRPIN_COMPILED="$first" "$uh" run \
		sh -c "$telling"
	none "a relative UNHAIRPIN_CONF" env UNHAIRPIN_CONF=good.conf "$uh" run sh -c "$telling"
	rm -f handed.conf unhairpin.cache
}

# Old files go when a new one is written; what is not ours stays.
hand_over_cleans() {
	local dir=$XDG_RUNTIME_DIR/unhairpin
	rm -rf "$dir" && mkdir -m 700 "$dir"
	touch -d '2 days ago' "$dir"/routes-0123456789abcdef "$dir"/routes-0123456789abcdef.aBc123 \
		"$dir"/routes-0123 "$dir"/routes-0123456789abcdef.conf "$dir"/other
	touch -d '20 hours ago' "$dir"/routes-fedcba9876543210
	handed -m 203.0.113.1=10.0.0.1 >one.path
	rm "$(cat one.path)"
	# shellcheck disable=SC2016 # expanded by the inner shell
	same "old files are removed" "other routes-0123 routes-0123456789abcdef.conf routes-fedcba9876543210" \
		sh -c 'ls "$0" | xargs' "$dir"
	rm -rf "$dir" one.path
}

# Where no file may or can be written, the command starts all the same.
hand_over_refused() {
	local routes=(-m 203.0.113.1=10.0.0.1) dir=$XDG_RUNTIME_DIR/unhairpin me=(env) ask other
	mkdir -m 700 nobody
	if [ "$(id -u)" = 0 ]; then
		as_nobody true 2>/dev/null || return
		me=(as_nobody)
		chown 65534 nobody
	fi
	ask=("$uh" run "${routes[@]}" sh -c "$telling")
	none "no XDG_RUNTIME_DIR" "${me[@]}" env -u XDG_RUNTIME_DIR "${ask[@]}"
	none "a relative one" "${me[@]}" env XDG_RUNTIME_DIR=nobody "${ask[@]}"
	none "one that anybody can write to" "${me[@]}" env XDG_RUNTIME_DIR=/tmp "${ask[@]}"
	none "RLIMIT_FSIZE" "${me[@]}" env XDG_RUNTIME_DIR="$tmp/nobody" sh -c 'ulimit -f 0; exec "$@"' sh "${ask[@]}"
	none "no memory to read the text" "${me[@]}" env XDG_RUNTIME_DIR="$tmp/nobody" \
		sh -c 'ulimit -v 12000; exec "$@"' sh "$uh" run -c good.conf sh -c "$telling"
	[ "$(id -u)" = 0 ] || return
	none "another user's XDG_RUNTIME_DIR" as_nobody "${ask[@]}"
	expect "run as another user, in a directory of his" 0 "^$tmp/nobody/unhairpin/routes-" '' \
		as_nobody env XDG_RUNTIME_DIR="$tmp/nobody" "${ask[@]}"
	chmod 777 nobody/unhairpin
	none "a directory in it that others can write to" as_nobody env XDG_RUNTIME_DIR="$tmp/nobody" "${ask[@]}"
	rm -r nobody/unhairpin && ln -s "$tmp/elsewhere" nobody/unhairpin && mkdir -m 700 elsewhere && chown 65534 elsewhere
	none "a symbolic link in it" as_nobody env XDG_RUNTIME_DIR="$tmp/nobody" "${ask[@]}"
	rm -rf nobody elsewhere "$dir"
	other=$("${ask[@]}")
	chown 65534 "$other"
	same "run: another user's file is not handed over" "$other" "${ask[@]}"
	same "run: a new one takes its place" 0 stat -c %u "$other"
	chmod 666 "$other"
	"${ask[@]}" >/dev/null
	same "run: nor one that others can write" 644 stat -c %a "$other"
	rm "$other" && mkdir "$other"
	none "a directory is in its place" "${ask[@]}"
	rmdir "$other"
}

# doubtful NAME WARNING: the configuration on stdin is taken, with that warning, or with none for "".
doubtful() {
	conf doubt.conf
	expect "check: $1" 0 'doubt.conf: OK: [0-9]+ route' "$2" "$uh" check doubt.conf
}

# Text that can be meant otherwise than it is written.
check_doubts() {
	local address
	for address in fe80::1:443 2001:db8::1:80 ::1:8080; do
		doubtful "port without brackets: $address" \
			"^doubt.conf:1:[0-9]+: warning: \"$address\" is an address with any port; expected \[${address%:*}\]:${address##*:} " \
			<<<"route \"$address\" { to = \"unix:/x\" }"
	done
	doubtful "target's port without brackets" 'doubt.conf:2:[0-9]+: warning: "fd00::2:80" is an address .*expected \[fd00::2\]:80' \
		<<<$'route "203.0.113.1" {\n to = "fd00::2:80" }'
	doubtful "an address in brackets is meant" '' <<<'route "[2001:db8::1:443]" { to = "[fd00::2:80]" }'
	doubtful "no port can be meant" '' <<<'route "2001:db8::443" { to = "fd00::a:b" }'
	doubtful "two targets in one text" 'doubt.conf:1:[0-9]+: warning: .* expected a list, as in \{"unix:/a", ' \
		<<<'route "203.0.113.1" { to = "unix:/a, unix:/b" }'
	doubtful "a target and an address in one text" 'warning: .*expected a list' \
		<<<'route "203.0.113.1" { to = "unix:/a;192.168.1.20:80" }'
	doubtful "a path with separators" '' <<<'route "203.0.113.1" { to = "unix:/run/a,b;c=d e" }'
	doubtful "a path with a blank at its end" 'doubt.conf:1:[0-9]+: warning: .*ends in a blank' \
		<<<'route "203.0.113.1" { to = "unix:/run/a " }'
	doubtful "a path with a port" 'warning: "unix:/run/a:80" .*a Unix socket has no port' <<<'route "203.0.113.1" { to = "unix:/run/a:80" }'
	doubtful "two paths with a colon" 'warning: .*expected a list, as in \{"unix:/a", ' <<<'route "203.0.113.1" { to = "unix:/a:unix:/b" }'
	doubtful "a blank before the separator is not proposed" 'warning: .*as in \{"unix:/a", ' \
		<<<'route "203.0.113.1" { to = "unix:/a | unix:/b" }'
	doubtful "an ordinary IPv6 address" '' <<<'route "2a01:4f8:c17::1:10" { to = "fd00::10:20" }'
	doubtful "a group for UDP" '' <<<'route "203.0.113.1" { to = "239.1.2.3:80" protocol = udp }'
}

# Globs that match no program, or not the ones that are meant.
check_programs() {
	local glob
	for glob in "curl wget" curl,wget "curl, wget" "curl;wget" /usr/bin/curl,/usr/bin/wget "/usr/bin/curl /usr/bin/wget" "!curl wget"; do
		doubtful "programs $glob" 'doubt.conf:1:[0-9]+: warning: program ".*" is one program; expected a list' \
			<<<"route 203.0.113.1 { to = 10.0.0.1 programs = \"$glob\" }"
	done
	for glob in "curl " " curl" "/usr/bin/curl "; do
		doubtful "programs $glob" 'warning: program ".*" begins or ends with a blank' <<<"route 203.0.113.1 { to = 10.0.0.1 programs = \"$glob\" }"
	done
	for glob in usr/bin/curl ./curl '!bin/*'; do
		doubtful "programs $glob" 'warning: program ".*" matches no program, as their paths begin with "/"' \
			<<<"route 203.0.113.1 { to = 10.0.0.1 programs = '$glob' }"
	done
	for glob in 'php[78' '/usr/bin/[a-z' 'a[]b' '[ab]c[!'; do
		doubtful "programs $glob" 'warning: program ".*" has a "\[" that is never closed' \
			<<<"route 203.0.113.1 { to = 10.0.0.1 programs = '$glob' }"
	done
	doubtful "programs /opt/app/" 'warning: .* is a directory' <<<'route 203.0.113.1 { to = 10.0.0.1 programs = "/opt/app/" }'
	for glob in curl '*' '/usr/bin/*' '*/curl' '?sr' 'php[78]*' '[' '/usr/bin/[' 'a[]]b' '\[a' '/opt/My App/run' '!wget' python3.11 'a[[:digit:]]'; do
		doubtful "programs $glob" '' <<<"route 203.0.113.1 { to = 10.0.0.1 programs = '$glob' }"
	done
}

# Two routes in one text: UNHAIRPIN_ROUTES and -m say the same of it.
two_in_one() {
	local text why='looks like two routes in one; expected a blank between them'
	for text in '203.0.113.1:1=unix:/x;203.0.113.2:1=unix:/y' '203.0.113.1:1=unix:/x,203.0.113.2:1=10.0.0.1' \
		'203.0.113.1:1=unix:/x|203.0.113.2:1=10.0.0.1' '203.0.113.1:1=10.0.0.1;203.0.113.2:1=unix:/y' '203.0.113.1:1=unix:/x;'; do
		expect "run: -m $text" 125 '' "^unhairpin: -m .* $why" "$uh" run -m "$text" true
		expect "check: UNHAIRPIN_ROUTES=$text" 1 '' "^UNHAIRPIN_ROUTES:1: .* $why" \
			env UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES="$text" "$uh" check
	done
	expect "run: -m with two routes and a blank" 125 '' "$why" "$uh" run -m '203.0.113.1:1=unix:/x 203.0.113.2:1=unix:/y' true
	expect "lines of UNHAIRPIN_ROUTES that end in CR" 0 'OK: 2 routes' '' \
		env UNHAIRPIN_CONF=/dev/null UNHAIRPIN_ROUTES=$'203.0.113.1=unix:/x\r\n203.0.113.2=unix:/y\r\n' "$uh" check
	value "-m with an escaped semicolon keeps it" UNHAIRPIN_ROUTES '203.0.113.1=unix:/a\;b\=unix:/c' \
		-m '203.0.113.1=unix:/a\;b\=unix:/c'
	expect "run: -m warns of a port without brackets" 0 '^$' '^unhairpin: -m .*warning: "fe80::1:443" is an address .*expected \[fe80::1\]:443' \
		"$uh" run -m fe80::1:443=10.0.0.1 true
	expect "run: -m warns of a target's port without brackets" 0 '^$' 'warning: "fd00::1:443" is an address' \
		"$uh" run -m 203.0.113.1=unix:/x,fd00::1:443 true
	expect "run: -m with an address in brackets" 0 '^$' '' "$uh" run -m '[fe80::1:443]=[fd00::1:443]' true
	local end
	for end in ' ' $'\t' $'\r' $'\r\n'; do
		value "-m with $(printf %q "$end") at its end" UNHAIRPIN_ROUTES 203.0.113.1=unix:/a -m "203.0.113.1=unix:/a$end"
	done
	expect "run: -m with an escaped blank at its end" 0 '^203.0.113.1=unix:/a\\ $' 'ends in a blank' env UNHAIRPIN=off \
		"$uh" run -m '203.0.113.1=unix:/a\ ' printenv UNHAIRPIN_ROUTES
	expect "run: -m warns of a blank behind one of two targets" 0 '^$' 'warning: the path in "unix:/a " ends in a blank' \
		"$uh" run -m '203.0.113.1=unix:/a ,unix:/b' true
	expect "run: -m warns of a path with a port" 0 '^$' 'warning: "unix:/a:80" .*a Unix socket has no port' "$uh" run -m 203.0.113.1=unix:/a:80 true
	expect "run: -m with two targets and a colon" 125 '' 'looks like two targets in one; expected a comma' "$uh" run -m 203.0.113.1=unix:/a:unix:/b true
	expect "run: -m with half a quote" 125 '' 'ends in a quotation mark' "$uh" run -m '203.0.113.1=unix:/a"' true
	expect "run: no control bytes of -m on a terminal" 125 '' '^unhairpin: -m \\x1b\[31mx=\\x07: [[:print:]]*$' \
		"$uh" run -m $'\e[31mx=\a' true
	expect "lookup: -m warns once" 0 - '^UNHAIRPIN_ROUTES:1: warning: [^'$'\n'']*$' "$uh" lookup -c /dev/null \
		-m 2001:db8::1:443=10.0.0.1 '[2001:db8::1:443]:80'
	expect "run: -m with a link-local target" 125 '' 'is link-local' "$uh" run -m '203.0.113.1=[fe80::77]:80' true
}

# Quotes and blanks that docker --env-file, YAML and CRLF leave around a value.
quoted_variables() {
	local quoted
	for quoted in '"%s"' "'%s'" ' %s ' '%s\r' ' "%s"\r'; do
		# shellcheck disable=SC2059 # a format
		expect "UNHAIRPIN_ROUTES as $quoted" 0 '^UNHAIRPIN_ROUTES: OK: 2 routes|/dev/null: OK: 2 routes' '' env UNHAIRPIN_CONF="$(printf "$quoted" /dev/null)" \
			UNHAIRPIN_ROUTES="$(printf "$quoted" '203.0.113.1=unix:/x 203.0.113.2=unix:/y')" "$uh" check
		# shellcheck disable=SC2059
		expect "UNHAIRPIN_CONF as $quoted" 0 'good.conf: OK' - env UNHAIRPIN_CONF="$(printf "$quoted" "$tmp/good.conf")" "$uh" check
		# shellcheck disable=SC2059
		same "UNHAIRPIN as $quoted" off env UNHAIRPIN="$(printf "$quoted" off)" "$uh" run printenv UNHAIRPIN
	done
}

check_environment() {
	local variable
	for variable in UNHAIRPIN_LOG=warn UNHAIRPIN_LOG=stderr UNHAIRPIN_LOG=debug:log UNHAIRPIN=OFF UNHAIRPIN_STATS=stats; do
		expect "check: $variable" 0 'OK: [0-9]+ routes' "^unhairpin: warning: $variable is ignored; expected " env "$variable" "$uh" check good.conf
	done
	expect "check: UNHAIRPIN_LOG that is right" 0 OK '' env UNHAIRPIN_LOG=debug:stderr UNHAIRPIN=on "$uh" check good.conf
}

stand_in_in() {
	local family=$1 network=$2
	shift 2
	echo "stand_in_$family = \"$network\" route \"a.example.com\" { to = \"unix:/x\" }" >network.conf
	"$@" "$uh" check network.conf
}

# A name space without any interface, but for what setup adds.
check_stand_ins() {
	local network here=(unshare -n)
	if ! unshare -n true 2>/dev/null; then
		skip "stand-in networks" "needs a network name space"
		return
	fi
	for network in 240.0.0.0/4 198.18.0.0/15 192.0.2.0/24 203.0.113.0/24; do
		expect "check: stand_in_ipv4 $network" 0 OK '' stand_in_in ipv4 $network "${here[@]}"
	done
	for network in 2001:db8:ffff::/48 3fff::/20 100::/64 2001:2::/48; do
		expect "check: stand_in_ipv6 $network" 0 OK '' stand_in_in ipv6 $network "${here[@]}"
	done
	for network in 10.99.0.0/16 172.16.0.0/12 192.168.7.0/24 100.64.0.0/10 127.0.0.0/8 8.8.8.0/24 224.0.0.0/3; do
		expect "check: stand_in_ipv4 $network may have hosts" 0 OK \
			"^unhairpin: network.conf: warning: stand_in_ipv4 $network: it is not a reserved network.*choose .* such as 240.0.0.0/4\$" \
			stand_in_in ipv4 $network "${here[@]}"
	done
	for network in 0.0.0.0/8 224.0.0.0/4 239.1.0.0/16 255.255.255.0/24; do
		expect "check: stand_in_ipv4 $network is special" 0 OK \
			"warning: stand_in_ipv4 $network: its addresses (mean this host|are multicast groups|are broadcast).*without special use, such as 240.0.0.0/4\$" \
			stand_in_in ipv4 $network "${here[@]}"
	done
	expect "check: stand_in_ipv6 ff00::/8 is special" 0 OK "warning: .*its addresses are multicast groups.*such as 2001:db8::/32\$" \
		stand_in_in ipv6 ff00::/8 "${here[@]}"
	for network in fc00::/7 fd12:3456::/32 2a00::/12 fe80::/10 2001::/16; do
		expect "check: stand_in_ipv6 $network may have hosts" 0 OK \
			"warning: stand_in_ipv6 $network: it is not a reserved network.*choose .* such as 2001:db8::/32\$" \
			stand_in_in ipv6 $network "${here[@]}"
	done
	if ! command -v ip >/dev/null || ! unshare -n ip link set lo up 2>/dev/null; then
		skip "stand-in networks in use" "needs ip"
		return
	fi
	# used NAME WARNING FAMILY NETWORK COMMAND…: with that ip command done.
	used() {
		local name=$1 warning=$2 family=$3 network=$4 command=$5
		# shellcheck disable=SC2016 # expanded by the inner shell
		expect "check: $name" 0 OK "$warning" stand_in_in "$family" "$network" \
			unshare -n sh -ec 'ip link set lo up; eval "$0"; exec "$@"' "$command"
	}
	used "an interface has an address there" 'ipv4 240.0.0.0/4: it contains 240.1.2.3, an address of lo, .* such as 192.0.2.0/24' \
		ipv4 240.0.0.0/4 'ip addr add 240.1.2.3/32 dev lo'
	used "a route leads there" 'ipv4 240.0.0.0/4: this host has a route to 240.1.0.0/16,' \
		ipv4 240.0.0.0/4 'ip route add 240.1.0.0/16 dev lo'
	used "a route of a wider network" 'ipv4 198.18.5.0/24: this host has a route to 198.18.0.0/15,' \
		ipv4 198.18.5.0/24 'ip route add 198.18.0.0/15 dev lo'
	used "a route of another table" 'ipv4 240.0.0.0/4: this host has a route to 240.1.0.0/16,' \
		ipv4 240.0.0.0/4 'ip route add 240.1.0.0/16 dev lo table 77'
	used "a network that is local" 'ipv4 240.0.0.0/4: this host has a route to 240.2.0.0/16,' \
		ipv4 240.0.0.0/4 'ip route add local 240.2.0.0/16 dev lo'
	expect "lookup: an address of this host in a network of stand-ins" 1 'no route: goes to the address itself' - \
		unshare -n sh -ec 'ip link set lo up; ip addr add 240.3.3.3/32 dev lo; exec "$@"' sh "$uh" lookup -c network.conf 240.3.3.3:80
	used "default routes, one in halves" '' ipv4 240.0.0.0/4 \
		'ip route add default dev lo; ip route add 0.0.0.0/1 dev lo; ip route add 128.0.0.0/1 dev lo'
	used "routes that lead nowhere" '' ipv4 240.0.0.0/4 \
		'ip route add blackhole 240.0.0.0/4; ip route add unreachable 241.0.0.0/8'
	local pair='ip link add pair0 type veth peer name pair1; ip link set pair0 up; ip link set pair1 up'
	if ! unshare -n sh -c "ip link set lo up; $pair; ip -6 route add 3fff:1::/32 dev pair0" 2>/dev/null; then
		skip "stand-in networks of IPv6 in use" "needs IPv6 and veth"
		return
	fi
	used "an IPv6 address" 'ipv6 3fff::/48: it contains 3fff::5, an address of lo,' ipv6 3fff::/48 'ip addr add 3fff::5/128 dev lo'
	used "an IPv6 route" 'ipv6 2001:db8:ffff::/48: this host has a route to 2001:db8:ffff:7::/64,' \
		ipv6 2001:db8:ffff::/48 "$pair; ip -6 route add 2001:db8:ffff:7::/64 dev pair0"
	used "IPv6 routes that lead nowhere, or everywhere" '' ipv6 3fff::/48 \
		"$pair; ip -6 route add unreachable 3fff::/48; ip -6 route add default dev pair0; ip -6 route add 2000::/3 dev pair0"
}

# with_run COMMAND…: root without XDG_RUNTIME_DIR, where /run is empty.
with_run() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m sh -c 'mount -t tmpfs -o mode=755,size=64k none /run && "$@"' sh env -u XDG_RUNTIME_DIR "$@"
}

hand_over_by_root() {
	local name='/run/unhairpin-compiled/routes-[0-9a-f]{16}' show
	# shellcheck disable=SC2016 # expanded by the inner shell
	show='stat -c "%a %u" $(dirname "$UNHAIRPIN_COMPILED") "$UNHAIRPIN_COMPILED"; echo "$UNHAIRPIN_COMPILED"'
	if [ "$(id -u)" != 0 ] || ! as_nobody true 2>/dev/null || ! with_run true 2>/dev/null; then
		skip "run by root" "needs root, and a mount name space"
		return
	fi
	expect "run by root" 0 "^755 0"$'\n'"644 0"$'\n'"$name$" '' with_run "$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
	expect "run by root, whatever the umask" 0 "^755 0"$'\n'"644 0"$'\n'"$name$" '' \
		with_run sh -c 'umask 077; exec "$@"' sh "$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
	show=$telling
	expect "run by root with another user's XDG_RUNTIME_DIR" 0 "^$name$" '' \
		with_run env XDG_RUNTIME_DIR=/tmp "$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
	none "root's directory is open to others" with_run sh -c 'mkdir -m 1777 /run/unhairpin-compiled; exec "$@"' sh \
		"$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
	none "root's directory is another user's" with_run sh -c \
		'mkdir /run/unhairpin-compiled; chown 65534 /run/unhairpin-compiled; exec "$@"' sh \
		"$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
	none "a full file system" with_run sh -c \
		'mkdir /run/unhairpin-compiled; head -c 100000 /dev/zero 2>/dev/null >/run/full; exec "$@"' sh \
		"$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show; ls /run/unhairpin-compiled"
	none "a read-only file system" with_run sh -c 'mkdir /run/unhairpin-compiled; mount -o remount,ro /run; exec "$@"' sh \
		"$uh" run -m 203.0.113.1=10.0.0.1 sh -c "$show"
}

# faulty NAME ERROR: the configuration on stdin must have that fault, and exit 1.
faulty() {
	conf bad.conf
	expect "check: $1" 1 '' "$2" "$uh" check bad.conf
}

check_faults() {
	faulty "unknown option of a route" 'bad.conf:1:[0-9]+: unknown option "colour".*expected' <<<'route "203.0.113.1" { to = "10.0.0.1" colour = "red" }'
	# The caret stands below the place, behind the line's own tabs and characters of two bytes.
	faulty "the line and a caret" $'^bad.conf:2:15: [^\n]*\n  \t/\\* ü \\*/ to = "x"\n  \t             \\^$' <<<$'route "203.0.113.1" {\n\t/* ü */ to = "x"\n}'
	faulty "unknown setting" 'bad.conf:2:[0-9]+: unknown option "frob".*expected' <<<$'# x\nfrob = "1"\nroute "203.0.113.1" { to = "10.0.0.1" }'
	faulty "bad address" 'bad.conf:1:[0-9]+: .*203\.0\.113\.256.*expected' <<<'route "203.0.113.256:1" { to = "10.0.0.1" }'
	faulty "bad target" 'bad.conf:1:[0-9]+: .*10\.0\.0.*expected' <<<'route "203.0.113.1:1" { to = "10.0.0" }'
	faulty "port out of range" 'bad.conf:2:[0-9]+: .*65536.*expected' <<<$'\nroute "203.0.113.1:65536" { to = "10.0.0.1" }'
	faulty "target port out of range" 'bad.conf:1:[0-9]+: .*70000.*expected' <<<'route "203.0.113.1:1" { to = "10.0.0.1:70000" }'
	faulty "host bits in a prefix" 'bad.conf:1:[0-9]+: .*host bits.*expected 203\.0\.113\.0/24' <<<'route "203.0.113.1/24" { to = "10.0.0.1" }'
	faulty "duplicate with both places" 'bad.conf:2:[0-9]+: .*bad.conf:1' <<<$'route "203.0.113.1:1" { to = "10.0.0.1" }\nroute "203.0.113.1:1" { to = "10.0.0.2" }'
	faulty "loop" 'bad.conf:[12]:7: .*expected' <<<$'route "203.0.113.1:1" { to = "203.0.113.2:1" }\nroute "203.0.113.2:1" { to = "203.0.113.1:1" }'
	faulty "over-long path" 'bad.conf:1:[0-9]+: .*107' <<<"route \"203.0.113.1:1\" { to = \"unix:/$(printf '%0108d' 0)\" }"
	faulty "link-local target" 'bad.conf:1:[0-9]+: "\[fe80::77\]:80" is link-local.*expected a global' <<<'route "203.0.113.1:1" { to = "[fe80::77]:80" }'
	faulty "link-local group" 'bad.conf:1:[0-9]+: "ff02::1" is link-local' <<<'route "203.0.113.1:1" { to = "ff02::1" protocol = "udp" }'
	faulty "target with a zone" 'bad.conf:1:[0-9]+: zone in "\[fe80::77%lo\]:80".*expected' <<<'route "203.0.113.1:1" { to = "[fe80::77%lo]:80" }'
	faulty "destination with a zone" 'bad.conf:1:[0-9]+: zone in "\[fe80::1%lo\]:443"; expected an address without' <<<'route "[fe80::1%lo]:443" { to = "unix:/x" }'
	faulty "group for TCP" 'bad.conf:1:[0-9]+: a multicast .*expected one host' <<<'route "203.0.113.1:1" { to = "239.1.2.3:80" }'
	faulty "IPv6 group for TCP" 'bad.conf:1:[0-9]+: a multicast .*expected one host' <<<'route "203.0.113.1:1" { to = "[ff05::1]:80" }'
	faulty "broadcast for TCP" 'bad.conf:1:[0-9]+: a multicast or broadcast' <<<'route "203.0.113.1:1" { to = "255.255.255.255" }'
	faulty "mapped IPv4 with a port" 'bad.conf:1:[0-9]+: .*expected "\[::ffff:1.2.3.4\]:80"' <<<'route "::ffff:1.2.3.4:80" { to = "unix:/x" }'
	faulty "directory" 'bad.conf:1:[0-9]+: "unix:/run/" names a directory; expected' <<<'route "203.0.113.1:1" { to = "unix:/run/" }'
	faulty "no target" 'bad.conf:1:[0-9]+: .*expected to =' <<<'route "203.0.113.1:1" { }'
	faulty "unknown protocol" 'bad.conf:1:[0-9]+: .*expected tcp, udp or any' <<<'route "203.0.113.1" { to = "10.0.0.1" protocol = "icmp" }'
	faulty "unknown on_failure" 'bad.conf:1:[0-9]+: .*expected original or refuse' <<<'route "203.0.113.1" { to = "10.0.0.1" on_failure = "cry" }'
	faulty "unknown user" 'bad.conf:1:[0-9]+: unknown user "no-such-user"' <<<'route "203.0.113.1" { to = "10.0.0.1" users = {"no-such-user"} }'
	faulty "unknown log level" 'bad.conf:1:[0-9]+: .*expected off, error' <<<$'log = "loud"\nroute "203.0.113.1" { to = "10.0.0.1" }'
	faulty "missing include" 'bad.conf:1:[0-9]+: /nonexistent/x.conf: .*No such file' <<<$'include("/nonexistent/x.conf")\nroute "203.0.113.1" { to = "10.0.0.1" }'
	faulty "syntax error" 'bad.conf:1:[0-9]+: .*expected' <<<'route { to = "10.0.0.1" }'
	faulty "several at once" $'bad.conf:1:[0-9]+: .*\n.*bad.conf:2:[0-9]+: .*\n.*bad.conf:3:[0-9]+: ' <<'END'
route "203.0.113.300" { to = "10.0.0.1" }
route "203.0.113.1/24" { to = "10.0.0.1" }
route "203.0.113.1:99999" { to = "10.0.0.1" }
END
}

check_files() {
	expect "check: missing" 1 '' '^unhairpin: no.conf: cannot be opened: No such file.*expected' "$uh" check no.conf
	expect "check: a directory" 1 '' '^unhairpin: bin: .*directory; expected' "$uh" check bin
	: >empty.conf
	expect "check: empty" 1 '' '^unhairpin: empty.conf: no routes; expected' "$uh" check empty.conf
	expect "check: binary" 1 '' 'unhairpin:[0-9]+: binary data.*expected text' "$uh" check bin/unhairpin
	head -c 10485760 /dev/zero | tr '\0' '#' >large.conf
	expect "check: 10 MiB" 1 '' '^unhairpin: large.conf: .*expected less than 10 MiB' "$uh" check large.conf
	mkfifo pipe.conf
	expect "check: a pipe is not waited for" 1 '' 'pipe.conf: .*expected' timeout 10 "$uh" check pipe.conf
	: >unreadable.conf && chmod 000 unreadable.conf
	if [ "$(id -u)" != 0 ]; then
		expect "check: unreadable" 1 '' 'Permission denied; expected' "$uh" check unreadable.conf
	elif as_nobody true 2>/dev/null; then
		expect "check: unreadable" 1 '' 'unreadable.conf: .*Permission denied; expected' as_nobody "$uh" check unreadable.conf
		expect "run: -c of an unreadable file" 125 '' '-c unreadable.conf: .*Permission denied' \
			as_nobody "$uh" run -c unreadable.conf true
	else
		skip "check: unreadable" "cannot become another user"
	fi
}

check_good() {
	same "check: OK with a number" "good.conf: OK: 6 routes" "$uh" check good.conf
	same "check: OK with an absolute path" "$tmp/good.conf: OK: 6 routes" "$uh" check "$tmp/good.conf"
	same "check: reads UNHAIRPIN_CONF" "$tmp/good.conf: OK: 6 routes" env UNHAIRPIN_CONF="$tmp/good.conf" "$uh" check
	same "check: counts UNHAIRPIN_ROUTES" "good.conf: OK: 7 routes" env UNHAIRPIN_ROUTES=198.51.100.1=10.0.0.1 "$uh" check good.conf
	same "check: UNHAIRPIN_ROUTES replaces an equal route" "good.conf: OK: 6 routes" \
		env UNHAIRPIN_ROUTES=203.0.113.9=10.0.0.1 "$uh" check good.conf
	expect "check: a fault in UNHAIRPIN_ROUTES" 1 '' 'UNHAIRPIN_ROUTES:1: .*expected' \
		env UNHAIRPIN_ROUTES=203.0.113.1:0x=10.0.0.1 "$uh" check good.conf
	expect "check: a relative UNHAIRPIN_CONF" 1 '' "UNHAIRPIN_CONF: 'good.conf' is not an absolute path" \
		env UNHAIRPIN_CONF=good.conf "$uh" check
	echo 'route "203.0.113.1" { to = "10.0.0.1" }' >one.conf
	same "check: one route" "one.conf: OK: 1 route" "$uh" check one.conf
	chmod 666 one.conf
	expect "check: who may write a named file is a warning" 0 'one.conf: OK' '^unhairpin: one.conf: warning: is writable by others' \
		"$uh" check one.conf
	expect "check: who may write UNHAIRPIN_CONF is a fault" 1 '' '^unhairpin: .*one.conf: is writable by others' \
		env UNHAIRPIN_CONF="$tmp/one.conf" "$uh" check
	chmod 644 one.conf
}

# One route to TARGET: whether check warns of it.
warns() {
	printf 'route "203.0.113.1" { to = "%s" %s }\n' "$3" "${4-}" >exposed.conf
	expect "check: $1" 0 '^exposed.conf: OK: 1 route$' "${2:+^exposed.conf:1: warning: $2; set peer_user}" \
		"${with[@]}" "$uh" check exposed.conf
}

# Under /srv only the directories that are made here can be at fault.
with_srv() {
	unshare --mount sh -c 'mount --bind "$0" /srv && exec "$@"' "$tmp/dirs" "$@"
}

check_exposed() {
	local dirs=$tmp/dirs with=()
	mkdir -p "$dirs"/{own,world/below,sticky/below,link}
	chmod 777 "$dirs/world"
	chmod 1777 "$dirs/sticky"
	ln -s ../sticky/below "$dirs/link/below"
	warns "a directory of root's" "" unix:/run/app.sock
	warns "a directory of root's that isn't there yet" "" unix:/run/no-such-directory/app.sock
	warns "an address has no directory" "" 192.168.1.20
	warns "an abstract name" "any user can listen at unix:@app" unix:@app
	warns "a sticky directory" "any user can write to /tmp and so replace unix:/tmp/app.sock" unix:/tmp/app.sock
	warns "peer_user" "" unix:/tmp/app.sock "peer_user = root"
	warns "below a sticky directory" "any user can write to /tmp and so replace unix:$dirs/own/app.sock" "unix:$dirs/own/app.sock"
	printf 'route "203.0.113.%s" { to = {"unix:@a", "192.168.1.20", "unix:@b"} }\n' 7 2 >exposed.conf
	same "check: warnings in the order of lines" "exposed.conf:1: warning: any user can listen at unix:@a; set peer_user
exposed.conf:1: warning: any user can listen at unix:@b; set peer_user
exposed.conf:2: warning: any user can listen at unix:@a; set peer_user
exposed.conf:2: warning: any user can listen at unix:@b; set peer_user
exposed.conf: OK: 2 routes" "$uh" check exposed.conf
	with=(with_srv)
	if [ "$(id -u)" != 0 ] || ! with_srv true 2>/dev/null; then
		skip "check: whose directory it is" "no mount name space"
		return
	fi
	warns "a directory of one's own" "" unix:/srv/own/app.sock
	warns "a directory that anybody can write to" "any user can write to /srv/world and so replace unix:/srv/world/app.sock" unix:/srv/world/app.sock
	warns "one above it" "any user can write to /srv/world .* unix:/srv/world/below/app.sock" unix:/srv/world/below/app.sock
	warns "where a symbolic link leads" "any user can write to /srv/sticky .* unix:/srv/link/below/app.sock" unix:/srv/link/below/app.sock
	chgrp 4711 "$dirs/own" && chmod 775 "$dirs/own"
	warns "a group's directory" "group 4711 can write to /srv/own .*" unix:/srv/own/app.sock
	chown 4712 "$dirs/own"
	warns "another user's directory" "user 4712 can write to /srv/own .*" unix:/srv/own/app.sock
}

# A candidate is read in the place of a file that need not exist.
check_candidates() {
	mkdir -p parts
	conf main.conf <<END
include("$tmp/parts/*.conf")
route "203.0.113.1:443" { to = "192.168.1.20" }
END
	echo 'route "203.0.113.2:443" { to = "192.168.1.20" }' >draft
	printf '\nroute "203.0.113.1:443" { to = "192.168.1.21" }\n' >bad
	expect "check --with: a new file" 0 '^main.conf: OK: 2 routes$' '' "$uh" check --with "draft=$tmp/parts/5.conf" main.conf
	expect "check --with: messages name the candidate" 1 '' "^bad:2:7: .*is already given at $tmp/main.conf:2" \
		"$uh" check --with="bad=$tmp/parts/5.conf" -c main.conf
	expect "check --with: two, of which one is standard input" 0 '3 routes' '' sh -c "echo 'route \"203.0.113.3\" { to = direct }' |
		'$uh' check --with=-='$tmp/parts/4.conf' --with='draft=$tmp/parts/5.conf' main.conf"
	cp bad parts/5.conf
	expect "check --with: an old file" 0 '2 routes' '' "$uh" check --with "draft=$tmp/parts/5.conf" main.conf
	rm parts/5.conf
	expect "check --with: the main file" 0 '1 route$' '' "$uh" check --with "draft=$tmp/main.conf" main.conf
	expect "check --with: no include() matches" 1 '' "^unhairpin: draft: would not be read at $tmp/parts/5.off" \
		"$uh" check --with "draft=$tmp/parts/5.off" main.conf
	expect "check --with: a relative place" 2 '' 'expected FILE=PATH' "$uh" check --with draft=parts/5.conf main.conf
	chmod 666 draft
	expect "check --with: the candidate's owner and mode do not matter" 0 - '' env UNHAIRPIN_CONF="$tmp/main.conf" \
		"$uh" check --with "draft=$tmp/parts/5.conf"
	rm -r parts
}

check_many() {
	expect "check: two files" 0 $'^good.conf: OK: 6 routes\nother.conf: OK: 1 route$' '' "$uh" check good.conf other.conf
	expect "check: the worst file decides" 1 '^good.conf: OK: 6 routes$' '^unhairpin: nonsuch: ' "$uh" check good.conf nonsuch
	expect "check: options behind files" 0 '"ok"' '' "$uh" check good.conf --json
	expect "check: standard input" 0 '^<stdin>: OK: 6 routes$' '' sh -c "'$uh' check - <good.conf"
	expect "check: a pipe" 1 '' '^<stdin>:1:1: ' sh -c "echo x | '$uh' check -"
	echo 'route "203.0.113.1:443" { to = "unix:/tmp/x" }' >doubtful.conf
	expect "check: a warning" 0 'OK' 'warning: any user' "$uh" check doubtful.conf
	expect "check --strict: a warning" 1 '' 'doubtful.conf: 1 warning, and --strict' "$uh" check --strict doubtful.conf
	expect "check --strict: each file counts its own" 1 '^good.conf: OK' - "$uh" check --strict doubtful.conf good.conf
}

# Programs of other users read neither the file nor its cache.
check_readable() {
	local checking=(env UNHAIRPIN_CONF="$tmp/private/a.conf" "$uh" check)

	if [ "$(id -u)" != 0 ]; then
		skip "check: files that other users cannot read" "not root"
		return
	fi
	mkdir private && cp other.conf private/a.conf
	expect "check: all can read it" 0 OK '' "${checking[@]}"
	chmod 600 private/a.conf
	expect "check: a file that others cannot read" 0 OK "warning: is not readable by other users \(mode 600\).*chmod o\+rX $tmp/private/a.conf'" \
		"${checking[@]}"
	expect "check: a draft may be private" 0 OK '' "$uh" check private/a.conf
	chmod 644 private/a.conf
	chmod 700 private
	expect "check: a directory that others cannot search" 0 OK "mode 700.*chmod o\+x $tmp/private'" "${checking[@]}"
	expect "check --strict: a directory that others cannot search" 1 '' - "${checking[@]}" --strict
	rm -r private
}

check_default() {
	mkdir etc && cp /etc/passwd /etc/nsswitch.conf /etc/ld.so.cache etc/ 2>/dev/null
	if ! with_etc true 2>/dev/null; then
		skip "check: the default file" "no mount name space"
		return
	fi
	expect "check: no default file" 1 '' '^unhairpin: /etc/unhairpin.conf: cannot be opened: .*; expected' with_etc "$uh" check
	expect "check: UNHAIRPIN_ROUTES alone" 0 '^UNHAIRPIN_ROUTES: OK: 1 route$' '^unhairpin: note: no configuration at /etc/unhairpin.conf$' \
		with_etc env UNHAIRPIN_ROUTES=203.0.113.1=10.0.0.1 "$uh" check
	expect "lookup: no default file means no routes" 1 '^203.0.113.9:80  no route: goes to the address itself$' \
		'^unhairpin: note: no configuration at /etc/unhairpin.conf$' with_etc "$uh" lookup 203.0.113.9:80
	cp good.conf etc/unhairpin.conf
	same "check: the default file" "/etc/unhairpin.conf: OK: 6 routes" with_etc "$uh" check
	expect "lookup: the default file" 0 '/etc/unhairpin.conf:1' '' with_etc "$uh" lookup 203.0.113.1:443
	if [ "$(id -u)" = 0 ] && as_nobody true 2>/dev/null; then # so there are other users
		chown 65534 etc/unhairpin.conf
		expect "check: the default file of another user" 1 '' 'is owned by user 65534; expected root' with_etc "$uh" check
		expect "check: the same by its name" 1 '' 'is owned by user 65534; expected root' with_etc "$uh" check /etc/unhairpin.conf
	fi
}

lookup_answers() {
	local ask=("$uh" lookup -c good.conf)
	if [ -r /etc/services ]; then
		same "lookup: a service as a port" "203.0.113.1:https  route 203.0.113.1:443  UNHAIRPIN_ROUTES:1
203.0.113.1:https  to 10.0.0.1:80
203.0.113.1:https  on_failure original" "$uh" lookup -c /dev/null -m 203.0.113.1:https=10.0.0.1:http 203.0.113.1:https
		expect "lookup: an unknown service" 2 '' 'unknown service "httpz" .*did you mean "http".* in /etc/services' \
			"${ask[@]}" 203.0.113.1:httpz
		value "-m with services keeps numbers" UNHAIRPIN_ROUTES 203.0.113.1:443=10.0.0.1:80 \
			-m 203.0.113.1:https=10.0.0.1:http
	else
		skip "services" "no /etc/services here"
	fi
	same "lookup: the winner, its target, what it shadows" \
		"203.0.113.1:443  route 203.0.113.1:443  $tmp/good.conf:1
203.0.113.1:443  to unix:/run/x.sock
203.0.113.1:443  on_failure original
203.0.113.1:443  shadows route 203.0.113.0/24  $tmp/good.conf:3" "${ask[@]}" 203.0.113.1:443
	expect "lookup: routed" 0 - '' "${ask[@]}" 203.0.113.1:443
	expect "lookup: a target without a port keeps it" 0 'to 192\.168\.1\.20:8081' '' "${ask[@]}" 203.0.113.1:8081
	expect "lookup: targets in order, and refuse" 0 $'to unix:@pg\n.*to 192.168.1.30:6432\n.*on_failure refuse' '' \
		"${ask[@]}" 203.0.113.2:80
	expect "lookup: peer_user" 0 $'\n203.0.113.2:80  peer_user 0 65533$' '' "${ask[@]}" 203.0.113.2:80
	same "lookup: proxy_protocol" "[2001:db8::1]:443  route [2001:db8::1]:443  $tmp/good.conf:4
[2001:db8::1]:443  to unix:@https
[2001:db8::1]:443  on_failure original
[2001:db8::1]:443  peer_user 0
[2001:db8::1]:443  proxy_protocol v2" "${ask[@]}" '[2001:db8::1]:443'
	expect "lookup: direct counts as not routed" 1 $'to direct\n' '' "${ask[@]}" 203.0.113.9:80
	expect "lookup: no route" 1 '^198.51.100.1:80  no route: goes to the address itself$' '' "${ask[@]}" 198.51.100.1:80
	expect "lookup: one of two has none" 1 '203.0.113.1:443   ?route .*198.51.100.10:80  no route' '' \
		"${ask[@]}" 203.0.113.1:443 198.51.100.10:80
	expect "lookup: IPv6" 0 '^\[2001:db8::1\]:443  route \[2001:db8::1\]:443 ' '' "${ask[@]}" '[2001:db8::1]:443'
	expect "lookup: v4-mapped" 0 'route 203.0.113.1:443 ' '' "${ask[@]}" '[::ffff:203.0.113.1]:443'
	expect "lookup: -m wins over the file" 0 $'UNHAIRPIN_ROUTES:1\n.*to 10.0.0.1:443' '' \
		"${ask[@]}" -m 203.0.113.1:443=10.0.0.1 203.0.113.1:443
	expect "lookup: udp is not tcp" 1 'no route' '' "${ask[@]}" -p udp 203.0.113.1:443
	echo 'route "224.0.0.0/4" { to = "192.0.2.1" protocol = "udp" }' >groups.conf
	for group in 224.0.0.251:5353 '[::ffff:224.0.0.251]:5353'; do
		expect "lookup: no prefix takes the group $group" 1 'no route: goes to the address itself' 'warning: .*matches nothing' \
			"$uh" lookup -p udp -c groups.conf "$group"
	done
	echo 'route "224.0.0.251" { to = "192.0.2.2" protocol = "udp" }' >>groups.conf
	expect "lookup: a route for one group" 0 'to 192.0.2.2:5353' 'groups.conf:1:[0-9]+: warning' "$uh" lookup -p udp -c groups.conf 224.0.0.251:5353
	expect "lookup: UNHAIRPIN_ROUTES" 0 'UNHAIRPIN_ROUTES:1' '' \
		env UNHAIRPIN_ROUTES=198.51.100.1=10.0.0.1 "${ask[@]}" 198.51.100.1:1
}

lookup_names() {
	local ask=("$uh" lookup -c names.conf)
	cat >names.conf <<-END
		route "api.example.com:443" { to = "unix:/run/a.sock" }
		route "*.example.com" { to = "unix:/run/b.sock" on_failure = "refuse" }
		route "www.example.org" { to = "192.168.1.20" }
		stand_in_ipv6 = "2001:db8:1::/48"
	END
	expect "lookup: a name, its answer and its route" 0 \
		'^api.example.com:443  answered with 241.167.245.118 or 2001:db8:1:.*, which stand for it; DNS is asked too
api.example.com:443  route api.example.com:443  .*names.conf:1
api.example.com:443  to unix:/run/a.sock
api.example.com:443  on_failure original
api.example.com:443  shadows route \*.example.com  .*names.conf:2$' '' "${ask[@]}" api.example.com:443
	expect "lookup: names know no case and no final dot" 0 'to unix:/run/a.sock' '' "${ask[@]}" API.Example.COM.:443
	expect "lookup: a wildcard, and no DNS" 0 $'DNS is not asked\n.*route \\*.example.com' '' "${ask[@]}" a.b.example.com:80
	expect "lookup: every port leads to one address" 0 'answered with 192.168.1.20, .*to 192.168.1.20:80.*on_failure does not apply' '' \
		"${ask[@]}" www.example.org:80
	expect "lookup: a name without a route" 1 $'answered by libc as ever\n.*no route: goes to the name\'s real addresses' '' \
		"${ask[@]}" example.com:80
	expect "lookup: a stand-in" 0 $'stands for api.example.com\n.*to unix:/run/a.sock' '' "${ask[@]}" 241.167.245.118:443
	expect "lookup: an unknown stand-in" 1 $'stands for no name that has a route\n.*network unreachable' '' "${ask[@]}" 240.0.0.9:443
	expect "lookup: no wildcard" 2 '' 'expected ADDRESS:PORT, .* or NAME:PORT' "${ask[@]}" '*.example.com:443'
}

lookup_asker() {
	local ask=("$uh" lookup -c asker.conf)
	conf asker.conf <<'END'
route "203.0.113.1" { to = "10.0.0.1" }
route "203.0.113.1" { to = "10.0.0.2" programs = {"curl", "/opt/*"} }
route "203.0.113.2" { to = "10.0.0.3" users = {"4711"} }
route "203.0.113.3" { to = "10.0.0.4" programs = {"!haproxy"} }
route "203.0.113.4" { to = "10.0.0.5" protocol = "any" }
END
	expect "lookup: a conditional route is passed over, and told" 0 \
		$'asker.conf:1\n.*to 10.0.0.1:1\n.*passed over route 203.0.113.1  .*asker.conf:2  \\(only for certain programs\\)' '' \
		"${ask[@]}" 203.0.113.1:1
	expect "lookup: --program by name" 0 $'asker.conf:2\n.*shadows .*asker.conf:1' '' "${ask[@]}" --program /usr/bin/curl 203.0.113.1:1
	expect "lookup: --program by path" 0 'to 10.0.0.2' '' "${ask[@]}" --program=/opt/x/y 203.0.113.1:1
	expect "lookup: --program of another" 0 'to 10.0.0.1' '' "${ask[@]}" --program /usr/bin/wget 203.0.113.1:1
	expect "lookup: an exclusion lets others by" 0 'to 10.0.0.4' '' "${ask[@]}" 203.0.113.3:1
	expect "lookup: an exclusion excludes" 1 'no route.*passed over' '' "${ask[@]}" --program /usr/sbin/haproxy 203.0.113.3:1
	expect "lookup: --user by number" 0 'to 10.0.0.3' '' "${ask[@]}" --user 4711 203.0.113.2:1
	expect "lookup: --user by name" 1 $'no route.*\n.*passed over .*certain users' '' "${ask[@]}" --user root 203.0.113.2:1
	expect "lookup: udp" 0 'to 10.0.0.5:53' '' "${ask[@]}" -p udp 203.0.113.4:53
	expect "lookup: unknown user" 2 '' 'expected the name or number' "${ask[@]}" --user no-such-user 203.0.113.2:1
	expect "lookup: unknown protocol" 2 '' 'expected tcp or udp' "${ask[@]}" -p icmp 203.0.113.2:1
}

lookup_faults() {
	local bad
	for bad in 203.0.113.1 2001:db8::1 203.0.113.0/24:1 203.0.113.1:1-2; do
		expect "lookup: $bad" 2 '' "$bad: expected ADDRESS:PORT" "$uh" lookup -c good.conf "$bad"
	done
	expect "lookup: no address" 2 '' 'nonsense.*expected' "$uh" lookup -c good.conf nonsense
	expect "lookup: one bad destination, no answers" 2 '' '203.0.113.1: expected' "$uh" lookup -c good.conf 203.0.113.1:443 203.0.113.1
	expect "lookup: -c of a missing file" 2 '' 'no.conf: cannot be opened' "$uh" lookup -c no.conf 203.0.113.1:443
	echo 'frob = 1' >bad.conf
	expect "lookup: a faulty configuration" 2 '' 'bad.conf:1:[0-9]+: ' "$uh" lookup -c bad.conf 203.0.113.1:443
	expect "lookup: a faulty -m" 2 '' '-m x: ' "$uh" lookup -c good.conf -m x 203.0.113.1:443
}

conf good.conf <<'END'
route "203.0.113.1:443" { to = "unix:/run/x.sock" }
route "203.0.113.1:8080-8099" { to = "192.168.1.20" }
route "203.0.113.0/24" { to = {"unix:@pg", "192.168.1.30:6432"} on_failure = "refuse" peer_user = {"65533", "root"} }
route "[2001:db8::1]:443" { to = "unix:@https" peer_user = "root" proxy_protocol = "v2" }
route "203.0.113.9" { to = "direct" }
route "192.0.2.0/24:53" { to = "192.168.1.1" protocol = "udp" }
END

echo 'route "203.0.113.77" { to = "192.168.1.20" }' >other.conf

usage
closed_stdout
colours
run_environment
run_existing
run_exit
run_object
hand_over
hand_over_of_files
hand_over_cleans
hand_over_refused
hand_over_by_root
two_in_one
quoted_variables
check_faults
check_doubts
check_programs
check_environment
check_stand_ins
check_files
check_good
check_exposed
check_candidates
check_many
check_readable
check_default
lookup_answers
lookup_names
lookup_asker
lookup_faults

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
