#!/bin/bash
# SPDX-License-Identifier: MIT
# make install puts a working copy where it is told, and make uninstall leaves nothing of it.
. "$(dirname "$0")/lib.sh"

install_with() { # TARGET
	make -C "$root" --no-print-directory BUILD="$UH_BUILD" DESTDIR="$UH_TMP/root" PREFIX=/usr "$1" \
		>"$UH_TMP/make" 2>&1
}

if install_with install; then
	ok "make install"
else
	fail "make install" "$(cat "$UH_TMP/make")"
fi
compiler=$UH_TMP/root/usr/libexec/unhairpin-compiler
is "the compiler can be started, and needs no loader and no library" "755 0" \
	"$(stat -c %a "$compiler") $(readelf -l -d "$compiler" | grep -c -e INTERP -e NEEDED)"
is "every manual page is installed" "$(cd "$root/src/man" && echo *.[0-9])" \
	"$(cd "$UH_TMP/root/usr/share/man" && find . -type f -printf '%f\n' | LC_ALL=C sort | xargs)"
cat >"$UH_TMP/connect.py" <<'EOF'
import socket
print(socket.create_connection(("203.0.113.1", 9)).getpeername()[0])
EOF
"$python" -c 'import socket, time
server = socket.socket(socket.AF_UNIX)
server.bind("\0uh-installed")
server.listen()
print("ready", flush=True)
time.sleep(60)' >"$UH_TMP/server" &
until grep -q ready "$UH_TMP/server"; do sleep 0.05; done
is "the installed command finds its objects" 203.0.113.1 \
	"$("$UH_TMP/root/usr/bin/unhairpin" run -m 203.0.113.1:9=unix:@uh-installed -- "$python" "$UH_TMP/connect.py" 2>&1)"
# Who may write to this machine's /run is not the example's fault.
is "the installed example is a good configuration" "OK: 11 routes" \
	"$("$UH_TMP/root/usr/bin/unhairpin" check "$UH_TMP/root/usr/share/doc/unhairpin/unhairpin.conf" 2>&1 | sed '/: warning: /d; s/^[^:]*: //')"

is "units and manuals name the installed paths" "" "$(cd "$UH_TMP/root/usr" &&
	grep -l -e /usr/local/lib -e /usr/local/bin -r share/man lib/systemd libexec/unhairpin-withdraw)"

is "the units are all installed" "$(cd "$root/conf" && echo *.mount *.path *.service *.timer | xargs -n 1 | LC_ALL=C sort | xargs)" \
	"$(cd "$UH_TMP/root/usr/lib/systemd/system" && printf '%s\n' * | LC_ALL=C sort | xargs)"

# Alpine's recipe, run on the tree that is built, by the shell that Debian has in the place of abuild.
alpine=$root/conf/alpine
is "APKBUILD and its scripts are good for a shell" "" "$(for script in "$alpine"/*; do sh -n "$script" 2>&1; done)"
if have shellcheck; then
	is "shellcheck: APKBUILD and its scripts" "" "$(shellcheck "$alpine"/* 2>&1)"
else
	skip "shellcheck: APKBUILD and its scripts" "not installed"
fi
(cd "$root" && BUILD=$UH_BUILD MAKEFLAGS='' pkgdir=$UH_TMP/apk subpkgdir=$UH_TMP/apk-object sh -eu -c '. conf/alpine/APKBUILD; package; object') \
	>"$UH_TMP/apkbuild" 2>&1 || fail "APKBUILD: package and object" "$(tail "$UH_TMP/apkbuild")"
is "APKBUILD: the object is in a package of its own" "usr/lib/libunhairpin.so" "$(cd "$UH_TMP/apk-object" && find . -type f -printf '%P\n')"
is "APKBUILD: the command's package" "etc/unhairpin.conf etc/unhairpin.d usr/bin/unhairpin usr/libexec/unhairpin-compiler usr/libexec/unhairpin-withdraw" \
	"$(cd "$UH_TMP/apk" && find etc usr/bin usr/libexec -mindepth 1 | LC_ALL=C sort | xargs)"
