// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/unique_values.hpp"

#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/text.hpp"

#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::GlobalId;
using geodb::ObjectId;
using geodb::Value;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

constexpr std::string_view kTaken = "UNIQUE constraint failed: ";

}  // namespace

bool is_taken(const Error& error) {
    return error.status() == Status::ConstraintViolated &&
           error.message().find(kTaken) != std::string::npos;
}

/// "… UNIQUE constraint failed: trees.street, trees.number". Empty for an index on an expression.
std::vector<std::size_t> UniqueValues::columns_of(const Error& refusal) const {
    const std::string& text = refusal.message();
    std::vector<std::size_t> columns;
    for (const std::string& name : split(text.substr(text.find(kTaken) + kTaken.size()), ',')) {
        if (name.substr(0, layer_.table.size() + 1) != layer_.table + ".") continue;
        // The message may go on after the last name.
        std::optional<std::size_t> longest;
        const std::string rest = name.substr(layer_.table.size() + 1);
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            const std::string& column = layer_.column_name(i);
            if (rest.substr(0, column.size()) != column) continue;
            if (!longest || layer_.column_name(*longest).size() < column.size()) longest = i;
        }
        if (longest) columns.push_back(*longest);
    }
    return columns;
}

std::vector<UniqueValues::Holder> UniqueValues::holders(const wire::FeatureJson& feature,
                                                        const std::vector<std::size_t>& columns) {
    FeatureWriter rows(geodatabase_, layer_, FeatureWriter::Tracking::Unlogged);
    const auto own = rows.find(*feature.global_id);
    std::vector<Value> wanted =
        own ? rows.read(*own)->values : std::vector<Value>(layer_.column_count());
    for (const geodb::ColumnValue& given : feature.values) wanted[given.column] = given.value;
    std::string sql = "SELECT " + quoted_name(layer_.fid_column) + ", " +
                      quoted_name(layer_.global_id_column) + " FROM " + quoted_name(layer_.table) +
                      " WHERE " + quoted_name(layer_.global_id_column) + " <> ?1";
    int parameter = 2;
    for (const std::size_t column : columns) {
        sql += " AND " + quoted_name(layer_.column_name(column)) + " = ?" +
               std::to_string(parameter++);
    }
    Statement look(geodatabase_.database(), sql);
    look.bind(1, feature.global_id->value.braced());
    parameter = 2;
    for (const std::size_t column : columns) look.bind(parameter++, wanted[column]);
    std::vector<Holder> found;
    while (look.step()) {
        found.push_back(
            {{look.column_int64(0)}, {Uuid::parse(look.column_text(1)).value_or(Uuid{})}});
    }
    return found;
}

/// NULLs are never equal; where none may stand, a value below all others or a new identity.
void UniqueValues::lend(ObjectId holder, const std::vector<std::size_t>& columns) {
    const std::size_t column = columns.front();
    Value meantime;
    const bool nullable = column >= layer_.fields.size() || layer_.fields[column].nullable;
    if (!nullable && layer_.fields[column].type == geodb::FieldType::String) {
        meantime = geodatabase_.new_global_id().value.braced();
    } else if (!nullable) {
        meantime = geodatabase_.database()
                       .int64_of("SELECT min(" + quoted_name(layer_.column_name(column)) +
                                 ") - 1 FROM " + quoted_name(layer_.table))
                       .value_or(0);
    }
    FeatureWriter(geodatabase_, layer_, FeatureWriter::Tracking::Unlogged)
        .update(holder, {{column, meantime}});
}

void UniqueValues::make_room(const wire::FeatureJson& feature, const Error& refusal,
                             const Waits& waits, const OnSetAside& on_set_aside) {
    const std::vector<std::size_t> columns = columns_of(refusal);
    if (columns.empty()) throw refusal;
    const std::vector<Holder> found = holders(feature, columns);
    if (found.empty()) throw refusal;
    for (const Holder& holder : found) {
        if (waits(holder.feature)) {
            lend(holder.oid, columns);
            continue;
        }
        auto aside =
            set_aside(geodatabase_, layer_, holder.feature,
                      refusal.message() + ": feature " + feature.global_id->value.braced() +
                          " of the service has the value");
        if (!aside) throw refusal;
        on_set_aside(std::move(*aside));
    }
}

}  // namespace rhumb::sync
