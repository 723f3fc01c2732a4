// SPDX-License-Identifier: Apache-2.0
//
// rhumb diff: whether two GeoPackages hold the same features, by GlobalID; exit code 1 when not.

#include "geodb/compare/compare_layers.hpp"
#include "geodb/compare/compared_file.hpp"
#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/crs.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"
#include "sync/replica/row_json.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

using geodb::ComparedFile;
using geodb::Difference;
using geodb::Layer;
using Filtered = DiffArguments::Filtered;
using wire::Json;

struct Pair {
    const ComparedFile::Item* a;
    const ComparedFile::Item* b;
};

/// What is compared with what, and what has no counterpart.
struct Matched {
    std::vector<Pair> pairs;
    std::vector<std::string> only_in_a;
    std::vector<std::string> only_in_b;
    std::vector<std::string> notes;

    bool equal() const { return only_in_a.empty() && only_in_b.empty(); }
};

/// Its number is that of a tracked layer.
const ComparedFile::Item* find_item(const ComparedFile& file, const std::string& name_or_number) {
    if (const auto* found = file.find(name_or_number)) return found;
    const auto number = parse_integer(name_or_number);
    for (const auto& item : file.items()) {
        if (item.tracked && number == item.layer.id.value) return &item;
    }
    return nullptr;
}

const ComparedFile::Item& require_item(const ComparedFile& file, const std::string& name) {
    if (const auto* found = find_item(file, name)) return *found;
    std::string why;
    for (const auto& item : file.items()) why += (why.empty() ? "" : ", ") + item.layer.name;
    why = " (it has: " + why + ")";
    for (const std::string& reason : file.left_out()) why += "; " + reason;
    throw Error(Status::NotFound,
                "'" + file.path().string() + "' has no layer '" + name + "' to compare" + why);
}

Matched match_all(const ComparedFile& a, const ComparedFile& b) {
    Matched matched;
    for (const auto& item : a.items()) {
        if (const auto* other = b.find(item.layer.name)) {
            matched.pairs.push_back({&item, other});
        } else {
            matched.only_in_a.push_back(item.layer.name);
        }
    }
    for (const auto& item : b.items()) {
        if (a.find(item.layer.name) == nullptr) matched.only_in_b.push_back(item.layer.name);
    }
    for (const ComparedFile* file : {&a, &b}) {
        for (const std::string& reason : file->left_out()) {
            matched.notes.push_back("'" + file->path().string() + "' is compared without " +
                                    reason);
        }
    }
    return matched;
}

Matched match(const DiffArguments& arguments, const ComparedFile& a, const ComparedFile& b) {
    if (arguments.layers.empty()) return match_all(a, b);
    Matched matched;
    for (const std::string& name : arguments.layers) {
        const auto& item = require_item(a, name);
        matched.pairs.push_back({&item, &require_item(b, item.layer.name)});
    }
    return matched;
}

/// A condition that names no layer of the comparison would be passed over in silence.
void check_filters(const DiffArguments& arguments, const ComparedFile& a, const Matched& matched) {
    for (const auto& [name, where] : arguments.where) {
        const auto& named = require_item(a, name);
        const bool used = std::any_of(matched.pairs.begin(), matched.pairs.end(),
                                      [&](const Pair& pair) { return pair.a == &named; });
        if (used) continue;
        throw Error(Status::NotFound, "--where names layer '" + name + "', which is not compared");
    }
}

/// The filter of one layer of one file.
class Filter {
public:
    Filter(const DiffArguments& arguments, const ComparedFile& a, const Pair& pair,
           const Layer& layer, const std::filesystem::path& path, std::int64_t now_ms) {
        if (arguments.extent && layer.geometry) area_.emplace(box_in(arguments, layer));
        for (const auto& [name, where] : arguments.where) {
            if (find_item(a, name) != pair.a) continue;
            try {
                where_ = geodb::where_for(layer, where, now_ms);
            } catch (const Error& error) {
                throw error.within("'" + path.string() + "', layer '" + layer.name + "'");
            }
        }
    }

