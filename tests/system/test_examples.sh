#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of the manuals and those in conf/, run as they stand.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"
. "$here/kernel.sh"

have mandoc || skip_all "the manuals' examples" "no mandoc here"
is_root || skip_all "the manuals' examples" "needs root"

# An /etc, a /run and an installation that this name space alone can see.
if ! { mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/upper /mnt/work /mnt/lib &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null &&
	mount -t tmpfs -o mode=755 none /run; }; then
	skip_all "the manuals' examples" "no overlay over /etc here"
fi
install -t /mnt/lib "$UH_BUILD"/{unhairpin,libunhairpin.so,unhairpin-compiler} || exit 1
# systemd doesn't run here: units are enabled for when it does.
if have systemctl; then
	# shellcheck disable=SC2016 # bash is to expand that later
	printf '#!/bin/bash\nexec %s --root=/ "${@/#--now/--quiet}"\n' "$(type -P systemctl)" >/mnt/lib/systemctl
	chmod 755 /mnt/lib/systemctl
fi
export PATH=/mnt/lib:$PATH
cd "$UH_TMP" || exit 1

# What a machine is like on which the manuals' commands make sense.
set_up() {
	rm -f /etc/ld.so.preload
	cat >/etc/unhairpin.conf <<-'END'
		include("/etc/unhairpin.d/*.conf")

		route "203.0.113.1:443" { to = "unix:/run/app.sock" }

		# Twenty ports of a neighbour; each keeps its number.
		route "203.0.113.1:8080-8099" { to = "192.168.1.20" }
	END
	cp /etc/unhairpin.conf .
	mkdir -p /etc/systemd/system
	printf '[Service]\nExecStart=/usr/bin/env true\nEnvironment=LD_PRELOAD=/mnt/lib/libunhairpin.so\n' \
		>/etc/systemd/system/app.service
	cp "$root"/conf/unhairpin-{compile,kernel,stats}.* "$root"/conf/run-unhairpin.mount /etc/systemd/system
	install -d -m 1777 /run/unhairpin
	echo insecure >"$HOME/.curlrc"
}

# Over TLS on the Unix socket, and without on the public address, where port 443 is no way to it.
serve() {
	make_certificate
	"$python" - "$UH_TMP" <<-'END' >"$UH_TMP/served" &
		import socket, ssl, sys, threading

		def serve(server, context):
		    while True:
		        client = server.accept()[0]
		        try:
		            client = context.wrap_socket(client, server_side=True) if context else client
		            client.recv(4096)
		            client.sendall(b"HTTP/1.0 200 OK\r\n\r\nserved\n")
		        except OSError:
		            pass
		        client.close()

		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain(sys.argv[1] + "/tls.pem")
		private = socket.socket(socket.AF_UNIX)
		private.bind("/run/app.sock")
		private.listen()
		for port in 80, 443:
		    public = socket.create_server(("203.0.113.1", port))
		    threading.Thread(target=serve, args=(public, None)).start()
		threading.Thread(target=serve, args=(private, context)).start()
		print("ready", flush=True)
	END
	wait_for grep -q ready "$UH_TMP/served"
}

# The section EXAMPLES of a manual, as a reader sees it: what is typed and printed is set in.
examples() {
	mandoc -T ascii -O width=500 "$root/src/man/$1" | col -b -x |
		sed -n '/^EXAMPLES/,/^[A-Z]/p' | sed -e '1d' -e '$d' -e 's/^     //'
}

# Without what differs from machine to machine: times, and who serves.
normal() {
	sed -E -e 's/[[:space:]]+/ /g' -e 's/ $//' -e 's/[0-9.]+ us/N us/g' -e 's/[a-z-]+, pid [0-9]+/USER, pid N/' |
		sed '/^$/d'
}

