// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/layer_json.hpp"

#include "geodb/column_types.hpp"
#include "geodb/sqlite/database.hpp"
#include "platform/error.hpp"
#include "platform/hash.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/layer_definition.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rhumb::wire {
namespace {

using geodb::Domain;
using geodb::Field;
using geodb::FieldType;
using geodb::GeometryColumn;
using geodb::GeometryType;
using geodb::Layer;
using geodb::LayerPlan;

// In the order of FieldType, which counts from 1.
constexpr std::array<std::string_view, 14> kTypes{"esriFieldTypeOID",
                                                  "esriFieldTypeGlobalID",
                                                  "esriFieldTypeGUID",
                                                  "esriFieldTypeString",
                                                  "esriFieldTypeSmallInteger",
                                                  "esriFieldTypeInteger",
                                                  "esriFieldTypeBigInteger",
                                                  "esriFieldTypeSingle",
                                                  "esriFieldTypeDouble",
                                                  "esriFieldTypeDate",
                                                  "esriFieldTypeDateOnly",
                                                  "esriFieldTypeTimeOnly",
                                                  "esriFieldTypeTimestampOffset",
                                                  "esriFieldTypeBlob"};

/// What services say for text without a limit.
constexpr std::int32_t kUnlimitedLength = 2147483647;

/// Our own member of a layer resource: the exact type, which Esri's word for it blurs.
constexpr const char* kExactGeometry = "rhumbGeometryType";

void write_code(JsonWriter& writer, const Field& field, const std::string& code) {
    const auto number = parse_double(code);
    const bool numeric = field.type >= FieldType::SmallInteger && field.type <= FieldType::Double;
    if (numeric && number) {
        writer.number(*number);
    } else {
        writer.string(code);
    }
}

void write_domain(JsonWriter& writer, const Field& field) {
    if (!field.domain) {
        writer.null();
        return;
    }
    const Domain& domain = *field.domain;
    writer.begin_object();
    writer.key("type").string(domain.choices.empty() ? "range" : "codedValue");
    writer.key("name").string(domain.name);
    if (domain.choices.empty()) {
        writer.key("range").begin_array();
        writer.number(domain.min.value_or(0)).number(domain.max.value_or(0)).end_array();
    } else {
        writer.key("codedValues").begin_array();
        for (const Domain::Choice& choice : domain.choices) {
            writer.begin_object().key("name").string(choice.label).key("code");
            write_code(writer, field, choice.code);
            writer.end_object();
        }
        writer.end_array();
    }
    writer.end_object();
}

/// A default that is a plain literal; expressions stay in the file.
void write_default(JsonWriter& writer, const Field& field) {
    const std::string text = field.default_sql.value_or("");
    const bool quoted_text = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
    if (const auto number = parse_double(text)) {
        writer.number(*number);
    } else if (quoted_text && text.find('\'', 1) == text.size() - 1) {
        writer.string(std::string_view(text).substr(1, text.size() - 2));
    } else {
        writer.null();
    }
}

std::string code_text(const Json* code) {
    if (code == nullptr) return {};
    if (code->text() != nullptr) return *code->text();
    return to_text(*code);
}

std::optional<Domain> read_domain(const Json* json) {
    if (json == nullptr || json->object() == nullptr) return std::nullopt;
    Domain domain;
    domain.name = text_or_empty(json->find("name"));
    const Json* range = json->find("range");
    if (range != nullptr && range->array() != nullptr && range->array()->size() == 2) {
        domain.min = to_double((*range->array())[0]);
        domain.max = to_double((*range->array())[1]);
    }
    const Json* choices = json->find("codedValues");
    if (choices != nullptr && choices->array() != nullptr) {
        for (const Json& choice : *choices->array()) {
            domain.choices.push_back(
                {code_text(choice.find("code")), std::string(text_or_empty(choice.find("name")))});
        }
    }
    const bool usable = !domain.name.empty() && (!domain.choices.empty() || domain.min);
    return usable ? std::optional(std::move(domain)) : std::nullopt;
}

/// Plain texts and numbers; what else services say is theirs to fill in.
std::optional<std::string> read_default(const Field& field, const Json* json) {
    if (json == nullptr) return std::nullopt;
    if (field.type == FieldType::String && json->text() != nullptr) {
        return geodb::sqlite::literal(*json->text());
    }
    const bool numeric = field.type >= FieldType::SmallInteger && field.type <= FieldType::Double;
    const auto number = numeric ? to_double(*json) : std::nullopt;
    if (!number) return std::nullopt;
    std::string text;
    append_double(text, *number);
    return text;
}

std::optional<Field> read_field(const Json& json) {
    const auto type = field_type_of_esri(text_or_empty(json.find("type")));
    if (!type || *type == FieldType::ObjectId) return std::nullopt;
    Field field;
    field.name = text_or_empty(json.find("name"));
    field.alias = text_or_empty(json.find("alias"));
    if (field.alias.empty()) field.alias = field.name;
    field.type = *type;
    field.nullable = to_bool(json.find("nullable")).value_or(true);
    const auto length = to_int64(json.find("length")).value_or(0);
    const bool limited = field.type == FieldType::String && length > 0 && length < kUnlimitedLength;
    field.length = limited ? static_cast<std::int32_t>(length) : 0;
    field.domain = read_domain(json.find("domain"));
    field.default_sql = read_default(field, json.find("defaultValue"));
    return field;
}

std::optional<GeometryColumn> read_geometry_column(const Json& json, std::string_view layer_name,
                                                   std::int32_t service_epsg) {
    const auto type_name = text_or_empty(json.find("geometryType"));
    if (type_name.empty()) return std::nullopt;
    GeometryColumn column;
    const auto exact = geodb::geometry_type_of(text_or_empty(json.find(kExactGeometry)));
    const auto type = exact ? exact : geometry_type_of_esri(type_name);
    if (!type) {
        throw Error(Status::Unsupported, "layer '" + std::string(layer_name) +
                                             "' has geometries of type " + std::string(type_name) +
                                             ", which Rhumb does not keep");
    }
    column.type = *type;
    column.has_z = to_bool(json.find("hasZ")).value_or(false);
    column.has_m = to_bool(json.find("hasM")).value_or(false);
    column.srs_id = service_epsg;
    const Json* extent = json.find("extent");
    const Json* own = extent != nullptr ? extent->find("spatialReference") : nullptr;
    if (own != nullptr) column.srs_id = read_spatial_reference(*own).value_or(service_epsg);
    return column;
}

}  // namespace

