#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes a Debian package of an installed tree; `make deb` calls it.
#
# usage: build.sh TREE VERSION LIBDIR PACKAGE
#
# `make install` has filled TREE, under usr/; this script changes it. LIBDIR is the absolute path of the
# directory of the objects. The package is written to the file PACKAGE.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(realpath "$1") version=$2 libdir=$3 package=$(realpath -m "$4")
doc=$tree/usr/share/doc/unhairpin

strip --strip-unneeded --remove-section=.comment "$tree$libdir"/*.so "$tree/usr/bin/unhairpin" \
	"$tree/usr/libexec/unhairpin-compiler"
find "$tree/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} +

# zsh looks for the completions of packages in this directory.
if [ -d "$tree/usr/share/zsh/site-functions" ]; then
	mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"
fi
cp "$here/copyright" "$doc/copyright"
gzip -9nc "$here/changelog" >"$doc/changelog.gz"
# The directory that the configuration includes, and that unhairpin-compile.path watches.
install -d "$tree/etc/unhairpin.d"
install -D -m 644 "$here/lintian-overrides" "$tree/usr/share/lintian/overrides/unhairpin"

# dpkg-shlibdeps needs a source package around it. The compiler is static, and needs no library.
mkdir -p "$tree/debian" "$tree/DEBIAN"
printf 'Source: unhairpin\n\nPackage: unhairpin\nArchitecture: any\n' >"$tree/debian/control"
depends=$(cd "$tree" && dpkg-shlibdeps -O --ignore-missing-info "usr/bin/unhairpin" ".$libdir"/*.so |
	sed -n 's/^shlibs:Depends=//p')
rm -r "$tree/debian"

for script in postinst prerm postrm; do
	sed "s,@OBJECT@,$libdir/libunhairpin.so," "$here/$script" >"$tree/DEBIAN/$script"
	chmod 755 "$tree/DEBIAN/$script"
done
echo 'activate-noawait ldconfig' >"$tree/DEBIAN/triggers"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
sed -e "s#@VERSION@#$version#" -e "s#@ARCH@#$(dpkg --print-architecture)#" \
	-e "s#@DEPENDS@#$depends#" -e "s#@SIZE@#$(du -k -s "$tree/usr" | cut -f 1)#" \
	"$here/control.in" >"$tree/DEBIAN/control"
mkdir -p "$(dirname "$package")"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
