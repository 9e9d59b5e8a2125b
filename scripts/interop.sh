#!/usr/bin/env bash
# Installs the interop SMSC's one package (npm), unless the lock file says that what is there is what is wanted.
set -euo pipefail
cd "$(dirname "$0")/../tests/interop"
mark=node_modules/.installed-from
if [ -f "$mark" ] && cmp -s package-lock.json "$mark"; then
  echo "npm package smpp: there already"
  exit 0
fi
if ! npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error </dev/null; then
  echo "The npm package \"smpp\" could not be installed; the interop tests need it once." >&2
  echo "With a network, run: npm ci --ignore-scripts (in tests/interop), then make test." >&2
  echo "Without one, the others still run, and the interop tests fail by name: cargo test --locked --no-fail-fast" >&2
  exit 1
fi
cp package-lock.json "$mark"
