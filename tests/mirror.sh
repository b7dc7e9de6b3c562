#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints "MIRROR RELEASE" of this machine's first source of Debian that is neither updates nor security.
set -eu

# shellcheck disable=SC2016 # apt's own variables
apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Origin: Debian' |
	grep -v -e -security -e -updates | head -n 1
