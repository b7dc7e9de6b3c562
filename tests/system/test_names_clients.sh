#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that look names up: curl, wget, Python, Perl, PHP, Ruby, git, redis-cli, psql.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/names.sh"

report='%{http_code} %{num_connects} %{remote_ip} %header{served}\n'
varying=$addresses

# Two names on one address: each leads to its own server, in one process too.
two_names() {
	local both

	named "curl" curl -sS -w "$report" http://api.example.com/who
	word=www client "curl to the other name on that address" www curl -sS -w "$report" http://www.example.com/who
	word=api client "curl by the name in capitals, with a final dot" api curl -sS -w "$report" http://API.Example.COM./who
	both=$(printf 'http://%s.example.com/who ' api www api www)
	for way in routed elsewhere; do
		# shellcheck disable=SC2086 # one word an URL
		run $way curl -sS $both
		is "curl to both names, $way" "$([ $way = routed ] && echo api www api www || echo decoy decoy decoy decoy)" \
			"$(xargs <"$UH_TMP/out.$way")"
	done
}

web_clients() {
	local family

	for family in -4 -6; do
		[ $family = -4 ] || have_ipv6 || continue
		named "curl $family" curl -sS $family -w "$report" http://api.example.com/who
		named "wget $family" wget -q $family -O - http://api.example.com/who
	done
	named "curl with Happy Eyeballs in a hurry" curl -sS --happy-eyeballs-timeout-ms 1 -w "$report" http://api.example.com/who
	named "curl with 20 transfers in parallel" sh -c \
		"curl -sS --parallel --parallel-max 20 'http://api.example.com/who?[1-200]' 2>/dev/null | uniq -c"
	named "wget" wget -q -O - http://api.example.com/who
	word=api client "curl to a local address" api curl -sS -w "$report" http://api.example.com:81/who
	is "curl is told a stand-in, which its log shows" 1 \
		"$(varying='' run routed curl -sv http://api.example.com/who; grep -c 'Trying 2[45][0-9]\.' "$UH_TMP/err.routed")"
}

# A route for some programs is for their look-ups alone.
conditions() {
	echo "route \"api.example.com\" { to = \"unix:$UH_TMP/api.sock\" programs = {\"curl\"} }" >"$UH_TMP/some.conf"
	run some curl -sS http://api.example.com/who
	is "a route by name for curl, curl" api "$(cat "$UH_TMP/out.some")"
	run some wget -q -O - http://api.example.com/who
	is "a route by name for curl, wget" decoy "$(cat "$UH_TMP/out.some")"
	varying="" run some getent ahostsv4 api.example.com
	is "a route by name for curl, another program's look-up" "$(getent ahostsv4 api.example.com)" "$(cat "$UH_TMP/out.some")"
}