# example PAGE COMMAND OUTPUT: with what is shown behind it, that is what it prints; else it succeeds.
example() {
	local name status out

	name="$1: $(head -n 1 <<<"$2")"

	if [[ $2 == *systemctl* ]] && ! have systemctl; then
		skip "$name" "no systemctl here"
		return
	fi
	if [[ $2 == *trace.jsonl* ]]; then
		skip "$name" "takes a trace of a real hairpin: test_suggest.sh and test_from_suspicion.sh"
		return
	fi
	if [[ $2 == *'trace -f app.service'* ]]; then
		skip "$name" "takes a unit that runs: test_trace_running.sh"
		return
	fi
	set_up
	out=$(timeout -k 1 60 bash -c "${2//\/usr\/local\/lib\///mnt/lib/}" 2>"$UH_TMP/example.err" </dev/null)
	status=$?
	if [ -n "$3" ]; then
		is "$name" "$(normal <<<"$3")" "$(normal <<<"$out")"
	elif [ $status != 0 ]; then
		fail "$name" "status $status: $out$(cat "$UH_TMP/example.err")"
	else
		ok "$name"
	fi
}

# run_page PAGE: lines that begin with the prompt of their block are commands, up to one that no
# backslash ends. Those of one block are one script; what else is in the block is what that prints.
run_page() {
	local page=$1 line prompt='' command='' output='' continued=''

	while IFS= read -r line; do
		case $line in
		'') continue ;;
		' '*) line=${line#      } ;;
		*)
			[ -z "$command" ] || example "$page" "$command" "$output"
			prompt='' command='' output=''
			continue
			;;
		esac
		[ -n "$prompt" ] || prompt=${line:0:1}
		if [ -n "$continued" ]; then
			command+=$line$'\n'
		elif [[ $line == "$prompt "* ]] && [[ $prompt == ['$#'] ]]; then
			command+=${line:2}$'\n'
		else
			output+=$line$'\n'
			continue
		fi
		[[ $line == *"\\" ]] && continued=yes || continued=
	done < <(examples "$page" && echo end)
}

# A section title that begins with the name of a macro, such as In, is printed as what the macro makes.
titles() {
	local page

	for page in unhairpin.1 unhairpin.7 unhairpin.conf.5 libunhairpin.so.8; do
		is "$page: no title is a macro" "" "$(mandoc -T ascii "$root/src/man/$page" | col -b -x | grep -E '^ {0,3}<')"
	done
}

# That of the file format is a configuration.
check_page() {
	local out

	set_up
	examples unhairpin.conf.5 >example.conf
	out=$(unhairpin check example.conf 2>&1)
	is "unhairpin.conf.5: the example is a good configuration" "0 $(grep -c '^route ' example.conf)" "$? $(grep -o 'OK: [0-9]*' <<<"$out" | grep -o '[0-9]*')"
}

