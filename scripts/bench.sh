#!/bin/sh
# `npm run bench`: installs whatever is missing, then measures. Arguments go to the bench.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh
install_packages
install_softhsm
exec node_modules/.bin/node scripts/bench.ts "$@"
