# SPDX-License-Identifier: MIT
# bash completion for unhairpin. tests/system/test_completion.sh compares it with --help.

_unhairpin_reply() {
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
	[[ $1 != -[fd] ]] || compopt -o filenames 2>/dev/null
}

# Completes the argument of an option. False if it has none.
_unhairpin_argument() {
	case $1 in
	--color) _unhairpin_reply -W 'auto always never' ;;
	-c | --config | --with | -o | --output | --html | --program) _unhairpin_reply -f ;;
	-l | --log) _unhairpin_reply -W 'off error warning info debug' ;;
	-m | --map | --public | --timeout | --pid | --seconds) ;;
	-p | --protocol) _unhairpin_reply -W 'tcp udp' ;;
	--root) _unhairpin_reply -d ;;
	--user) _unhairpin_reply -u ;;
	*) return 1 ;;
	esac
	return 0
}

# The units that run. bash offers paths if none begins like the word.
_unhairpin_units() {
	systemctl --plain --no-legend list-units --type=service,slice,scope 2>/dev/null | cut -d ' ' -f 1
}

_unhairpin() {
	local subcommands='run check lookup show diff hosts compile global kernel doctor completion suggest probe trace stats help'
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	local options operand=() common='--color -h --help -V --version'

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_unhairpin_reply -W "$subcommands $common"
		return
	fi
	case ${COMP_WORDS[1]} in
	run) options='-c --config -m --map -l --log -q --quiet' operand=(-c) ;;
	check) options='-c --config --with --strict --json --noheadings' operand=(-f) ;;
	show) options='-c --config -m --map --json --noheadings' ;;
	diff) options='-c --config --with --json --noheadings' operand=(-f) ;;
	lookup) options='-c --config -m --map -p --protocol --program --user --json --noheadings' ;;
	hosts) options='-c --config -m --map --json --noheadings' ;;
	compile) operand=(-f) ;;
	global) options='--root --json --noheadings' operand=(-W 'enable disable status') ;;
	kernel) options='-c --config -m --map --json --noheadings' operand=(-W 'check enable status reload disable') ;;
	doctor) options='-c --config --json --noheadings' operand=(-c) ;;
	completion) operand=(-W 'bash zsh fish') ;;
	suggest) options='-c --config --html --public --process --json --noheadings' operand=(-f) ;;
	probe) options='-c --config -m --map --original --tls --timeout --json --noheadings' ;;
	trace) options='-c --config -m --map -l --log -q --quiet -o --output -f --follow --json --csv --noheadings --html --pid --all --seconds' operand=(-c) ;;
	help) operand=(-W "$subcommands") ;;
	stats) options='-w --watch -o --output --json --noheadings --prometheus --reset' ;;
	esac
	# --option=argument is three words here.
	case $cur$prev in
	=*) cur= ;;
	*=) prev=${COMP_WORDS[COMP_CWORD - 2]} ;;
	esac
	! _unhairpin_argument "$prev" || return
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[1]}:${COMP_WORDS[i]} in
		kernel:enable | kernel:reload | kernel:disable) operand=(-W "$(_unhairpin_units)") ;;
		*:-*) ;;
		*) return ;; # an operand is there: bash offers files
		esac
		! _unhairpin_argument "${COMP_WORDS[i]}" || i=$((i + 1))
		[ "${COMP_WORDS[i]}" != = ] || i=$((i + 1))
	done
	COMPREPLY=()
	if [[ $cur = -* ]]; then
		_unhairpin_reply -W "$options $common"
	elif [ ${#operand[@]} != 0 ]; then
		_unhairpin_reply "${operand[@]}"
	fi
}

complete -o bashdefault -o default -F _unhairpin unhairpin