# c-ares asks the resolver by itself, and is given the real addresses: routes by address are for it.
own_resolver() {
	local fetch=(aria2c --allow-overwrite --quiet --dir "$UH_TMP" --out fetched http://api.example.com/who)

	if ! have aria2c || ! aria2c --version | grep -q c-ares; then
		skip "c-ares" "no aria2c that has it"
		return
	fi
	named "aria2c with libc's resolver" sh -c "${fetch[*]} --async-dns=false && cat '$UH_TMP/fetched'"
	run routed sh -c "${fetch[*]} --async-dns=true && cat '$UH_TMP/fetched'"
	is "c-ares gets the real address, where no route by name is asked" decoy "$(cat "$UH_TMP/out.routed")"
	{
		cat "$UH_TMP/routed.conf"
		echo "route \"$public:80\" { to = \"unix:$UH_TMP/www.sock\" }"
		echo "route \"[$public6]:80\" { to = \"unix:$UH_TMP/www.sock\" }"
	} >"$UH_TMP/both.conf"
	run both sh -c "${fetch[*]} --async-dns=true && cat '$UH_TMP/fetched'"
	is "c-ares, with a route by address as well" www "$(cat "$UH_TMP/out.both")"
	run both curl -sS http://api.example.com/who
	is "the name's own route stands beside one by address" api "$(cat "$UH_TMP/out.both")"
}

python_clients() {
	local kind

	for kind in gethostbyname gethostbyname_ex getaddrinfo asyncio; do
		named "python $kind" "$python" "$clients/names_client.py" $kind api.example.com 80
	done
	for kind in http.client urllib asyncio threads; do
		named "python $kind, as a client" "$python" "$clients/web_client.py" $kind api.example.com 80
	done
	run routed "$python" "$clients/names_client.py" getnameinfo api.example.com 80
	is "python getnameinfo of what it was given" "api.example.com 80" "$(sort -u "$UH_TMP/out.routed")"
}

scripts() {
	local kind

	for kind in inet timeout ip nonblocking tiny; do
		named "perl $kind" perl "$clients/client.pl" $kind api.example.com 80
	done
	# shellcheck disable=SC2016 # Perl's and Ruby's variables
	named "perl gethostbyname" perl -MSocket -MIO::Socket::INET -e 'my ($name, $aliases, $family, $length, @list) =
		gethostbyname("api.example.com"); print "$name|$aliases|$family|$length|", scalar @list, "\n";
		my $s = IO::Socket::INET->new(PeerAddr => inet_ntoa($list[0]), PeerPort => 80) or die $@;
		print $s "GET /who HTTP/1.0\r\n\r\n"; print((<$s>)[-1])'
	for kind in file_get_contents fsockopen async; do
		named "php $kind" php -n "$clients/client.php" $kind api.example.com 80
	done
	named "php gethostbyname" php -n -r 'echo file_get_contents("http://" . gethostbyname("api.example.com") . "/who");'
	if php -r "exit((int)!extension_loaded('curl'));" >/dev/null 2>&1; then
		named "php extension curl" php "$clients/client.php" curl api.example.com 80
	else
		skip "php extension curl" "this php has none"
	fi
	for kind in net-http tcp-socket tcp-timeout socket-tcp threads; do
		named "ruby $kind" ruby "$clients/client.rb" $kind api.example.com 80
	done
	# shellcheck disable=SC2016
	named "ruby Addrinfo" ruby -rsocket -e 'Addrinfo.getaddrinfo("api.example.com", 80, nil, :STREAM).each do |a|
		a.connect { |s| s.write("GET /who HTTP/1.0\r\n\r\n"); $who = s.read.lines.last } end; puts $who'
}

git_client() {
	local word

	git config --global user.name test
	git config --global user.email test@example.com
	for word in decoy api; do
		git init -q "$UH_TMP/work/$word"
		echo "$word" >"$UH_TMP/work/$word/who"
		git -C "$UH_TMP/work/$word" add who
		GIT_COMMITTER_DATE=2026-01-01T00:00 GIT_AUTHOR_DATE=2026-01-01T00:00 git -C "$UH_TMP/work/$word" commit -q -m "$word"
		git clone -q --bare "$UH_TMP/work/$word" "$UH_TMP/www/$word/project.git"
		git -C "$UH_TMP/www/$word/project.git" update-server-info
	done
	named "git clone" sh -c "rm -rf '$UH_TMP/clone' && git clone -q http://api.example.com/project.git '$UH_TMP/clone' &&
		cat '$UH_TMP/clone/who'"
}

databases() {
	local query="select case when inet_server_addr() is null then 'unhairpin' else 'decoy' end"

	if start_redis; then
		client "redis-cli" unhairpin redis-cli -h api.example.com get who
	else
		skip redis "not installed"
	fi
	if ! have psql || ! start_postgres; then
		skip postgres "no psql and PostgreSQL server that run here"
		return
	fi
	client "psql" unhairpin psql -X -A -t -c "$query" "host=api.example.com user=postgres"
	client "psql with a list of hosts, the first of which refuses" unhairpin psql -X -A -t -c "$query" \
		"host=nobody.example.com,api.example.com user=postgres"
	client "psql \\conninfo" unhairpin psql -X -A -t -c '\conninfo' -c "$query" "host=api.example.com user=postgres"
	run routed psql -X -A -t -c "$query" "host=www.example.com,api.example.com user=postgres"
	is "psql with a list of hosts, the first without a route for the port" decoy "$(cat "$UH_TMP/out.routed")"
}

# The certificate is for api.example.com alone.
tls() {
	start_haproxy_tls || return
	ln -s haproxy.sock "$UH_TMP/tls.sock"
	client "curl with TLS" unhairpin curl -sS --cacert "$UH_TMP/ca.pem" -w "$report" https://api.example.com/
	client "wget with TLS" unhairpin wget -q -O - --ca-certificate "$UH_TMP/ca.pem" https://api.example.com/
	client "python with TLS" unhairpin "$python" "$clients/web_client.py" urllib api.example.com 443 "$UH_TMP/ca.pem"
	for way in without routed; do
		run $way curl -sS --cacert "$UH_TMP/ca.pem" https://www.example.com/
	done
	outcome "curl with TLS to a name that the certificate has not" "$(same routed)"
	is "and that is why it fails" 60 "$(cat "$UH_TMP/status.routed")"
}

count_packets
start_dns
write_named_routes
start_named_nginx
two_names
web_clients
conditions
own_resolver
python_clients
scripts
git_client
databases
tls
is "packets to and from the stand-ins' networks" 0 "$(packets pool)"
finish
