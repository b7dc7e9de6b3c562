#!/bin/bash
# SPDX-License-Identifier: MIT
# make deb and make dist: the packages are installed in a small system, used, removed, and leave nothing.
#
# A long check: it runs where UH_LONG is set, with a system that tests/base.sh made.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/kernel.sh"

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

# The archive builds by itself, into the same files wherever that is.
archive() {
	local name part directory

	make_it dist
	is "the archive has one directory" 1 "$(tar -t -f "$UH_BUILD"/unhairpin-*.tar.gz | cut -d / -f 1 | sort -u | wc -l)"
	name=$(tar -t -f "$UH_BUILD"/unhairpin-*.tar.gz | head -n 1 | cut -d / -f 1)
	for directory in "$UH_TMP/a" "$UH_TMP/another/place"; do
		mkdir -p "$directory"
		tar -x -z -f "$UH_BUILD"/unhairpin-*.tar.gz -C "$directory"
		make -C "$directory/$name" -j 2 BUILD=.build LTO= CFLAGS='-O0 -g' >"$UH_TMP/make.log" 2>&1
		is "the archive builds" 0 $?
	done
	for part in libunhairpin.so unhairpin-compiler unhairpin; do
		is "the same $part from another directory" "" \
			"$(cmp "$UH_TMP/a/$name/.build/$part" "$UH_TMP/another/place/$name/.build/$part" 2>&1)"
	done
	is "a build of the archive takes no warning for an error" 0 \
		"$(make -C "$UH_TMP/a/$name" BUILD=.build V=1 -n -B 2>&1 | grep -c -e -Werror)"
}

complaints() {
	if have lintian; then
		is "lintian has no errors and no warnings" "" "$(lintian --allow-root --tag-display-limit 0 "${packages[@]}" 2>&1 | grep '^[EW]:')"
	else
		skip "lintian" "not installed"
	fi
}

# fields PACKAGE FIELD…
fields() {
	dpkg-deb -f "$UH_BUILD"/"$1"_*.deb "${@:2}" | xargs
}

# The packages that Debian's tools made of the source package.
as_debian() {
	local version tree=$UH_TMP/tree triplet file

	version=$(fields unhairpin Version)
	triplet=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
	is "the object can be installed for several architectures" same "$(fields libunhairpin Multi-Arch)"
	is "the command takes the object of its version" 1 "$(fields unhairpin Depends | grep -c "libunhairpin (= $version)")"
	is "the object needs libc alone" "libc6" "$(fields libunhairpin Depends | sed 's/ (.*//')"
	is "debug symbols have packages of their own" 2 "$(find "$UH_BUILD" -maxdepth 1 -name '*-dbgsym_*.deb' | wc -l)"
	for file in "${packages[@]}"; do
		dpkg-deb -x "$file" "$tree"
	done
	is "the object is where the loader looks" "$triplet" "$(cd "$tree/usr/lib" && dirname */libunhairpin.so)"
	is "hardened, the object has no function that aborts" "" "$(nm -D --undefined-only "$tree/usr/lib/$triplet/libunhairpin.so" | grep -e _chk)"
	is "the command is hardened" "yes yes" "$(readelf -d "$tree/usr/bin/unhairpin" | grep -q BIND_NOW && echo yes) $(
		nm -D --undefined-only "$tree/usr/bin/unhairpin" | grep -q -e _chk && echo yes)"
	is "units and manuals name the installed paths" "" "$(cd "$tree" && find usr/share/man -type f -exec zgrep -l /usr/local/l {} +;
		grep -l -r /usr/local "$tree/lib/systemd" "$tree/usr/libexec/unhairpin-withdraw")"
	is "all units are installed" "$(units)" "$(cd "$tree/lib/systemd/system" && printf '%s\n' * | LC_ALL=C sort | xargs)"
	is "no path of the build" 0 "$(grep -c -r -F "$UH_BUILD" "$tree" | grep -c -v ':0$')"
}