is "APKBUILD: no units, and no object" "" "$(find "$UH_TMP/apk" -name 'systemd' -o -name libunhairpin.so)"
is "the recipes have the version of the Makefile" "" "$(version=$(sed -n 's/^VERSION *:= //p' "$root/Makefile")
	grep -q -x "pkgver=$version" "$alpine/APKBUILD" || echo APKBUILD
	grep -q "^Version: *$version\$" "$root/conf/rpm/unhairpin.spec" || echo unhairpin.spec)"
if have rpmspec; then
	is "rpmspec reads the spec file" 0 "$(rpmspec -P "$root/conf/rpm/unhairpin.spec" >"$UH_TMP/rpmspec" 2>&1; echo $?)"
else
	skip "rpmspec" "not installed"
fi

# Missing packages are named at once, with Debian's packages.
missing() { # VARIABLE=VALUE…
	make -C "$root" --no-print-directory BUILD="$UH_TMP/none" "$@" "$UH_TMP/none/base/address.o" 2>&1
}
is "make names what is missing, all of it" "gcc libconfuse-dev libjansson-dev libsmartcols-dev libbpf-dev" \
	"$(missing CC=no-such-gcc PKG_CONFIG_LIBDIR=/nonexistent PKG_CONFIG_PATH= | sed -n 's/.*apt-get install \(.*\)  *(.*/\1/p' | xargs)"
is "nothing is built then" "" "$(find "$UH_TMP/none" -name '*.o' 2>/dev/null)"
is "make says once that clang is missing" "1 0" "$(missing BPF_CLANG= | grep -c 'without .unhairpin kernel') $(
	missing BPF_CLANG= | grep -c 'without .unhairpin kernel')"

# Whatever flags the user has, the object has no function that ends the program.
hardened='-O1 -D_FORTIFY_SOURCE=2 -fstack-protector-all'
make -C "$root" --no-print-directory -j 2 BUILD="$UH_TMP/hardened" CFLAGS="$hardened" LTO= LDFLAGS='-Wl,-z,relro -Wl,-z,now' \
	"$UH_TMP/hardened/libunhairpin.so" "$UH_TMP/hardened/config/lexer.o" >"$UH_TMP/make" 2>&1 || fail "a hardened build" "$(tail "$UH_TMP/make")"
is "hardened: the object has no function that aborts" "" \
	"$(nm -D --undefined-only "$UH_TMP/hardened/libunhairpin.so" | grep -e _chk -e abort)"
is "hardened: the object is bound as it is needed" 0 "$(readelf -d "$UH_TMP/hardened/libunhairpin.so" | grep -c NOW)"
is "hardened: the compiler of routes has the checks" yes \
	"$(nm "$UH_TMP/hardened/config/lexer.o" | grep -q __stack_chk_fail && echo yes)"

install_with uninstall
is "make uninstall leaves nothing" "" "$(find "$UH_TMP/root" -type f)"

is_root || skip_all "make uninstall of what is enabled" "needs root"
if ! { mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/upper /mnt/work /mnt/prefix &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null &&
	mount -t tmpfs -o mode=755 none /run; }; then
	skip_all "make uninstall of what is enabled" "no overlay over /etc here"
fi
rm -f /etc/unhairpin.conf /etc/unhairpin.cache /etc/ld.so.preload
make -C "$root" --no-print-directory BUILD="$UH_BUILD" PREFIX=/mnt/prefix install >"$UH_TMP/make" 2>&1
/mnt/prefix/bin/unhairpin global enable >"$UH_TMP/enable" 2>&1
is "global enable" "0 /mnt/prefix/lib/libunhairpin.so" "$? $(cat /etc/ld.so.preload)"
install_with uninstall
is "make uninstall with DESTDIR leaves this system alone" /mnt/prefix/lib/libunhairpin.so "$(cat /etc/ld.so.preload)"
make -C "$root" --no-print-directory BUILD="$UH_BUILD" PREFIX=/mnt/prefix uninstall >"$UH_TMP/make" 2>&1
is "make uninstall takes the object out of /etc/ld.so.preload" "0 " "$? $(cat /etc/ld.so.preload 2>/dev/null)"
is "make uninstall removes the object" "" "$(find /mnt/prefix -type f)"

finish
