#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin completion: what shells offer at the prompt.
# shellcheck source-path=SCRIPTDIR disable=SC2317 # in_bash and the like are called as in_$shell
. "$(dirname "$0")/lib.sh"

unhairpin=$UH_BUILD/unhairpin
cd "$UH_TMP" || exit 1
touch some.conf
for shell in bash zsh fish; do
	"$unhairpin" completion "$shell" >"./$shell"
	is "the script for $shell" "$(md5sum <"$root/src/command/completion/unhairpin.$shell")" "$(md5sum <$shell)"
done

# Two units run.
mkdir bin
printf '#!/bin/sh\necho "nginx.service loaded active running a web server"\necho "user.slice loaded active active users"\n' \
	>bin/systemctl
chmod 755 bin/systemctl
PATH=$UH_TMP/bin:$PATH

# offered_by SHELL WORD…: what is offered for the last word, sorted.
offered_by() {
	local shell=$1
	shift
	case $shell in
	bash)
		bash --norc -c '. ./bash; COMP_WORDS=(unhairpin "$@"); COMP_CWORD=$#
			_unhairpin; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
		;;
	fish)
		# shellcheck disable=SC2016 # fish expands that
		fish --no-config -c 'source fish; complete -C $argv[1]' "unhairpin $*" | cut -f 1
		;;
	esac | sort -u | xargs
}

# begins WORDS EXPECTED: the last word begins; what is offered ends it.
begins() {
	local shell

	for shell in bash fish; do
		if have $shell; then
			# shellcheck disable=SC2086 # words are to be split
			is "$shell: unhairpin $1" "$2" "$(offered_by $shell $1)"
		else
			skip "$shell: unhairpin $1" "no $shell here"
		fi
	done
}

begins "gl" "global"
begins "global en" "enable"
begins "global --ro" "--root"
begins "kernel rel" "reload"
begins "kernel --js" "--json"
begins "kernel enable ngi" "nginx.service"
begins "kernel -c some.conf enable ngi" "nginx.service"
begins "lookup -p t" "tcp"
begins "show --no" "--noheadings"
begins "diff so" "some.conf"
begins "help loo" "lookup"
begins "check --color alw" "always"
begins "run -c so" "some.conf"
begins "run -c some.conf unsha" "unshare"
begins "check so" "some.conf"
begins "completion z" "zsh"
begins "run --log war" "warning"
is "bash: an option with =" "debug" "$(offered_by bash run --log = d)"
is "bash: behind it" "unshare" "$(offered_by bash run --log = debug unsha)"

# The scripts are kept by hand: each offers the subcommands and options of the help, and no others. zsh and
# fish offer them as "--option: explanation".
help_of() {
	if [ $# = 0 ]; then
		"$unhairpin" --help | sed -n -E 's/^  ([a-z]+) +(.*)/\1: \2/p'
	else
		"$unhairpin" "$1" --help | sed -n -E 's/^ +(-[a-zA-Z], )?(--[a-z-]+)[^ ]* +(.*)/\2: \3/p'
	fi | sort
}

in_bash() {
	local word
	for word in $(offered_by bash "$@" "$([ $# = 0 ] || echo --)"); do
		[[ $# != 0 && $word != --* || $# = 0 && $word = -* ]] || echo "$word"
	done | sort
}

in_fish() {
	# shellcheck disable=SC2016 # fish expands that
	fish --no-config -c 'source fish; complete -C $argv[1]' "unhairpin $* $([ $# = 0 ] || echo --)" |
		sed 's/=\?\t/: /' | sort -u
}

# What the script hands to the functions of zsh's completion.
in_zsh() {
	# shellcheck disable=SC2016 # zsh expands that
	zsh -f -c '_arguments() { if [[ $1 = -C ]]; then state=$wanted; else print -rl -- "$@"; fi }
		_describe() { print -rl -- $subcommands }
		script() { . ./zsh }
		wanted=$1; shift; words=("$@"); script' - "$([ $# = 0 ] && echo subcommand || echo argument)" "$@" |
		sed -n -E 's/^([a-z]+):/\1: /p; s/.*(--[a-z-]+)=?\[([^]]*)\].*/\1: \2/p' | sort -u
}

for shell in bash zsh fish; do
	if ! have $shell; then
		skip "$shell: all of the help, and nothing else" "no $shell here"
		continue
	fi
	wrong=
	for word in "" $("$unhairpin" --help | awk '/^  [a-z]/ { print $1 }'); do
		# shellcheck disable=SC2086 # none, or one
		[ "$(in_$shell $word)" = "$(help_of $word | if [ $shell = bash ]; then cut -d : -f 1; else cat; fi)" ] ||
			wrong+=" ${word:-(subcommands)}"
	done
	is "$shell: all of the help, and nothing else" "" "$wrong"
done

if have zsh; then
	is "zsh takes its script" "" "$(zsh -n zsh 2>&1)"
else
	skip "zsh takes its script" "no zsh here"
fi
is "a shell that is unknown" "2 unhairpin: completion: 'elvish': expected bash, zsh or fish" \
	"$("$unhairpin" completion elvish 2>"$UH_TMP/err"; echo $?) $(head -n 1 "$UH_TMP/err")"
finish
