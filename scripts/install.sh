# Sourced by the other scripts, from the clone's root: what a fresh clone lacks, and how it is got.

say() {
  printf '%s\n' "$*" >&2
}

# npm's own record of an installation is newer than the lock file when nothing has changed since.
install_packages() {
  if [ node_modules/.package-lock.json -nt package-lock.json ] && [ -x node_modules/.bin/node ]; then
    return 0
  fi
  say 'p11kms: installing npm packages (the first time takes a minute) ...'
  use_local_headers
  log=$(mktemp)
  if ! npm ci --no-audit --no-fund >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
  touch node_modules/.package-lock.json
}

# The PKCS#11 binding is built by node-gyp, which would download headers; those beside the host's Node will do for
# an N-API add-on, whatever Node loads it later.
use_local_headers() {
  if [ -n "${npm_config_nodedir:-}" ]; then return 0; fi
  for found in "${npm_node_execpath:-}" $(which -a node 2>/dev/null) /usr/bin/node /usr/local/bin/node; do
    prefix=$(dirname "$(dirname "$(readlink -f "$found")")")
    if [ -f "$prefix/include/node/node_api.h" ]; then
      npm_config_nodedir=$prefix
      export npm_config_nodedir
      return 0
    fi
  done
}

softhsm_installed() {
  for library in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
    /usr/lib64/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so \
    /usr/local/lib/softhsm/libsofthsm2.so /opt/homebrew/lib/softhsm/libsofthsm2.so; do
    if [ -e "$library" ]; then return 0; fi
  done
  return 1
}

install_softhsm() {
  if softhsm_installed; then return 0; fi
  install_debian softhsm2 || {
    say 'p11kms: SoftHSM is not installed; run: sudo apt-get install -y softhsm2'
    exit 1
  }
}

# Installs Debian packages as root, or by sudo where that asks no questions. Fails where neither can be.
install_debian() {
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    return 1
  fi
  say "p11kms: installing $* ..."
  for attempt in 1 2 3; do
    $as_root apt-get update -qq >/dev/null 2>&1 || true
    if $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null 2>&1; then return 0; fi
    if [ "$attempt" != 3 ]; then sleep 5; fi
  done
  return 1
}
