# SPDX-License-Identifier: MIT
# fish completion for unhairpin. tests/system/test_completion.sh compares it with --help.

function __unhairpin_subcommand -a name help
	complete -c unhairpin -n __fish_use_subcommand -a $name -d $help
end

# __unhairpin_option SUBCOMMANDS HELP ARGUMENT…: an option of each of these, as complete(1) takes it.
function __unhairpin_option -a subcommands help
	complete -c unhairpin -n "__fish_seen_subcommand_from $subcommands" -d $help $argv[3..]
end

complete -c unhairpin -f
complete -c unhairpin -l color -d 'use colours: auto (on a terminal; the default), always, never' -r -a 'auto always never'
complete -c unhairpin -s h -l help -d 'print this help'
complete -c unhairpin -s V -l version -d 'print the version'

__unhairpin_subcommand run 'run a command with its connections routed'
__unhairpin_subcommand check 'report every fault of the configuration'
__unhairpin_subcommand lookup 'show where a connection would go, and by which route'
__unhairpin_subcommand show 'show every route and setting in force, and where it comes from'
__unhairpin_subcommand diff 'show which destinations a candidate would change'
__unhairpin_subcommand hosts 'print the routes by name as lines for /etc/hosts'
__unhairpin_subcommand compile 'write the cache from which programs load their routes fast'
__unhairpin_subcommand global 'load the object into every program of the machine, or undo that'
__unhairpin_subcommand kernel 'route programs that no preload can catch, by the kernel'
__unhairpin_subcommand doctor 'show whether connections are intercepted, and if not, why'
__unhairpin_subcommand completion 'print a shell completion script'
__unhairpin_subcommand suggest 'find hairpin connections in a trace, and suggest routes'
__unhairpin_subcommand probe 'connect to the targets of routes, and show which answer'
__unhairpin_subcommand trace 'show the connections of a command, or of what runs, and how long they take'
__unhairpin_subcommand stats 'show how often each route was used, and how often it failed'
__unhairpin_subcommand help 'print the help of unhairpin or of a subcommand'

__unhairpin_option 'run check lookup show diff hosts kernel doctor suggest probe trace' 'read routes from FILE instead of /etc/unhairpin.conf' -s c -l config -rF
__unhairpin_option 'run lookup show hosts kernel probe trace' 'add a route; TARGET may be a list, split by commas' -s m -l map -r
__unhairpin_option 'run trace' 'the least severe messages to log: off, error, warning, info, debug' -s l -l log -r -a 'off error warning info debug'
__unhairpin_option 'run trace' 'do not report why the command cannot be routed' -s q -l quiet
__unhairpin_option 'check lookup show diff hosts global kernel doctor suggest probe stats' 'print JSON, one object a line' -l json
__unhairpin_option 'check lookup show diff global kernel doctor suggest probe trace stats' 'print no column titles' -l noheadings
__unhairpin_option 'check diff' 'read FILE in the place of PATH' -l with -rF
__unhairpin_option check 'take warnings for faults' -l strict
__unhairpin_option hosts 'print no comments' -l noheadings
__unhairpin_option lookup 'the protocol of the connection (default: tcp)' -s p -l protocol -r -a 'tcp udp'
__unhairpin_option lookup 'answer for the program with this executable' -l program -rF
__unhairpin_option lookup 'answer for this user (name or number), not the caller' -l user -r -a '(__fish_complete_users)'
__unhairpin_option global 'work on the system in DIR, such as a mounted image' -l root -r -a '(__fish_complete_directories)'
__unhairpin_option suggest 'write the traces to FILE as an HTML page' -l html -rF
__unhairpin_option suggest 'the gateway\'s public address, to treat as this host\'s' -l public -r
__unhairpin_option suggest 'examine the connections that a running process has' -l process -r -a '(__fish_complete_pids)'
__unhairpin_option probe 'connect to the original address, too' -l original
__unhairpin_option probe 'ask targets for a TLS handshake if their port is one of TLS' -l tls
__unhairpin_option probe 'wait at most MS milliseconds (default: 1000)' -l timeout -r
__unhairpin_option trace 'write the trace to FILE, too, as with --json' -s o -l output -rF
__unhairpin_option trace 'print each connection when it is made' -s f -l follow
__unhairpin_option trace 'print each connection as JSON, one object a line' -l json
__unhairpin_option trace 'print the table as CSV' -l csv
__unhairpin_option trace 'write an HTML page to FILE, too' -l html -rF
__unhairpin_option trace 'trace a running process and its descendants' -l pid -xa '(__fish_complete_pids)'
__unhairpin_option trace 'trace all running processes that have the object loaded' -l all
__unhairpin_option trace 'end the trace after N seconds' -l seconds -x
__unhairpin_option stats 'repeat every two seconds, with connections per second' -s w -l watch
__unhairpin_option stats 'write to FILE, which is replaced when all is written' -s o -l output -rF
__unhairpin_option stats 'print the text format of Prometheus' -l prometheus
__unhairpin_option stats 'set all counters to zero and print nothing' -l reset

function __unhairpin_units
	systemctl --plain --no-legend list-units --type=service,slice,scope 2>/dev/null | string split -f 1 ' '
end

complete -c unhairpin -n 'not __fish_seen_subcommand_from kernel; and __fish_seen_subcommand_from check diff compile suggest' -F
complete -c unhairpin -n '__fish_seen_subcommand_from run doctor trace' -a '(__fish_complete_command)'
complete -c unhairpin -n '__fish_seen_subcommand_from global' -a 'enable disable status'
complete -c unhairpin -n '__fish_seen_subcommand_from kernel; and not __fish_seen_subcommand_from check enable status reload disable' -a 'check enable status reload disable'
complete -c unhairpin -n '__fish_seen_subcommand_from kernel; and __fish_seen_subcommand_from enable reload disable' -Fa '(__unhairpin_units)'
complete -c unhairpin -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c unhairpin -n '__fish_seen_subcommand_from help' -a 'run check lookup show diff hosts compile global kernel doctor completion suggest probe trace stats help'
