#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the libraries of unhairpin with musl-gcc, from Debian's sources, for `make CC=musl-gcc`.
#
# usage: musl_libraries.sh DIRECTORY
#
# Libraries that are there already are kept. Then:
#   make CC=musl-gcc PKG_CONFIG='pkg-config --static' PKG_CONFIG_LIBDIR=DIRECTORY/lib/pkgconfig STATIC='-static -no-pie'
# (with PKG_CONFIG_LIBDIR in the environment). Needs musl-tools, debhelper (for autoreconf), flex, bison and a network.
set -eu

[ ! -e "$1/complete" ] || exit 0
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
read -r mirror release <<<"$("$(dirname "$(realpath "$0")")/mirror.sh")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Debian's sources, by lists of our own: what this machine gets its packages from stays as it is.
mkdir -p lists/partial
printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
	"$mirror" "$release" /usr/share/keyrings/debian-archive-keyring.gpg >debian.sources
apt=(apt-get -q -o Dir::Etc::sourcelist="$work/debian.sources" -o Dir::Etc::sourceparts=/nonexistent
	-o Dir::State::lists="$work/lists" -o APT::Sandbox::User=root)
"${apt[@]}" update >/dev/null
"${apt[@]}" source --download-only --tar-only libconfuse jansson util-linux zlib elfutils libbpf >/dev/null
for archive in *.orig.tar.*[z2]; do
	mkdir "${archive%%_*}"
	tar -x -f "$archive" -C "${archive%%_*}" --strip-components=1
done

# The kernel's headers are beside glibc's, and glibc's are found after musl's.
export CC=musl-gcc PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
machine=$(gcc -dumpmachine)
export CFLAGS="-O2 -w -fPIC -idirafter /usr/include -idirafter /usr/include/$machine -I$prefix/include" LDFLAGS="-L$prefix/lib"
built() { # SOURCE COMMAND
	(cd "$1" && eval "$2") >"$work/log" 2>&1 && return
	tail -n 20 "$work/log" >&2
	echo "musl_libraries.sh: $1 is not built" >&2
	exit 1
}
configure="{ [ -e configure ] || autoreconf -f -i; } && ./configure --prefix=$prefix --libdir=$prefix/lib --disable-shared"
install='make -j 2 && make install'
built libconfuse "$configure --disable-nls --disable-examples && $install"
built jansson "$configure && make -C src -j 2 && make -C src install && make install-pkgconfigDATA"
built zlib "./configure --static --prefix=$prefix && make libz.a && make install-libs"
built util-linux "$configure --disable-all-programs --enable-libsmartcols --disable-nls --without-python &&
	make -j 2 libsmartcols.la && make install-usrlib_execLTLIBRARIES install-pkgconfigDATA install-nodist_smartcolsincHEADERS"
# libelf alone: the programs of elfutils take what musl has not, and configure asks for it.
built elfutils "$configure --disable-debuginfod --disable-libdebuginfod --disable-nls --without-bzlib --without-lzma --without-zstd \
	ac_cv_search_argp_parse='none required' ac_cv_search_fts_close='none required' ac_cv_search__obstack_free='none required' &&
	make -C libelf -j 2 libelf.a && make -C libelf install-libLIBRARIES install-includeHEADERS &&
	make -C config libelf.pc && install -m 644 -t $prefix/lib/pkgconfig config/libelf.pc"
built libbpf "make -C src -j 2 BUILD_STATIC_ONLY=1 PREFIX=$prefix LIBDIR=$prefix/lib UAPIDIR=/include install"
touch "$prefix/complete"
