#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs system tests in a fresh Debian of its own instead of in this machine's userland.
#
# usage: in_debian.sh [-p FILE] TEST…
#
# The first run makes that Debian with debootstrap(8), of this machine's own release and mirror; later runs take it
# if the list of its packages is still the same. -p names a file with other packages, for a Debian of their own.
# UH_DEBIAN names its directory; the default is /var/tmp/unhairpin-debian, or /var/tmp/unhairpin- and the name of the
# directory in which FILE is. Needs root. Tests write to a layer in memory, and find everything as it was installed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
packages=(gcc libc6-dev make pkg-config libconfuse-dev libjansson-dev libsmartcols-dev libelf-dev
	libbpf-dev clang git perl python3 python3-venv dpkg-dev openssh-server openssh-client curl nginx-light iproute2 procps)
[ "$(dpkg --print-architecture)" != amd64 ] || packages+=(gcc-multilib)

# The packages are installed by apt, with /proc and without a service being started: Java's need the first.
install_packages() {
	local new=$1

	printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
	chmod 755 "$new/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$new/etc/resolv.conf"
	mount -t proc none "$new/proc"
	DEBIAN_FRONTEND=noninteractive chroot "$new" apt-get install -y -q --no-install-recommends "${packages[@]}"
	chroot "$new" apt-get clean
	umount "$new/proc"
	rm "$new/etc/resolv.conf"
}

make_debian() {
	local mirror release

	read -r mirror release <<<"$("$root/tests/mirror.sh")"
	rm -rf "$debian" "$debian.new"
	{ debootstrap --variant=minbase "$release" "$debian.new" "$mirror" && install_packages "$debian.new"; } \
		>"$debian.log" 2>&1 || {
		tail -n 20 "$debian.log"
		exit 1
	}
	mv "$debian.new" "$debian"
	echo "${packages[*]}" >"$debian.packages"
}

# Its root has to be a mount, for the name spaces that the tests make in there.
inside() {
	local top=/mnt/root

	mount --make-rprivate /
	mount -t tmpfs none /mnt
	mkdir /mnt/upper /mnt/work $top
	mount -t overlay none -o lowerdir="$debian",upperdir=/mnt/upper,workdir=/mnt/work $top
	mount -t proc none "$top/proc"
	mount -t sysfs none "$top/sys"
	mount --rbind /dev "$top/dev"
	mount -t tmpfs none "$top/tmp"
	mkdir -p "$top/srv/unhairpin"
	mount --bind "$root" "$top/srv/unhairpin"
	exec chroot "$top" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin UH_LONG=1 UH_IN_DEBIAN=1 \
		UH_BUILD="/srv/unhairpin/$build" UH_TEST_LIMIT="${UH_TEST_LIMIT:-300}" /srv/unhairpin/tests/system/run.sh "$@"
}

list=debian/default
if [ "$1" = -p ]; then
	list=$(realpath "$2")
	mapfile -t packages < <(sed '/^#/d' "$list" | tr -s ' \n' '\n')
	shift 2
fi
debian=${UH_DEBIAN:-/var/tmp/unhairpin-$(basename "$(dirname "$list")")}
build=$(realpath --relative-to="$root" "${UH_BUILD:-$root/.build}")
if [ "$1" = --inside ]; then
	shift
	inside "$@"
fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "SKIP a Debian of its own: needs root and debootstrap"
	exit 0
fi
if [ ! -e "$debian" ] || [ "$(cat "$debian.packages" 2>/dev/null)" != "${packages[*]}" ]; then
	make_debian
fi
tests=()
for test; do
	tests+=("/srv/unhairpin/$(realpath --relative-to="$root" "$test")")
done
UH_DEBIAN=$debian exec unshare --mount "$0" --inside "${tests[@]}"