# RPM's tools make the same packages of the archive. (Debian's rpm knows no package that building needs.)
as_rpm() {
	local top=$UH_TMP/rpm

	have rpmbuild || { skip "rpmbuild" "not installed"; return; }
	env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u DESTDIR LTO= rpmbuild -ta --nodeps --define "_topdir $top" --define "optflags -O0" \
		--define "_smp_mflags -j2" --define "debug_package %{nil}" "$UH_BUILD"/unhairpin-*.tar.gz >"$UH_TMP/rpmbuild" 2>&1 ||
		{ fail "rpmbuild" "$(tail -n 20 "$UH_TMP/rpmbuild")"; return; }
	ok "rpmbuild"
	is "rpm: the object is in a package of its own" libunhairpin.so \
		"$(rpm -q -p -l --dbpath "$top/db" "$top"/RPMS/*/libunhairpin-*.rpm | sed -n 's,.*/\(.*\.so\)$,\1,p')"
	is "rpm: the units" "$(units)" "$(rpm -q -p -l --dbpath "$top/db" "$top"/RPMS/*/unhairpin-*.rpm | sed -n 's,^/usr/lib/systemd/system/,,p' | LC_ALL=C sort | xargs)"
}

# The names of all units that the sources have.
units() {
	(cd "$root/conf" && printf '%s\n' *.mount *.path *.service *.timer | LC_ALL=C sort | xargs)
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
	cp "${packages[0]}" "$system/libunhairpin.deb"
	cp "${packages[1]}" "$system/unhairpin.deb"
}

serve() {
	mkdir -p "$system/run/app"
	"$python" -c 'import socket, sys, threading
def serve(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path.replace("@", "\0"))
    server.listen()
    print("ready", flush=True)
    while True:
        client = server.accept()[0]
        client.recv(4096)
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\nby the socket\n")
        client.close()
for path in sys.argv[1:]:
    threading.Thread(target=serve, args=(path,)).start()' @package "$system/run/app/https.sock" >"$UH_TMP/server" &
	wait_for grep -q -z 'ready.*ready' "$UH_TMP/server"
}

# run_dpkg NAME ARGUMENT…: what it says is in $UH_TMP/dpkg.
run_dpkg() {
	inside dpkg "${@:2}" >"$UH_TMP/dpkg" 2>&1
	is "$1" 0 $?
}

compiled() { # NAME
	is "$1: it is compiled" "/etc/unhairpin.conf: /etc/unhairpin.cache is up to date" "$(inside unhairpin compile 2>&1)"
}

# The units that start at boot, as the links say that systemd goes by.
enabled() {
	(cd "$system/etc/systemd/system" && find . -name '*unhairpin*' | sort | sed 's,^\./,,' | tr '\n' ' ')
}

both='multi-user.target.wants/unhairpin-compile.path multi-user.target.wants/unhairpin-compile.service '

routes() { # PORT
	echo "route \"$public:$1\" { to = \"unix:@package\" }" >"$system/etc/unhairpin.conf"
}

debs=(/libunhairpin.deb /unhairpin.deb)

# Without a configuration: the package's own has no routes, and is compiled, so that no program starts the compiler.
fresh() {
	run_dpkg "dpkg --install" --install "${debs[@]}"
	is "the configuration is a conffile" 1 "$(inside dpkg-query -W -f '${Conffiles}\n' unhairpin | grep -c '^ /etc/unhairpin.conf ')"
	is "it has no route" "/etc/unhairpin.conf: OK: 0 routes" "$(inside unhairpin check 2>&1)"
	compiled "nothing configured"
	run_dpkg "dpkg --purge, nothing configured" --purge unhairpin libunhairpin
	is "nothing is left of it" "" "$(files | diff "$UH_TMP/files" -)"
}

# As the package of version 0.1.0 was: one for all, and a configuration that no package knows.
from_the_single_package() {
	local old=$UH_TMP/old

	mkdir -p "$old/DEBIAN" "$old/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)"
	printf 'Package: unhairpin\nVersion: 0.1.0\nArchitecture: %s\nMaintainer: x <x@example.com>\nDescription: x\n' \
		"$(dpkg --print-architecture)" >"$old/DEBIAN/control"
	touch "$old/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)/libunhairpin.so"
	dpkg-deb --root-owner-group --build "$old" "$system/old.deb" >/dev/null
	run_dpkg "version 0.1.0" --install /old.deb
	rm "$system/old.deb"
	routes 80
	cp "$system/etc/unhairpin.conf" "$UH_TMP/kept.conf"
	run_dpkg "an upgrade of the single package asks nothing" --auto-deconfigure --install "${debs[@]}"
	is "an upgrade of the single package keeps the configuration" "" "$(diff "$UH_TMP/kept.conf" "$system/etc/unhairpin.conf" 2>&1)"
	compiled "an upgrade of the single package"
	run_dpkg "dpkg --purge, after that" --purge unhairpin libunhairpin
}

