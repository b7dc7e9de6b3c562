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

install_with uninstall
is "make uninstall leaves nothing" "" "$(find "$UH_TMP/root" -type f)"

finish
