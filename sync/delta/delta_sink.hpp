// SPDX-License-Identifier: Apache-2.0
//
// What a delta is written into: one of its two forms. Internal to DeltaWriter.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "sync/delta/delta_header.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace rhumb::delta {

/// See DeltaWriter. The rows of one layer come before those of the next.
class DeltaSink {
public:
    virtual ~DeltaSink() = default;
    virtual void begin_layer(const geodb::Layer& layer, const LayerTerms& terms) = 0;
    virtual void add(const geodb::GlobalId& feature, const std::vector<geodb::Value>& row) = 0;
    virtual void update(const geodb::GlobalId& feature, const std::vector<std::size_t>& changed,
                        const std::vector<geodb::Value>& after,
                        const std::vector<geodb::Value>* before) = 0;
    virtual void erase(const geodb::GlobalId& feature) = 0;
    /// The file is whole, durable and closed.
    virtual void finish() = 0;
};

std::unique_ptr<DeltaSink> make_sqlite_sink(const std::filesystem::path& path,
                                            const Header& header);
std::unique_ptr<DeltaSink> make_packed_sink(const std::filesystem::path& path,
                                            const Header& header);

/// Throws ConstraintViolated naming layer and feature when a row is larger than a delta may hold.
void check_row_size(const geodb::Layer& layer, const geodb::GlobalId& feature,
                    const std::vector<geodb::Value>& row);

}  // namespace rhumb::delta
