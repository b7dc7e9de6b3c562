#!/bin/sh
# SPDX-License-Identifier: MIT
# Names everything that building takes and that is missing here, with the packages of Debian; `make` calls it.
#
# usage: needs.sh COMPILER LIBRARY…
#
# COMPILER is a command with its options, and each LIBRARY a name of pkg-config's; without one, what the object alone
# takes is asked for. Exit status 1: something is missing.
# Without clang (BPF_CLANG is empty) the build is complete but for one subcommand, which a note says.
set -u

compiler=$1
shift
pkg_config=${PKG_CONFIG:-pkg-config}
missing=
packages=

lacks() { # WHAT PACKAGE
	missing="$missing
  $1"
	case " $packages " in *" $2 "*) ;; *) packages="$packages $2" ;; esac
}

# The package with the headers of a library. That of libbpf brings libelf's.
package_of() {
	case $1 in
	libelf | libbpf) echo libbpf-dev ;;
	lib*) echo "$1-dev" ;;
	*) echo "lib$1-dev" ;;
	esac
}

compiles() { # TEXT OPTION…
	text=$1
	shift
	# The compiler and its options are words.
	# shellcheck disable=SC2086
	printf '%s\n' "$text" | $compiler -x c - "$@" >/dev/null 2>&1
}

links() { # LIBRARY
	# shellcheck disable=SC2046
	compiles 'int main(void) { return 0; }' -o "$program" -Wl,--no-as-needed $($pkg_config --libs "$1")
}

program=$(mktemp) || exit 1
trap 'rm -f "$program"' EXIT

# Without a compiler the usual directory is looked at.
has_header() { # NAME
	if command -v "${compiler%% *}" >/dev/null; then
		compiles "#include <$1>" -E
	else
		[ -e "/usr/include/$1" ]
	fi
}

command -v "${compiler%% *}" >/dev/null || lacks "a C compiler: ${compiler%% *}" gcc
has_header stdio.h || lacks "the headers of libc" libc6-dev
if [ $# -gt 0 ]; then # the object alone takes no more
	has_header uthash.h || lacks uthash.h uthash-dev
	command -v "${pkg_config%% *}" >/dev/null || lacks "${pkg_config%% *}" pkg-config
fi
for library; do
	if ! $pkg_config --exists "$library" 2>/dev/null; then
		lacks "the library $library" "$(package_of "$library")"
	elif [ -z "$missing" ] && ! links "$library"; then
		unfit="${unfit-} $library"
	fi
done

if [ -n "$missing" ]; then
	echo "make: missing, to build unhairpin:$missing" >&2
	echo "On Debian, as root: apt-get install$packages   (or: make deps)" >&2
	exit 1
fi
if [ -n "${unfit-}" ]; then
	echo "make: ${compiler%% *} cannot link what pkg-config finds:$unfit" >&2
	echo "Build the libraries with that compiler, and have PKG_CONFIG_LIBDIR name their directory." >&2
	exit 1
fi
[ -n "${BPF_CLANG-}" ] ||
	echo "make: no clang here: this build will be without 'unhairpin kernel' (Debian's package: clang)" >&2
