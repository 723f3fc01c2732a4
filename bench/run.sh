#!/usr/bin/env bash
# Runs the benches, or the one named: run.sh PROGRAMS [NAME]. See README.md.
set -euo pipefail
programs=$(cd "$1" && pwd)
wanted=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=(attachments tracking commit export delta extent_replica whole_replica bulk_load rtree changes http)
if [ -n "$wanted" ]; then
  case " ${names[*]} " in
    *" $wanted "*) names=("$wanted") ;;
    *) echo "bench: there is no bench '$wanted' (${names[*]})" >&2; exit 2 ;;
  esac
fi

data=build/bench-data
lines=$data/findings.jsonl
mkdir -p "$data"
[ -f "$data/sf_medium.gpkg" ] || unzip -qo tests/data/medium/sf_medium.gpkg.zip -d "$data"
"$programs/make_points" "$data"

rm -f "$lines"
printf '%-4s %-56s %-34s %12s %12s %7s %7s %7s  %s\n' \
  row what yardstick yardstick ours ratio hard aim verdict
for name in "${names[@]}"; do
  "$programs/${name}_bench" "$data" "$lines"
done

# One array of what was found, with the machine it was found on.
{
  printf '{"machine":"%s","processors":%s,"sqlite":"%s","findings":[\n' \
    "$(uname -srm)" "$(nproc)" "$(sqlite3 --version | cut -d' ' -f1)"
  sed '$!s/$/,/' "$lines"
  printf ']}\n'
} > build/bench-results.json
missed=$(grep -c '"verdict":"MISSED"' "$lines" || true)
echo "build/bench-results.json has the same as JSON; $missed missed"
