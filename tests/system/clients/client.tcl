# SPDX-License-Identifier: MIT
# client.tcl: Tcl's sockets. usage: client.tcl KIND HOST PORT
# async is TIP 427: the descriptor is made blocking again only if connect() was in progress.
lassign $argv kind host port

proc ask {channel host} {
	fconfigure $channel -translation crlf -buffering line
	puts $channel "GET /who HTTP/1.0\nHost: $host\n"
	flush $channel
	set answer [read $channel]
	puts [lindex [split [string trim $answer] "\n"] end]
	puts "peer [lrange [fconfigure $channel -peername] 0 0] [lindex [fconfigure $channel -peername] 2]"
	close $channel
}

switch $kind {
	plain {
		ask [socket $host $port] $host
	}
	async {
		set channel [socket -async $host $port]
		fileevent $channel writable {set ready 1}
		vwait ready
		fileevent $channel writable {}
		puts "error [fconfigure $channel -error]"
		ask $channel $host
	}
	async-read {
		set channel [socket -async $host $port]
		ask $channel $host
	}
}
