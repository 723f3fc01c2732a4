// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/diff_output.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/tools/output.hpp"
#include "sync/replica/row_json.hpp"

namespace rhumb::tool {
namespace {

using geodb::Difference;
using geodb::Layer;
using wire::Json;

std::string value_text(const Layer& layer, std::size_t column, const geodb::Value& value) {
    constexpr std::size_t kShownBytes = 200;
    if (const auto* blob = std::get_if<geodb::Blob>(&value)) {
        const bool shape = layer.geometry && column == layer.geometry_index();
        if (!shape) return "a BLOB of " + bytes_text(static_cast<std::int64_t>(blob->size()));
    }
    try {
        return excerpt(sync::value_json(layer, column, value), kShownBytes);
    } catch (const Error& error) {
        return "unreadable: " + error.message();
    }
}

void print_difference(const DiffArguments& arguments, const ComparedLayer& compared,
                      const Difference& difference) {
    std::string line = "  " + difference.feature.value.braced();
    switch (difference.kind) {
        case Difference::Kind::OnlyInA:
            line += " only in " + arguments.a.string();
            break;
        case Difference::Kind::OnlyInB:
            line += " only in " + arguments.b.string();
            break;
        case Difference::Kind::Changed: {
            const Layer& a = compared.pair.a->layer;
            const Layer& b = compared.pair.b->layer;
            line += " " + a.column_name(difference.column->a) + ": " +
                    value_text(a, difference.column->a, difference.a) + " | " +
                    value_text(b, difference.column->b, difference.b);
        }
    }
    print(line);
}

std::string summary(const DiffArguments& arguments, const geodb::LayerComparison& result) {
    std::string text = counted(result.same, "feature") + " the same";
    if (result.different > 0) text += ", " + std::to_string(result.different) + " different";
    if (result.only_in_a > 0) {
        text += ", " + std::to_string(result.only_in_a) + " only in " + arguments.a.string();
    }
    if (result.only_in_b > 0) {
        text += ", " + std::to_string(result.only_in_b) + " only in " + arguments.b.string();
    }
    return text;
}

void report_layer(const DiffArguments& arguments, const ComparedLayer& compared) {
    const auto& result = compared.result;
    print("layer " + compared.pair.a->layer.name + ": " + summary(arguments, result));
    for (const std::string& column : result.columns_only_in_a) {
        print("  column " + column + " only in " + arguments.a.string());
    }
    for (const std::string& column : result.columns_only_in_b) {
        print("  column " + column + " only in " + arguments.b.string());
    }
    for (const Difference& difference : result.differences) {
        print_difference(arguments, compared, difference);
    }
    const std::int64_t features = result.different + result.only_in_a + result.only_in_b;
    if (features > 0 && result.differences.size() >= arguments.name_at_most) print("  …");
}

Json texts(const std::vector<std::string>& values) {
    Json list = Json::Array{};
    for (const std::string& value : values) list.push(value);
    return list;
}

Json difference_json(const ComparedLayer& compared, const Difference& difference) {
    Json json;
    json.set("globalId", difference.feature.value.braced());
    switch (difference.kind) {
        case Difference::Kind::OnlyInA:
            json.set("kind", "onlyInA");
            break;
        case Difference::Kind::OnlyInB:
            json.set("kind", "onlyInB");
            break;
        case Difference::Kind::Changed: {
            const Layer& a = compared.pair.a->layer;
            const Layer& b = compared.pair.b->layer;
            json.set("kind", "changed").set("column", a.column_name(difference.column->a));
            json.set("a", value_text(a, difference.column->a, difference.a));
            json.set("b", value_text(b, difference.column->b, difference.b));
        }
    }
    return json;
}

Json layer_json(const ComparedLayer& compared) {
    const auto& result = compared.result;
    Json differences = Json::Array{};
    for (const Difference& difference : result.differences) {
        differences.push(difference_json(compared, difference));
    }
    Json json;
    json.set("layer", compared.pair.a->layer.name).set("equal", result.equal());
    json.set("same", result.same).set("different", result.different);
    json.set("onlyInA", result.only_in_a).set("onlyInB", result.only_in_b);
    json.set("columnsOnlyInA", texts(result.columns_only_in_a));
    json.set("columnsOnlyInB", texts(result.columns_only_in_b));
    json.set("differences", std::move(differences));
    return json;
}

}  // namespace

void report_diff(const DiffArguments& arguments, const MatchedLayers& matched,
                 const std::vector<ComparedLayer>& compared, bool equal) {
    for (const ComparedLayer& one : compared) report_layer(arguments, one);
    for (const std::string& name : matched.only_in_a) {
        print("layer " + name + ": only in " + arguments.a.string());
    }
    for (const std::string& name : matched.only_in_b) {
        print("layer " + name + ": only in " + arguments.b.string());
    }
    for (const std::string& note : matched.notes) print("note: " + note);
    print(equal ? "the files agree" : "the files differ");
}

void report_diff_json(const DiffArguments& arguments, const MatchedLayers& matched,
                      const std::vector<ComparedLayer>& compared, bool equal) {
    Json layers = Json::Array{};
    for (const ComparedLayer& one : compared) layers.push(layer_json(one));
    Json json;
    json.set("equal", equal).set("a", arguments.a.string()).set("b", arguments.b.string());
    json.set("layers", std::move(layers));
    json.set("layersOnlyInA", texts(matched.only_in_a));
    json.set("layersOnlyInB", texts(matched.only_in_b)).set("notes", texts(matched.notes));
    print_json(json);
}

}  // namespace rhumb::tool
