#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A field day on real data, told step by step, and proved at the end from the files.
#
# usage: field_day.sh BIN_FOLDER [OUTPUT_FOLDER]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd)
data=$(cd "$here/../data" && pwd)
out=${2:-$here/../../build/demo}
rm -rf "$out"
mkdir -p "$out"
cd "$out"
out=$PWD
rhumb=$bin/rhumb
began=$(date +%s.%N)

# Two overlapping extents of south-east San Francisco: west of Potrero Hill, and east.
ana_extent=-122.4228,37.724,-122.395,37.77
ben_extent=-122.41,37.74,-122.3769,37.79

pids=()
stop_all() { for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; }
trap stop_all EXIT

bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
tell() { printf '  %s\n' "$*"; }
indented() { sed 's/^/  /'; }
query() { sqlite3 -readonly "$1" "$2"; }

gone() { ! kill -0 "$1" 2>/dev/null; }
wait_for() {  # wait_for COMMAND…: until it succeeds, at most 10 s
  for _ in $(seq 200); do "$@" && return 0; sleep 0.05; done
  echo "field_day: waited in vain for: $*" >&2
  exit 1
}

step "1. The office imports its data"
"$rhumb" import city.gpkg "$data/trees.geojson" "$data/sweeping_segments.geojson" \
  "$data/work_zones.geojson" "$data/tree_visits.csv" | indented
tell "city.gpkg: $(stat -c %s city.gpkg) bytes, an ordinary GeoPackage: $(ogrinfo -q city.gpkg | tr '\n' ' ')"

step "2. The office serves it"
"$rhumb" serve city.gpkg --port 0 >serve.log 2>&1 &
server=$!
pids+=("$server")
wait_for grep -q 'FeatureServer' serve.log
direct=$(grep -o 'http://[^ ]*FeatureServer' serve.log | head -1)
tell "$direct"
port=$(sed -E 's|http://[^:]*:([0-9]+)/.*|\1|' <<<"$direct")
mkdir link
python3 "$here/bad_link.py" "$port" link >link/port &
pids+=("$!")
wait_for test -s link/port
url=${direct/:$port/:$(cat link/port)}
tell "the devices reach it over a link that will fail: $url"

step "3. Ana and Ben take different, overlapping parts of it offline"
"$rhumb" replicate "$url" ana.gpkg --extent "$ana_extent" --model perReplica | indented
"$rhumb" replicate "$url" ben.gpkg --extent "$ben_extent" --model perLayer | indented
both=$(sqlite3 -readonly ana.gpkg "ATTACH 'ben.gpkg' AS ben; SELECT a.global_id FROM trees a JOIN ben.trees b
  ON b.global_id = a.global_id WHERE a.dbh_in IS NOT NULL ORDER BY a.tree_id LIMIT 2")
collision=$(sed -n 1p <<<"$both")
shared=$(sed -n 2p <<<"$both")
tell "$(query ana.gpkg "ATTACH 'ben.gpkg' AS ben; SELECT count(*) FROM trees a JOIN ben.trees b ON b.global_id = a.global_id") trees are on both devices"

step "4. No network. Ana edits with an app on the C API"
"$bin/offline_edits" ana.gpkg trees 40 7 >ana_edits.log
tell "$(wc -l <ana_edits.log) lines of what she did in ana_edits.log; then two trees by hand:"
"$bin/offline_edits" ana.gpkg trees --set "$collision" species "Quercus agrifolia" | indented
"$bin/offline_edits" ana.gpkg trees --set "$shared" dbh_in 21.5 | indented

step "5. No network. Ben edits the same kind of file with GDAL's own programs"
ogrinfo -q ben.gpkg -sql "UPDATE trees SET species = 'Quercus suber' WHERE global_id = '$collision'"
ogrinfo -q ben.gpkg -sql "UPDATE trees SET caretaker = 'Private' WHERE global_id = '$shared'"
ogrinfo -q ben.gpkg -sql "UPDATE sweeping_segments SET sides = 'both' WHERE fid <= 5"
# Trees that only Ben has: what he deletes, Ana cannot be editing.
lonely=$(sqlite3 -readonly ben.gpkg "ATTACH 'ana.gpkg' AS ana; SELECT fid FROM trees WHERE global_id NOT IN
  (SELECT global_id FROM ana.trees) ORDER BY fid LIMIT 3" | paste -sd,)
ogrinfo -q ben.gpkg -sql "DELETE FROM trees WHERE fid IN ($lonely)"
cat >new_trees.geojson <<'TREES'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"species":"Ginkgo biloba","plant_type":"Tree","dbh_in":2},"geometry":{"type":"Point","coordinates":[-122.4001,37.7551]}},
{"type":"Feature","properties":{"species":"Ginkgo biloba","plant_type":"Tree","dbh_in":3},"geometry":{"type":"Point","coordinates":[-122.3902,37.7602]}}]}
TREES
ogr2ogr -update -append -nln trees ben.gpkg new_trees.geojson
tell "ogrinfo and ogr2ogr know nothing of Rhumb; the triggers in the file have logged what they did:"
for device in ana ben; do
  "$rhumb" log "$device.gpkg" --json >"$device.log.json"
  tell "$device: $(python3 -c "import json,collections;print(', '.join(f'{n} {k}s' for k,n in sorted(collections.Counter(e['edit'] for e in json.load(open('$device.log.json'))).items())))") pending"
