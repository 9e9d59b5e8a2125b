#!/usr/bin/env bash
# Installs the npm packages of one folder of tests, unless its lock file says that what is there is what is wanted.
# usage: packages.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../$1"
mark=node_modules/.installed-from
if [ -f "$mark" ] && cmp -s package-lock.json "$mark"; then
  echo "npm packages of $1: there already"
  exit 0
fi
if ! npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null; then
  echo "The npm packages of $1 could not be installed; its tests need them once." >&2
  echo "With a network, run: npm ci --ignore-scripts (in $1), then make test." >&2
  echo "Without one, every other test runs with: cargo test --locked -- --skip interop" >&2
  exit 1
fi
cp package-lock.json "$mark"
