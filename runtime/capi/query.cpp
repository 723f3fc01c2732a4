// SPDX-License-Identifier: Apache-2.0
#include "rhumb/query.h"

#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/query/order_by.hpp"
#include "platform/text.hpp"
#include "runtime/capi/cursor.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::runtime::OpenGeodatabase;
namespace geodb = rhumb::geodb;

namespace {

std::size_t field_of(const geodb::Layer& layer, const std::string& name, const char* argument) {
    if (const auto field = layer.find_field(name)) return *field;
    throw Error(Status::InvalidArgument, std::string("argument '") + argument +
                                             "' names an unknown field '" + name + "' of layer '" +
                                             layer.name + "'");
}

std::vector<std::size_t> columns_of(const geodb::Layer& layer, const rhumb_query_options& asked) {
    std::vector<std::size_t> columns;
    if (asked.fields == nullptr) {
        for (std::size_t i = 0; i < layer.fields.size(); ++i) columns.push_back(i);
        return columns;
    }
    for (std::size_t i = 0; i < asked.field_count; ++i) {
        columns.push_back(
            field_of(layer, text_of(asked.fields[i], "options->fields"), "options->fields"));
    }
    return columns;
}

std::vector<geodb::OrderColumn> order_of(const geodb::Layer& layer, const std::string& text) {
    std::vector<geodb::OrderColumn> order;
    for (const geodb::OrderField& wanted : geodb::parse_order_by(text)) {
        const bool object_id = rhumb::equal_ignoring_case(wanted.name, layer.fid_column) ||
                               rhumb::equal_ignoring_case(wanted.name, "OBJECTID");
        geodb::OrderColumn column{std::nullopt, wanted.descending};
        if (!object_id || layer.find_field(wanted.name)) {
            column.column = field_of(layer, wanted.name, "options->order");
        }
        order.push_back(column);
    }
    return order;
}

std::optional<geodb::SpatialFilter> area_of(const geodb::Layer& layer,
                                            const rhumb_query_options& asked) {
    if (asked.has_envelope == 0) return std::nullopt;
    if (!layer.geometry) {
        throw Error(Status::InvalidArgument, "argument 'options->envelope' was given, but '" +
                                                 layer.name + "' is a table without geometries");
    }
    const rhumb_envelope& box = asked.envelope;
    const geodb::Envelope envelope{box.min_x, box.min_y, box.max_x, box.max_y};
    const std::int32_t own = layer.geometry->srs_id;
    const std::int32_t epsg = asked.envelope_epsg == 0 ? own : asked.envelope_epsg;
    geodb::SpatialFilter as_given(envelope);  // refuses a box that is none
    if (epsg == own) return as_given;
    const geodb::CoordinateTransform transform(epsg, own);
    return transform.is_identity() ? std::move(as_given)
                                   : geodb::SpatialFilter(transform.apply(envelope));
}

}  // namespace

namespace rhumb::capi {

Selection::Selection(const geodb::Layer& layer, const rhumb_query_options& asked,
                     std::int64_t now_ms)
    : area(area_of(layer, asked)) {
    const std::string where = text_of(asked.where, "options->where");
    if (!trimmed(where).empty()) query.where = geodb::where_for(layer, where, now_ms);
    if (area) query.area = &*area;
    query.columns = columns_of(layer, asked);
    query.order = order_of(layer, text_of(asked.order, "options->order"));
    if (asked.offset < 0 || asked.limit < -1) {
        throw Error(Status::InvalidArgument, "'options' has a negative offset or limit");
    }
    query.offset = asked.offset;
    query.limit = asked.limit;
}

}  // namespace rhumb::capi

void rhumb_query_options_init(rhumb_query_options* options) {
    init(options);
    if (options == nullptr) return;
    options->limit = -1;
    options->with_geometry = 1;
}

rhumb_status rhumb_query(rhumb_geodatabase* geodatabase, int32_t layer,
                         const rhumb_query_options* options, rhumb_cursor** out_cursor,
                         rhumb_error* error) {
    const auto work = [&] {
        require_output(out_cursor, "out_cursor");
        require(geodatabase, "geodatabase");
        const auto asked = options_of(options, rhumb_query_options_init, "options");
        *out_cursor = new rhumb_cursor(geodatabase->open, geodb::LayerId{layer}, asked);
    };
    return guard(error, work, {layer, {}});
}

rhumb_status rhumb_count(rhumb_geodatabase* geodatabase, int32_t layer,
                         const rhumb_query_options* options, int64_t* out_count,
                         rhumb_error* error) {
    const auto work = [&] {
        require(out_count, "out_count");
        require(geodatabase, "geodatabase");
        const auto asked = options_of(options, rhumb_query_options_init, "options");
        const OpenGeodatabase::Reader reader(geodatabase->open);
        const geodb::Layer& found = reader->layer(geodb::LayerId{layer});
        const Selection selection(found, asked, reader->now_ms());
        *out_count = geodb::count_features(reader->database(), found, selection.query);
    };
    return guard(error, work, {layer, {}});
}
