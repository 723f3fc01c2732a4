// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/moved_features.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

/// A feature that left an object id, or that stands now where it did not stand before.
struct Place {
    Uuid feature;
    ObjectId oid;
    auto operator<=>(const Place&) const = default;
};

struct Places {
    std::vector<Place> left;
    std::vector<Uuid> taken;
};

/// Whoever leaves an object id is in the log with the whole row, and whoever takes one is there as
/// new or with the row of another feature.
std::string places_sql(const Layer& layer) {
    const std::string old_id = "e." + old_column(layer, layer.global_id_index());
    const std::string id = "t." + quoted_name(layer.global_id_column);
    return "SELECT e.fid, " + old_id + ", " + id + " FROM " + edit_table(layer.id) +
           " e LEFT JOIN " + quoted_name(layer.table) + " t ON t." + quoted_name(layer.fid_column) +
           " = e.fid WHERE e.generation > ?1 AND (e.existed = 0 OR " + old_id +
           " IS NOT NULL) AND " + id + " IS NOT " + old_id;
}

Places places_since(sqlite::Database& database, const Layer& layer, Generation base) {
    Places places;
    Statement rows(database, places_sql(layer));
    rows.bind(1, base.value);
    while (rows.step()) {
        // No UUID: NULL, so nobody left or nobody came.
        if (const auto left = Uuid::parse(rows.column_text(1))) {
            places.left.push_back({*left, {rows.column_int64(0)}});
        }
        if (const auto taken = Uuid::parse(rows.column_text(2))) places.taken.push_back(*taken);
    }
    return places;
}

}  // namespace

std::unordered_set<GlobalId> moved_features(sqlite::Database& database, const Layer& layer,
                                            Generation base) {
    auto [left, taken] = places_since(database, layer, base);
    std::sort(left.begin(), left.end());
    std::sort(taken.begin(), taken.end());
    std::unordered_set<GlobalId> moved;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const bool twice =
            i > 0 && left[i].feature == left[i - 1].feature && left[i].oid != left[i - 1].oid;
        const bool is_back = std::binary_search(taken.begin(), taken.end(), left[i].feature);
        if (twice || is_back) moved.insert({left[i].feature});
    }
    return moved;
}

}  // namespace rhumb::geodb
