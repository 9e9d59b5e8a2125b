#!/usr/bin/env bash
# Makes placeholders for the kiosk's recordings with espeak-ng, for every text that has none yet, and notes them in FOLDER/clips.toml.
# A recording by a person is never touched. KOPIR names the program (default: cargo run), MENUS the menus' folder.
# usage: clips.sh FOLDER
set -euo pipefail
folder=${1:?usage: clips.sh FOLDER}
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/need.sh" espeak-ng
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
menus=$(cd "${MENUS:-$root/menus}" && pwd)
kopir() {
  if [ -n "${KOPIR:-}" ]; then "$KOPIR" "$@"; else (cd "$root" && cargo run --locked --quiet -- "$@"); fi
}

voices=$(espeak-ng --voices | awk 'NR > 1 { print $2 }')
voice_of() {
  local wanted=$1
  [ "$wanted" = en ] && wanted=en-gb
  grep -qx "$wanted" <<<"$voices" && echo "$wanted"
}
# A text as TOML and its CSV field write it: neither holds a line break.
unquoted() {
  local text=$1
  if [[ $text == \"*\" ]]; then text=${text:1:-1}; text=${text//\"\"/\"}; fi
  printf '%s' "$text"
}
escaped() {
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}

# Asked before the loop, so that its failure ends the script.
rows=$(kopir check "$menus" --clips "$folder" --unrecorded)

declare -A made silent
made=() silent=()
while IFS=, read -r key lang now at text; do
  case $now in none | lost) ;; *) continue ;; esac
  if ! voice=$(voice_of "$lang"); then
    silent[$lang]=$((${silent[$lang]:-0} + 1))
    continue
  fi
  text=$(unquoted "$text")
  # 145 words a minute: slower than usual, for a hall.
  espeak-ng -v "$voice" -s 145 -w "$folder/$key.wav.new" -- "$text" </dev/null
  mv "$folder/$key.wav.new" "$folder/$key.wav"
  if [ "$now" = none ]; then
    printf '\n# %s\n["%s"]\nfile = "%s.wav"\nlang = "%s"\ntext = "%s"\nsource = "espeak-ng"\n' \
      "$at" "$key" "$key" "$lang" "$(escaped "$text")" >>"$folder/clips.toml"
  fi
  made[$lang]=$((${made[$lang]:-0} + 1))
done < <(tail -n +2 <<<"$rows")

for lang in "${!made[@]}"; do echo "$lang: ${made[$lang]} placeholders made"; done
for lang in "${!silent[@]}"; do
  echo "$lang: espeak-ng has no voice; ${silent[$lang]} texts stay silent until a person has spoken them"
done
