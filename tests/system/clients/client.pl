# SPDX-License-Identifier: MIT
# Perl's ways to connect. usage: perl client.pl KIND HOST PORT
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use HTTP::Tiny;
use Socket qw(IPPROTO_TCP TCP_NODELAY SOL_SOCKET SO_TYPE);

my ($kind, $host, $port) = @ARGV;

sub converse {
	my ($socket) = @_;
	print $socket "GET /who HTTP/1.0\r\n\r\n" or die "write: $!";
	my @lines = <$socket>;
	print $lines[-1];
}

sub check {
	my ($socket) = @_;
	die "connect: $@" unless $socket;
	print "peer ", $socket->peerhost, " ", $socket->peerport, "\n";
	print "local ", $socket->sockhost, "\n";
	$socket->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1) or die "setsockopt: $!";
	print "nodelay ", ($socket->getsockopt(IPPROTO_TCP, TCP_NODELAY) ? 1 : 0), "\n";
	print "type ", $socket->getsockopt(SOL_SOCKET, SO_TYPE), " connected ", ($socket->connected ? 1 : 0), "\n";
	converse($socket);
}

sub nonblocking {
	my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Blocking => 0) or die "socket: $@";
	my $select = IO::Select->new($socket);
	until ($socket->connect) {
		die "connect: $!" unless $!{EINPROGRESS} || $!{EWOULDBLOCK};
		$select->can_write(10) or die "timeout";
	}
	$socket->blocking(1);
	check($socket);
}

sub tiny {
	my $authority = $host =~ /:/ ? "[$host]:$port" : "$host:$port";
	my $agent = HTTP::Tiny->new(keep_alive => 1, timeout => 10);
	for (1 .. 3) {
		my $answer = $agent->get("http://$authority/who");
		print "$answer->{status} $answer->{content}";
	}
}

my %kinds = (
	inet => sub { check(IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)) },
	timeout => sub { check(IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 10)) },
	ip => sub { check(IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 10)) },
	nonblocking => \&nonblocking,
	tiny => \&tiny,
);
$kinds{$kind}->();
