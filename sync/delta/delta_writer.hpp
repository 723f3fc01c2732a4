// SPDX-License-Identifier: Apache-2.0
//
// Writes a delta as a stream: nothing is held but the current rows of a block or a small page
// cache, so memory does not grow with the number of edits.
//
// A delta has two forms (docs/delta_format.md): a SQLite file, which any SQLite opens, and the
// packed one for the wire, which is half as long when both are packed, and quicker to write.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/delta/delta_header.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace rhumb::delta {

enum class Form { Sqlite, Packed };

class DeltaSink;

/// The file grows beside its final name and takes it when it is finished, whole and durable. What
/// is not finished is removed.
class DeltaWriter {
public:
    /// `header.layers` is not looked at.
    DeltaWriter(std::filesystem::path path, const Header& header, Form form = Form::Sqlite);
    DeltaWriter(const DeltaWriter&) = delete;
    DeltaWriter& operator=(const DeltaWriter&) = delete;
    ~DeltaWriter();

    /// Rows that follow are of this layer, which outlives the writer. Once for each layer.
    void begin_layer(const geodb::Layer& layer, const LayerTerms& terms);

    // Rows have all columns of the layer. Each throws ConstraintViolated naming layer and feature
    // when a row is larger than a delta may hold.
    void add(const geodb::GlobalId& feature, const std::vector<geodb::Value>& row);
    /// `changed` as counted in the layer; `before` null when it is not known. The packed form does
    /// not tell it.
    void update(const geodb::GlobalId& feature, const std::vector<std::size_t>& changed,
                const std::vector<geodb::Value>& after, const std::vector<geodb::Value>* before);
    void erase(const geodb::GlobalId& feature);
    /// Of an update only the changed columns are looked at, of a deletion only its feature.
    void take(const geodb::NetEdit& edit);
    /// What take() needs of edits: the quickest that does.
    geodb::WantedEdits wanted() const;

    /// Of all layers so far.
    Counts counts() const;
    /// Makes the file whole; nothing may be written afterwards.
    void finish();

private:
    std::filesystem::path path_;
    std::filesystem::path part_;
    Form form_;
    std::unique_ptr<DeltaSink> sink_;
    Counts counts_;
    bool finished_ = false;
};

}  // namespace rhumb::delta
