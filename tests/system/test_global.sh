#!/bin/bash
# SPDX-License-Identifier: MIT
# /etc/ld.so.preload and /etc/unhairpin.conf: every program runs with the object, and none can tell.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# In each way /etc is another; without an object there is no /etc/ld.so.preload either.
launch_as() {
	launcher=("$here/with_etc.sh" "$UH_TMP/etc.$1")
}

make_etc() {
	local way

	mkdir "$UH_TMP"/etc.{without,unmatched,routed}
	for way in unmatched routed; do
		echo "$object" >"$UH_TMP/etc.$way/ld.so.preload"
		cp "$UH_TMP/$way.conf" "$UH_TMP/etc.$way/unhairpin.conf"
	done
}

connecting() {
	client "curl" unhairpin curl -sS "http://$public/who"
	client "wget" unhairpin wget -q -O - "http://$public:81/who"
	client "curl with an empty environment" unhairpin env -i "$(command -v curl)" -sS "http://$public/who"
	client "python" unhairpin "$python" "$clients/web_client.py" http.client "$public" 80
	client "a shell that pipes" unhairpin sh -c "for i in 1 2 3; do curl -sS http://$public/who | cat; done"
	client "another user" unhairpin setpriv --reuid=65534 --regid=65534 --clear-groups \
		curl -sS "http://$public/who"
	client "redirection of bash" unhairpin bash -c \
		"exec 3<>/dev/tcp/$public/80; printf 'GET /who HTTP/1.0\r\n\r\n' >&3; tail -n 1 <&3"
}

git_clone() {
	if ! have git; then
		skip "git" "not installed"
		return
	fi
	git init -q "$UH_TMP/work"
	git -C "$UH_TMP/work" -c user.name=test -c user.email=test@example.com commit -q --allow-empty -m test
	for word in decoy unhairpin; do
		git clone -q --bare "$UH_TMP/work" "$UH_TMP/www/$word/project.git"
		echo "$word" >"$UH_TMP/www/$word/project.git/description"
		git -C "$UH_TMP/www/$word/project.git" update-server-info
	done
	client "git" unhairpin sh -c "git clone -q http://$public/project.git '$UH_TMP/clone' &&
		git -C '$UH_TMP/clone' log --format=%s && rm -rf '$UH_TMP/clone' &&
		curl -sS http://$public/project.git/description"
}

# A set-user-id program must not be led elsewhere, nor off, by what its caller puts in the environment.
setuid() {
	local caller=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	install -m 4755 "$(command -v id)" "$UH_TMP/id"
	install -m 4755 "$(command -v curl)" "$UH_TMP/curl"
	if [ "$("${caller[@]}" "$UH_TMP/id" -u 2>/dev/null)" != 0 ]; then
		skip "a set-user-id program" "set-user-id programs are disabled here (nosuid)"
		return
	fi
	client "a set-user-id program" unhairpin "${caller[@]}" "$UH_TMP/curl" -sS "http://$public/who"
	client "a set-user-id program ignores UNHAIRPIN" unhairpin \
		"${caller[@]}" env UNHAIRPIN=off "$UH_TMP/curl" -sS "http://$public/who"
	client "a set-user-id program ignores UNHAIRPIN_CONF" unhairpin \
		"${caller[@]}" env UNHAIRPIN_CONF=/dev/null "$UH_TMP/curl" -sS "http://$public/who"
	client "a set-user-id program ignores UNHAIRPIN_ROUTES" unhairpin "${caller[@]}" \
		env "UNHAIRPIN_ROUTES=$public:80=direct" "$UH_TMP/curl" -sS "http://$public/who"
}

silent() {
	untouched "true" true
	untouched "false" false
	untouched "ls" ls -l /usr
	untouched "sh" sh -c 'echo out; echo err >&2; exit 7'
	untouched "bash with a pipe, a subshell and a here-document" bash -c 'cat <<<text | (read -r; wc -c)'
	untouched "python" "$python" -c 'import socket, sys; print("out"); print("err", file=sys.stderr)'
	untouched "python connects to a closed port" "$python" -c \
		'import socket; print(socket.socket().connect_ex(("127.0.0.1", 9)))'
	untouched "python connects to a path" "$python" -c \
		'import socket; print(socket.socket(socket.AF_UNIX).connect_ex("/nowhere"))'
	untouched "perl" perl -e 'print "out\n"; warn "err\n"; exit 3'
	untouched "git" git --version
	untouched "find and xargs" sh -c 'find /usr/lib/git-core -maxdepth 0 -print0 | xargs -0 ls -d'
	untouched "a program that is killed" sh -c 'kill -TERM $$'
	untouched "descriptors of a new program" sh -c 'ls /proc/self/fd'
}

is_root || skip_all "ld.so.preload" "needs root"
write_routes
make_etc
"$here/with_etc.sh" "$UH_TMP/etc.without" true 2>/dev/null || skip_all "ld.so.preload" "no overlay over /etc here"
start_nginx
connecting
git_clone
setuid
silent
# Without a configuration nothing is routed, and nothing is said about it.
rm "$UH_TMP"/etc.*/unhairpin.conf
untouched "curl without a configuration" curl -sS "http://$public/who"
finish
