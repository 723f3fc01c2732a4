// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/edit_statements.hpp"

#include "geodb/rtree/rtree_index.hpp"
#include "geodb/tracking/edit_log.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr std::size_t kMostKept = 100;    // SQLite's own limit is 127 or less
constexpr std::size_t kMostInserts = 64;  // statements kept, one for each choice of columns

std::string column_list(const Layer& layer, const std::vector<std::size_t>& columns) {
    std::string sql;
    for (const std::size_t column : columns) {
        sql += (sql.empty() ? "" : ", ") + quoted_name(layer.column_name(column));
    }
    return sql;
}

std::string insert_sql(const Layer& layer, const std::vector<std::size_t>& left_out) {
    std::string names;
    std::string places;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        if (std::binary_search(left_out.begin(), left_out.end(), i)) continue;
        names += (names.empty() ? "" : ", ") + quoted_name(layer.column_name(i));
        places += (places.empty() ? "?" : ", ?") + std::to_string(i + 1);
    }
    return "INSERT INTO " + quoted_name(layer.table) + " (" + names + ") VALUES (" + places + ")";
}

std::string update_sql(const Layer& layer, const std::vector<std::size_t>& columns) {
    std::string sql = "UPDATE " + quoted_name(layer.table) + " SET ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        sql += (i == 0 ? "" : ", ") + quoted_name(layer.column_name(columns[i])) + " = ?";
    }
    return sql + " WHERE " + quoted_name(layer.fid_column) + " = ?";
}

std::string log_head(const Layer& layer, const std::vector<std::size_t>& columns) {
    std::string sql = "INSERT INTO " + edit_table(layer.id) + " (generation, fid, existed, known";
    for (const std::size_t column : columns) sql += ", " + old_column(layer, column);
    return sql + ")";
}

/// In the WHERE of a change: keeps the columns of the row it finds.
std::string keeping(const Layer& layer, const std::vector<std::size_t>& columns) {
    return " AND rhumb_keep(" + column_list(layer, columns) + ")";
}

std::string tree_of(const Layer& layer) {
    return quoted_name(rtree_table({layer.table, layer.fid_column, layer.geometry->name}));
}

}  // namespace

EditStatements::EditStatements(sqlite::Database& database, const Layer& layer, EditMode mode)
    : connection_(database.connection()), layer_(layer), mode_(mode) {
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (!layer.fields[i].nullable && layer.fields[i].default_sql) defaulted_.push_back(i);
    }
}

bool EditStatements::fits_keep(std::size_t columns) {
    return columns <= kMostKept;
}

Statement EditStatements::made(const std::string& sql, bool bare) {
    return bare ? Statement(connection_, sql, Statement::KeptBare)
                : Statement(connection_, sql, Statement::Kept);
}

template <typename Sql>
Statement& EditStatements::prepared(Slot& slot, bool bare, const Sql& sql) {
    if (!slot) slot.emplace(made(sql(), bare));
    return *slot;
}

std::string EditStatements::log_before_sql(const std::vector<std::size_t>& columns) const {
    const std::string fid = quoted_name(layer_.fid_column);
    return log_head(layer_, columns) + " SELECT ?1, " + fid + ", 1, ?2" +
           (columns.empty() ? "" : ", ") + column_list(layer_, columns) + " FROM " +
           quoted_name(layer_.table) + " WHERE " + fid + " = ?3" + on_earlier_edit(layer_, columns);
}

EditStatements::KeptLog EditStatements::make_log_kept(const std::vector<std::size_t>& columns) {
    std::string sql = log_head(layer_, columns) + " VALUES (?1, ?3, 1, ?2";
    for (std::size_t i = 0; i < columns.size(); ++i) sql += ", ?" + std::to_string(i + 4);
    return {made(sql + ") ON CONFLICT DO NOTHING", false),
            sql + ")" + on_earlier_edit(layer_, columns), std::nullopt};
}

Statement& EditStatements::again(KeptLog& log) {
    return prepared(log.again, false, [&] { return log.again_sql; });
}

bool EditStatements::is_bare(const std::vector<ColumnValue>& changes) const {
    const std::size_t identity = layer_.global_id_index();
    return mode_.bare &&
           std::none_of(changes.begin(), changes.end(),
                        [&](const ColumnValue& change) { return change.column == identity; });
}

EditStatements::Update& EditStatements::update(const std::vector<ColumnValue>& changes) {
    const auto same = [&](const Update& update) {
        return std::equal(
            update.columns.begin(), update.columns.end(), changes.begin(), changes.end(),
            [](std::size_t column, const ColumnValue& change) { return column == change.column; });
    };
    if (last_update_ != nullptr && same(*last_update_)) return *last_update_;
    std::vector<std::size_t> columns;
    for (const ColumnValue& change : changes) columns.push_back(change.column);
    auto& slot = updates_[columns];
    if (!slot) slot = make_update(columns);
    last_update_ = slot.get();
    return *slot;
}

