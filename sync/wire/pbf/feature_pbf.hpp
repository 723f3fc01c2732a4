// SPDX-License-Identifier: Apache-2.0
//
// Features as protocol buffers: the pieces of which the body of an answer is made, in their order.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "sync/wire/grid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::wire {

/// Appends to `out`, which outlives it, and keeps nothing back.
class FeaturePbfWriter {
public:
    explicit FeaturePbfWriter(std::string& out);
    ~FeaturePbfWriter();

    struct Style {
        bool z = false;
        bool m = false;
        std::int32_t epsg = 4326;
        Grid grid;
    };
    // What is said of all features; first.

    /// Of a layer's: the object id and the fields, as counted in Layer.
    void write_head(const geodb::Layer& layer, const std::vector<std::size_t>& fields,
                    const Style& style);
    /// Of rows that are no features: statistics, distinct values.
    void write_head(const std::vector<geodb::Field>& fields);

    // One feature: begun, then the values of the fields in their order, then perhaps its shape.

    void begin();
    void begin(geodb::ObjectId oid);
    void add(const geodb::Field& field, const geodb::Value& value);
    void set_shape(const GridGeometry& shape);
    void set_centroid(const GridVertex& centroid);
    void end();

    /// There are more than these; last.
    void write_exceeded();

private:
    struct Scratch;
    std::string& out_;
    Style style_;
    std::unique_ptr<Scratch> scratch_;
};

}  // namespace rhumb::wire