# Faults are the administrator's: they are told, and the package is installed.
installed() {
	echo 'route "nonsense" {}' >"$system/etc/unhairpin.conf"
	run_dpkg "dpkg --install, the configuration has a fault" --install "${debs[@]}"
	is "a fault is told, with what to do" "1 1" \
		"$(grep -c '^/etc/unhairpin.conf:1:[0-9]*: ' "$UH_TMP/dpkg") $(grep -c 'correct it, then run "unhairpin compile"' "$UH_TMP/dpkg")"
	is "a fault: nothing is compiled" "" "$(ls "$system"/etc/unhairpin.cache 2>/dev/null)"
	is "the units are enabled" "$both" "$(enabled)"
	routes 80
	run_dpkg "dpkg --install, once more" --install "${debs[@]}"
	compiled "installed"
	is "the directory for more files is there" 755 "$(stat -c %a "$system/etc/unhairpin.d")"
}

used() {
	is "the installed command" "$("$UH_BUILD/unhairpin" --version)" "$(inside unhairpin --version)"
	is "run" "by the socket" "$(inside unhairpin run -m "$public:81=unix:@package" -- curl -sS "http://$public:81/" 2>&1)"
	is "the object is found by its name" "by the socket" "$(inside env LD_PRELOAD=libunhairpin.so \
		"UNHAIRPIN_ROUTES=$public:81=unix:@package" curl -sS "http://$public:81/" 2>&1)"
	is "the example is a good configuration" 0 "$(inside unhairpin check /usr/share/doc/unhairpin/unhairpin.conf >/dev/null; echo $?)"
	inside unhairpin doctor true >"$UH_TMP/doctor" 2>&1
	is "doctor" 0 $?
	inside unhairpin global enable >"$UH_TMP/enable" 2>&1
	is "global enable" 0 $?
	is "every program is routed" "by the socket" "$(inside env -i /usr/bin/curl -sS "http://$public/" 2>&1)"
	is "programs print nothing more" "" "$(inside true 2>&1)"
}

# Without the compiler there is no other way to the routes than what was compiled on installation.
without_compiler() {
	mv "$system/usr/libexec/unhairpin-compiler" "$system/root"
	is "the compiled routes are used" "by the socket" "$(inside curl -sS "http://$public/" 2>&1)"
	mv "$system/etc/unhairpin.cache" "$system/root"
	is "without them and the compiler there are none" "" "$(inside curl -sS "http://$public/" 2>/dev/null)"
	mv "$system/root/unhairpin-compiler" "$system/usr/libexec"
	is "the compiler reads the text" "by the socket" "$(inside curl -sS "http://$public/" 2>&1)"
	mv "$system/root/unhairpin.cache" "$system/etc"
}

upgraded() {
	local wants=$system/etc/systemd/system/multi-user.target.wants

	mv "$wants/unhairpin-compile.path" "$UH_TMP" # as `systemctl disable` does
	routes 82
	run_dpkg "an upgrade" --install "${debs[@]}"
	is "an upgrade leaves it enabled for all programs" 1 "$(grep -c libunhairpin "$system/etc/ld.so.preload")"
	is "an upgrade is quiet" 0 "$(grep -c 'cannot be preloaded' "$UH_TMP/dpkg")"
	compiled "an upgrade"
	is "an upgrade leaves alone what was disabled" "multi-user.target.wants/unhairpin-compile.service " "$(enabled)"
	mv "$UH_TMP/unhairpin-compile.path" "$wants"
}

# asked NAME EXPECTED: what systemd was asked to do with the units.
asked() {
	is "systemd: $1" "$2" "$(grep -v -e is-enabled -e is-active -e daemon-reload "$system/systemctl.log" 2>/dev/null)"
	rm -f "$system/systemctl.log"
}

# As where systemd runs: systemctl is in its place, and notes what it is asked.
with_systemd() {
	mkdir -p "$system/run/systemd/system"
	printf '#!/bin/sh\necho "$*" >>/systemctl.log\necho enabled\n' >"$system/usr/bin/systemctl"
	chmod 755 "$system/usr/bin/systemctl"
	run_dpkg "dpkg --install, with systemd" --install "${debs[@]}"
	asked "an upgrade starts to watch anew, and attaches the new programs" "--quiet --system restart unhairpin-compile.path"$'\n'"try-restart unhairpin-kernel.service unhairpin-stats.timer"
	mkdir "$system/etc/systemd/system/local-fs.target.wants" # as `systemctl enable` does
	ln -s /lib/systemd/system/run-unhairpin.mount "$system/etc/systemd/system/local-fs.target.wants"
	by_the_kernel
	run_dpkg "dpkg --remove, with systemd" --remove unhairpin libunhairpin
	asked "removing stops the units" "stop unhairpin-compile.path"$'\n'"stop unhairpin-compile.service unhairpin-kernel.service unhairpin-stats.timer"
	rm -r "$system/run/systemd" "$system/usr/bin/systemctl"
	not_by_the_kernel
}

