// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/rtree_index.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/rtree/packed_rtree.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <array>
#include <string_view>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

/// Templates of the triggers (OGC GeoPackage 1.3, annex F.3): T table, C geometry, I fid, R rtree.
struct TriggerTemplate {
    std::string_view suffix;
    std::string_view body;
};

constexpr std::string_view kPutNew =
    "INSERT OR REPLACE INTO %R VALUES (NEW.%I, ST_MinX(NEW.%C), ST_MaxX(NEW.%C), "
    "ST_MinY(NEW.%C), ST_MaxY(NEW.%C));";

constexpr std::array<TriggerTemplate, 6> kTriggers{{
    {"_insert",
     "AFTER INSERT ON %T WHEN (NEW.%C NOT NULL AND NOT ST_IsEmpty(NEW.%C)) BEGIN %P END"},
    {"_update1",
     "AFTER UPDATE OF %C ON %T WHEN OLD.%I = NEW.%I AND "
     "(NEW.%C NOTNULL AND NOT ST_IsEmpty(NEW.%C)) BEGIN %P END"},
    {"_update2",
     "AFTER UPDATE OF %C ON %T WHEN OLD.%I = NEW.%I AND "
     "(NEW.%C ISNULL OR ST_IsEmpty(NEW.%C)) BEGIN DELETE FROM %R WHERE id = OLD.%I; END"},
    {"_update3",
     "AFTER UPDATE ON %T WHEN OLD.%I != NEW.%I AND (NEW.%C NOTNULL AND NOT ST_IsEmpty(NEW.%C)) "
     "BEGIN DELETE FROM %R WHERE id = OLD.%I; %P END"},
    {"_update4",
     "AFTER UPDATE ON %T WHEN OLD.%I != NEW.%I AND (NEW.%C ISNULL OR ST_IsEmpty(NEW.%C)) "
     "BEGIN DELETE FROM %R WHERE id IN (OLD.%I, NEW.%I); END"},
    {"_delete",
     "AFTER DELETE ON %T WHEN OLD.%C NOT NULL BEGIN DELETE FROM %R WHERE id = OLD.%I; END"},
}};

std::string filled_in(std::string_view text, const RtreeColumn& column) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
            case 'T':
                out += quoted_name(column.table);
                break;
            case 'C':
                out += quoted_name(column.geometry_column);
                break;
            case 'I':
                out += quoted_name(column.fid_column);
                break;
            case 'R':
                out += quoted_name(rtree_table(column));
                break;
            default:
                out += filled_in(kPutNew, column);
                break;
        }
    }
    return out;
}

}  // namespace

std::string rtree_table(const RtreeColumn& column) {
    return "rtree_" + column.table + "_" + column.geometry_column;
}

bool has_rtree(sqlite::Database& database, const RtreeColumn& column) {
    return database.has_table(rtree_table(column));
}

std::vector<std::string> rtree_trigger_names(const RtreeColumn& column) {
    std::vector<std::string> names;
    for (const TriggerTemplate& trigger : kTriggers) {
        names.push_back(rtree_table(column) + std::string(trigger.suffix));
    }
    return names;
}

namespace {

PackedRtree boxes_of_rows(sqlite::Database& database, const RtreeColumn& column) {
    // The file lies beside the geodatabase, where there is room for the tree too.
    const std::filesystem::path& file = database.path();
    PackedRtree tree(file.empty() ? file : std::filesystem::absolute(file).parent_path());
    sqlite::Statement rows(database, "SELECT " + quoted_name(column.fid_column) + ", " +
                                         quoted_name(column.geometry_column) + " FROM " +
                                         quoted_name(column.table) + " WHERE " +
                                         quoted_name(column.geometry_column) + " IS NOT NULL");
    while (rows.step()) {
        try {
            if (const auto box = gpb_envelope(rows.column_blob(1))) {
                tree.add(rows.column_int64(0), *box);
            }
        } catch (const Error& error) {
            throw error.within("table '" + column.table + "', row " +
                               std::to_string(rows.column_int64(0)));
        }
    }
    return tree;
}

}  // namespace

void rebuild_rtree(sqlite::Database& database, const RtreeColumn& column) {
    boxes_of_rows(database, column).write(database, rtree_table(column));
}

void create_rtree(sqlite::Database& database, const RtreeColumn& column) {
    PackedRtree boxes = boxes_of_rows(database, column);
    create_rtree(database, column, boxes);
}

void create_rtree(sqlite::Database& database, const RtreeColumn& column, PackedRtree& boxes) {
    database.execute("CREATE VIRTUAL TABLE " + quoted_name(rtree_table(column)) +
                     " USING rtree(id, minx, maxx, miny, maxy)");
    boxes.write(database, rtree_table(column));
    for (const TriggerTemplate& trigger : kTriggers) {
        database.execute("CREATE TRIGGER " +
                         quoted_name(rtree_table(column) + std::string(trigger.suffix)) + " " +
                         filled_in(trigger.body, column));
    }
    sqlite::Statement remember(
        database,
        "INSERT OR IGNORE INTO gpkg_extensions VALUES (?1, ?2, 'gpkg_rtree_index', "
        "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')");
    remember.bind(1, column.table).bind(2, column.geometry_column).run();
}

}  // namespace rhumb::geodb
