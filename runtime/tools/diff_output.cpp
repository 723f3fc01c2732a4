// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/diff_output.hpp"

#include "runtime/tools/output.hpp"
#include "runtime/tools/value_text.hpp"

namespace rhumb::tool {
namespace {

using geodb::Difference;
using geodb::Layer;
using wire::Json;

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
            const Layer& layer = compared.pair.a->layer;
            const auto [a, b] = where_they_differ(
                value_text(layer, difference.column->a, difference.a),
                value_text(compared.pair.b->layer, difference.column->b, difference.b));
            line += " " + layer.column_name(difference.column->a) + ": " + a + " | " + b;
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
    if (result.unnamed > 0) print("  … and " + std::to_string(result.unnamed) + " more");
}

Json texts(const std::vector<std::string>& values) {
    Json list = Json::Array{};
    for (const std::string& value : values) list.push(value);
    return list;
}

Json difference_json(const ComparedLayer& compared, const Difference& difference) {
    Json json = Json::Object{{"globalId", difference.feature.value.braced()}};
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
            json.set("kind", "changed");
            json.set("column", a.column_name(difference.column->a));
            json.set("a", value_json(a, difference.column->a, difference.a));
            json.set("b", value_json(b, difference.column->b, difference.b));
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
    return Json::Object{{"layer", compared.pair.a->layer.name},
                        {"equal", result.equal()},
                        {"same", result.same},
                        {"different", result.different},
                        {"onlyInA", result.only_in_a},
                        {"onlyInB", result.only_in_b},
                        {"columnsOnlyInA", texts(result.columns_only_in_a)},
                        {"columnsOnlyInB", texts(result.columns_only_in_b)},
                        {"differences", std::move(differences)},
                        {"unnamed", result.unnamed}};
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
    print_json(Json::Object{{"equal", equal},
                            {"a", arguments.a.string()},
                            {"b", arguments.b.string()},
                            {"layers", std::move(layers)},
                            {"layersOnlyInA", texts(matched.only_in_a)},
                            {"layersOnlyInB", texts(matched.only_in_b)},
                            {"notes", texts(matched.notes)}});
}

}  // namespace rhumb::tool