# The kernel routes the programs of a cgroup by the time that the package is removed.
by_the_kernel() {
	no_kernel=$(why_no_kernel)
	[ ! -d "$cgroup" ] || echo "$cgroup" >"$UH_TMP/cgroups"
	[ -z "$no_kernel" ] || { skip "kernel enable" "$no_kernel"; return; }
	mkdir -p "$system/sys"
	mount --rbind /sys "$system/sys"
	inside unhairpin kernel enable -m "$public:84=127.0.0.1" "$cgroup" >"$UH_TMP/enable" 2>&1
	is "kernel enable" 0 $?
	is "the kernel has programs" yes "$([ -d /sys/fs/bpf/unhairpin ] && echo yes)"
}

not_by_the_kernel() {
	[ -z "$no_kernel" ] || return
	is "removing takes the programs out of the kernel" no "$([ -d /sys/fs/bpf/unhairpin ] && echo yes || echo no)"
	umount -R "$system/sys"
}

removed() {
	is "the object is out of /etc/ld.so.preload" "" "$(cat "$system/etc/ld.so.preload" 2>/dev/null)"
	is "programs don't complain" "" "$(inside true 2>&1)"
	is "only the text of the configuration is left" unhairpin.conf "$(cd "$system/etc" && echo *unhairpin*)"
	run_dpkg "dpkg --install, after it was removed" --install "${debs[@]}"
	compiled "installed again"
	is "installed again, the units are enabled" "local-fs.target.wants/run-unhairpin.mount $both" "$(enabled)"
}

purged() {
	run_dpkg "dpkg --purge" --purge unhairpin libunhairpin
	rm -r "$system/run/app"
	is "nothing is left" "" "$(files | diff "$UH_TMP/files" -)"
}

# in_container COMMAND…: of an image that is what the small system is.
in_container() {
	chroot "$UH_TMP/container/root" "${entrypoint[@]}" "$@"
}

# What the Dockerfile does once the package is installed, and a container of that image.
container() {
	local file=$root/conf/examples/Dockerfile entrypoint command

	cp "$root/conf/examples/routes.conf" "$system/etc/unhairpin.conf"
	command=$(sed -n 's/^RUN unhairpin/unhairpin/p' "$file")
	inside sh -c "$command" >"$UH_TMP/run" 2>&1
	is "Dockerfile: $command" 0 $?
	mapfile -t entrypoint < <("$python" -c 'import json, sys
print(*json.loads(sys.argv[1]), sep="\n")' "$(sed -n 's/^ENTRYPOINT //p' "$file")")
	mkdir "$UH_TMP/container"
	if ! { mount -t tmpfs none "$UH_TMP/container" && mkdir "$UH_TMP/container"/{root,upper,work} &&
		mount -t overlay none -o "lowerdir=$system,upperdir=$UH_TMP/container/upper,workdir=$UH_TMP/container/work" \
			"$UH_TMP/container/root"; }; then
		skip "Dockerfile: a container" "no overlay here"
		return
	fi
	mount --bind "$system/run/app" "$UH_TMP/container/root/run/app"
	is "Dockerfile: a container's programs are routed" "by the socket" "$(in_container curl -sS "http://$public:443/" 2>&1)"
	is "Dockerfile: a container has its routes compiled" "/etc/unhairpin.conf: /etc/unhairpin.cache is up to date" \
		"$(chroot "$UH_TMP/container/root" unhairpin compile)"
	umount -R "$UH_TMP/container"
	inside unhairpin global disable >"$UH_TMP/disable" 2>&1
}

for tool in dpkg-buildpackage dh; do
	have $tool || skip_all "packages" "no $tool here"
done
archive
make_it deb
packages=("$UH_BUILD"/libunhairpin_*.deb "$UH_BUILD"/unhairpin_*.deb)
as_debian
complaints
as_rpm
is_root || skip_all "installing the package" "needs root"
[ -e "$base" ] || skip_all "installing the package" "no $(basename "$base"); tests/base.sh makes it"
make_system
files >"$UH_TMP/files"
fresh
from_the_single_package
installed
serve
used
without_compiler
upgraded
with_systemd
removed
container
purged
umount "$system/proc"
finish
