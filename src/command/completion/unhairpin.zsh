#compdef unhairpin
# SPDX-License-Identifier: MIT
# zsh completion for unhairpin. tests/system/test_completion.sh compares it with --help.

local curcontext=$curcontext state line
local -a subcommands common config map log quiet json with noheadings units
local levels='(off error warning info debug)'

subcommands=(
	'run:run a command with its connections routed'
	'check:report every fault of the configuration'
	'lookup:show where a connection would go, and by which route'
	'show:show every route and setting in force, and where it comes from'
	'diff:show which destinations a candidate would change'
	'hosts:print the routes by name as lines for /etc/hosts'
	'compile:write the cache from which programs load their routes fast'
	'global:load the object into every program of the machine, or undo that'
	'kernel:route programs that no preload can catch, by the kernel'
	'doctor:show whether connections are intercepted, and if not, why'
	'completion:print a shell completion script'
	'suggest:find hairpin connections in a trace, and suggest routes'
	'probe:connect to the targets of routes, and show which answer'
	'trace:show the connections of a command, or of what runs, and how long they take'
	'stats:show how often each route was used, and how often it failed'
	'help:print the help of unhairpin or of a subcommand'
)
common=('*--color=[use colours: auto (on a terminal; the default), always, never]:WHEN:(auto always never)'
	'*'{-h,--help}'[print this help]' '*'{-V,--version}'[print the version]')
config=('*'{-c+,--config=}'[read routes from FILE instead of /etc/unhairpin.conf]:FILE:_files')
map=('*'{-m+,--map=}'[add a route; TARGET may be a list, split by commas]:DEST=TARGET: ')
log=('*'{-l+,--log=}"[the least severe messages to log: off, error, warning, info, debug]:LEVEL[\:PLACE]:$levels")
quiet=('*'{-q,--quiet}'[do not report why the command cannot be routed]')
json=('*--json[print JSON, one object a line]')
with=('*--with=[read FILE in the place of PATH]:FILE=PATH:_files')
noheadings=('*--noheadings[print no column titles]')

_arguments -C $common '1:subcommand:->subcommand' '*::argument:->argument'
case $state in
subcommand) _describe subcommand subcommands ;;
argument)
	# With two colons before "argument", words is the rest: a command with its own arguments.
	case $words[1] in
	run) _arguments -S $config $map $log $quiet $common '*::argument:_normal' ;;
	check)
		_arguments -S $config $with $json $noheadings $common '*:argument:_files' \
			'*--strict[take warnings for faults]'
		;;
	show) _arguments -S $config $map $json $noheadings $common ;;
	diff) _arguments -S $config $with $json $noheadings $common '*:argument:_files' ;;
	help) _arguments -S $common '*:argument:(${subcommands%%:*})' ;;
	lookup)
		_arguments -S $config $map $json $noheadings $common '*:argument: ' \
			'*'{-p+,--protocol=}'[the protocol of the connection (default: tcp)]:tcp|udp:(tcp udp)' \
			'*--program=[answer for the program with this executable]:PATH:_files' \
			'*--user=[answer for this user (name or number), not the caller]:USER:_users'
		;;
	hosts) _arguments -S $config $map $json $common '*--noheadings[print no comments]' ;;
	compile) _arguments -S $common '*:argument:_files' ;;
	global)
		_arguments -S $json $noheadings $common '*:argument:(enable disable status)' \
			'*--root=[work on the system in DIR, such as a mounted image]:DIR:_files -/'
		;;
	kernel)
		units=(${(f)"$(systemctl --plain --no-legend list-units --type=service,slice,scope 2>/dev/null | cut -d ' ' -f 1)"})
		_arguments -S $config $map $json $noheadings $common '1:action:(check enable status reload disable)' \
			'2:unit or cgroup:{_alternative "units:unit:($units)" "cgroups:cgroup:_files -/"}'
		;;
	doctor) _arguments -S $config $json $noheadings $common '*::argument:_normal' ;;
	completion) _arguments -S $common '*:argument:(bash zsh fish)' ;;
	suggest)
		_arguments -S $config $json $noheadings $common '*:argument:_files' \
			'*--html=[write the traces to FILE as an HTML page]:FILE:_files' \
			'*--public=[the gateway'\''s public address, to treat as this host'\''s]:ADDRESS: ' \
			'*--process=[examine the connections that a running process has]:PID:_pids'
		;;
	probe)
		_arguments -S $config $map $json $noheadings $common '*:argument: ' \
			'*--original[connect to the original address, too]' \
			'*--tls[ask targets for a TLS handshake if their port is one of TLS]' \
			'*--timeout=[wait at most MS milliseconds (default: 1000)]:MS: '
		;;
	trace)
		_arguments -S $config $map $log $quiet $noheadings $common '*::argument:_normal' \
			'*'{-o+,--output=}'[write the trace to FILE, too, as with --json]:FILE:_files' \
			'*'{-f,--follow}'[print each connection when it is made]' \
			'*--json[print each connection as JSON, one object a line]' \
			'*--csv[print the table as CSV]' \
			'*--html=[write an HTML page to FILE, too]:FILE:_files' \
			'*--pid=[trace a running process and its descendants]:PID:_pids' \
			'*--all[trace all running processes that have the object loaded]' \
			'*--seconds=[end the trace after N seconds]:N: '
		;;
	stats)
		_arguments -S $json $noheadings $common '*:argument: ' \
			'*'{-w,--watch}'[repeat every two seconds, with connections per second]' \
			'*'{-o+,--output=}'[write to FILE, which is replaced when all is written]:FILE:_files' \
			'*--prometheus[print the text format of Prometheus]' \
			'*--reset[set all counters to zero and print nothing]'
		;;
	esac
	;;
esac
