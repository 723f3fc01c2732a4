// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/extent.hpp"

#include "sync/wire/json_writer.hpp"
#include "sync/wire/spatial_reference.hpp"

namespace rhumb::wire {

void write_extent(JsonWriter& writer, const std::optional<geodb::Envelope>& extent,
                  std::int32_t epsg) {
    const auto side = [&](const char* name, double geodb::Envelope::*value) {
        writer.key(name);
        extent ? writer.number((*extent).*value) : writer.string("NaN");
    };
    writer.begin_object();
    side("xmin", &geodb::Envelope::min_x);
    side("ymin", &geodb::Envelope::min_y);
    side("xmax", &geodb::Envelope::max_x);
    side("ymax", &geodb::Envelope::max_y);
    writer.key("spatialReference");
    write_spatial_reference(writer, epsg);
    writer.end_object();
}

}  // namespace rhumb::wire
