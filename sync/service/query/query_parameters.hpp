// SPDX-License-Identifier: Apache-2.0
//
// The parameters that several queries share: fields, order, references, the form of shapes.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/features/summary_reader.hpp"
#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "sync/service/store/store.hpp"
#include "sync/wire/grid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

/// Calls `read`. Whatever it refuses becomes InvalidArgument that begins with the parameter's name.
template <class Read>
auto in_parameter(std::string_view name, const Read& read) {
    try {
        return read();
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        const std::string& message = error.message();
        const bool named = message.find(name) != std::string::npos;
        throw Error(Status::InvalidArgument,
                    named ? message : "'" + std::string(name) + "': " + message);
    }
}

/// A finite number; none when absent.
std::optional<double> number_parameter(const http::Parameters& parameters, std::string_view name);

enum class QueryFormat : std::uint8_t { Json, GeoJson, Pbf };
/// What `f` asks for. A query of a layer is answered in all of them, others in JSON only: anything
/// else is refused before anything is read.
QueryFormat query_format(const http::Parameters& parameters, bool of_layer);

/// The object ids of a list; none when the parameter is absent.
std::optional<std::vector<ObjectId>> object_ids_parameter(const http::Parameters& parameters);

/// A column by the name it has on the wire, in any letter case. Throws naming the parameter.
geodb::SummaryColumn column_parameter(const Layer& layer, const std::string& name,
                                      std::string_view parameter);
/// `outFields` without the object id, each once; `*` means all that travel in JSON.
std::vector<std::size_t> out_fields_parameter(const http::Parameters& parameters,
                                              const Layer& layer);
std::vector<geodb::OrderColumn> order_parameter(const http::Parameters& parameters,
                                                const Layer& layer);

/// inSR or outSR, for which defaultSR stands in.
std::optional<std::int32_t> reference_parameter(const http::Parameters& parameters,
                                                std::string_view name);

/// How shapes are answered.
struct ShapeStyle {
    bool with = false;      ///< whether they are answered at all
    bool z = false;         ///< when the layer has it
    bool m = false;         ///< when the layer has it
    int precision = -1;     ///< decimals of x and y; negative: all
    double max_offset = 0;  ///< how far they may be simplified, in units of `epsg`
    std::int32_t epsg = 4326;
    bool centroid = false;           ///< polygons are answered with theirs
    std::optional<wire::Grid> grid;  ///< on which they are answered in whole numbers

    /// Whether they are to be read.
    bool needed() const { return with || centroid; }
};
ShapeStyle shape_parameters(const http::Parameters& parameters, const Layer& layer,
                            QueryFormat format);

}  // namespace rhumb::service
