// SPDX-License-Identifier: Apache-2.0
#include "geodb/compare/compared_file.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::geodb {
namespace {

sqlite::Database open_untrusted(const std::filesystem::path& path) {
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::ReadOnly);
    database.execute("PRAGMA trusted_schema = OFF");
    check_gpkg(database);
    return database;
}

std::vector<std::string> feature_tables(sqlite::Database& database) {
    std::vector<std::string> tables;
    sqlite::Statement rows(database,
                           "SELECT table_name FROM gpkg_contents WHERE data_type IN "
                           "('features', 'attributes', 'aspatial') ORDER BY rowid");
    while (rows.step()) tables.emplace_back(rows.column_text(0));
    return tables;
}

}  // namespace

ComparedFile::ComparedFile(const std::filesystem::path& path) : database_(open_untrusted(path)) {
    view_.emplace(database_, sqlite::Transaction::Deferred);
    if (has_rhumb_tables(database_)) {
        check_rhumb_format(database_);
        for (Layer& layer : read_layers(database_)) items_.push_back({std::move(layer), true});
    }
    for (const std::string& table : feature_tables(database_)) {
        const bool known = std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
            return equal_ignoring_case(item.layer.table, table);
        });
        if (!known) add_table(table);
    }
}

void ComparedFile::add_table(const std::string& table) {
    try {
        Layer layer = read_table(database_, table);
        const auto column = global_id_candidate(layer);
        if (!column) {
            throw Error(Status::Unsupported, "table '" + table +
                                                 "' has no column for GlobalIDs (globalid, "
                                                 "global_id, guid or uuid)");
        }
        layer.global_id_column = *column;
        layer.fields[*layer.find_field(*column)].type = FieldType::GlobalId;
        items_.push_back({std::move(layer), false});
    } catch (const Error& error) {
        if (error.status() != Status::Unsupported) throw;
        left_out_.push_back(error.message());
    }
}

const ComparedFile::Item* ComparedFile::find(std::string_view name) const {
    const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
        return equal_ignoring_case(item.layer.name, name) ||
               equal_ignoring_case(item.layer.table, name);
    });
    return found != items_.end() ? &*found : nullptr;
}

}  // namespace rhumb::geodb
