#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of conf/ that carry routes to many hosts: etcd, Ansible, Prometheus.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

is_root || skip_all "the rollout of routes" "needs root"

# An /etc and an installation that this name space alone can see.
if ! { mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/upper /mnt/work /mnt/lib &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null; }; then
	skip_all "the rollout of routes" "no overlay over /etc here"
fi
install -t /mnt/lib "$UH_BUILD"/{unhairpin,libunhairpin.so,unhairpin-compiler} || exit 1
export PATH=/mnt/lib:$PATH
cd "$UH_TMP" || exit 1

fresh_etc() {
	rm -rf /etc/ld.so.preload /etc/unhairpin.{d,off,cache}
	mkdir /etc/unhairpin.d
	echo 'include("/etc/unhairpin.d/*.conf")' >/etc/unhairpin.conf
}

# leads ADDRESS:PORT: where the route in force leads, or "original".
leads() {
	unhairpin lookup --json "$1" | "$python" -c 'import json, sys
answer = json.load(sys.stdin)
print(*answer["targets"] or ["original"])'
}

stored() {
	printf '%s\n' "$1" | etcdctl put /unhairpin/routes >/dev/null
}

says() {
	grep -c "$1" etcd-routes.log
}

etcd_routes() {
	local name="etcd: a value becomes a drop-in" watcher drop_in=/etc/unhairpin.d/50-etcd.conf

	have etcd && have etcdctl || { skip "$name" "no etcd here"; return; }
	fresh_etc
	export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=http://127.0.0.1:2379
	etcd --data-dir "$UH_TMP/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 >etcd.log 2>&1 &
	wait_for etcdctl endpoint health || { fail "$name" "etcd does not start"; return; }
	"$root/conf/examples/etcd-routes" >etcd-routes.log 2>&1 &
	watcher=$!
	wait_for grep -q 'no key /unhairpin/routes' etcd-routes.log
	is "etcd: without a key there is no drop-in" "" "$(ls /etc/unhairpin.d)"
	stored 'route "203.0.113.1:443" { to = "192.168.1.20" }'
	wait_for test -s $drop_in
	is "$name" "192.168.1.20:443 644" "$(leads 203.0.113.1:443) $(stat -c %a $drop_in)"
	stored 'route "203.0.113.1:443" { too = "192.168.1.21" }'
	wait_for grep -q 'has faults' etcd-routes.log
	is "etcd: a value with a fault never replaces it" "192.168.1.20:443" "$(leads 203.0.113.1:443)"
	is "etcd: the fault is named at the value's line" 1 "$(grep -c '^/etc/unhairpin.d/.50-etcd.conf.new:1:.*too' etcd-routes.log)"
	etcdctl del /unhairpin/routes >/dev/null
	wait_for eval '[ "$(says "no key")" = 2 ]'
	is "etcd: a deleted key changes nothing" "192.168.1.20:443" "$(leads 203.0.113.1:443)"
	kill $watcher
	wait $watcher 2>/dev/null
	stored 'route "203.0.113.1:443" { to = "192.168.1.22" }'
	"$root/conf/examples/etcd-routes" >etcd-routes.log 2>&1 &
	wait_for grep -q 'is replaced' etcd-routes.log
	is "etcd: a start takes what changed meanwhile" "192.168.1.22:443 50-etcd.conf" "$(leads 203.0.113.1:443) $(ls -A /etc/unhairpin.d)"
	kill $!
}

# play VARIABLES: the playbook on this host; needs no network.
play() {
	(cd "$root/conf/examples/ansible" && ANSIBLE_LOCAL_TEMP=$UH_TMP/ansible ANSIBLE_REMOTE_TEMP=$UH_TMP/ansible \
		ansible-playbook -i localhost, -c local -e ansible_python_interpreter="$python" -e ansible_become=false \
		--skip-tags package -e "$1" site.yml) >play.log 2>&1
}

ansible_role() {
	local name="Ansible: a play writes the drop-in and compiles it" routes status
	routes='{"unhairpin_routes": [{"destination": "203.0.113.1:443", "to": ["192.168.1.20", "192.168.1.30"], "options": {"on_failure": "refuse"}}]'

	have ansible-playbook || { skip "$name" "no ansible-playbook here"; return; }
	fresh_etc
	ip addr add 192.168.1.30/32 dev lo
	"$python" -c 'import socket
server = socket.create_server(("", 443))
while True:
    server.accept()[0].close()' &
	wait_for "$python" -c 'import socket; socket.create_connection(("192.168.1.20", 443))'
	play "$routes}"
	status=$?
	[ $status = 0 ] || cat play.log
	is "$name" "0 192.168.1.20:443 192.168.1.30:443" "$status $(leads 203.0.113.1:443)"
	is "Ansible: the options of a route" 1 "$(grep -c 'on_failure = "refuse"' /etc/unhairpin.d/50-ansible.conf)"
	unhairpin compile | grep -q 'up to date'
	is "Ansible: the routes are compiled" 0 $?
	play "$routes}"
	is "Ansible: a second run changes nothing" "0 1" "$? $(grep -c 'changed=0 ' play.log)"
	play '{"unhairpin_routes": [{"destination": "203.0.113.1/24:443", "to": ["192.168.1.40"]}]}'
	is "Ansible: a fault fails the host, which keeps its routes" "2 192.168.1.20:443 192.168.1.30:443" "$? $(leads 203.0.113.1:443)"
	is "Ansible: the play shows the fault" 1 "$(grep -c 'failed to validate' play.log)"
	play '{"unhairpin_routes": [{"destination": "203.0.113.1:444", "to": ["192.168.1.20"]}]}'
	is "Ansible: a target that does not answer ends the rollout" 2 $?
	play "$routes, \"unhairpin_off\": true}"
	is "Ansible: routes are switched off" "0 original" "$? $(leads 203.0.113.1:443)"
	kill $!
}

prometheus_alerts() {
	local rules=$root/conf/examples/prometheus-alerts.yml metric

	have promtool || { skip "Prometheus: the alerts" "no promtool here"; return; }
	promtool check rules "$rules" >promtool.log 2>&1
	is "Prometheus: the alerts are valid" 0 $?
	sed "s|@RULES@|$rules|" "$here/prometheus_alerts.yml" >alerts.yml
	promtool test rules alerts.yml >promtool.log 2>&1
	is "Prometheus: the alerts fire as they should" 0 $?
	fresh_etc
	unhairpin stats --prometheus >metrics
	promtool check metrics <metrics >promtool.log 2>&1
	is "Prometheus: the metrics are valid without the counters' directory" "0 " "$? $(cat promtool.log)"
	for metric in $(grep -oE 'unhairpin_[a-z_]+' "$rules" | sort -u); do
		grep -q "^# TYPE $metric " metrics
		is "Prometheus: $metric exists" 0 $?
	done
}

etcd_routes
ansible_role
prometheus_alerts
finish
