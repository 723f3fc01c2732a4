// SPDX-License-Identifier: Apache-2.0
//
// Writes a delta as a stream: nothing is held but the current row and a small page cache, so
// memory does not grow with the number of edits.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/delta/delta_header.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace rhumb::delta {

/// The file grows beside its final name and takes it when it is finished, whole and durable. What
/// is not finished is removed.
class DeltaWriter {
public:
    /// `header.layers` is not looked at.
    DeltaWriter(std::filesystem::path path, const Header& header);
    DeltaWriter(const DeltaWriter&) = delete;
    DeltaWriter& operator=(const DeltaWriter&) = delete;
    ~DeltaWriter();

    /// Rows that follow are of this layer, which outlives the writer. Once for each layer.
    void begin_layer(const geodb::Layer& layer, const LayerTerms& terms);

    // Rows have all columns of the layer. Each throws ConstraintViolated naming layer and feature
    // when a row is larger than a delta may hold.
    void add(const geodb::GlobalId& feature, const std::vector<geodb::Value>& row);
    /// `changed` as counted in the layer; `before` null when it is not known.
    void update(const geodb::GlobalId& feature, const std::vector<std::size_t>& changed,
                const std::vector<geodb::Value>& after, const std::vector<geodb::Value>* before);
    void erase(const geodb::GlobalId& feature);
    /// Of an update only the changed columns are looked at.
    void take(const geodb::NetEdit& edit);

    /// Of all layers so far.
    Counts counts() const;
    /// Makes the file whole; nothing may be written afterwards.
    void finish();

private:
    struct LayerRows;
    void end_layer();

    std::filesystem::path path_;
    std::filesystem::path part_;
    std::optional<geodb::sqlite::Database> database_;
    std::optional<geodb::sqlite::Transaction> transaction_;
    std::unique_ptr<LayerRows> rows_;
    Counts counts_;
    bool finished_ = false;
};

}  // namespace rhumb::delta