conf() {
	local file

	# gunicorn ends no TLS there, so a route for HTTPS to its socket breaks the program.
	is "no example leads HTTPS to a plain socket" "" "$(grep -r -l 'gunicorn\.sock' "$root/src/man" "$root/conf")"
	for file in "$root"/conf/*.conf "$root"/conf/examples/routes.conf; do
		unhairpin check "$file" >"$UH_TMP/check" 2>&1
		is "conf: $(basename "$file")" 0 $?
	done
	set_up
	mkdir -p /etc/systemd/system/app.service.d
	sed -i /Environment/d /etc/systemd/system/app.service
	unhairpin doctor app.service >"$UH_TMP/doctor"
	is "conf: without the drop-in a service has no object" 1 $?
	cp "$root/conf/examples/app.service.d-unhairpin.conf" /etc/systemd/system/app.service.d/unhairpin.conf
	unhairpin doctor app.service >"$UH_TMP/doctor"
	is "conf: with the drop-in it has" 0 $?
	own_routes
	by_the_kernel
}

# prefixed LINE: what systemd would run for that setting of the drop-in for the kernel.
prefixed() {
	sed -n "s/^$1=-+//p" "$root/conf/examples/kernel.service.d-unhairpin.conf" | sed "s/%n/app.service/"
}

# The service has a cgroup of its name.
by_the_kernel() {
	local why states=()

	why=$(why_no_kernel)
	[ ! -d "$cgroup" ] || echo "$cgroup" >"$UH_TMP/cgroups"
	[ -z "$why" ] || { skip "conf: kernel.service.d-unhairpin.conf" "$why"; return; }
	rm -rf /etc/unhairpin.d
	make_cgroup app.service
	for line in ExecStartPre ExecStopPost; do
		bash -c "$(prefixed $line)" >"$UH_TMP/$line" 2>&1
		states+=($?)
		unhairpin kernel status >"$UH_TMP/status" 2>&1
		states+=($?)
	done
	is "conf: the kernel routes the service while it runs" "0 0 0 1" "${states[*]}"
}

# The lines of the drop-in that give the service a configuration of its own, which is compiled before it starts.
own_routes() {
	local drop_in=/etc/systemd/system/app.service.d/unhairpin.conf

	sed -i -E 's/^#(Environment=UNHAIRPIN_CONF|ExecStartPre)=/\1=/' $drop_in
	mkdir -p /etc/app && cp /etc/unhairpin.conf /etc/app
	bash -c "$(sed -n 's/^ExecStartPre=-+//p' $drop_in)" >/dev/null
	is "conf: the drop-in's own routes are compiled" "0 /etc/app/unhairpin.cache" "$? $(ls /etc/app/*.cache)"
	unhairpin doctor app.service >"$UH_TMP/doctor"
	is "conf: with routes of its own the service has the object" 0 $?
	rm -r /etc/systemd/system/app.service.d /etc/app
}

# run_crontab FILE: each line as cron runs it, variables for those that follow.
run_crontab() {
	local line variables=(PATH="$PATH" HOME="$HOME" LD_LIBRARY_PATH=/mnt/lib)

	while IFS= read -r line; do
		if [[ $line =~ ^#?([^\ ]+\ ){5}\ *(.*) ]] && [[ $line == *'*'* ]]; then
			env -i "${variables[@]}" sh -c "${BASH_REMATCH[2]}" >"$UH_TMP/job" 2>&1 || echo "${BASH_REMATCH[2]}: $(cat "$UH_TMP/job")"
		elif [[ $line == [A-Z_]*=* ]]; then
			variables+=("$line")
		fi
	done <"$1"
}

# Nobody speaks TLS at the public address: a job that is not routed fails.
cron() {
	set_up
	rm -f /etc/unhairpin.cache
	is "conf: the crontab's jobs" "" "$(run_crontab "$root/conf/examples/crontab")"
	is "conf: the crontab compiles" "/etc/unhairpin.conf: /etc/unhairpin.cache is up to date" "$(unhairpin compile)"
	mv /mnt/lib/unhairpin-compiler /mnt
	is "conf: the compiled routes are used" served "$(LD_PRELOAD=/mnt/lib/libunhairpin.so curl -sS https://203.0.113.1/ 2>&1)"
	rm /etc/unhairpin.cache
	is "conf: without them and a compiler there are none" "" "$(LD_PRELOAD=/mnt/lib/libunhairpin.so curl -sS https://203.0.113.1/ 2>/dev/null)"
	mv /mnt/unhairpin-compiler /mnt/lib
}

# The pod: what its init container runs, the variables of its program, the text of its ConfigMap.
read_pod() {
	"$python" - "$root/conf/examples/kubernetes.yaml" <<-'END'
		import sys, yaml

		# The controls of the policy "restricted" (kubernetes.io, Pod Security Standards).
		def restricted(pod):
		    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
		    assert all(set(volume) - {"name"} <= allowed for volume in pod["volumes"])
		    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
		    context = pod["securityContext"]
		    assert context["runAsNonRoot"] and context["runAsUser"] > 0
		    assert context["seccompProfile"]["type"] == "RuntimeDefault"
		    assert not {"sysctls", "windowsOptions", "seLinuxOptions"} & set(context)
		    for container in pod["initContainers"] + pod["containers"]:
		        own = container["securityContext"]
		        assert own["allowPrivilegeEscalation"] is False
		        assert own["capabilities"] == {"drop": ["ALL"]}
		        assert set(own) <= {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem"}
		        assert all("hostPort" not in port for port in container.get("ports", []))

		objects = {thing["kind"]: thing for thing in yaml.safe_load_all(open(sys.argv[1]))}
		pod = objects["Pod"]["spec"]
		restricted(pod)
		init, (app, web) = pod["initContainers"][0], pod["containers"]
		volumes = {volume["name"] for volume in pod["volumes"]}
		assert {mount["name"] for mount in init["volumeMounts"] + app["volumeMounts"] + web["volumeMounts"]} <= volumes
		paths = [{m["name"]: m["mountPath"] for m in c["volumeMounts"]} for c in (init, app)]
		assert all(paths[1][name] == path for name, path in paths[0].items())
		assert init["command"][:2] == ["sh", "-ec"]
		open("pod.user", "w").write(f"{pod['securityContext']['runAsUser']}\n")
		open("pod.init", "w").write(init["command"][2])
		open("pod.env", "w").writelines(f"{v['name']}={v['value']}\n" for v in app["env"])
		open("pod.conf", "w").write(objects["ConfigMap"]["data"]["unhairpin.conf"])
	END
}

# config_map VERSION: as kubelet puts a ConfigMap's text in place.
config_map() {
	mkdir -p "/etc/unhairpin/..$1" && cp pod.conf "/etc/unhairpin/..$1/unhairpin.conf"
	ln -s "..$1" /etc/unhairpin/..data.new && mv -T /etc/unhairpin/..data.new /etc/unhairpin/..data
	ln -sf ..data/unhairpin.conf /etc/unhairpin/unhairpin.conf
}

init_container() {
	# The image has the package's paths.
	sed -e 's,/usr/lib/\*/,/mnt/lib/,g' -e 's,/usr/libexec/,/mnt/lib/,g' pod.init >pod.sh
	as_pod sh -ec "$(cat pod.sh)" >pod.out 2>&1
}

