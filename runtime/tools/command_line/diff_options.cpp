// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    DiffArguments arguments;
    std::vector<std::string> where;
    std::string extent, extent_crs, filter = "both";
};

DiffArguments read(const Typed& typed) {
    DiffArguments arguments = typed.arguments;
    arguments.where = read_named_filters(typed.where);
    arguments.extent = read_if(typed.extent, read_extent);
    arguments.extent_crs = crs_if_given("--extent-crs", typed.extent_crs);
    if (typed.filter == "a") arguments.filtered = DiffArguments::Filtered::OnlyA;
    if (typed.filter == "b") arguments.filtered = DiffArguments::Filtered::OnlyB;
    return arguments;
}

}  // namespace

void declare_diff(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    auto& arguments = typed->arguments;
    command.add("A", arguments.a, "A GeoPackage, made by Rhumb or not").required();
    command.add("B", arguments.b, "Another one").required();
    command.add_list("--layer", arguments.layers, "Only this layer; may be repeated");
    command.add_list("--where", typed->where,
                     "LAYER=CONDITION: only features for which it holds; once for each layer");
    command.add_extent(typed->extent);
    command.add("--extent-crs", typed->extent_crs,
                "EPSG code of the extent (default: each layer's own)");
    command.add("--filter", typed->filter, "Which file --where and --extent are for: a, b or both")
        .one_of({"a", "b", "both"})
        .shows_default();
    command
        .add("--max-differences", arguments.name_at_most,
             "How many differences of a layer are named")
        .shows_default();
    command.add_json();
    command.examples(
        "  rhumb diff office.gpkg day.gpkg --layer trees --extent -122.5,37.7,-122.4,37.8\n"
        "Exit code 0 when they agree, 1 when not. Values are compared by what they "
        "mean:\ndates as instants, GUIDs in any writing, vertices exactly. Object ids "
        "do not count.");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
