# SPDX-License-Identifier: MIT
# Names: a resolver in the test's name space, two names on one public address, a socket for each.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # public, near, … are lib.sh's, varying is read there
#
# A test sources this after lib.sh and servers.sh. It is then run again with an /etc of its own (an
# overlay that nobody else sees), whose resolv.conf names the dnsmasq that start_dns starts.
#
#   api.example.com, www.example.com    the public addresses, where the decoy listens
#   v4.example.com, v6.example.com      one of them
#   two.example.com                     203.0.113.3, where nobody listens, then the public one
#   nobody.example.com                  203.0.113.3
#   lost.example.com                    203.0.113.5, to which packets are lost, then the public one
# Whatever a socket for one of the first two names is asked, its answer has "api" or "www".

nowhere=203.0.113.3 # an address of this host where nobody listens
lost=203.0.113.5    # one to which packets are lost
nameserver=127.0.0.1
pool4=240.0.0.0/4
pool6=2001:db8:ffff::/48

if [ -z "${UH_ETC-}" ]; then
	have dnsmasq && have nft || skip_all names "no dnsmasq and nftables here"
	mkdir "$UH_TMP/etc"
	printf 'nameserver %s\noptions timeout:1 attempts:2\n' "$nameserver" >"$UH_TMP/etc/resolv.conf"
	echo 'hosts: files dns' >"$UH_TMP/etc/nsswitch.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n203.0.113.7 hosts.example.com alias.example.com\n' >"$UH_TMP/etc/hosts"
	"$here/with_etc.sh" "$UH_TMP/etc" true 2>/dev/null || skip_all names "no overlay over /etc here"
	UH_ETC=1 HOME=$user_home exec "$here/with_etc.sh" "$UH_TMP/etc" "$0"
fi

# Packets are counted where they leave, so that nothing is missed; a way out makes them leave.
count_packets() {
	ip addr add "$nowhere/32" dev lo
	ip addr add "$lost/32" dev lo
	ip route add default dev lo
	! have_ipv6 || ip -6 route add default dev lo
	nft -f - <<-END || skip_all names "no nftables in a network name space here"
		table inet count {
			counter dns { }
			counter pool { }
			chain out {
				type filter hook output priority 0;
				udp dport 53 counter name dns
				tcp dport 53 counter name dns
				ip daddr $pool4 counter name pool
				ip6 daddr $pool6 counter name pool
				ip daddr $lost drop
			}
			chain in {
				type filter hook input priority 0;
				ip saddr $pool4 counter name pool
				ip6 saddr $pool6 counter name pool
			}
		}
	END
}

# packets dns, packets pool: how many there were so far.
packets() {
	nft list counter inet count "$1" | awk '$1 == "packets" { print $2 }'
}

start_dns() {
	local records=(api www) record

	for record in "${records[@]}"; do
		printf 'host-record=%s.example.com,%s%s\n' "$record" "$public" "$(! have_ipv6 || echo ",$public6")"
	done >"$UH_TMP/dnsmasq.conf"
	cat >>"$UH_TMP/dnsmasq.conf" <<-END
		host-record=v4.example.com,$public
		host-record=two.example.com,$nowhere
		host-record=two.example.com,$public
		host-record=nobody.example.com,$nowhere
		host-record=lost.example.com,$lost
		host-record=lost.example.com,$public
		host-record=v6.example.com,$public6
		cname=cname.example.com,v4.example.com
		local=/example.com/
	END
	start_server dnsmasq dnsmasq --no-daemon --conf-file="$UH_TMP/dnsmasq.conf" --pid-file= --no-resolv --no-hosts \
		--no-round-robin --bind-interfaces --listen-address="$nameserver"
	dnsmasq=$!
	running dnsmasq getent ahosts api.example.com
}