# Runs a command as the pod's user, with no more rights than the policy leaves.
as_pod() {
	setpriv --reuid "$(cat pod.user)" --regid "$(cat pod.user)" --clear-groups --no-new-privs --bounding-set=-all "$@"
}

# in_pod COMMAND…: as the program's container runs it.
in_pod() {
	as_pod env "${pod_env[@]}" "$@"
}

# A program that runs while the ConfigMap changes.
running_program() {
	in_pod "$python" -c 'import socket, sys
def ask():
    with socket.socket() as client:
        print(client.connect_ex(("203.0.113.1", 8443)) == 0, flush=True)
ask()
sys.stdin.readline()
ask()'
}

kubernetes() {
	if ! "$python" -c 'import yaml' 2>/dev/null; then
		skip "conf: kubernetes.yaml" "no python3-yaml here"
		return
	fi
	read_pod
	is "conf: kubernetes.yaml" 0 $?
	mapfile -t pod_env <pod.env
	mount -t tmpfs -o mode=755 none /opt && mkdir -m 777 /opt/unhairpin
	mkdir -p /run/app && ln -s ../app.sock /run/app/https.sock && chmod 777 /run/app.sock
	config_map 1
	init_container
	is "conf: the init container" "0 libunhairpin.so unhairpin-compiler unhairpin.cache unhairpin.conf" "$? $(cd /opt/unhairpin && echo *)"
	mv /opt/unhairpin/unhairpin-compiler /opt
	is "conf: the pod's program uses the compiled routes" served "$(in_pod curl -K "$HOME/.curlrc" -sS https://203.0.113.1/)"
	mv /opt/unhairpin-compiler /opt/unhairpin
	mkfifo pod.go
	running_program <pod.go >pod.running &
	exec 9>pod.go
	wait_for grep -q . pod.running
	echo 'route "203.0.113.1:8443" { to = "unix:/run/app/https.sock" }' >>pod.conf
	config_map 2
	sleep 1.1
	is "conf: a changed ConfigMap reaches a new program" served "$(in_pod curl -K "$HOME/.curlrc" -sS https://203.0.113.1:8443/)"
	echo >&9
	exec 9>&-
	wait $!
	is "conf: a changed ConfigMap reaches a running program" "False True" "$(tr '\n' ' ' <pod.running | sed 's/ $//')"
	touch /opt/unhairpin/unhairpin.off
	sleep 1.1
	is "conf: the pod's routes are switched off" "" "$(in_pod curl -K "$HOME/.curlrc" -sS https://203.0.113.1/ 2>/dev/null)"
	rm /opt/unhairpin/unhairpin.off
	echo nonsense >>pod.conf
	config_map 3
	init_container
	is "conf: a fault stops the init container" "1 1" "$? $(grep -c '^/etc/unhairpin/unhairpin.conf:4:[0-9]*: ' pod.out)"
	umount /opt
	rm -r /etc/unhairpin
}

set_up
serve
run_page unhairpin.1
run_page libunhairpin.so.8
check_page
titles
conf
cron
kubernetes
finish
