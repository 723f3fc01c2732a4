// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_writer.hpp"

#include "geodb/attachments/attachments.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"

#include <algorithm>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::SilencedTriggers;
using sqlite::Statement;

std::string column_list(const Layer& layer) {
    std::string sql;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += (i == 0 ? "" : ", ") + quoted_name(layer.column_name(i));
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

/// SQLite's own words name table and column; ours name the layer.
[[noreturn]] void rethrow_constraint(const Layer& layer, const Error& error) {
    constexpr std::int64_t kUnique = 2067;   // SQLITE_CONSTRAINT_UNIQUE
    constexpr std::int64_t kNotNull = 1299;  // SQLITE_CONSTRAINT_NOTNULL
    if (error.status() != Status::ConstraintViolated)
        throw error.within("layer '" + layer.name + "'");
    const bool identity =
        error.detail_code() == kUnique &&
        error.message().find(layer.table + "." + layer.global_id_column) != std::string::npos;
    const EditFault fault = identity                          ? EditFault::GlobalIdExists
                            : error.detail_code() == kNotNull ? EditFault::NullNotAllowed
                                                              : EditFault::ValueRefused;
    refuse(fault, "layer '" + layer.name + "': " + error.message());
}

/// Runs a statement; whatever happens it is reset, so that it holds nothing.
void run_checked(const Layer& layer, Statement& statement) {
    try {
        statement.run();
    } catch (const Error& error) {
        statement.reset();
        rethrow_constraint(layer, error);
    }
}

}  // namespace

struct FeatureWriter::Update {
    std::vector<std::size_t> columns;
    std::int64_t known;
    Statement change;
    std::optional<Statement> log;
};

FeatureWriter::FeatureWriter(Geodatabase& geodatabase, const Layer& layer, Tracking tracking)
    : geodatabase_(geodatabase),
      database_(geodatabase.database()),
      layer_(layer),
      logs_itself_(tracking == Tracking::Logged && !layer.has_foreign_triggers),
      generation_(geodatabase.timeline().open_generation()) {
    const bool triggers_log = tracking == Tracking::Logged && layer.has_foreign_triggers;
    if (!triggers_log) silenced_ = tracking_triggers(layer);
    if (tracking == Tracking::Unlogged) {  // the attachments go with a feature, and are no edits
        const auto& names = attachment_triggers();
        silenced_.insert(silenced_.end(), names.begin(), names.end());
    }
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (!layer.fields[i].nullable && layer.fields[i].default_sql) defaulted_.push_back(i);
    }
    clears_log_ = tracking == Tracking::Unlogged && has_open_entries();
}

FeatureWriter::~FeatureWriter() = default;

std::string FeatureWriter::log_sql(const std::vector<std::size_t>& columns) const {
    std::string names;
    std::string values;
    for (const std::size_t column : columns) {
        names += ", " + old_column(layer_, column);
        values += ", " + quoted_name(layer_.column_name(column));
    }
    return "INSERT INTO " + edit_table(layer_.id) + " (generation, fid, existed, known" + names +
           ") SELECT ?1, " + quoted_name(layer_.fid_column) + ", 1, ?2" + values + " FROM " +
           quoted_name(layer_.table) + " WHERE " + quoted_name(layer_.fid_column) + " = ?3" +
           on_earlier_edit(layer_, columns);
}

void FeatureWriter::log_old_row(ObjectId feature) {
    if (!log_row_) log_row_.emplace(database_, log_sql(all_columns(layer_)), Statement::Kept);
    log_row_->bind(1, generation_.value).bind(2, kAllColumns).bind(3, feature.value).run();
}

void FeatureWriter::log_new_row(ObjectId feature) {
    if (!log_made_) {
        log_made_.emplace(database_,
                          "INSERT INTO " + edit_table(layer_.id) +
                              " (generation, fid, existed, known) VALUES (?1, ?2, 0, 0) "
                              "ON CONFLICT DO NOTHING",
                          Statement::Kept);
    }
    log_made_->bind(1, generation_.value).bind(2, feature.value).run();
}

bool FeatureWriter::has_open_entries() {
    if (!database_.has_table(edit_table(layer_.id))) return false;  // finish_layer makes it
    Statement look(database_,
                   "SELECT 1 FROM " + edit_table(layer_.id) + " WHERE generation >= ?1 LIMIT 1");
    return look.bind(1, generation_.value).step();
}

void FeatureWriter::clear_log_of(ObjectId feature) {
    if (!clear_log_) {
        clear_log_.emplace(database_,
                           "DELETE FROM " + edit_table(layer_.id) +
                               " WHERE generation = ?1 AND fid = ?2 AND existed = 0",
                           Statement::Kept);
    }
    clear_log_->bind(1, generation_.value).bind(2, feature.value).run();
}

