// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/base_rows.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/net_edits.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::sync {

using geodb::GlobalId;
using geodb::sqlite::quoted_name;

void each_base_row(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                   const OnBaseRow& on_row) {
    std::set<GlobalId> edited;
    geodb::NetEdits(geodatabase.database(), layer).each({}, [&](geodb::NetEdit&& edit) {
        edited.insert(edit.feature);
        if (!edit.before.empty()) on_row(edit.feature, edit.before);
    });
    std::string sql;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += (i == 0 ? "SELECT " : ", ") + quoted_name(layer.column_name(i));
    }
    geodb::sqlite::Statement rows(geodatabase.database(),
                                  sql + " FROM " + quoted_name(layer.table));
    std::vector<geodb::Value> values(layer.column_count());
    while (rows.step()) {
        const auto id = Uuid::parse(rows.column_text(static_cast<int>(layer.global_id_index())));
        if (!id || edited.count({*id}) > 0) continue;
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = rows.column_value(static_cast<int>(i));
        }
        on_row({*id}, values);
    }
}

BaseRows::BaseRows(geodb::Geodatabase& geodatabase, const geodb::Layer& layer)
    : rows_(geodatabase, layer, geodb::FeatureWriter::Tracking::Unlogged) {
    geodb::NetEdits(geodatabase.database(), layer).each({}, [&](geodb::NetEdit&& edit) {
        if (!edit.before.empty()) ids_.push_back(edit.feature);
        edited_.emplace(edit.feature, std::move(edit.before));
    });
    geodb::sqlite::Statement rows(
        geodatabase.database(),
        "SELECT " + quoted_name(layer.global_id_column) + " FROM " + quoted_name(layer.table));
    while (rows.step()) {
        const auto id = Uuid::parse(rows.column_text(0));
        if (id && !edited_.contains({*id})) ids_.push_back({*id});
    }
    std::sort(ids_.begin(), ids_.end());
}

bool BaseRows::has(const GlobalId& feature) const {
    return std::binary_search(ids_.begin(), ids_.end(), feature);
}

std::optional<std::vector<geodb::Value>> BaseRows::find(const GlobalId& feature) {
    const auto edited = edited_.find(feature);
    if (edited != edited_.end()) {
        return edited->second.empty() ? std::nullopt : std::optional(edited->second);
    }
    const auto oid = rows_.find(feature);
    auto row = oid ? rows_.read(*oid) : std::nullopt;
    if (!row) return std::nullopt;
    return std::move(row->values);
}

}  // namespace rhumb::sync
