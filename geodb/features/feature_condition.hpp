// SPDX-License-Identifier: Apache-2.0
//
// The WHERE of a FeatureQuery in SQL, for whoever reads the rows it names.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/statement.hpp"

#include <string>
#include <vector>

namespace rhumb::geodb {

/// " WHERE ...", or empty; with "?" in the order that bind_condition fills. `schema` is empty or
/// the quoted name of the attached database that the layer is in, with a dot.
std::string condition_sql(const Layer& layer, const FeatureQuery& query,
                          const std::string& schema = "");

/// Fills the parameters from `next` on; the number of the one after them.
int bind_condition(sqlite::Statement& statement, const Layer& layer, const FeatureQuery& query,
                   int next = 1);

/// What stands behind ORDER BY: the columns asked for and then the object id.
std::string order_list_sql(const Layer& layer, const FeatureQuery& query);

/// Object ids of any number as one value to bind, for json_each().
std::string object_id_list(const std::vector<ObjectId>& ids);

}  // namespace rhumb::geodb
