// SPDX-License-Identifier: Apache-2.0
//
// Reads what features have in common instead of the features: groups of them with statistics, and
// distinct values.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/query/statistic.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// A column as counted in Layer; none: the object id.
using SummaryColumn = std::optional<std::size_t>;

struct StatisticColumn {
    Statistic statistic = Statistic::Count;
    SummaryColumn column;
    double share = 0.5;       ///< percentiles: how much lies before the value, 0 to 1
    bool descending = false;  ///< percentiles: counted from the largest
};

/// Rows of the answer are the groups' values, then the statistics. Without statistics: the distinct
/// values of the groups' columns. Without groups: one row.
struct SummaryQuery {
    FeatureQuery rows;  ///< which features; its columns, order and page are not looked at
    std::vector<SummaryColumn> groups;
    std::vector<StatisticColumn> statistics;
    /// Groups that are answered. `?` are bound to its values.
    std::optional<WhereSql> having;
    /// Statistics that only `having` asks for; they are not in the answer.
    std::vector<StatisticColumn> asked_by_having;
    struct Order {
        std::size_t output;  ///< which value of the row
        bool descending = false;
    };
    /// The groups' values are always the last criteria, so that pages are stable.
    std::vector<Order> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;  ///< -1: all
};

/// Reads a havingClause over COUNT(FIELD) and the like, the groups' fields and the statistics'
/// `names`; puts it and what it asks for into `query`. Throws InvalidArgument beginning with
/// "havingClause".
void set_having(SummaryQuery& query, const Layer& layer, std::string_view text,
                const std::vector<std::string>& names, std::int64_t now_ms,
                const std::string& user);

/// What a statistic of a column is: numbers, or what the column holds.
FieldType statistic_type(const Layer& layer, const StatisticColumn& statistic);

using OnValues = std::function<void(const std::vector<Value>&)>;
void read_summary(sqlite::Database& database, const Layer& layer, const SummaryQuery& query,
                  const OnValues& on_values);
/// How many rows there are, whatever the page.
std::int64_t count_summary(sqlite::Database& database, const Layer& layer,
                           const SummaryQuery& query);

}  // namespace rhumb::geodb
