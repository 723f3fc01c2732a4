// SPDX-License-Identifier: Apache-2.0
//
// Reads a delta, in either form, as a stream. Whoever wrote it is not trusted: the file is proved
// before a row is handed over, each row when it is read. So rows are taken inside a transaction
// that is rolled back when a later row turns out to be none.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "sync/delta/delta_header.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rhumb::delta {

/// One edit. Valid during the call; whoever takes it may move the values out.
struct Row {
    geodb::GlobalId feature;
    /// Columns of the layer: all of an add, the changed ones of an update, none of a delete.
    std::vector<geodb::ColumnValue> values;
    /// An update: the same columns as they were, NULL where the writer did not know. None in the
    /// packed form.
    std::vector<geodb::ColumnValue> old;
};
using OnRow = std::function<void(Row&)>;

enum class Kind { Add, Update, Delete };

class DeltaSource;

/// Whether a file begins as a delta of either form does; it may still be none.
bool looks_like_delta(const std::filesystem::path& path);

/// One thread. The file must not change while it is read.
class DeltaReader {
public:
    /// Throws Error naming the file, and where in it, unless it is a delta of this format. `name`
    /// is what messages call it; "": its path.
    explicit DeltaReader(const std::filesystem::path& path, std::string name = "");
    DeltaReader(DeltaReader&&) noexcept;
    ~DeltaReader();

    const Header& header() const;
    /// Null when there is nothing of the layer.
    const LayerHead* layer(LayerId id) const;

    /// Hands over the edits of one kind, for a layer of ours. Throws SchemaChanged when the
    /// layer has not the delta's columns, CorruptData naming file, table and row.
    void each(Kind kind, const geodb::Layer& layer, const OnRow& on_row);

private:
    std::unique_ptr<DeltaSource> source_;
};

}  // namespace rhumb::delta