std::string_view esri_field_type(FieldType type) {
    return kTypes[static_cast<std::size_t>(type) - 1];
}

std::optional<FieldType> field_type_of_esri(std::string_view name) {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (equal_ignoring_case(kTypes[i], name)) return static_cast<FieldType>(i + 1);
    }
    return std::nullopt;
}

std::string object_id_name(const Layer& layer) {
    return layer.find_field("OBJECTID") ? layer.fid_column : "OBJECTID";
}

void write_field(JsonWriter& writer, const Field& field, bool with_domain) {
    write_field(writer, field, with_domain, field.editable());
}

void write_field(JsonWriter& writer, const Field& field, bool with_domain, bool editable) {
    writer.begin_object();
    writer.key("name").string(field.name).key("type").string(esri_field_type(field.type));
    writer.key("alias").string(field.alias);
    if (field.type == FieldType::String) {
        writer.key("length").integer(field.length > 0 ? field.length : kUnlimitedLength);
    } else if (field.type == FieldType::GlobalId || field.type == FieldType::Guid) {
        writer.key("length").integer(38);
    }
    if (with_domain) {
        writer.key("domain");
        write_domain(writer, field);
        writer.key("editable").boolean(editable);
        writer.key("nullable").boolean(field.nullable && field.type != FieldType::GlobalId);
        writer.key("defaultValue");
        write_default(writer, field);
    }
    writer.end_object();
}

