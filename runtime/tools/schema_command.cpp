// SPDX-License-Identifier: Apache-2.0
//
// rhumb schema: the layers and fields of a geodatabase, and a field more.

#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/options.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"
#include "sync/service/store/gpkg_schema_change.hpp"
#include "sync/wire/json_writer.hpp"
#include "sync/wire/layer_definition.hpp"
#include "sync/wire/layer_json.hpp"

#include <array>
#include <utility>

namespace rhumb::tool {
namespace {

using geodb::Field;
using geodb::FieldType;

constexpr std::array<std::pair<std::string_view, FieldType>, 11> kTypes{
    {{"string", FieldType::String},
     {"smallinteger", FieldType::SmallInteger},
     {"integer", FieldType::Integer},
     {"biginteger", FieldType::BigInteger},
     {"single", FieldType::Single},
     {"double", FieldType::Double},
     {"date", FieldType::Date},
     {"dateonly", FieldType::DateOnly},
     {"timeonly", FieldType::TimeOnly},
     {"timestampoffset", FieldType::TimestampOffset},
     {"guid", FieldType::Guid}}};

FieldType read_type(const std::string& word) {
    std::string known;
    for (const auto& [name, type] : kTypes) {
        if (equal_ignoring_case(word, name)) return type;
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw UsageError("'" + word + "' is no type of a field; there are " + known);
}

bool is_numeric(FieldType type) {
    return type >= FieldType::SmallInteger && type <= FieldType::Double;
}

std::string default_literal(const Field& field, const std::string& typed) {
    if (!is_numeric(field.type)) return geodb::sqlite::literal(typed);
    if (const auto number = parse_double(typed)) {
        std::string text;
        append_double(text, *number);
        return text;
    }
    throw UsageError("--default " + typed + " is no number, but field '" + field.name +
                     "' holds one");
}

/// "a=First,b=Second"
geodb::Domain read_codes(const std::string& name, const std::string& typed) {
    geodb::Domain domain;
    domain.name = name;
    for (const std::string& piece : split(typed, ',')) {
        const auto sign = piece.find('=');
        const std::string code(trimmed(piece.substr(0, sign)));
        if (code.empty()) throw UsageError("--codes: '" + piece + "' has no code");
        domain.choices.push_back({code, sign == std::string::npos
                                            ? code
                                            : std::string(trimmed(piece.substr(sign + 1)))});
    }
    return domain;
}

geodb::Domain read_range(const std::string& name, const std::string& typed) {
    const auto ends = split(typed, ',');
    geodb::Domain domain;
    domain.name = name;
    if (ends.size() == 2) {
        domain.min = parse_double(trimmed(ends[0]));
        domain.max = parse_double(trimmed(ends[1]));
    }
    if (!domain.min || !domain.max || *domain.min > *domain.max) {
        throw UsageError("--range wants MIN,MAX, not '" + typed + "'");
    }
    return domain;
}

Field read_field(const SchemaArguments& arguments, const geodb::Layer& layer) {
    Field field;
    field.name = arguments.field;
    field.alias = arguments.alias.value_or(arguments.field);
    field.type = read_type(arguments.type);
    field.nullable = !arguments.required;
    field.length = arguments.length.value_or(0);
    if (arguments.length && field.type != FieldType::String) {
        throw UsageError("--length is for string fields");
    }
    if (arguments.default_value)
        field.default_sql = default_literal(field, *arguments.default_value);
    const std::string domain = layer.table + "_" + field.name;
    if (arguments.codes) field.domain = read_codes(domain, *arguments.codes);
    if (arguments.range) {
        if (!is_numeric(field.type)) throw UsageError("--range is for fields of numbers");
        field.domain = read_range(domain, *arguments.range);
    }
    return field;
}

std::string type_text(const Field& field) {
    std::string text(wire::esri_field_type(field.type).substr(13));
    if (field.length > 0 && field.type == FieldType::String) {
        text += "(" + std::to_string(field.length) + ")";
    }
    return text + (field.nullable || field.type == FieldType::GlobalId ? "" : ", required");
}

void print_schema(const geodb::Geodatabase& file) {
    for (const geodb::Layer& layer : file.layers()) {
        print(std::to_string(layer.id.value) + " " + layer.name);
        Table table;
        for (const Field& field : layer.fields) {
            table.add({field.name, type_text(field), field.domain ? field.domain->name : ""});
        }
        table.print();
    }
}

void print_schema_json(const geodb::Geodatabase& file) {
    wire::Json list{wire::Json::Array{}};
    for (const geodb::Layer& layer : file.layers()) {
        std::string fields;
        wire::JsonWriter writer(fields);
        writer.begin_array();
        for (const Field& field : layer.fields) wire::write_field(writer, field);
        writer.end_array();
        list.push(wire::Json::Object{{"id", layer.id.value},
                                     {"name", layer.name},
                                     {"fields", wire::parse_json(fields, "fields")}});
    }
    print_json(list);
}

void describe(geodb::Geodatabase& file, const SchemaArguments& arguments) {
    const geodb::Layer& layer = file.layer(arguments.layer);
    const std::string text = read_file(arguments.field);
    const wire::Json document = wire::parse_json(text, arguments.field);
    const auto definition = wire::read_layer_definition(document, layer);
    geodb::sqlite::Transaction transaction(file.database());
    file.describe_layer(layer.id, definition);
    transaction.commit();
}

}  // namespace

int run(const SchemaArguments& arguments, Session& session) {
    const bool adds = arguments.action == SchemaArguments::Action::AddField;
    const bool describes = arguments.action == SchemaArguments::Action::Describe;
    auto file = geodb::Geodatabase::open(
        arguments.file, session.world(),
        adds || describes ? geodb::Geodatabase::Access::Write : geodb::Geodatabase::Access::Read);
    if (adds) {
        const geodb::Layer& layer = file.layer(arguments.layer);
        service::add_field(file, layer.id, read_field(arguments, layer));
        file.hand_over();
    }
    if (describes) {
        describe(file, arguments);
        file.hand_over();
    }
    if (session.json()) {
        print_schema_json(file);
    } else if (adds) {
        print("layer '" + arguments.layer + "' has a new field '" + arguments.field + "'");
    } else if (describes) {
        print("layer '" + arguments.layer + "' is described by '" + arguments.field + "'");
    } else {
        print_schema(file);
    }
    return kDone;
}

}  // namespace rhumb::tool
