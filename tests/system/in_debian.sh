#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs system tests in a fresh Debian of its own instead of in this machine's userland.
#
# usage: in_debian.sh TEST…
#
# The first run makes that Debian with debootstrap(8), in UH_DEBIAN (/var/tmp/unhairpin-debian), of this
# machine's own release and mirror; later ones take it as it is. Needs root. Nothing is written outside it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
debian=${UH_DEBIAN:-/var/tmp/unhairpin-debian}
packages=(gcc libc6-dev make pkg-config libconfuse-dev libjansson-dev libsmartcols-dev libelf-dev
	libbpf-dev clang git perl python3 python3-venv dpkg-dev openssh-server openssh-client curl nginx-light iproute2 procps)
[ "$(dpkg --print-architecture)" != amd64 ] || packages+=(gcc-multilib)

# "MIRROR RELEASE" of the machine's first source that is neither updates nor security.
# shellcheck disable=SC2016 # apt's own variables
source_of_machine() {
	apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Origin: Debian' |
		grep -v -e -security -e -updates | head -n 1
}

make_debian() {
	local mirror release

	read -r mirror release <<<"$(source_of_machine)"
	rm -rf "$debian.new"
	debootstrap --variant=minbase --include="$(IFS=, && echo "${packages[*]}")" "$release" "$debian.new" "$mirror" >"$debian.log" 2>&1 || {
		tail -n 20 "$debian.log"
		exit 1
	}
	mv "$debian.new" "$debian"
}

# Its root has to be a mount, for the name spaces that the tests make in there.
inside() {
	mount --make-rprivate /
	mount --bind "$debian" "$debian"
	mount -t proc none "$debian/proc"
	mount -t sysfs none "$debian/sys"
	mount --rbind /dev "$debian/dev"
	mount -t tmpfs none "$debian/tmp"
	mkdir -p "$debian/srv/unhairpin"
	mount --bind "$root" "$debian/srv/unhairpin"
	exec chroot "$debian" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin UH_LONG=1 UH_BUILD="/srv/unhairpin/$build" \
		/srv/unhairpin/tests/system/run.sh "$@"
}

build=$(realpath --relative-to="$root" "${UH_BUILD:-$root/.build}")
if [ "$1" = --inside ]; then
	shift
	inside "$@"
fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "SKIP a Debian of its own: needs root and debootstrap"
	exit 0
fi
[ -e "$debian" ] || make_debian
tests=()
for test; do
	tests+=("/srv/unhairpin/$(realpath --relative-to="$root" "$test")")
done
exec unshare --mount "$0" --inside "${tests[@]}"
