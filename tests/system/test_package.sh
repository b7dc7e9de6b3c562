#!/bin/bash
# SPDX-License-Identifier: MIT
# make deb and make dist: the package is installed in a small system, used, removed, and leaves nothing.
#
# A long check: it runs where UH_LONG is set, with a system that tests/base.sh made.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

base=$UH_BUILD/base.tar
system=$UH_TMP/system

[ -n "${UH_LONG-}" ] || skip_all "packages" "a long check; set UH_LONG to run it"

make_it() { # TARGET
	if make -C "$root" --no-print-directory BUILD="$UH_BUILD" "$1" >"$UH_TMP/make.log" 2>&1; then
		ok "make $1"
	else
		failed_all "make $1" "$(tail -n 20 "$UH_TMP/make.log")"
	fi
}

# The archive builds by itself, and into the same command.
archive() {
	make_it dist
	tar -x -z -f "$UH_BUILD"/unhairpin-*.tar.gz -C "$UH_TMP" || failed_all "the archive" "cannot be unpacked"
	is "the archive has one directory" 1 "$(find "$UH_TMP" -maxdepth 1 -name 'unhairpin-[0-9]*' | wc -l)"
	unpacked=$(echo "$UH_TMP"/unhairpin-[0-9]*)
	make -C "$unpacked" -j 2 >"$UH_TMP/make.log" 2>&1
	is "the archive builds" 0 $?
	is "what it builds is the same version" "$("$UH_BUILD/unhairpin" --version)" \
		"$("$unpacked/.build/unhairpin" --version)"
}

complaints() {
	if have lintian; then
		is "lintian has no errors and no warnings" "" "$(lintian --allow-root --tag-display-limit 0 "$package" 2>&1 | grep '^[EW]:')"
	else
		skip "lintian" "not installed"
	fi
}

# All files but dpkg's own records and the caches that any package changes.
files() {
	(cd "$system" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \
		-o -path ./proc -o -path ./dev \) -prune -o -print | sort)
}

inside() {
	chroot "$system" "$@"
}

make_system() {
	if ! { mkdir "$system" && tar -x -f "$base" -C "$system" && mount -t proc none "$system/proc"; }; then
		failed_all "a small system" "cannot be made"
	fi
	[ -c "$system/dev/null" ] || mknod -m 666 "$system/dev/null" c 1 3 ||
		skip_all "installing the package" "no devices can be made here"
	cp "$package" "$system/package.deb"
}

serve() {
	"$python" -c 'import socket
server = socket.socket(socket.AF_UNIX)
server.bind("\0package")
server.listen()
print("ready", flush=True)
while True:
    client = server.accept()[0]
    client.recv(4096)
    client.sendall(b"HTTP/1.0 200 OK\r\n\r\nby the socket\n")
    client.close()' >"$UH_TMP/server" &
	wait_for grep -q ready "$UH_TMP/server"
}

used() {
	is "the installed command" "$("$UH_BUILD/unhairpin" --version)" "$(inside unhairpin --version)"
	is "run" "by the socket" "$(inside unhairpin run -m "$public:80=unix:@package" -- curl -sS "http://$public/" 2>&1)"
	is "the object is found by its name" "by the socket" "$(inside env LD_PRELOAD=libunhairpin.so \
		"UNHAIRPIN_ROUTES=$public:80=unix:@package" curl -sS "http://$public/" 2>&1)"
	is "the example is a good configuration" 0 "$(inside unhairpin check /usr/share/doc/unhairpin/unhairpin.conf >/dev/null; echo $?)"
	inside unhairpin doctor true >"$UH_TMP/doctor" 2>&1
	is "doctor" 0 $?
	echo "route \"$public:80\" { to = \"unix:@package\" }" >"$system/etc/unhairpin.conf"
	inside unhairpin global enable >"$UH_TMP/enable" 2>&1
	is "global enable" 0 $?
	is "every program is routed" "by the socket" "$(inside env -i /usr/bin/curl -sS "http://$public/" 2>&1)"
	is "programs print nothing more" "" "$(inside true 2>&1)"
}

removed() {
	inside dpkg --remove unhairpin >"$UH_TMP/dpkg" 2>&1
	is "dpkg --remove" 0 $?
	is "the object is out of /etc/ld.so.preload" "" "$(cat "$system/etc/ld.so.preload" 2>/dev/null)"
	is "programs don't complain" "" "$(inside true 2>&1)"
	touch "$system/etc/unhairpin.cache"
	inside dpkg --purge unhairpin >"$UH_TMP/dpkg" 2>&1
	is "dpkg --purge" 0 $?
	rm "$system/etc/unhairpin.conf"
	is "nothing is left" "" "$(files | diff "$UH_TMP/files" -)"
}

upgraded() {
	inside unhairpin global enable >/dev/null 2>&1
	inside dpkg --install /package.deb >"$UH_TMP/dpkg" 2>&1
	is "an upgrade leaves it enabled" "0 1" "$? $(grep -c libunhairpin "$system/etc/ld.so.preload")"
	is "an upgrade is quiet" 0 "$(grep -c 'cannot be preloaded' "$UH_TMP/dpkg")"
}

for tool in dpkg-deb dpkg-shlibdeps; do
	have $tool || skip_all "packages" "no $tool here"
done
archive
make_it deb
package=$(echo "$UH_BUILD"/unhairpin_*.deb)
complaints
is_root || skip_all "installing the package" "needs root"
[ -e "$base" ] || skip_all "installing the package" "no $(basename "$base"); tests/base.sh makes it"
make_system
files >"$UH_TMP/files"
inside dpkg --install /package.deb >"$UH_TMP/dpkg" 2>&1
is "dpkg --install" 0 $?
serve
used
upgraded
removed
umount "$system/proc"
finish
