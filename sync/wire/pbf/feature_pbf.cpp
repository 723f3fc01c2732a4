// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/pbf/feature_pbf.hpp"

#include "geodb/geometry/crs.hpp"
#include "platform/text.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/pbf/feature_collection.pb.h"
#include "sync/wire/pbf/pbf_value.hpp"
#include "sync/wire/utf8.hpp"

#include <cmath>
#include <utility>

namespace rhumb::wire {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::GeometryType;
using geodb::Layer;
using geodb::Value;
using Pbf = pbf::FeatureCollectionPBuffer;

/// Steps of z and m, which have no grid of their own: a tenth of a millimetre, and a thousandth,
/// with which a time in milliseconds still fits.
constexpr double kStepOfZ = 1e-4;
constexpr double kStepOfM = 1e-3;

Pbf::GeometryType type_of(const Layer& layer) {
    if (!layer.geometry) return Pbf::esriGeometryTypeNone;
    switch (layer.geometry->type) {
        case GeometryType::Point:
            return Pbf::esriGeometryTypePoint;
        case GeometryType::MultiPoint:
            return Pbf::esriGeometryTypeMultipoint;
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            return Pbf::esriGeometryTypePolyline;
        case GeometryType::Polygon:
        case GeometryType::MultiPolygon:
            return Pbf::esriGeometryTypePolygon;
    }
    return Pbf::esriGeometryTypeNone;
}

Pbf::FieldType type_of(const Field& field) {
    switch (field.type) {
        case FieldType::ObjectId:
            return Pbf::esriFieldTypeOID;
        case FieldType::GlobalId:
            return Pbf::esriFieldTypeGlobalID;
        case FieldType::Guid:
            return Pbf::esriFieldTypeGUID;
        case FieldType::String:
            return Pbf::esriFieldTypeString;
        case FieldType::SmallInteger:
            return Pbf::esriFieldTypeSmallInteger;
        case FieldType::Integer:
            return Pbf::esriFieldTypeInteger;
        case FieldType::BigInteger:
            return Pbf::esriFieldTypeBigInteger;
        case FieldType::Single:
            return Pbf::esriFieldTypeSingle;
        case FieldType::Double:
            return Pbf::esriFieldTypeDouble;
        case FieldType::Date:
            return Pbf::esriFieldTypeDate;
        case FieldType::DateOnly:
            return Pbf::esriFieldTypeDateOnly;
        case FieldType::TimeOnly:
            return Pbf::esriFieldTypeTimeOnly;
        case FieldType::TimestampOffset:
            return Pbf::esriFieldTypeTimestampOffset;
        case FieldType::Blob:
            return Pbf::esriFieldTypeBlob;
    }
    return Pbf::esriFieldTypeString;
}

/// 0 for none, and for what is beyond numbers that other languages keep whole.
std::int64_t steps(double value, double step) {
    const double counted = std::round(value / step);
    return std::fabs(counted) <= kFarthestCell ? static_cast<std::int64_t>(counted) : 0;
}

std::string sound(const std::string& name) {
    return is_utf8(name) ? name : repaired_utf8(name);
}

void add_field(Pbf::FeatureResult& head, const std::string& name, const std::string& alias,
               Pbf::FieldType type) {
    Pbf::Field& field = *head.add_fields();
    field.set_name(sound(name));
    field.set_fieldtype(type);
    field.set_alias(sound(alias));
    field.set_sqltype(Pbf::sqlTypeOther);
}

void add_reference(Pbf::FeatureResult& head, const FeaturePbfWriter::Style& style) {
    Pbf::SpatialReference& reference = *head.mutable_spatialreference();
    reference.set_wkid(static_cast<std::uint32_t>(geodb::esri_wkid(style.epsg)));
    reference.set_lastestwkid(static_cast<std::uint32_t>(style.epsg));
    head.set_hasz(style.z);
    head.set_hasm(style.m);
    Pbf::Transform& transform = *head.mutable_transform();
    const bool up = style.grid.origin == Grid::Origin::LowerLeft;
    transform.set_quantizeoriginpostion(up ? Pbf::lowerLeft : Pbf::upperLeft);
    transform.mutable_scale()->set_xscale(style.grid.cell);
    transform.mutable_scale()->set_yscale(style.grid.cell);
    if (style.z) transform.mutable_scale()->set_zscale(kStepOfZ);
    if (style.m) transform.mutable_scale()->set_mscale(kStepOfM);
    transform.mutable_translate()->set_xtranslate(style.grid.left);
    transform.mutable_translate()->set_ytranslate(style.grid.edge);
}

/// The Maps SDK takes z and m of each vertex as they are, not as ways from the one before.
void add_part(Pbf::Geometry& geometry, const GridGeometry& shape, std::uint32_t begin,
              std::uint32_t end, const FeaturePbfWriter::Style& style) {
    GridVertex before;
    for (std::uint32_t i = begin; i < end; ++i) {
        const GridVertex& vertex = shape.vertices[i];
        geometry.add_coords(vertex.column - before.column);
        geometry.add_coords(vertex.row - before.row);
        if (style.z) geometry.add_coords(steps(vertex.z, kStepOfZ));
        if (style.m) geometry.add_coords(steps(vertex.m, kStepOfM));
        before = vertex;
    }
}

}  // namespace

