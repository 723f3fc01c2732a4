// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/column_changes.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

constexpr std::string_view kOld = "old_";

/// Names of the columns whose old values a log keeps, in its order.
std::vector<std::string> logged_columns(sqlite::Database& database, const std::string& log) {
    std::vector<std::string> names;
    sqlite::Statement rows(database, "SELECT name FROM pragma_table_info(?1) ORDER BY cid");
    rows.bind(1, log);
    while (rows.step()) {
        const std::string_view name = rows.column_text(0);
        if (name.starts_with(kOld)) names.emplace_back(name.substr(kOld.size()));
    }
    return names;
}

std::vector<std::string> columns_of(const Layer& layer) {
    std::vector<std::string> names;
    for (const std::size_t column : all_columns(layer)) names.push_back(layer.column_name(column));
    return names;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& names,
                                    const std::string& name) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& other) {
        return equal_ignoring_case(other, name);
    });
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

/// Where the log keeps each column of the layer; nothing for a new one.
std::vector<std::optional<std::size_t>> sources(const std::vector<std::string>& columns,
                                                const std::vector<std::string>& logged) {
    std::vector<std::optional<std::size_t>> places;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto place = place_of(logged, columns[i]);
        const bool renamed = !place && i < logged.size() && !place_of(columns, logged[i]);
        if (renamed) place = i;
        places.push_back(place);
    }
    return places;
}

/// The default as far as it is a literal; of anything else nobody knows the value it had.
std::string default_literal(const Layer& layer, std::size_t column) {
    if (column >= layer.fields.size()) return "NULL";
    const std::string text = layer.fields[column].default_sql.value_or("NULL");
    const bool literal =
        text.front() == '\'' || text.find_first_not_of("+-.0123456789") == std::string::npos;
    return literal ? text : "NULL";
}

/// Entries of the library name the columns they know by their place: bits move with the columns.
std::string moved_mask(const Layer& layer, const Layer& before,
                       const std::vector<std::optional<std::size_t>>& places) {
    std::string sql = "CASE WHEN known IN (0, -1) THEN known ELSE 0";
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (!places[i]) continue;
        sql += " | CASE WHEN known & " + std::to_string(known_bit(before, *places[i])) + " THEN " +
               std::to_string(known_bit(layer, i)) + " ELSE 0 END";
    }
    return sql + " END";
}

/// The layer as its log knows it, as far as masks go: fields in the log's order, then geometry.
Layer layer_before(const Layer& layer, std::vector<std::string> logged) {
    Layer before = layer;
    before.fields.clear();
    if (before.geometry && !logged.empty()) logged.pop_back();
    for (std::string& name : logged) {
        before.fields.emplace_back();
        before.fields.back().name = std::move(name);
    }
    return before;
}

}  // namespace

bool log_fits(sqlite::Database& database, const Layer& layer) {
    const auto logged = logged_columns(database, edit_table(layer.id));
    const auto columns = columns_of(layer);
    return std::equal(columns.begin(), columns.end(), logged.begin(), logged.end(),
                      equal_ignoring_case);
}

void fit_log(sqlite::Database& database, const Layer& layer) {
    const std::string log = edit_table(layer.id);
    const std::string outgrown = log + "_outgrown";
    const auto logged = logged_columns(database, log);
    const auto columns = columns_of(layer);
    // The geometry is counted apart: its place is at the end, however many fields there are.
    auto places = sources(columns, logged);
    if (layer.geometry) places.back() = logged.size() - 1;

    drop_tracking_triggers(database, layer);
    database.execute("ALTER TABLE " + log + " RENAME TO " + outgrown);
    create_tracking(database, layer);
    std::string names = "generation, fid, existed, known";
    std::string values =
        "generation, fid, existed, " + moved_mask(layer, layer_before(layer, logged), places);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        names += ", " + old_column(layer, i);
        values += ", " + (places[i] ? quoted_name(std::string(kOld) + logged[*places[i]])
                                    : default_literal(layer, i));
    }
    database.execute("INSERT INTO " + log + " (" + names + ") SELECT " + values + " FROM " +
                     outgrown + "; DROP TABLE " + outgrown);
}

}  // namespace rhumb::geodb
