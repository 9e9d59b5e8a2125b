#!/usr/bin/env bash
# Makes sure that programs are there: installs the missing ones with apt as root, otherwise says what to install.
# usage: need.sh [redis-server] [node] [npm] [chromium] [noto-sans] [bearerbox] [espeak-ng]
set -euo pipefail
# Servers lie where a user's PATH often does not look.
PATH="$PATH:/usr/sbin"

# Node 18 is the oldest the interop SMSC runs on.
NODE_MIN=18

package_of() {
  case $1 in
    redis-server) echo redis-server ;;
    node) echo nodejs ;;
    npm) echo npm ;;
    chromium) echo chromium ;;
    bearerbox | smsbox) echo kannel ;;
    espeak-ng) echo espeak-ng ;;
    noto-sans) echo fonts-noto-core ;;
    *) echo "need.sh: no package known for \"$1\"" >&2; exit 2 ;;
  esac
}

# Where a program or the typeface is; fails when it is nowhere.
place_of() {
  case $1 in
    noto-sans)
      # A folder that is not there is no failure.
      { find /usr/share/fonts /usr/local/share/fonts ~/.local/share/fonts \
        \( -name 'NotoSans-Regular.*' -o -name 'NotoSans\[*' \) -print -quit 2>/dev/null || true; } | grep . ;;
    *) command -v "$1" ;;
  esac
}

packages=()
for program in "$@"; do
  if ! place_of "$program" >/dev/null; then
    packages+=("$(package_of "$program")")
  fi
done

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be absent (a container image) or old; an update that fails is told by the install after it.
    apt-get update -qq </dev/null || true
    if ! apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null; then
      echo "these could not be installed: ${packages[*]}. Install them by hand, then run make again." >&2
      exit 1
    fi
  else
    echo "missing: ${packages[*]}" >&2
    echo "Install them, then run make again. Debian, Ubuntu: sudo apt-get install ${packages[*]}" >&2
    exit 1
  fi
fi

for program in "$@"; do
  if [ "$program" = node ]; then
    major=$(node --version | sed -E 's/^v([0-9]+).*/\1/')
    if [ "$major" -lt "$NODE_MIN" ]; then
      echo "node $major is too old: $NODE_MIN or later is needed. Install it, then run make again." >&2
      exit 1
    fi
  fi
  echo "$program: $(place_of "$program")"
done