void write_object_id_field(JsonWriter& writer, const Layer& layer) {
    const std::string name = object_id_name(layer);
    writer.begin_object();
    writer.key("name")
        .string(name)
        .key("type")
        .string("esriFieldTypeOID")
        .key("alias")
        .string(name);
    writer.key("domain").null().key("editable").boolean(false).key("nullable").boolean(false);
    writer.key("defaultValue").null().end_object();
}

namespace {

std::string domain_text(const Field& field) {
    if (!field.domain) return {};
    std::string text = "{" + field.domain->name;
    for (const Domain::Choice& choice : field.domain->choices) {
        text += "|" + choice.code + "=" + choice.label;
    }
    for (const auto& bound : {field.domain->min, field.domain->max}) {
        text += "|";
        if (bound) append_double(text, *bound);
    }
    return text + "}";
}

}  // namespace

std::string schema_fingerprint(const LayerPlan& plan) {
    std::vector<std::string> parts;
    for (const Field& field : plan.fields) {
        // A GlobalID may be declared nullable or not; on the wire it never is.
        const bool nullable = field.nullable && field.type != FieldType::GlobalId;
        const bool text = field.type == FieldType::String;
        parts.push_back(lowered(field.name) + ":" + std::string(esri_field_type(field.type)) + ":" +
                        std::to_string(text ? field.length : 0) + (nullable ? "?" : "!") +
                        domain_text(field));
    }
    std::sort(parts.begin(), parts.end());
    std::string text;
    for (const std::string& part : parts) text += part + ";";
    if (plan.geometry) {
        text += esri_geometry_type_name(plan.geometry->type);
        text += plan.geometry->has_z ? "Z" : "";
        text += plan.geometry->has_m ? "M" : "";
        text += std::to_string(plan.geometry->srs_id);
    }
    return sha256(text).hex();
}

std::string schema_fingerprint(const Layer& layer) {
    LayerPlan plan;
    plan.fields = layer.fields;
    plan.geometry = layer.geometry;
    return schema_fingerprint(plan);
}

void AgreedSchemas::add(geodb::LayerId layer, std::string_view fingerprint) {
    text_ += std::to_string(layer.value) + ":" + std::string(fingerprint) + ";";
}

std::string AgreedSchemas::digest() const {
    constexpr std::size_t kEnough = 16;
    return sha256(text_).hex().substr(0, kEnough);
}

RemoteLayer read_remote_layer(const Json& layer, std::int32_t service_epsg) {
    RemoteLayer remote;
    remote.name = text_or_empty(layer.find("name"));
    remote.id = kept_layer_id(layer.require("id", "layer").as_int64("layer.id"), remote.name);
    remote.is_table = equal_ignoring_case(text_or_empty(layer.find("type")), "Table");
    remote.plan.name = remote.name;
    remote.plan.id = remote.id;
    remote.plan.description = text_or_empty(layer.find("description"));
    for (const Json& json : layer.require("fields", "layer").as_array("layer.fields")) {
        if (equal_ignoring_case(text_or_empty(json.find("type")), "esriFieldTypeOID")) {
            remote.object_id_field = text_or_empty(json.find("name"));
        }
        if (auto field = read_field(json)) remote.plan.fields.push_back(std::move(*field));
    }
    const bool has_identity =
        std::any_of(remote.plan.fields.begin(), remote.plan.fields.end(),
                    [](const Field& field) { return field.type == FieldType::GlobalId; });
    if (!has_identity) {
        throw Error(Status::Unsupported, "layer '" + remote.name +
                                             "' of the service has no GlobalID field, so it "
                                             "cannot be taken offline");
    }
    remote.plan.geometry = read_geometry_column(layer, remote.name, service_epsg);
    remote.plan.definition = definition_of_service(layer, remote.plan.fields);
    return remote;
}

}  // namespace rhumb::wire
