#!/bin/sh
# `npm start`: installs whatever is missing, makes the home on first use, serves in the foreground.
# Arguments go to `p11kms serve`.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh
install_packages
install_softhsm
# A core file would hold keys and PINs; token processes inherit this.
ulimit -c 0
exec node_modules/.bin/node src/main.ts serve --init "$@"
