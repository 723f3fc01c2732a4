// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/layer_definition.hpp"

#include "geodb/column_types.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

namespace rhumb::wire {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::GeometryType;
using geodb::Layer;
using geodb::LayerDefinition;
using Fields = std::vector<Field>;

enum class Shape { Text, FieldName, Number, Any, Types, Subtypes, Templates, Tracking, Object };

struct Member {
    std::string_view name;
    Shape shape;
    std::string_view absent;  ///< what the resource says without a definition; "" leaves it out
};

constexpr std::array kMembers{
    Member{"copyrightText", Shape::Text, "\"\""}, Member{"minScale", Shape::Number, "0"},
    Member{"maxScale", Shape::Number, "0"},       Member{"typeIdField", Shape::FieldName, "\"\""},
    Member{"types", Shape::Types, "[]"},          Member{"subtypeField", Shape::FieldName, "\"\""},
    Member{"subtypes", Shape::Subtypes, ""},      Member{"defaultSubtypeCode", Shape::Any, ""},
    Member{"templates", Shape::Templates, "[]"},
};

// These have a default of their own.
constexpr std::array kOthers{
    Member{"description", Shape::Text, ""},
    Member{"displayField", Shape::FieldName, ""},
    Member{"drawingInfo", Shape::Object, ""},
    Member{"editFieldsInfo", Shape::Tracking, ""},
};

const Member* find_member(std::string_view name) {
    const auto named = [&](const Member& member) { return member.name == name; };
    const auto found = std::find_if(kMembers.begin(), kMembers.end(), named);
    if (found != kMembers.end()) return &*found;
    const auto other = std::find_if(kOthers.begin(), kOthers.end(), named);
    return other != kOthers.end() ? &*other : nullptr;
}

const Field* find_field(const Fields& fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return equal_ignoring_case(field.name, name);
    });
    return found != fields.end() ? &*found : nullptr;
}

void require_field(const Fields& fields, const std::string& name, const std::string& path) {
    if (find_field(fields, name) != nullptr) return;
    throw Error(Status::InvalidArgument, path + ": the layer has no field '" + name + "'");
}

void require_field_names(const Json* members, const Fields& fields, const std::string& path) {
    if (members == nullptr || members->is_null()) return;
    for (const auto& member : members->as_object(path)) {
        require_field(fields, member.name, path);
    }
}

void check_templates(const Json& templates, const Fields& fields, const std::string& path) {
    std::size_t next = 0;
    for (const Json& entry : templates.as_array(path)) {
        const std::string at = path + "[" + std::to_string(next++) + "]";
        entry.require("name", at).as_string(at + ".name");
        const Json* prototype = entry.find("prototype");
        if (prototype == nullptr) continue;
        prototype->as_object(at + ".prototype");
        require_field_names(prototype->find("attributes"), fields, at + ".prototype.attributes");
    }
}

/// Types have an `id`, subtypes a `code`; both may replace domains and give defaults.
void check_kinds(const Json& kinds, std::string_view key, const Fields& fields,
                 const std::string& path) {
    std::size_t next = 0;
    for (const Json& kind : kinds.as_array(path)) {
        const std::string at = path + "[" + std::to_string(next++) + "]";
        const Json& code = kind.require(key, at);
        if (code.text() == nullptr && !code.is_number()) {
            throw Error(Status::InvalidArgument, at + "." + std::string(key) + " is " +
                                                     std::string(kind_name(code)) +
                                                     ", not a number or a text");
        }
        kind.require("name", at).as_string(at + ".name");
        require_field_names(kind.find("domains"), fields, at + ".domains");
        require_field_names(kind.find("defaultValues"), fields, at + ".defaultValues");
        if (const Json* own = kind.find("templates")) {
            check_templates(*own, fields, at + ".templates");
        }
    }
}

void check_tracking(const Json& info, const Fields& fields, const std::string& path) {
    if (info.is_null()) return;
    for (const auto& member : info.as_object(path)) {
        const bool date = member.name == "creationDateField" || member.name == "editDateField";
        const bool text = member.name == "creatorField" || member.name == "editorField";
        if (!date && !text) continue;
        const std::string at = path + "." + member.name;
        const std::string& name = member.value.as_string(at);
        if (name.empty()) continue;
        require_field(fields, name, at);
        const FieldType wanted = date ? FieldType::Date : FieldType::String;
        if (find_field(fields, name)->type != wanted) {
            throw Error(Status::InvalidArgument, at + ": field '" + name + "' is no " +
                                                     (date ? "date field" : "text field"));
        }
    }
}

