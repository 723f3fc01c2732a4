// SPDX-License-Identifier: Apache-2.0
//
// Random edits of one layer from a seed, through the library and as other programs make them,
// with all that SQL allows them: replacing rows, new object ids, the same identity twice.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::test {

class RandomEdits {
public:
    /// `layer` is named and not referred to: definitions move when the geodatabase reads them
    /// again.
    RandomEdits(geodb::Geodatabase& geodatabase, geodb::LayerId layer, std::uint64_t seed);

    /// One committed transaction of one or more edits. Some are refused, as they ought to be.
    void edit();

    /// What was done so far, for the message of a failure.
    const std::string& history() const { return history_; }

private:
    struct Known {
        std::int64_t fid;
        std::string global_id;
    };
    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
    bool one_in(std::uint64_t bound) { return below(bound) == 0; }
    const geodb::Layer& layer() const { return geodatabase_.layer(layer_); }
    std::vector<Known> rows();
    geodb::Value value_for(std::size_t column);
    std::vector<geodb::ColumnValue> some_changes();
    std::string new_or_deleted_id();

    void write();
    void write_one(geodb::FeatureWriter& writer, const std::vector<Known>& rows);
    void insert_row(geodb::FeatureWriter& writer, std::string global_id);

    void run_sql();
    std::vector<std::string> foreign_statements();
    std::string insert_statement(const std::string& verb, const std::string& fid,
                                 const std::string& global_id);
    std::string assignments();

    geodb::Geodatabase& geodatabase_;
    geodb::LayerId layer_;
    geodb::sqlite::Database other_program_;
    SeededRandom random_;
    std::vector<std::string> seen_ids_;
    std::string history_;
};

}  // namespace rhumb::test
