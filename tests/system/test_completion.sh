#!/bin/bash
# SPDX-License-Identifier: MIT
# unhairpin completion: what shells offer at the prompt.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

unhairpin=$UH_BUILD/unhairpin
cd "$UH_TMP" || exit 1
touch some.conf
for shell in bash zsh fish; do
	"$unhairpin" completion "$shell" >"./$shell"
	is "make keeps the script for $shell" "$(md5sum <$shell)" "$(md5sum <"$UH_BUILD/completion/unhairpin.$shell")"
done

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
begins "lookup -p t" "tcp"
begins "run -c so" "some.conf"
begins "run -c some.conf unsha" "unshare"
begins "check so" "some.conf"
begins "completion z" "zsh"
begins "run --log war" "warning"
is "bash: an option with =" "debug" "$(offered_by bash run --log = d)"
is "bash: behind it" "unshare" "$(offered_by bash run --log = debug unsha)"

# Each subcommand and option of the help is in each script.
for shell in bash zsh fish; do
	missing=
	for word in $("$unhairpin" --help | awk '/^  [a-z]/ { print $1 }'); do
		grep -q -w -e "$word" $shell || missing+=" $word"
		for option in $("$unhairpin" "$word" --help | sed -n -E 's/^ .*--([a-z-]+).*/\1/p'); do
			grep -q -w -e "$option" $shell || missing+=" $word --$option"
		done
	done
	is "$shell: all of the help" "" "$missing"
done

if have zsh; then
	is "zsh takes its script" "" "$(zsh -n zsh 2>&1)"
else
	skip "zsh takes its script" "no zsh here"
fi
is "a shell that is unknown" "2 unhairpin: completion: 'tcsh': expected bash, zsh or fish" \
	"$("$unhairpin" completion tcsh 2>"$UH_TMP/err"; echo $?) $(head -n 1 "$UH_TMP/err")"
finish
