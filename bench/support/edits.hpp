// SPDX-License-Identifier: Apache-2.0
//
// The same edits, made in three ways: by plain SQL on a file without our triggers, by the library,
// and by plain SQL on a tracked file, as another program makes them.

#pragma once

#include "bench/support/bench_files.hpp"
#include "geodb/features/feature_writer.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace rhumb::bench {

enum class EditKind { Update, Move, Insert, Delete };

struct PlannedEdit {
    EditKind kind = EditKind::Update;
    geodb::ObjectId oid;
    std::vector<geodb::ColumnValue> changes;  ///< update and move
    std::vector<geodb::Value> values;         ///< insert
};

/// Edits of one kind: object ids from `first` on, or new points.
std::vector<PlannedEdit> edits_in_sequence(const std::vector<Place>& places, EditKind kind,
                                           std::int64_t first, std::size_t count);
/// The mix of a field day: 60 % attribute updates, 20 % moves, 10 % inserts, 10 % deletes, of
/// distinct random features among the first `features`; in random order.
std::vector<PlannedEdit> mixed_edits(const std::vector<Place>& places, std::int64_t features,
                                     std::size_t count, std::uint64_t seed);

/// A person's edit of attributes: status, note and date.
PlannedEdit attribute_edit(geodb::ObjectId oid, SeededRandom& random);

/// Plain prepared statements on an open file.
class PlainEditor {
public:
    explicit PlainEditor(geodb::sqlite::Database& database);
    void apply(const PlannedEdit& edit);

private:
    geodb::sqlite::Statement update_, move_, insert_, erase_;
};

/// The library's way.
class LibraryEditor {
public:
    explicit LibraryEditor(geodb::Geodatabase& file)
        : writer_(file, file.layers().front(), geodb::FeatureWriter::Tracking::Logged) {}
    void apply(PlannedEdit& edit);

private:
    geodb::FeatureWriter writer_;
};

/// Makes the edits through the library in one transaction; `close` ends the generation.
void edit_file(const std::filesystem::path& path, std::vector<PlannedEdit>& edits, bool close);

}  // namespace rhumb::bench
