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
#include "runtime/tools/diff_output.hpp"
#include "runtime/tools/session.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

using geodb::ComparedFile;
using geodb::Layer;
using Filtered = DiffArguments::Filtered;

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

MatchedLayers match_all(const ComparedFile& a, const ComparedFile& b) {
    MatchedLayers matched;
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

MatchedLayers match(const DiffArguments& arguments, const ComparedFile& a, const ComparedFile& b) {
    if (arguments.layers.empty()) return match_all(a, b);
    MatchedLayers matched;
    for (const std::string& name : arguments.layers) {
        const auto& item = require_item(a, name);
        matched.pairs.push_back({&item, &require_item(b, item.layer.name)});
    }
    return matched;
}

/// A condition that names no layer of the comparison would be passed over in silence.
void check_filters(const DiffArguments& arguments, const ComparedFile& a,
                   const MatchedLayers& matched) {
    for (const auto& [name, where] : arguments.where) {
        const auto& named = require_item(a, name);
        const bool used = std::any_of(matched.pairs.begin(), matched.pairs.end(),
                                      [&](const LayerPair& pair) { return pair.a == &named; });
        if (used) continue;
        throw Error(Status::NotFound, "--where names layer '" + name + "', which is not compared");
    }
}

/// The filter of one layer of one file.
class Filter {
public:
    Filter(const DiffArguments& arguments, const ComparedFile& a, const LayerPair& pair,
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

ComparedLayer compare(const DiffArguments& arguments, ComparedFile& a, ComparedFile& b,
                      const LayerPair& pair, std::int64_t now_ms) {
    geodb::CompareSide side_a{a.database(), pair.a->layer, pair.a->tracked};
    geodb::CompareSide side_b{b.database(), pair.b->layer, pair.b->tracked};
    const Filter filter_a(arguments, a, pair, pair.a->layer, a.path(), now_ms);
    const Filter filter_b(arguments, a, pair, pair.b->layer, b.path(), now_ms);
    if (arguments.filtered != Filtered::OnlyB) filter_a.apply(side_a);
    if (arguments.filtered != Filtered::OnlyA) filter_b.apply(side_b);
    return {pair, geodb::compare_layers(side_a, side_b, arguments.name_at_most)};
}

}  // namespace

int run(const DiffArguments& arguments, Session& session) {
    ComparedFile a(arguments.a);
    ComparedFile b(arguments.b);
    const MatchedLayers matched = match(arguments, a, b);
    check_filters(arguments, a, matched);
    if (matched.pairs.empty() && matched.equal()) {
        throw Error(Status::NotFound, "'" + arguments.a.string() + "' and '" +
                                          arguments.b.string() +
                                          "' have no layers with GlobalIDs to compare");
    }
    const std::int64_t now_ms = session.clock().now_ms();
    std::vector<ComparedLayer> compared;
    bool equal = matched.equal();
    for (const LayerPair& pair : matched.pairs) {
        compared.push_back(compare(arguments, a, b, pair, now_ms));
        equal = equal && compared.back().result.equal();
    }
    if (session.json()) {
        report_diff_json(arguments, matched, compared, equal);
    } else {
        report_diff(arguments, matched, compared, equal);
    }
    return equal ? kDone : kFailed;
}

}  // namespace rhumb::tool
