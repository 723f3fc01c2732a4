// SPDX-License-Identifier: Apache-2.0
//
// Inserts, updates and deletes features of one layer, and logs each edit.
//
// The library knows the columns it writes, so it records just their old values, at a fraction of
// what a trigger pays that must record the whole row. Where it knows what all triggers of a table
// do, it lets them rest and does that itself: firing them costs an update half as much again, even
// when there is nothing for them to do. The triggers stay for everybody else. Where a layer has
// triggers of its users, all fire, and ours do the logging here too: theirs may edit further rows.

#pragma once

#include "geodb/features/column_value.hpp"
#include "geodb/features/edit_statements.hpp"
#include "geodb/features/value_rules.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/statement.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace rhumb::geodb {

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
    /// `values`; NULL in a column that takes none, or of `unsaid` (see left_to_default), gets the
    /// column's default. Throws ConstraintViolated (GlobalIdExists …) and then has done nothing.
    ObjectId insert(std::vector<Value>& values, const std::vector<std::size_t>& unsaid = {});
    /// Only the named columns. False when there is no such feature.
    bool update(ObjectId feature, const std::vector<ColumnValue>& changes);
    bool erase(ObjectId feature);

    std::optional<ObjectId> find(const GlobalId& feature);
    std::optional<Row> read(ObjectId feature);

    std::int64_t edits() const { return edits_; }

private:
    class Silence;
    bool has_open_entries();
    /// What came from the service is no edit of ours, though another program's attempt to insert
    /// left a note for the same object id.
    void clear_log_of(ObjectId feature);
    void log_kept(EditStatements::KeptLog& log, std::int64_t known, ObjectId feature);
    void put_box(ObjectId feature, const Value& shape);
    void count_rows(std::int64_t difference);

    Geodatabase& geodatabase_;
    sqlite::Database& database_;
    Generation generation_;
    const Layer& layer_;
    std::optional<TriggerDuties> duties_;
    bool triggers_log_;
    EditMode mode_;
    std::shared_ptr<EditStatements> statements_;
    bool clears_log_;
    std::vector<std::string> triggers_to_silence() const;

    sqlite::SilencedTriggers::Names silenced_;  ///< filled where triggers fire, but not to log
    std::int64_t edits_ = 0;
};

}  // namespace rhumb::geodb
