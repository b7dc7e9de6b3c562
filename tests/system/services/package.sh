# SPDX-License-Identifier: MIT
# The first and last steps of a new user: builds the package from the sources, installs it, removes it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # root is lib.sh's

# build_package: from the archive of the sources, as they are handed out; the paths of the packages are in $packages.
# Those of the same sources are taken from the build directory.
build_package() {
	local sources=$UH_TMP/sources kept

	kept=$UH_BUILD/packages-$(cd "$root" && find Makefile conf include src -type f -exec sha256sum {} + | sort |
		sha256sum | head -c 16)
	if [ ! -e "$kept" ]; then
		mkdir "$sources"
		make -C "$root" --no-print-directory BUILD="$UH_TMP" dist >"$UH_TMP/make.log" 2>&1 &&
			tar -x -z -f "$UH_TMP"/unhairpin-*.tar.gz -C "$sources" --strip-components=1 &&
			make -C "$sources" deb >>"$UH_TMP/make.log" 2>&1 || return
		rm -rf "$UH_BUILD"/packages-*
		mkdir "$kept" && cp "$sources"/.build/*unhairpin_*.deb "$kept"
	fi
	packages=("$kept"/*.deb)
}

install_package() {
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" >"$UH_TMP/apt.log" 2>&1
}

remove_package() {
	DEBIAN_FRONTEND=noninteractive apt-get purge -y unhairpin libunhairpin >"$UH_TMP/apt.log" 2>&1
}