Statement& FeatureWriter::prepared_insert(const std::vector<Value>& values) {
    // A NULL in a column that takes none asks for the column's default.
    std::vector<std::size_t> left_out;
    for (const std::size_t column : defaulted_) {
        if (is_null(values[column])) left_out.push_back(column);
    }
    auto& statement = inserts_[left_out];
    if (!statement) {
        statement =
            std::make_unique<Statement>(database_, insert_sql(layer_, left_out), Statement::Kept);
    }
    return *statement;
}

ObjectId FeatureWriter::insert(std::vector<Value>& values) {
    const SilencedTriggers silence(database_, silenced_);
    Value& identity = values[layer_.global_id_index()];
    if (is_null(identity)) identity = geodatabase_.new_global_id().value.braced();
    Statement& put = prepared_insert(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
        // The values left out stand for a default and are NULL; at the end they have no parameter.
        if (!is_null(values[i])) put.bind_borrowed(static_cast<int>(i) + 1, values[i]);
    }
    run_checked(layer_, put);
    if (database_.changes() == 0) {
        refuse(EditFault::ValueRefused,
               "layer '" + layer_.name + "': a trigger of the table ignored the new row");
    }
    const ObjectId made{database_.last_insert_rowid()};
    if (logs_itself_) log_new_row(made);
    if (clears_log_) clear_log_of(made);
    ++edits_;
    return made;
}

FeatureWriter::Update& FeatureWriter::prepared_update(const std::vector<ColumnValue>& changes) {
    const auto same = [&](const Update& update) {
        return std::equal(
            update.columns.begin(), update.columns.end(), changes.begin(), changes.end(),
            [](std::size_t column, const ColumnValue& change) { return column == change.column; });
    };
    if (last_update_ != nullptr && same(*last_update_)) return *last_update_;
    std::vector<std::size_t> columns;
    for (const ColumnValue& change : changes) columns.push_back(change.column);
    auto& slot = updates_[columns];
    if (!slot) {
        std::int64_t known = 0;
        for (const std::size_t column : columns) known |= known_bit(layer_, column);
        // A layer too wide for the mask records whole rows.
        const bool too_wide = known_bit(layer_, layer_.fields.size() - 1) == kAllColumns;
        if (too_wide) known = kAllColumns;
        slot.reset(new Update{columns, known,
                              Statement(database_, update_sql(layer_, columns), Statement::Kept),
                              std::nullopt});
        if (logs_itself_) {
            slot->log.emplace(database_, log_sql(too_wide ? all_columns(layer_) : columns),
                              Statement::Kept);
        }
    }
    last_update_ = slot.get();
    return *slot;
}

bool FeatureWriter::update(ObjectId feature, const std::vector<ColumnValue>& changes) {
    if (changes.empty()) return read(feature).has_value();
    const SilencedTriggers silence(database_, silenced_);
    Update& update = prepared_update(changes);
    if (update.log) {
        update.log->bind(1, generation_.value).bind(2, update.known).bind(3, feature.value).run();
    }
    int parameter = 1;
    for (const ColumnValue& change : changes) {
        update.change.bind_borrowed(parameter++, change.value);
    }
    update.change.bind(parameter, feature.value);
    run_checked(layer_, update.change);
    if (database_.changes() == 0) return false;
    ++edits_;
    return true;
}

bool FeatureWriter::erase(ObjectId feature) {
    const SilencedTriggers silence(database_, silenced_);
    if (logs_itself_) log_old_row(feature);
    if (!erase_) {
        erase_.emplace(database_,
                       "DELETE FROM " + quoted_name(layer_.table) + " WHERE " +
                           quoted_name(layer_.fid_column) + " = ?1",
                       Statement::Kept);
    }
    erase_->bind(1, feature.value);
    run_checked(layer_, *erase_);
    if (database_.changes() == 0) return false;
    ++edits_;
    return true;
}

std::optional<ObjectId> FeatureWriter::find(const GlobalId& feature) {
    if (!find_) {
        find_.emplace(database_,
                      "SELECT " + quoted_name(layer_.fid_column) + " FROM " +
                          quoted_name(layer_.table) + " WHERE " +
                          quoted_name(layer_.global_id_column) + " = ?1",
                      Statement::Kept);
    }
    find_->bind(1, feature.value.braced());
    std::optional<ObjectId> found;
    if (find_->step()) found = ObjectId{find_->column_int64(0)};
    find_->reset();
    return found;
}

std::optional<Row> FeatureWriter::read(ObjectId feature) {
    if (!read_) {
        read_.emplace(database_,
                      "SELECT " + column_list(layer_) + " FROM " + quoted_name(layer_.table) +
                          " WHERE " + quoted_name(layer_.fid_column) + " = ?1",
                      Statement::Kept);
    }
    read_->bind(1, feature.value);
    std::optional<Row> row;
    if (read_->step()) {
        row.emplace();
        row->oid = feature;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            row->values.push_back(read_->column_value(static_cast<int>(i)));
        }
    }
    read_->reset();
    return row;
}

}  // namespace rhumb::geodb