done

step "6. Ana synchronizes; the link is cut after the service has acted, and her app dies"
touch link/armed
"$rhumb" sync ana.gpkg >ana_cut.log 2>&1 &
syncing=$!
wait_for test -e link/cut
disown "$syncing"  # the shell need not tell that it was killed
kill -9 "$syncing"
wait_for gone "$syncing"
tell "the service has her edits: $("$rhumb" diff city.gpkg ana.gpkg --layer trees --extent "$ana_extent" --json 2>/dev/null | python3 -c "import json,sys; d=json.load(sys.stdin); print('yes' if d.get('equal') else 'not all of them')" || true)"
tell "she does not know it:      $("$rhumb" status ana.gpkg | grep 'pending edits' | tr -s ' ')"

step "7. The link is back; Ana takes it up again"
rm link/armed link/cut
"$rhumb" sync ana.gpkg | indented

step "8. Both synchronize until nothing moves any more"
quiet=0
for round in 1 2 3 4 5; do
  moved=0
  for device in ben ana; do
    "$rhumb" sync "$device.gpkg" --json >"$device.sync.json"
    # Prints one line, and exits with the number of edits that moved (at most 100).
    python3 - "$device" "$round" <<'REPORT' || moved=$((moved + $?))
import json, sys
device, round_ = sys.argv[1:3]
report = json.load(open(f"{device}.sync.json"))
total = lambda way: sum(sum(layer[way].values()) for layer in report["layers"])
print(f"  round {round_}: {device} sent {total('sent')}, received {total('received')}, "
      f"{len(report['conflicts'])} conflict(s), {len(report['rejected'])} refused; "
      f"{report['requests']} requests, {report['bytesUp']} bytes up, {report['bytesDown']} down, "
      f"{report['seconds']} s")
for conflict in report["conflicts"]:
    print("    conflict: " + json.dumps(conflict, ensure_ascii=False))
sys.exit(min(100, total("sent") + total("received")))
REPORT
  done
  [ "$moved" = 0 ] && { quiet=1; break; }
done
[ "$quiet" = 1 ] || { echo "field_day: the devices do not come to rest" >&2; exit 1; }

step "9. The proof, from the files"
kill "$server"
wait "$server" 2>/dev/null || true
proved=0
tell "service and Ana under her filter:"
"$rhumb" diff city.gpkg ana.gpkg --extent "$ana_extent" | sed 's/^/    /' || proved=1
tell "service and Ben under his filter:"
"$rhumb" diff city.gpkg ben.gpkg --extent "$ben_extent" | sed 's/^/    /' || proved=1
python3 "$here/prove.py" city.gpkg ana.log.json ben.log.json ben.gpkg || proved=1
for file in city ana ben; do
  check=$(query "$file.gpkg" "SELECT rtreecheck('rtree_trees_geom') || ', ' || (SELECT * FROM pragma_integrity_check)")
  tell "$file.gpkg: R-tree $check"
  [ "$check" = "ok, ok" ] || proved=1
done
[ -z "$(ls ./*-wal 2>/dev/null)" ] || { tell "a -wal was left behind"; proved=1; }

step "$([ "$proved" = 0 ] && echo "Proved" || echo "NOT PROVED"), in $(python3 -c "import time; print(f'{time.time() - $began:.1f}')") s. The files are in $out"
exit "$proved"
