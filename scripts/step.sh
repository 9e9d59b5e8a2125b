#!/usr/bin/env bash
# Runs one step: its name before, its name and duration after, also when it fails.
# usage: step.sh NAME COMMAND [ARGUMENT…]
set -uo pipefail
name=$1
shift
printf '==> %s: %s\n' "$name" "$*"
begun=$SECONDS
"$@" </dev/null
code=$?
if [ "$code" -eq 0 ]; then
  printf '==> %s: well, %d s\n' "$name" $((SECONDS - begun))
else
  printf '==> %s: FAILED (exit code %d), %d s\n' "$name" "$code" $((SECONDS - begun)) >&2
fi
exit "$code"