/// A result of one feature, which is used again and again.
struct FeaturePbfWriter::Scratch {
    Pbf::FeatureResult result;
    Pbf::Feature* feature = nullptr;
};

FeaturePbfWriter::FeaturePbfWriter(std::string& out)
    : out_(out), scratch_(std::make_unique<Scratch>()) {}

FeaturePbfWriter::~FeaturePbfWriter() = default;

void FeaturePbfWriter::write_head(const Layer& layer, const std::vector<std::size_t>& fields,
                                  const Style& style) {
    style_ = style;
    Pbf::FeatureResult head;
    const std::string object_id = object_id_name(layer);
    head.set_objectidfieldname(sound(object_id));
    head.set_globalidfieldname(sound(layer.fields[layer.global_id_index()].name));
    head.set_geometrytype(type_of(layer));
    if (layer.geometry) add_reference(head, style);
    add_field(head, object_id, object_id, Pbf::esriFieldTypeOID);
    for (const std::size_t index : fields) {
        const Field& field = layer.fields[index];
        add_field(head, field.name, field.alias, type_of(field));
    }
    head.AppendToString(&out_);
}

void FeaturePbfWriter::write_head(const std::vector<Field>& fields) {
    Pbf::FeatureResult head;
    head.set_geometrytype(Pbf::esriGeometryTypeNone);
    for (const Field& field : fields) add_field(head, field.name, field.alias, type_of(field));
    head.AppendToString(&out_);
}

void FeaturePbfWriter::begin() {
    scratch_->result.Clear();  // keeps what it has allocated
    scratch_->feature = scratch_->result.add_features();
}

void FeaturePbfWriter::begin(geodb::ObjectId oid) {
    begin();
    Pbf::Value& id = *scratch_->feature->add_attributes();
    if (std::in_range<std::uint32_t>(oid.value)) {
        id.set_uint_value(static_cast<std::uint32_t>(oid.value));
    } else {
        id.set_sint64_value(oid.value);
    }
}

void FeaturePbfWriter::add(const Field& field, const Value& value) {
    set_pbf_value(*scratch_->feature->add_attributes(), field.type, value);
}

void FeaturePbfWriter::set_shape(const GridGeometry& shape) {
    Pbf::Geometry& geometry = *scratch_->feature->mutable_geometry();
    std::uint32_t begin = 0;
    for (const std::uint32_t end : shape.part_ends) {
        if (shape.type != GeometryType::Point) geometry.add_lengths(end - begin);
        add_part(geometry, shape, begin, end, style_);
        begin = end;
    }
}

void FeaturePbfWriter::set_centroid(const GridVertex& centroid) {
    Pbf::Geometry& geometry = *scratch_->feature->mutable_centroid();
    geometry.add_coords(centroid.column);
    geometry.add_coords(centroid.row);
}

void FeaturePbfWriter::end() {
    scratch_->result.AppendToString(&out_);
}

void FeaturePbfWriter::write_exceeded() {
    Pbf::FeatureResult tail;
    tail.set_exceededtransferlimit(true);
    tail.AppendToString(&out_);
}

}  // namespace rhumb::wire
