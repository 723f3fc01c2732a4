// SPDX-License-Identifier: Apache-2.0
//
// ArcGIS REST, returnExtentOnly: where changes lie, as one box or as the cells of a grid over it.
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "sync/service/changes/layer_changes.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace rhumb::service {
namespace {

using geodb::Envelope;

std::optional<Envelope> box_of(const std::vector<Value>* row, const Layer& layer) {
    if (row == nullptr) return std::nullopt;
    const auto* shape = std::get_if<geodb::Blob>(&(*row)[layer.geometry_index()]);
    return shape != nullptr ? geodb::gpb_envelope(*shape) : std::nullopt;
}

/// Hands over the boxes of all changes: a feature's as it is, and as it was where it has left.
template <class OnBox>
bool each_box(const ChangesCall& on, const LayerRange& range, const OnBox& on_box) {
    const Layer& layer = on.call.store.layer(range.layer);
    bool any = false;
    each_wanted_change(on, range, [&](const ReplicaChange& change) {
        any = true;
        if (!layer.geometry) return;
        if (auto box = box_of(change.row, layer)) on_box(*box);
        if (!change.moved) return;
        if (auto box = box_of(change.before, layer)) on_box(*box);
    });
    return any;
}

/// Which cells of a grid over an extent have changes; row by row from the lower left.
class Grid {
public:
    Grid(const Envelope& extent, std::int32_t cells)
        : extent_(extent),
          cells_(cells),
          taken_(static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells), false) {}

    void take(const Envelope& box) {
        const auto [left, right] = span(box.min_x, box.max_x, extent_.min_x, extent_.max_x);
        const auto [low, high] = span(box.min_y, box.max_y, extent_.min_y, extent_.max_y);
        for (std::int32_t y = low; y <= high; ++y) {
            for (std::int32_t x = left; x <= right; ++x) taken_[at(x, y)] = true;
        }
    }
    template <class OnCell>
    void each_taken(const OnCell& on_cell) const {
        const double width = (extent_.max_x - extent_.min_x) / cells_;
        const double height = (extent_.max_y - extent_.min_y) / cells_;
        for (std::int32_t y = 0; y < cells_; ++y) {
            for (std::int32_t x = 0; x < cells_; ++x) {
                if (!taken_[at(x, y)]) continue;
                on_cell(Envelope{extent_.min_x + x * width, extent_.min_y + y * height,
                                 extent_.min_x + (x + 1) * width,
                                 extent_.min_y + (y + 1) * height});
            }
        }
    }

private:
    std::size_t at(std::int32_t x, std::int32_t y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(cells_) +
               static_cast<std::size_t>(x);
    }
    std::pair<std::int32_t, std::int32_t> span(double from, double to, double low,
                                               double high) const {
        const auto cell = [&](double value) {
            const double share = high > low ? (value - low) / (high - low) : 0;
            const double place = std::floor(share * cells_);
            return static_cast<std::int32_t>(std::min(std::max(place, 0.0), cells_ - 1.0));
        };
        return {cell(from), cell(to)};
    }

    Envelope extent_;
    std::int32_t cells_;
    std::vector<bool> taken_;
};

void write_box(wire::JsonWriter& writer, const Envelope& box, const geodb::CoordinateTransform* to,
               std::int32_t epsg) {
    const Envelope out = to != nullptr ? to->apply(box) : box;
    writer.begin_object();
    writer.key("xmin").number(out.min_x).key("ymin").number(out.min_y);
    writer.key("xmax").number(out.max_x).key("ymax").number(out.max_y);
    writer.key("spatialReference");
    wire::write_spatial_reference(writer, epsg);
    writer.end_object();
}

}  // namespace

bool write_changes_extent(wire::JsonWriter& writer, const ChangesCall& on,
                          const LayerRange& range) {
    const Layer& layer = on.call.store.layer(range.layer);
    std::optional<Envelope> extent;
    const bool any = each_box(on, range, [&](const Envelope& box) {
        geodb::expand(extent, std::optional<Envelope>(box));
    });
    writer.begin_object().key("id").integer(layer.id.value).key("extent");
    if (!extent) {
        writer.null().end_object();
        return any;
    }
    const auto* transform = on.view.transform(layer.id);
    const std::int32_t epsg = on.request.filter.replica_epsg.value_or(layer.geometry->srs_id);
    write_box(writer, *extent, transform, epsg);
    if (on.request.grid > 0) {
        Grid grid(*extent, on.request.grid);
        each_box(on, range, [&](const Envelope& box) { grid.take(box); });
        writer.key("cells").begin_array();
        grid.each_taken([&](const Envelope& cell) { write_box(writer, cell, transform, epsg); });
        writer.end_array();
    }
    writer.end_object();
    return any;
}

}  // namespace rhumb::service
