// SPDX-License-Identifier: Apache-2.0
//
// The rows of one layer as its service answers `<layer>/query`, whatever the service is.
//
// ArcGIS REST, query: answers hold at most maxRecordCount rows and may say so by
// exceededTransferLimit; object ids alone come without that limit where the service keeps to the
// documentation. Keys are found in any letter case, GlobalIDs in any dress.

#pragma once

#include "geodb/layer.hpp"
#include "sync/client/questions.hpp"
#include "sync/replica/replica.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rhumb::sync {

/// How GlobalIDs stand in a condition: some services compare them as text.
enum class GuidDress : std::uint8_t { BracedUpper, PlainLower, PlainUpper, BracedLower };
inline constexpr std::array kGuidDresses{GuidDress::BracedUpper, GuidDress::PlainLower,
                                         GuidDress::PlainUpper, GuidDress::BracedLower};

/// A where-clause that holds for these features.
std::string any_of(const std::string& field, std::span<const geodb::GlobalId> features,
                   GuidDress dress);

struct ServiceRow {
    geodb::GlobalId feature;
    std::optional<std::int64_t> object_id;
    wire::Json json;  ///< whose geometry says its reference when it is not the layer's
};

/// What it refers to outlives it.
class LayerQuery {
public:
    enum class Columns { All, GlobalId };
    /// where, geometry and so on: which rows.
    using Filter = http::NameValues;
    using OnRow = std::function<void(ServiceRow&&)>;

    /// Asks for the layer's own resource; one that is refused is done without.
    LayerQuery(Questions& questions, const Replica& replica, const geodb::Layer& layer);

    /// None: refused.
    std::optional<std::vector<ServiceRow>> rows(std::span<const geodb::GlobalId> features,
                                                GuidDress dress);

    /// All rows of a filter but those whose object ids are known (in their order): by lists of
    /// object ids, else by pages. False when the service refuses both. A row may come twice.
    bool each(const Filter& filter, const std::vector<std::int64_t>& known, Columns columns,
              const OnRow& on_row);

    /// How far apart the same place may come to lie between a replica and a query: 0 where nobody
    /// projects and the service states no tolerance.
    double tolerance() const { return tolerance_; }
    const wire::ServiceError& refusal() const { return refusal_; }
    std::string what() const { return "query of " + url_; }

private:
    struct Page {
        std::vector<ServiceRow> rows;
        bool more = false;
        std::size_t received = 0;  ///< rows without a GlobalID too
    };
    void take_definition(const wire::Json& definition);
    std::optional<wire::Json> ask(http::NameValues form);
    std::optional<Page> page(http::NameValues form, Columns columns);
    std::optional<ServiceRow> row_of(wire::Json&& json, const std::string& object_id,
                                     const wire::Json* reference) const;
    std::optional<std::vector<std::int64_t>> object_ids(const Filter& filter);
    std::optional<std::int64_t> count(const Filter& filter);
    bool each_by_id(const std::vector<std::int64_t>& ids, Columns columns, const OnRow& on_row);
    bool is_all(const Filter& filter, std::size_t rows, bool more);
    bool each_by_page(const Filter& filter, Columns columns, const OnRow& on_row);

    Questions& questions_;
    const geodb::Layer& layer_;
    std::string url_;  ///< of the layer
    std::string object_id_field_;
    double tolerance_ = 0;
    wire::ServiceError refusal_;
};

}  // namespace rhumb::sync