# The documents that tell the servers of the two names apart.
start_named_nginx() {
	local word

	for word in decoy api www; do
		mkdir -p "$UH_TMP/www/$word"
		echo "$word" | tee "$UH_TMP/www/$word/who" >"$UH_TMP/www/$word/index.html"
	done
	mkdir -p "$UH_TMP/nginx"
	{
		cat <<-END
			daemon off;
			user $worker;
			worker_processes 1;
			pid $UH_TMP/nginx/pid;
			error_log stderr;
			events { worker_connections 1000; }
			http {
				default_type text/plain;
				access_log off;
		END
		for word in client_body proxy fastcgi uwsgi scgi; do echo "${word}_temp_path $UH_TMP/nginx/$word;"; done
		# shellcheck disable=SC2046 # one word an address
		nginx_server decoy $(printf "$public:%s " 80 81 82 84 8080) \
			$(! have_ipv6 || printf "[$public6]:%s " 80 81 82 84 8080)
		nginx_server api "unix:$UH_TMP/api.sock" "$near:81"
		nginx_server www "unix:$UH_TMP/www.sock" "$near:82"
		echo '}'
	} >"$UH_TMP/nginx/nginx.conf"
	start_server nginx nginx -e stderr -c "$UH_TMP/nginx/nginx.conf"
	running nginx answers --unix-socket "$UH_TMP/www.sock" http://nginx/who
}

# nginx_server WORD ADDRESS…
nginx_server() {
	local word=$1
	shift
	printf 'server { %sroot %s; add_header Served %s; }\n' "$(printf 'listen %s; ' "$@")" "$UH_TMP/www/$word" "$word"
}

# routed.conf: each of the two names to its own socket; port 8080 has no route.
# unmatched.conf: routes for other names.
# elsewhere.conf: the names have stand-ins, but routes for a port alone that nobody asks for.
write_named_routes() {
	cat >"$UH_TMP/routed.conf" <<-END
		route "api.example.com:80" { to = "unix:$UH_TMP/api.sock" }
		route "api.example.com:81" { to = "$near:81" }
		route "api.example.com:443" { to = "unix:$UH_TMP/tls.sock" }
		route "www.example.com:443" { to = "unix:$UH_TMP/tls.sock" }
		route "WWW.Example.com.:80" { to = "unix:$UH_TMP/www.sock" }
		route "api.example.com:5432" { to = "unix:$UH_TMP/.s.PGSQL.5432" }
		route "api.example.com:6379" { to = "unix:$UH_TMP/redis.sock" }
	END
	cat >"$UH_TMP/unmatched.conf" <<-END
		route "example.com" { to = "unix:$UH_TMP/api.sock" }
		route "*.api.example.com" { to = "$near:81" }
		route "*.www.example.com:80" { to = "unix:$UH_TMP/www.sock" }
		route "pi.example.com" { to = "unix:$UH_TMP/api.sock" }
		route "api.example.co" { to = "unix:$UH_TMP/api.sock" }
	END
	cat >"$UH_TMP/elsewhere.conf" <<-END
		route "api.example.com:9" { to = "unix:$UH_TMP/api.sock" }
		route "www.example.com:9" { to = "unix:$UH_TMP/www.sock" }
	END
}

# What differs between the ways by contract: addresses that a program prints, and of which family.
addresses='s/\[?((::ffff:)?(203\.0\.113\.1|2(4[0-9]|5[0-5])(\.[0-9]+){3})\b|2001:db8:[0-9a-f:]+)\]?/ADDRESS/g; s/IPv[46]/IP/g'

# named NAME COMMAND…: as `client`, for a program that asks api.example.com for "who" on port 80; and
# with the name answered by a stand-in whose port has no route: the real address, so the decoy.
named() {
	local name=$1 word=api varying=$addresses why
	shift
	client "$name" api "$@"
	have "$1" || return
	run without "$@"
	run elsewhere "$@"
	why=$(same elsewhere)
	outcome "$name, a port without a route" "$why"
}

# connects_as_go CC: Go looks up by libc (cgo) and connects without, so it gets what DNS says, be it the program or
# an object that is loaded later.
connects_as_go() {
	"$1" -D_GNU_SOURCE -DGO -O1 -o "$UH_TMP/go" "$clients/raw_client.c" &&
		"$1" -D_GNU_SOURCE -DGO -O1 -shared -fPIC -o "$UH_TMP/go.so" "$clients/raw_client.c" &&
		"$1" -O1 -o "$UH_TMP/load" -x c - -ldl <<-'END' || return
			#include <dlfcn.h>
			int main(int count, char **argument)
			{
				void *object = dlopen(argument[1], RTLD_NOW);
				int (*begin)(int, char **) = object ? (int (*)(int, char **))dlsym(object, "main") : 0;

				return begin ? begin(count - 1, argument + 1) : 1;
			}
		END
	run routed "$UH_TMP/go" api.example.com 82
	is "a program of Go's linker connects to the real address" decoy "$(tail -n 1 "$UH_TMP/out.routed")"
	run routed "$UH_TMP/load" "$UH_TMP/go.so" api.example.com 82
	is "a library of Go's linker connects to the real address" decoy "$(tail -n 1 "$UH_TMP/out.routed")"
}
