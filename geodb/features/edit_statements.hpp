// SPDX-License-Identifier: Apache-2.0
//
// The statements that edit one layer, prepared once and used by writer after writer: for a person's
// single edit, preparing them would cost more than the edit.

#pragma once

#include "geodb/features/column_value.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/statement.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// How edits of a layer are made.
struct EditMode {
    bool logs;                  ///< each edit is logged by statements of its own
    bool bare;                  ///< triggers rest, and statements of its own do their duties
    bool deletes_fire = false;  ///< but they fire for a deletion
    auto operator<=>(const EditMode&) const = default;
};

class EditStatements {
public:
    EditStatements(sqlite::Database& database, const Layer& layer, EditMode mode);

    /// Logs the values that a change kept: generation, known, object id, then the values.
    struct KeptLog {
        sqlite::Statement first;  ///< does nothing when the feature is logged already
        std::string again_sql;
        std::optional<sqlite::Statement> again;  ///< adds to what an earlier edit logged
    };
    /// An update of certain columns. What is logged is either the row as the change finds it,
    /// which the change itself keeps, or what a statement reads that runs before the change.
    struct Update {
        std::vector<std::size_t> columns;
        std::int64_t known;
        bool bare;
        sqlite::Statement change;                     ///< columns in order, then the object id
        std::optional<sqlite::Statement> log_before;  ///< generation, known, object id
        std::optional<KeptLog> log_kept;
    };
    Update& update(const std::vector<ColumnValue>& changes);

    /// Takes the columns as parameters by their number + 1. A NULL in a column that takes none, or
    /// of `unsaid`, is left out, which asks for the column's default.
    sqlite::Statement& insert(const std::vector<Value>& values,
                              const std::vector<std::size_t>& unsaid);

    /// Deletes an object id; keeps_row() says whether it keeps the row.
    sqlite::Statement& erase();
    /// Whether an update of these columns lets triggers rest: one watches over the GlobalID.
    bool is_bare(const std::vector<ColumnValue>& changes) const;
    bool erases_bare() const { return mode_.bare && !mode_.deletes_fire; }
    bool keeps_row() const {
        return mode_.logs && erases_bare() && fits_keep(layer_.column_count());
    }

    sqlite::Statement& log_row_before();  ///< generation, known, object id
    KeptLog& log_row_kept();
    sqlite::Statement& again(KeptLog& log);
    sqlite::Statement& log_made();     ///< generation, object id
    sqlite::Statement& forget_made();  ///< generation, object id

    sqlite::Statement& find();  ///< GlobalID to object id
    sqlite::Statement& read();  ///< object id to all columns

    /// The duties of the standard's and GDAL's triggers.
    sqlite::Statement& put_box();     ///< object id, min x, max x, min y, max y
    sqlite::Statement& erase_box();   ///< object id
    sqlite::Statement& count_rows();  ///< difference

private:
    using Slot = std::optional<sqlite::Statement>;
    /// SQLite limits the arguments of a function; a wider row is read before.
    static bool fits_keep(std::size_t columns);
    template <typename Sql>
    sqlite::Statement& prepared(Slot& slot, bool bare, const Sql& sql);
    sqlite::Statement made(const std::string& sql, bool bare);
    std::unique_ptr<Update> make_update(const std::vector<std::size_t>& columns);
    std::string log_before_sql(const std::vector<std::size_t>& columns) const;
    KeptLog make_log_kept(const std::vector<std::size_t>& columns);

    sqlite::Connection& connection_;
    const Layer layer_;
    const EditMode mode_;
    std::vector<std::size_t> defaulted_;  ///< columns that take no NULL but have a default
    Slot erase_, find_, read_, log_row_before_, log_made_, forget_made_, put_box_, erase_box_,
        count_rows_;
    std::optional<KeptLog> log_row_kept_;
    std::map<std::vector<std::size_t>, std::unique_ptr<sqlite::Statement>> inserts_;
    std::map<std::vector<std::size_t>, std::unique_ptr<Update>> updates_;
    Update* last_update_ = nullptr;
};

}  // namespace rhumb::geodb
