#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# GDAL's ESRIJSON and GeoJSON drivers against a running `rhumb serve` of the demo's trees.
# usage: gdal_test.sh <FeatureServer URL>
set -euo pipefail
layer=$1/0
failed=0

check() {  # check WHAT EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    echo "ok - $1"
  else
    echo "NOT ok - $1: expected '$2', got '$3'"
    failed=1
  fi
}

# Of a summary of ogrinfo: one line's value.
fact() { sed -n "s/^$1: *//p" | head -1; }

paged="ESRIJSON:$layer/query?where=1%3D1&outFields=*&orderByFields=OBJECTID+ASC&resultRecordCount=100&f=json"
check "every page is read" 1063 \
  "$(ogrinfo -ro -q -al "$paged" | grep -c '^OGRFeature(' || true)"
check "features are counted by the service" 1063 \
  "$(ogrinfo -ro -so -al "$paged" | fact 'Feature Count')"
check "a filter is the service's" "$(curl -sf "$layer/query?f=json&returnCountOnly=true&where=tree_id%3C10000" | tr -dc 0-9)" \
  "$(ogrinfo -ro -so -al "ESRIJSON:$layer/query?where=tree_id%3C10000&outFields=*&f=json" | fact 'Feature Count')"
check "the geometry is a point" Point "$(ogrinfo -ro -so -al "$paged" | fact Geometry)"
check "an extent comes without reading the pages" 1 \
  "$(ogrinfo -ro -so -al "$layer/query?where=1%3D1&outFields=*&f=geojson" | grep -c '^Extent: (-122.42' || true)"
check "GeoJSON is read whole" 1063 \
  "$(ogrinfo -ro -q -al "$layer/query?where=1%3D1&outFields=*&resultRecordCount=250&f=geojson" | grep -c '^OGRFeature(' || true)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ogr2ogr -q "$folder/copy.gpkg" "$paged" -nln trees
check "a copy made by ogr2ogr has every tree" 1063 \
  "$(sqlite3 "$folder/copy.gpkg" 'SELECT count(*) FROM trees WHERE geom IS NOT NULL')"
check "a wrong filter is an error" failed \
  "$(ogrinfo -ro -so -al "ESRIJSON:$layer/query?where=no_such%3D1&outFields=*&f=json" >/dev/null 2>&1 && echo read || echo failed)"
exit $failed
