// SPDX-License-Identifier: Apache-2.0
//
// Which rows lie near an area, as the R-tree has them: a list in the order of the table, so that
// whoever reads the rows goes through the file once, forwards.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// The fids whose box meets `area`, ascending, each once; none when they are more than `most`.
/// `schema` is empty or the quoted name of the attached database, with a dot.
std::optional<std::vector<std::int64_t>> fids_near(sqlite::Database& database,
                                                   const std::string& schema,
                                                   const RtreeColumn& column, const Envelope& area,
                                                   std::size_t most);

}  // namespace rhumb::geodb