    void apply(geodb::CompareSide& side) const {
        side.where = where_;
        if (area_) side.area = &*area_;
    }

private:
    static geodb::SpatialFilter box_in(const DiffArguments& arguments, const Layer& layer) {
        const std::int32_t own = layer.geometry->srs_id;
        const geodb::CoordinateTransform transform(arguments.extent_crs.value_or(own), own);
        return geodb::SpatialFilter(transform.is_identity() ? *arguments.extent
                                                            : transform.apply(*arguments.extent));
    }

    std::optional<geodb::SpatialFilter> area_;
    std::optional<geodb::WhereSql> where_;
};

struct Compared {
    Pair pair;
    geodb::LayerComparison result;
};

Compared compare(const DiffArguments& arguments, ComparedFile& a, ComparedFile& b, const Pair& pair,
                 std::int64_t now_ms) {
    geodb::CompareSide side_a{a.database(), pair.a->layer, pair.a->tracked};
    geodb::CompareSide side_b{b.database(), pair.b->layer, pair.b->tracked};
    const Filter filter_a(arguments, a, pair, pair.a->layer, a.path(), now_ms);
    const Filter filter_b(arguments, a, pair, pair.b->layer, b.path(), now_ms);
    if (arguments.filtered != Filtered::OnlyB) filter_a.apply(side_a);
    if (arguments.filtered != Filtered::OnlyA) filter_b.apply(side_b);
    return {pair, geodb::compare_layers(side_a, side_b, arguments.name_at_most)};
}

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

void print_difference(const DiffArguments& arguments, const Compared& compared,
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

void report_layer(const DiffArguments& arguments, const Compared& compared) {
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

void report(const DiffArguments& arguments, const Matched& matched,
            const std::vector<Compared>& compared, bool equal) {
    for (const Compared& one : compared) report_layer(arguments, one);
    for (const std::string& name : matched.only_in_a) {
        print("layer " + name + ": only in " + arguments.a.string());
    }
    for (const std::string& name : matched.only_in_b) {
        print("layer " + name + ": only in " + arguments.b.string());
    }
    for (const std::string& note : matched.notes) print("note: " + note);
    print(equal ? "the files agree" : "the files differ");
}

Json texts(const std::vector<std::string>& values) {
    Json list = Json::Array{};
    for (const std::string& value : values) list.push(value);
    return list;
}

Json difference_json(const Compared& compared, const Difference& difference) {
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

Json layer_json(const Compared& compared) {
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

void report_json(const DiffArguments& arguments, const Matched& matched,
                 const std::vector<Compared>& compared, bool equal) {
    Json layers = Json::Array{};
    for (const Compared& one : compared) layers.push(layer_json(one));
    Json json;
    json.set("equal", equal).set("a", arguments.a.string()).set("b", arguments.b.string());
    json.set("layers", std::move(layers));
    json.set("layersOnlyInA", texts(matched.only_in_a));
    json.set("layersOnlyInB", texts(matched.only_in_b)).set("notes", texts(matched.notes));
    print(json);
}

}  // namespace

int run(const DiffArguments& arguments, Session& session) {
    ComparedFile a(arguments.a);
    ComparedFile b(arguments.b);
    const Matched matched = match(arguments, a, b);
    check_filters(arguments, a, matched);
    if (matched.pairs.empty() && matched.equal()) {
        throw Error(Status::NotFound, "'" + arguments.a.string() + "' and '" +
                                          arguments.b.string() +
                                          "' have no layers with GlobalIDs to compare");
    }
    const std::int64_t now_ms = session.clock().now_ms();
    std::vector<Compared> compared;
    bool equal = matched.equal();
    for (const Pair& pair : matched.pairs) {
        compared.push_back(compare(arguments, a, b, pair, now_ms));
        equal = equal && compared.back().result.equal();
    }
    if (session.json()) {
        report_json(arguments, matched, compared, equal);
    } else {
        report(arguments, matched, compared, equal);
    }
    return equal ? kDone : kFailed;
}

}  // namespace rhumb::tool
