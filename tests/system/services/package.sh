# SPDX-License-Identifier: MIT
# What a new user does first and last: builds the package from the sources, installs it, removes it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # root is lib.sh's

# build_package: from the archive of the sources, as they are handed out; the package's path is in $package. Without
# link-time optimisation, which takes most of the time. A package of the same sources is taken from the build directory.
build_package() {
	local sources=$UH_TMP/sources same

	same=$(cd "$root" && find Makefile conf include src -type f -exec sha256sum {} + | sort | sha256sum | head -c 16)
	package=$UH_BUILD/unhairpin-$same.deb
	[ ! -e "$package" ] || return 0
	mkdir "$sources"
	make -C "$root" --no-print-directory BUILD="$UH_TMP" dist >"$UH_TMP/make.log" 2>&1 &&
		tar -x -z -f "$UH_TMP"/unhairpin-*.tar.gz -C "$sources" --strip-components=1 &&
		make -C "$sources" -j 2 LTO= deb >>"$UH_TMP/make.log" 2>&1 &&
		rm -f "$UH_BUILD"/unhairpin-*.deb &&
		cp "$sources"/.build/unhairpin_*.deb "$package"
}

install_package() {
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >"$UH_TMP/apt.log" 2>&1
}

remove_package() {
	DEBIAN_FRONTEND=noninteractive apt-get purge -y 'unhairpin*' >"$UH_TMP/apt.log" 2>&1
}
