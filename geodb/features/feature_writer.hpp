// SPDX-License-Identifier: Apache-2.0
//
// Inserts, updates and deletes features of one layer, and logs each edit.
//
// The library knows the columns it writes, so it records just their old values, at a fraction of
// what a trigger pays that must record the whole row. The triggers stay for everybody else. Where
// a layer has triggers of its users, ours do the logging here too: theirs may edit further rows.

#pragma once

#include "geodb/features/value_rules.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/statement.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace rhumb::geodb {

struct ColumnValue {
    std::size_t column;
    Value value;
};

/// One feature with all columns of its layer.
struct Row {
    ObjectId oid;
    std::vector<Value> values;
};

/// For one write transaction of `geodatabase`, which outlives it. Values must be stored_value()s.
class FeatureWriter {
public:
    enum class Tracking {
        Logged,    ///< an edit of a person, to be sent or to enter the timeline
        Unlogged,  ///< a row that came from the service
    };
    FeatureWriter(Geodatabase& geodatabase, const Layer& layer, Tracking tracking);
    ~FeatureWriter();

    /// `values` has all columns in order. A NULL GlobalID gets a new one, which is returned in
    /// `values`; NULL in a column that takes none gets the column's default. Throws
    /// ConstraintViolated (GlobalIdExists …) and then has done nothing.
    ObjectId insert(std::vector<Value>& values);
    /// Only the named columns. False when there is no such feature.
    bool update(ObjectId feature, const std::vector<ColumnValue>& changes);
    bool erase(ObjectId feature);

    std::optional<ObjectId> find(const GlobalId& feature);
    std::optional<Row> read(ObjectId feature);

    std::int64_t edits() const { return edits_; }

private:
    struct Update;
    Update& prepared_update(const std::vector<ColumnValue>& changes);
    sqlite::Statement& prepared_insert(const std::vector<Value>& values);
    bool has_open_entries();
    /// What came from the service is no edit of ours, though another program's attempt to insert
    /// left a note for the same object id.
    void clear_log_of(ObjectId feature);
    void log_old_row(ObjectId feature);
    void log_new_row(ObjectId feature);
    std::string log_sql(const std::vector<std::size_t>& columns) const;

    Geodatabase& geodatabase_;
    sqlite::Database& database_;
    const Layer& layer_;
    bool logs_itself_;
    sqlite::SilencedTriggers::Names silenced_;
    Generation generation_;
    bool clears_log_ = false;
    std::vector<std::size_t> defaulted_;  ///< columns that take no NULL but have a default
    std::optional<sqlite::Statement> erase_, find_, read_, log_row_, log_made_, clear_log_;
    std::map<std::vector<std::size_t>, std::unique_ptr<sqlite::Statement>> inserts_;
    std::map<std::vector<std::size_t>, std::unique_ptr<Update>> updates_;
    Update* last_update_ = nullptr;
    std::int64_t edits_ = 0;
};

}  // namespace rhumb::geodb
