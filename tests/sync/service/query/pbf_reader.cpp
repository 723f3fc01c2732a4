// SPDX-License-Identifier: Apache-2.0
#include "tests/sync/service/query/pbf_reader.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <cmath>

namespace rhumb::test {
namespace {

using wire::Json;

class GeometryReader {
public:
    GeometryReader(const Pbf::Geometry& geometry, const Pbf::FeatureResult& result)
        : geometry_(geometry), result_(result) {}

    Json read() {
        Json out;
        switch (result_.geometrytype()) {
            case Pbf::esriGeometryTypePoint:
                CHECK(geometry_.lengths_size() == 0);
                return point();
            case Pbf::esriGeometryTypeMultipoint:
                REQUIRE(geometry_.lengths_size() == 1);
                out.set("points", part(geometry_.lengths(0)));
                break;
            case Pbf::esriGeometryTypePolyline:
                out.set("paths", parts());
                break;
            default:
                out.set("rings", parts());
                break;
        }
        CHECK(next_ == geometry_.coords_size());
        return out;
    }

    Json point() {
        Json out;
        out.set("x", Json(number()));
        out.set("y", Json(number()));
        if (next_ < geometry_.coords_size() && result_.hasz()) out.set("z", z());
        if (next_ < geometry_.coords_size() && result_.hasm()) out.set("m", m());
        CHECK(next_ == geometry_.coords_size());
        return out;
    }

private:
    std::int64_t number() {
        REQUIRE(next_ < geometry_.coords_size());
        return geometry_.coords(next_++);
    }
    Json z() { return Json(static_cast<double>(number()) * result_.transform().scale().zscale()); }
    Json m() { return Json(static_cast<double>(number()) * result_.transform().scale().mscale()); }

    Json part(std::uint32_t length) {
        Json out(Json::Array{});
        for (std::uint32_t i = 0; i < length; ++i) {
            Json vertex(Json::Array{});
            vertex.push(Json(number()));
            vertex.push(Json(number()));
            if (result_.hasz()) vertex.push(z());
            if (result_.hasm()) vertex.push(m());
            out.push(std::move(vertex));
        }
        return out;
    }

    Json parts() {
        Json out(Json::Array{});
        for (const std::uint32_t length : geometry_.lengths()) out.push(part(length));
        return out;
    }

    const Pbf::Geometry& geometry_;
    const Pbf::FeatureResult& result_;
    int next_ = 0;
};

std::string difference_of_members(const Json& a, const Json& b, double tolerance,
                                  const std::string& where) {
    for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        for (const Json::Member& member : *one->object()) {
            const Json* match = other->find(member.name);
            if (match == nullptr) return where + "/" + member.name + " is in one only";
            const std::string found =
                difference(member.value, *match, tolerance, where + "/" + member.name);
            if (!found.empty()) return found;
        }
    }
    return {};
}

std::string difference_of_elements(const Json::Array& a, const Json::Array& b, double tolerance,
                                   const std::string& where) {
    if (a.size() != b.size()) {
        return where + ": " + std::to_string(a.size()) + " and " + std::to_string(b.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::string found =
            difference(a[i], b[i], tolerance, where + "[" + std::to_string(i) + "]");
        if (!found.empty()) return found;
    }
    return {};
}

/// What leads from columns and rows back to the plane.
struct Back {
    double scale;
    double left;
    double edge;
    double up;

    explicit Back(const Json& transform)
        : scale(at(transform, "scale", 0).as_double("scale")),
          left(at(transform, "translate", 0).as_double("translate")),
          edge(at(transform, "translate", 1).as_double("translate")),
          up(at(transform, "originPosition") == Json("upperLeft") ? -1 : 1) {}
    Json x(std::int64_t column) const { return Json(left + static_cast<double>(column) * scale); }
    Json y(std::int64_t row) const { return Json(edge + up * static_cast<double>(row) * scale); }
};

Json located_part(const Json& part, const Back& back) {
    Json out(Json::Array{});
    std::int64_t column = 0;
    std::int64_t row = 0;
    for (Json vertex : part.as_array("part")) {
        Json::Array& numbers = *vertex.array();
        column += numbers.at(0).as_int64("column");
        row += numbers.at(1).as_int64("row");
        numbers[0] = back.x(column);
        numbers[1] = back.y(row);
        out.push(std::move(vertex));
    }
    return out;
}

}  // namespace

Pbf read_pbf(const http::Response& response) {
    CHECK(response.headers.get("Content-Type") == "application/x-protobuf");
    Pbf answer;
    REQUIRE(answer.ParseFromString(body_of(response)));
    return answer;
}

Json json_of(const Pbf::Value& value) {
    switch (value.value_type_case()) {
        case Pbf::Value::kStringValue:
            return Json(value.string_value());
        case Pbf::Value::kFloatValue:
            return Json(double{value.float_value()});
        case Pbf::Value::kDoubleValue:
            return Json(value.double_value());
        case Pbf::Value::kSintValue:
            return Json(std::int64_t{value.sint_value()});
        case Pbf::Value::kUintValue:
            return Json(std::int64_t{value.uint_value()});
        case Pbf::Value::kUint64Value:
            return Json(value.uint64_value());
        case Pbf::Value::kSint64Value:
            return Json(value.sint64_value());
        case Pbf::Value::VALUE_TYPE_NOT_SET:
            break;
    }
    return Json(nullptr);
}

Json json_of(const Pbf::Feature& feature, const Pbf::FeatureResult& result) {
    REQUIRE(feature.attributes_size() == result.fields_size());
    Json attributes(Json::Object{});
    for (int i = 0; i < result.fields_size(); ++i) {
        attributes.set(result.fields(i).name(), json_of(feature.attributes(i)));
    }
    Json out;
    out.set("attributes", std::move(attributes));
    if (feature.has_geometry()) {
        out.set("geometry", GeometryReader(feature.geometry(), result).read());
    }
    if (feature.has_centroid()) {
        out.set("centroid", GeometryReader(feature.centroid(), result).point());
    }
    return out;
}

std::string difference(const Json& a, const Json& b, double tolerance, const std::string& where) {
    const auto both = [&] { return where + ": " + to_text(a) + " and " + to_text(b); };
    if (a.object() != nullptr && b.object() != nullptr) {
        return difference_of_members(a, b, tolerance, where);
    }
    if (a.array() != nullptr && b.array() != nullptr) {
        return difference_of_elements(*a.array(), *b.array(), tolerance, where);
    }
    if (a == b) return {};
    const bool near = a.is_number() && b.is_number() &&
                      std::fabs(a.as_double("a") - b.as_double("b")) <= tolerance;
    if (!near) return both();
    return {};
}

Json zero_for_null(Json json) {
    if (json.is_null()) return Json(0);
    if (Json::Array* elements = json.array()) {
        for (Json& element : *elements) element = zero_for_null(element);
    }
    if (Json::Object* members = json.object()) {
        for (Json::Member& member : *members) member.value = zero_for_null(member.value);
    }
    return json;
}

Json located(const Json& geometry, const Json& transform) {
    const Back back(transform);
    Json out = geometry;
    for (Json::Member& member : *out.object()) {
        if (member.name == "x") member.value = back.x(member.value.as_int64("x"));
        if (member.name == "y") member.value = back.y(member.value.as_int64("y"));
        if (member.name == "points") member.value = located_part(member.value, back);
        if (member.name != "paths" && member.name != "rings") continue;
        for (Json& part : *member.value.array()) part = located_part(part, back);
    }
    return out;
}

}  // namespace rhumb::test
