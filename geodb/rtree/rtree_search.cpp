// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/rtree_search.hpp"

#include "geodb/sqlite/statement.hpp"

#include <algorithm>

namespace rhumb::geodb {

std::optional<std::vector<std::int64_t>> fids_near(sqlite::Database& database,
                                                   const std::string& schema,
                                                   const RtreeColumn& column, const Envelope& area,
                                                   std::size_t most) {
    sqlite::Statement near(
        database, "SELECT id FROM " + schema + sqlite::quoted_name(rtree_table(column)) +
                      " WHERE maxx >= ?1 AND minx <= ?2 AND maxy >= ?3 AND miny <= ?4");
    near.bind(1, area.min_x).bind(2, area.max_x).bind(3, area.min_y).bind(4, area.max_y);
    std::vector<std::int64_t> fids;
    while (near.step()) {
        if (fids.size() == most) return std::nullopt;
        fids.push_back(near.column_int64(0));
    }
    std::sort(fids.begin(), fids.end());
    fids.erase(std::unique(fids.begin(), fids.end()), fids.end());
    return fids;
}

}  // namespace rhumb::geodb
