#!/bin/bash
# SPDX-License-Identifier: MIT
# The README: it is short, its links lead somewhere, and its examples run as they stand.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

readme=$root/README.md

# block TEXT: the fenced block of the README that contains TEXT.
block() {
	awk -v text="$1" '/^```/ { if (inside && found) { printf "%s", block; exit }
		inside = !inside; block = ""; found = 0; next }
		inside { block = block $0 "\n"; if (index($0, text)) found = 1 }' "$readme"
}

is "at most 120 lines" yes "$([ "$(wc -l <"$readme")" -le 120 ] && echo yes)"
is "each link leads to a file" "" "$(grep -o '\](\([^):]*\))' "$readme" | sed 's/^](//; s/)$//' | while read -r file; do
	[ -e "$root/$file" ] || echo "$file"
done)"

# What the command block of "Install" installs, and what `make deps` does. curl and python3 are for the examples.
needed=$(sed -n 's/^build=(\(.*\))$/\1/p' "$root/tests/deps.sh")
is "the packages are those that building needs" "$(printf '%s\n' $needed clang curl python3 | sort | xargs)" \
	"$(block 'make install' | tr -d '\\\n' | sed 's/.*apt-get install -y //; s/&&.*//' | xargs -n 1 | sort | xargs)"
is "the packages of the Debian package" "" "$(for package in $(sed -n 's/^deb=(\(.*\))$/\1/p' "$root/tests/deps.sh"); do
	grep 'make deb' "$readme" | grep -q -w -e "$package" || echo "$package"
done)"

is_root || skip_all "the README's examples" "needs root"
# An /etc, a /run and an installation that this name space alone can see.
if ! { mount -t tmpfs -o mode=755 none /mnt && mkdir /mnt/upper /mnt/work /mnt/lib &&
	mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc 2>/dev/null &&
	mount -t tmpfs -o mode=755 none /run; }; then
	skip_all "the README's examples" "no overlay over /etc here"
fi
install -t /mnt/lib "$UH_BUILD"/{unhairpin,libunhairpin.so,unhairpin-compiler} || exit 1
# In a Debian system ldconfig(8) makes the object known by its name.
export PATH=/mnt/lib:$PATH LD_LIBRARY_PATH=/mnt/lib
rm -f /etc/unhairpin.conf /etc/unhairpin.cache /etc/ld.so.preload
cd "$UH_TMP" || exit 1

echo 'hello from the local server' >index.html
ip addr del 203.0.113.1/32 dev lo
is "in front of a command: by address and by name" 2 "$(bash -c "$(block 'unhairpin run')" 2>&1 | grep -c '^hello')"

mkdir -p /etc/systemd/system/app.service.d
printf '[Service]\nExecStart=/usr/bin/env true\n' >/etc/systemd/system/app.service
unhairpin doctor app.service >"$UH_TMP/doctor" 2>&1
is "without the drop-in a unit has no object" 1 $?
block Environment= >/etc/systemd/system/app.service.d/override.conf
unhairpin doctor app.service >"$UH_TMP/doctor" 2>&1
is "with the drop-in the object loads and has its routes" "" "$(grep '^fault' "$UH_TMP/doctor" | grep -v unix:/run/app.sock)"

# The directories that would hold the sockets are not all there: warnings, and no fault.
block 'route ' >/etc/unhairpin.conf
is "the routes are a good configuration" "OK: $(grep -c '^route ' /etc/unhairpin.conf) routes" \
	"$(unhairpin check 2>&1 | sed '/: warning: /d; s/^[^:]*: //')"
is "lookup" 0 "$(bash -c "$(grep -o 'unhairpin lookup [^`]*' "$readme")" >"$UH_TMP/lookup" 2>&1; echo $?)"
is "compile" 0 "$(unhairpin compile >"$UH_TMP/compile" 2>&1; echo $?)"

unset LD_LIBRARY_PATH
bash -c "$(block 'global enable')" >"$UH_TMP/enable" 2>&1
is "the whole machine" "0 /mnt/lib/libunhairpin.so" "$? $(cat /etc/ld.so.preload)"
bash -c "$(block 'global enable' | grep -o 'unhairpin global disable')" >"$UH_TMP/disable" 2>&1
is "and back" "0 " "$? $(cat /etc/ld.so.preload 2>/dev/null)"
finish
