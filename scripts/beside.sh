#!/usr/bin/env bash
# Runs commands side by side, each told apart by its place in front of its lines; fails when any of them has.
# usage: beside.sh COMMAND COMMAND…
set -uo pipefail
running=()
place=0
for command in "$@"; do
  place=$((place + 1))
  { bash -c "$command" 2>&1 | sed -u "s/^/$place| /"; exit "${PIPESTATUS[0]}"; } &
  running+=($!)
done
code=0
for one in "${running[@]}"; do
  wait "$one" || code=$?
done
exit "$code"
