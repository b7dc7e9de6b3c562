#!/bin/bash
# SPDX-License-Identifier: MIT
# Ten thousand configurations one after the other, each read: nothing grows.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

storm "10,000 changes, each read" 0 10000 9999
finish
