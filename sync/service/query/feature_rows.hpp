// SPDX-License-Identifier: Apache-2.0
//
// The rows of a page on their way into an answer: each is written as it is read, into a spool.

#pragma once

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/simplify.hpp"
#include "platform/spool.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace rhumb::service {

/// How the shapes of a layer become those of an answer.
class ShapeChanges {
public:
    ShapeChanges(const Layer& layer, const ShapeStyle& style);
    /// Null when shapes stay where they are.
    const geodb::CoordinateTransform* transform() const {
        return transform_ ? &*transform_ : nullptr;
    }
    /// Null when they keep all vertices.
    const geodb::Simplifier* simplifier() const { return simplifier_.get(); }
    /// What is stored, as it is answered. `flat`: only x and y. None for no shape, and for what
    /// another program put there and nobody can read.
    std::optional<geodb::Geometry> shape_of(const Value& stored, bool flat) const;

private:
    std::optional<geodb::CoordinateTransform> transform_;
    std::unique_ptr<geodb::Simplifier> simplifier_;
};

/// Writes rows of a StoreQuery as features of Esri JSON.
class EsriRows {
public:
    EsriRows(const Layer& layer, const std::vector<std::size_t>& fields,
             const std::vector<std::size_t>& columns, const ShapeStyle& style);
    void write(wire::JsonWriter& writer, const FeatureRow& row) const;

private:
    ShapeChanges changes_;
    wire::FeatureJsonWriter features_;
    std::vector<std::size_t> at_;
};

/// Where in a row each column of the layer stands.
std::vector<std::size_t> places_of(const Layer& layer, const std::vector<std::size_t>& columns);

/// What was written of a page, and whether more rows match than it holds.
struct PageWritten {
    std::int64_t rows = 0;
    bool more = false;
};
/// Hands each row of the page to `write`.
PageWritten write_page(StoreSnapshot& snapshot, const QueryPlan& plan, Spool& spool,
                       const OnRow& write);

}  // namespace rhumb::service