/// Throws InvalidArgument naming the member.
void check_member(const Member& member, const Json& value, const Fields& fields) {
    const std::string path(member.name);
    switch (member.shape) {
        case Shape::Text:
            value.as_string(path);
            break;
        case Shape::FieldName:
            if (!value.as_string(path).empty()) require_field(fields, value.as_string(path), path);
            break;
        case Shape::Number:
            value.as_double(path);
            break;
        case Shape::Types:
            check_kinds(value, "id", fields, path);
            break;
        case Shape::Subtypes:
            check_kinds(value, "code", fields, path);
            break;
        case Shape::Templates:
            check_templates(value, fields, path);
            break;
        case Shape::Tracking:
            check_tracking(value, fields, path);
            break;
        case Shape::Object:
            value.as_object(path);
            break;
        case Shape::Any:
            break;
    }
}

std::string known_members() {
    std::string known;
    for (const auto& member : kMembers) known += std::string(member.name) + ", ";
    for (const auto& member : kOthers) known += std::string(member.name) + ", ";
    return known.substr(0, known.size() - 2);
}

/// What people would call a feature by: the first text field that is no identity.
std::string display_field(const Layer& layer) {
    for (const Field& field : layer.fields) {
        if (field.type == FieldType::String) return field.name;
    }
    return layer.fields[layer.global_id_index()].name;
}

/// A plain symbol, so that viewers have one to begin with.
constexpr std::string_view kPoint =
    R"({"renderer":{"type":"simple","label":"","description":"","symbol":{"type":"esriSMS",)"
    R"("style":"esriSMSCircle","color":[0,112,168,255],"size":6,"angle":0,"xoffset":0,"yoffset":0,)"
    R"("outline":{"color":[255,255,255,255],"width":0.75}}},"transparency":0})";
constexpr std::string_view kLine =
    R"({"renderer":{"type":"simple","label":"","description":"","symbol":{"type":"esriSLS",)"
    R"("style":"esriSLSSolid","color":[0,112,168,255],"width":1.5}},"transparency":0})";
constexpr std::string_view kPolygon =
    R"({"renderer":{"type":"simple","label":"","description":"","symbol":{"type":"esriSFS",)"
    R"("style":"esriSFSSolid","color":[0,112,168,64],"outline":{"type":"esriSLS",)"
    R"("style":"esriSLSSolid","color":[0,112,168,255],"width":1}}},"transparency":0})";

std::string_view plain_drawing(GeometryType type) {
    switch (type) {
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            return kLine;
        case GeometryType::Polygon:
        case GeometryType::MultiPolygon:
            return kPolygon;
        default:
            return kPoint;
    }
}

}  // namespace

LayerDefinition read_layer_definition(const Json& document, const Layer& layer) {
    LayerDefinition definition;
    for (const auto& [name, value] : document.as_object("the definition")) {
        const Member* member = find_member(name);
        if (member == nullptr) {
            throw Error(Status::InvalidArgument, "'" + excerpt(name, 60) +
                                                     "' is no member of a definition; there are " +
                                                     known_members());
        }
        check_member(*member, value, layer.fields);
        definition[name] = to_text(value);
    }
    return definition;
}

LayerDefinition definition_of_service(const Json& resource, const Fields& fields) {
    LayerDefinition definition;
    const auto take = [&](const Member& member) {
        const Json* value = resource.find(member.name);
        if (value == nullptr || value->is_null()) return;
        try {
            check_member(member, *value, fields);
        } catch (const Error&) {
            return;  // of no use here, and no reason to refuse the layer
        }
        std::string text = to_text(*value);
        if (text != member.absent) definition[std::string(member.name)] = std::move(text);
    };
    std::for_each(kMembers.begin(), kMembers.end(), take);
    std::for_each(kOthers.begin(), kOthers.end(), take);
    return definition;
}

void write_layer_definition(JsonWriter& writer, const Layer& layer) {
    const auto defined = [&](std::string_view name) -> const std::string* {
        const auto found = layer.definition.find(std::string(name));
        return found != layer.definition.end() ? &found->second : nullptr;
    };
    for (const Member& member : kMembers) {
        if (const std::string* value = defined(member.name)) {
            writer.key(member.name).raw(*value);
        } else if (!member.absent.empty()) {
            writer.key(member.name).raw(member.absent);
        }
    }
    writer.key("description");
    const std::string* description = defined("description");
    description ? writer.raw(*description) : writer.string(layer.description);
    writer.key("displayField");
    const std::string* display = defined("displayField");
    display ? writer.raw(*display) : writer.string(display_field(layer));
    if (const std::string* drawing = defined("drawingInfo")) {
        writer.key("drawingInfo").raw(*drawing);
    } else if (layer.geometry) {
        writer.key("drawingInfo").raw(plain_drawing(layer.geometry->type));
    }
}

void write_edit_fields(JsonWriter& writer, const Layer& layer) {
    if (!layer.tracking) {
        writer.null();
        return;
    }
    writer.begin_object();
    const auto field = [&](const char* name, const std::optional<std::size_t>& index) {
        if (index) writer.key(name).string(layer.fields[*index].name);
    };
    field("creationDateField", layer.tracking->created);
    field("creatorField", layer.tracking->creator);
    field("editDateField", layer.tracking->edited);
    field("editorField", layer.tracking->editor);
    writer.end_object();
}

}  // namespace rhumb::wire
