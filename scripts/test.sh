#!/bin/sh
# `npm test`: installs whatever is missing, then runs the tests. Arguments go to tap.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh
install_packages
install_softhsm
# pkcs11-spy and pkcs11-tool, independent eyes on the token; their tests say so when they are skipped.
if ! command -v pkcs11-tool >/dev/null 2>&1; then
  install_debian opensc || say 'p11kms: opensc could not be installed; the tests that look over our shoulder are skipped'
fi
if ! command -v redis-server >/dev/null 2>&1 && ! command -v valkey-server >/dev/null 2>&1; then
  install_debian redis-server || say 'p11kms: redis-server could not be installed; the tests of limits shared by nodes are skipped'
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
# tap is built anew with the plugins of .taprc, once per installation.
built=node_modules/.tap-built
if [ ! "$built" -nt .taprc ]; then
  tap build >/dev/null
  touch "$built"
fi
exec tap run "$@"
