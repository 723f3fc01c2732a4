#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Serves the demo's data and lets a client of somebody else loose on it.
# usage: run.sh BIN_FOLDER WORK_FOLDER rest_js|gdal
#
# Exit code 77: the client itself could not be had here, so nothing is known.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd)
data=$(cd "$here/../../examples/data" && pwd)
client=$3
mkdir -p "$2/$client"
cd "$2/$client"

case "$client" in
  rest_js)
    command -v npm >/dev/null || { echo "npm is not installed: not tested"; exit 77; }
    cp "$here/package.json" "$here/package-lock.json" "$here/rest_js_test.mjs" .
    npm ci --no-audit --no-fund --silent || { echo "npm could not install the client"; exit 77; }
    ;;
  gdal)
    command -v ogrinfo >/dev/null || { echo "gdal-bin is not installed: not tested"; exit 77; }
    ;;
esac

rm -rf city.gpkg* .rhumb serve.log
"$bin/rhumb" import city.gpkg "$data/trees.geojson" "$data/tree_visits.csv" \
  "$data/sweeping_segments.geojson" "$data/work_zones.geojson" >import.log
"$bin/rhumb" relate city.gpkg trees tree_visits --key global_id=tree_global_id >relate.log
"$bin/rhumb" serve city.gpkg --port 0 >serve.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait 2>/dev/null || true' EXIT
for _ in $(seq 200); do
  grep -q FeatureServer serve.log && break
  sleep 0.05
done
url=$(grep -o 'http://[^ ]*FeatureServer' serve.log | head -1)

case "$client" in
  rest_js) node rest_js_test.mjs "$url" ;;
  gdal) bash "$here/gdal_test.sh" "$url" ;;
esac
