#!/bin/sh
# Keeps openCryptoki's slot daemon running until stdin ends; says `ready` once it runs. Needs root.
# A daemon that ran before is left alone. One that a keeper started is stopped by the last keeper to go.
set -eu
pid_file=/run/pkcsslotd.pid
ours=/run/p11kms-pkcsslotd.pid

# A dead one that nobody has reaped has no `exe`.
running() {
  pid=$(cat "$pid_file" 2>/dev/null) && [ "$(readlink "/proc/$pid/exe")" = /usr/sbin/pkcsslotd ]
}

await() {
  for _ in $(seq 200); do
    if "$@"; then return 0; fi
    sleep 0.05
  done
  echo "waited in vain: $*" >&2
  exit 1
}

serving() {
  running && [ -S /run/pkcsslotd.socket ]
}

stopped() {
  ! running
}

# Locks on files that are there anyway: 8 for starting and stopping, 9 shared by those who need the daemon.
exec 8</etc/opencryptoki/opencryptoki.conf 9</usr/sbin/pkcsslotd
flock 8
if ! running; then
  rm -f "$pid_file" /run/pkcsslotd.socket
  pkcsslotd 8<&- 9<&- </dev/null >/dev/null 2>&1
  await serving
  echo "$pid" >"$ours"
fi
flock -s 9
flock -u 8
echo ready
cat >/dev/null
flock 8
flock -u 9
if flock -n 9 && running && [ "$(cat "$ours" 2>/dev/null)" = "$pid" ]; then
  kill "$pid"
  await stopped
  rm -f "$ours" "$pid_file"
fi