std::unique_ptr<EditStatements::Update> EditStatements::make_update(
    const std::vector<std::size_t>& columns) {
    std::int64_t known = 0;
    for (const std::size_t column : columns) known |= known_bit(layer_, column);
    // A layer too wide for the mask records whole rows.
    const bool too_wide = known_bit(layer_, layer_.fields.size() - 1) == kAllColumns;
    const std::vector<std::size_t> logged = too_wide ? all_columns(layer_) : columns;
    // A trigger watches over the GlobalID.
    const bool bare = mode_.bare && std::find(columns.begin(), columns.end(),
                                              layer_.global_id_index()) == columns.end();
    const bool keeps = mode_.logs && bare && fits_keep(logged.size());
    const std::string sql = update_sql(layer_, columns) + (keeps ? keeping(layer_, logged) : "");
    std::unique_ptr<Update> update(new Update{columns, too_wide ? kAllColumns : known, bare,
                                              made(sql, bare), std::nullopt, std::nullopt});
    if (keeps) update->log_kept.emplace(make_log_kept(logged));
    if (mode_.logs && !keeps) update->log_before.emplace(made(log_before_sql(logged), false));
    return update;
}

Statement& EditStatements::insert(const std::vector<Value>& values,
                                  const std::vector<std::size_t>& unsaid) {
    std::vector<std::size_t> left_out;
    for (const std::vector<std::size_t>* columns : {&std::as_const(defaulted_), &unsaid}) {
        for (const std::size_t column : *columns) {
            if (is_null(values[column])) left_out.push_back(column);
        }
    }
    std::sort(left_out.begin(), left_out.end());
    left_out.erase(std::unique(left_out.begin(), left_out.end()), left_out.end());
    // Whoever leaves out something else with each feature must not fill the memory.
    if (inserts_.size() >= kMostInserts && inserts_.count(left_out) == 0) inserts_.clear();
    auto& statement = inserts_[left_out];
    if (!statement) {
        statement = std::make_unique<Statement>(made(insert_sql(layer_, left_out), mode_.bare));
    }
    return *statement;
}

Statement& EditStatements::erase() {
    return prepared(erase_, erases_bare(), [&] {
        return "DELETE FROM " + quoted_name(layer_.table) + " WHERE " +
               quoted_name(layer_.fid_column) + " = ?1" +
               (keeps_row() ? keeping(layer_, all_columns(layer_)) : "");
    });
}

Statement& EditStatements::log_row_before() {
    return prepared(log_row_before_, false, [&] { return log_before_sql(all_columns(layer_)); });
}

EditStatements::KeptLog& EditStatements::log_row_kept() {
    if (!log_row_kept_) log_row_kept_.emplace(make_log_kept(all_columns(layer_)));
    return *log_row_kept_;
}

Statement& EditStatements::log_made() {
    return prepared(log_made_, false, [&] {
        return log_head(layer_, {}) + " VALUES (?1, ?2, 0, 0) ON CONFLICT DO NOTHING";
    });
}

Statement& EditStatements::forget_made() {
    return prepared(forget_made_, false, [&] {
        return "DELETE FROM " + edit_table(layer_.id) +
               " WHERE generation = ?1 AND fid = ?2 AND existed = 0";
    });
}

Statement& EditStatements::find() {
    return prepared(find_, false, [&] {
        return "SELECT " + quoted_name(layer_.fid_column) + " FROM " + quoted_name(layer_.table) +
               " WHERE " + quoted_name(layer_.global_id_column) + " = ?1";
    });
}

Statement& EditStatements::read() {
    return prepared(read_, false, [&] {
        return "SELECT " + column_list(layer_, all_columns(layer_)) + " FROM " +
               quoted_name(layer_.table) + " WHERE " + quoted_name(layer_.fid_column) + " = ?1";
    });
}

Statement& EditStatements::put_box() {
    return prepared(put_box_, true, [&] {
        return "INSERT OR REPLACE INTO " + tree_of(layer_) + " VALUES (?1, ?2, ?3, ?4, ?5)";
    });
}

Statement& EditStatements::erase_box() {
    return prepared(erase_box_, true,
                    [&] { return "DELETE FROM " + tree_of(layer_) + " WHERE id = ?1"; });
}

Statement& EditStatements::count_rows() {
    return prepared(count_rows_, true, [&] {
        return "UPDATE gpkg_ogr_contents SET feature_count = feature_count + ?1 "
               "WHERE lower(table_name) = lower(" +
               sqlite::literal(layer_.table) + ")";
    });
}

}  // namespace rhumb::geodb
