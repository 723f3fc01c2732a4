// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/spatial_reference.hpp"

#include "geodb/geometry/crs.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/wire/input_limits.hpp"
#include "sync/wire/json_parameter.hpp"

#include <limits>

namespace rhumb::wire {
namespace {

/// nullopt for null and for codes that mean "unknown".
std::optional<std::int32_t> code_of(const Json* json) {
    if (json == nullptr || json->is_null()) return std::nullopt;
    const auto code = to_int64(json);
    if (!code || *code > std::numeric_limits<std::int32_t>::max()) {
        throw Error(Status::InvalidArgument,
                    "spatial reference: '" + excerpt(to_text(*json), 40) + "' is no code");
    }
    if (*code <= 0) return std::nullopt;
    return geodb::normalized_wkid(static_cast<std::int32_t>(*code));
}

std::int32_t code_of_wkt(const std::string& wkt) {
    if (const auto code = geodb::epsg_of_wkt(wkt)) return *code;
    throw Error(Status::InvalidArgument,
                "spatial reference: WKT of no reference with a code: " + excerpt(wkt, 60));
}

}  // namespace

std::optional<std::int32_t> read_spatial_reference(const Json& json) {
    if (json.object() == nullptr) return code_of(&json);
    if (const auto latest = code_of(json.find("latestWkid"))) return latest;
    if (const auto wkid = code_of(json.find("wkid"))) return wkid;
    for (const char* name : {"wkt", "wkt2"}) {
        const std::string_view wkt = trimmed(text_or_empty(json.find(name)));
        if (!wkt.empty()) return code_of_wkt(std::string(wkt));
    }
    return std::nullopt;
}

namespace {

/// An object that says nothing of what a reference is called is none, and not "unknown".
Json named_reference(std::string_view text) {
    Json json = parse_relaxed_parameter(text, "JSON", kFlatJson);
    for (const char* name : {"latestWkid", "wkid", "wkt", "wkt2"}) {
        if (json.find(name) != nullptr) return json;
    }
    throw Error(Status::InvalidArgument, "spatial reference: " + excerpt(text, 60) +
                                             " has none of wkid, latestWkid, wkt and wkt2");
}

}  // namespace

std::optional<std::int32_t> read_spatial_reference_parameter(std::string_view text,
                                                             std::string_view parameter) {
    text = trimmed(text);
    if (text.empty()) return std::nullopt;
    try {
        const auto code = text.front() == '{' ? read_spatial_reference(named_reference(text))
                                              : read_spatial_reference(Json(text));
        if (code) geodb::check_crs(*code);
        return code;
    } catch (const Error& error) {
        throw Error(Status::InvalidArgument,
                    "parameter '" + std::string(parameter) + "': " + error.message());
    }
}

void write_spatial_reference(JsonWriter& writer, std::int32_t epsg) {
    writer.begin_object();
    writer.key("wkid").integer(geodb::esri_wkid(epsg));
    writer.key("latestWkid").integer(epsg);
    writer.end_object();
}

}  // namespace rhumb::wire
