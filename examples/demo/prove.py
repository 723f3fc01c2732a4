#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves from the files alone that every accepted edit is in the service exactly once.

usage: prove.py SERVICE.gpkg FIRST.json SECOND.json LATER.gpkg

FIRST.json and SECOND.json are what two devices had pending (rhumb log --json) before they
synchronized, in this order; LATER.gpkg is the replica of the second one. Where both changed the
same column the second arrived last: its value must be in the service, and the first one's value
must be kept in LATER's rhumb_conflict. Exits 1 when anything is missing, twice or different.
"""
import json
import sqlite3
import sys
from datetime import datetime, timezone

problems = []


def check(fact, what):
    if not fact:
        problems.append(what)


def point_of(blob):
    """x and y of a GeoPackage point blob written little-endian without an envelope."""
    import struct
    envelope = (blob[3] >> 1) & 7
    start = 8 + (0, 32, 48, 48, 64)[envelope]
    return struct.unpack_from("<dd", blob, start + 5)


def same(stored, said, column):
    if isinstance(said, dict) and "x" in said:
        return stored is not None and point_of(stored) == (said["x"], said["y"])
    if isinstance(said, dict):
        return stored is not None  # lines and polygons are compared by rhumb diff
    if isinstance(said, (int, float)) and isinstance(stored, str) and "T" in stored:
        moment = datetime.strptime(stored, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        return round(moment.timestamp() * 1000) == said
    return stored == said


class Service:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self.layers = {row[0]: (row[1], row[2]) for row in self.db.execute(
            "SELECT name, table_name, global_id_column FROM rhumb_layer")}

    def rows(self, layer, feature):
        table, column = self.layers[layer]
        return self.db.execute(f'SELECT * FROM "{table}" WHERE "{column}" = ?',
                               (feature,)).fetchall()

    def duplicates(self, layer):
        table, column = self.layers[layer]
        return self.db.execute(f'SELECT count(*) - count(DISTINCT "{column}") FROM "{table}"'
                               ).fetchone()[0]


def key(edit):
    return edit["layer"], edit["globalId"]


def check_edit(service, edit, overwritten):
    """`overwritten` are the columns that a later edit of the same feature has changed again."""
    layer, feature = key(edit)
    rows = service.rows(layer, feature)
    name = f"{edit['edit']} of {layer} {feature}"
    if edit["edit"] == "delete":
        check(not rows, f"{name}: the feature is still there")
        return
    check(len(rows) == 1, f"{name}: it is there {len(rows)} times")
    if len(rows) != 1:
        return
    for column, value in edit["now"].items():
        if column in overwritten:
            continue
        stored = rows[0][column]
        check(same(stored, value, column), f"{name}: {column} is {stored!r}, not {value!r}")


def main():
    service = Service(sys.argv[1])
    with open(sys.argv[2]) as file:
        first = json.load(file)
    with open(sys.argv[3]) as file:
        second = json.load(file)
    later = sqlite3.connect(f"file:{sys.argv[4]}?mode=ro", uri=True)
    later_edits = {key(edit): edit for edit in second}
    collisions = 0
    for edit in first:
        after = later_edits.get(key(edit))
        if after and after["edit"] == "delete":
            continue
        overwritten = set((after or {}).get("now") or {})
        if after and edit["edit"] == "update":
            for column in overwritten & set(edit["now"]):
                if after["now"][column] == edit["now"][column]:
                    continue
                collisions += 1
                kept = later.execute(
                    "SELECT theirs FROM rhumb_conflict WHERE feature = ? AND column_name = ?",
                    (edit["globalId"], column)).fetchall()
                check(any(json.loads(row[0]) == edit["now"][column] for row in kept),
                      f"{key(edit)}: the value of {column} that lost is not kept")
        check_edit(service, edit, overwritten)
    for edit in second:
        check_edit(service, edit, set())
    for layer in service.layers:
        check(service.duplicates(layer) == 0, f"layer {layer} has a GlobalID twice")
    check(collisions > 0, "no collision took place: the story is not the one that is told")
    for problem in problems:
        print(f"  NOT PROVED: {problem}")
    print(f"  {len(first)} edits of the first device, {len(second)} of the second, "
          f"{collisions} collision(s): "
          + ("each is in the service exactly once" if not problems else "something is wrong"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
