#!/bin/bash
# SPDX-License-Identifier: MIT
# Three thousand configurations one after the other, each read: nothing grows.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/reload.sh"

storm "3,000 changes, each read" 0 3000 2999
finish
