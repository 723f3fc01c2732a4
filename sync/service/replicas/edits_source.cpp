// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/edits_source.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/replicas/delta_edits.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/json_stream.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr std::size_t kPieceEdits = 500;  // what is held of an item at a time

class InlineEdits final : public EditsSource {
public:
    explicit InlineEdits(Json edits) : edits_(std::move(edits)) {}
    EditKinds kinds() const override { return kinds_in(edits_); }
    const Json& outline() const override { return edits_; }
    void each_piece(const OnEdits& on_edits) const override { on_edits(edits_); }

private:
    Json edits_;
};

struct List {
    const char* group;  ///< member of a layer's entry
    const char* name;
    const char* path;
};
// In the order in which they are applied.
constexpr std::array<List, 10> kLists{{{"features", "adds", "*.features.adds.*"},
                                       {"features", "adds", "*.adds.*"},
                                       {"features", "updates", "*.features.updates.*"},
                                       {"features", "updates", "*.updates.*"},
                                       {"features", "deleteIds", "*.features.deleteIds.*"},
                                       {"features", "deleteIds", "*.features.deletes.*"},
                                       {"features", "deleteIds", "*.deleteIds.*"},
                                       {"attachments", "adds", "*.attachments.adds.*"},
                                       {"attachments", "updates", "*.attachments.updates.*"},
                                       {"attachments", "deleteIds", "*.attachments.deleteIds.*"}}};

/// Collects elements of one list and hands them over as `edits` of one layer.
class Piece {
public:
    Piece(const Json& outline, const List& list, const OnEdits& on_edits)
        : outline_(outline), list_(list), on_edits_(on_edits) {}

    void take(std::size_t entry, Json&& element) {
        if (entry != entry_ || elements_.size() == kPieceEdits) flush();
        entry_ = entry;
        elements_.push_back(std::move(element));
    }
    void flush() {
        if (elements_.empty()) return;
        const Json& of = outline_.as_array("edits").at(entry_);
        Json layer{Json::Object{}};
        if (const Json* id = of.find_any_case("id")) layer.set("id", *id);
        layer.set(list_.group,
                  Json::Object{{list_.name, Json(std::exchange(elements_, Json::Array{}))}});
        on_edits_(Json(Json::Array{std::move(layer)}));
    }

private:
    const Json& outline_;
    const List& list_;
    const OnEdits& on_edits_;
    std::size_t entry_ = 0;
    Json::Array elements_;
};

/// JSON in an item. It is read once for its outline, which proves that it can be read to the end,
/// and once for each kind of edit that is in it; where its layers stand in another order than
/// edits are applied in, once for each layer with such edits.
class ItemEdits final : public EditsSource {
public:
    ItemEdits(UploadedFile file, const wire::JsonLimits& limits, std::vector<LayerId> parents_first)
        : file_(std::move(file)), limits_(limits), parents_first_(std::move(parents_first)) {
        std::vector<std::string> paths;
        for (const List& list : kLists) paths.emplace_back(list.path);
        try {
            outline_ = wire::stream_json_file(
                file_.path, "upload item '" + excerpt(file_.name, 60) + "'", paths,
                [&](const wire::JsonPath& path, Json&&) {
                    entries_[path.pattern()].insert(path.index());
                },
                limits_);
            (void)outline_.as_array("edits");
        } catch (const Error& error) {
            if (error.status() != Status::CorruptData) throw;
            throw Error(Status::InvalidArgument, error.message());
        }
    }

    EditKinds kinds() const override {
        EditKinds kinds = kinds_in(outline_);
        for (std::size_t i = 0; i < kLists.size(); ++i) {
            if (!entries_[i].empty()) note(kinds, kLists[i]);
        }
        return kinds;
    }
    const Json& outline() const override { return outline_; }

    void each_piece(const OnEdits& on_edits) const override {
        for (std::size_t i = 0; i < kLists.size(); ++i) {
            for (const Entries& wanted : in_order(i)) read(kLists[i], wanted, on_edits);
        }
        on_edits(outline_);  // lists of a spelling that nobody streams
    }

private:
    using Entries = std::set<std::size_t>;  ///< places in the array of edits

    void read(const List& list, const Entries& wanted, const OnEdits& on_edits) const {
        Piece piece(outline_, list, on_edits);
        wire::stream_json_file(
            file_.path, "upload item", {list.path},
            [&](const wire::JsonPath& path, Json&& element) {
                if (wanted.count(path.index()) != 0) piece.take(path.index(), std::move(element));
            },
            limits_);
        piece.flush();
    }

    /// Place of an entry's layer: parents have lower ones. Unknown layers are refused later.
    std::size_t rank(std::size_t entry) const {
        const auto layer =
            wire::layer_id_of(outline_.as_array("edits").at(entry).find_any_case("id"));
        const auto found = layer ? std::find(parents_first_.begin(), parents_first_.end(), *layer)
                                 : parents_first_.end();
        return static_cast<std::size_t>(found - parents_first_.begin());
    }

    /// The entries that have such a list, by the order of their layers: parents first, and for
    /// deletes children first. One step where the item has them so.
    std::vector<Entries> in_order(std::size_t list) const {
        std::vector<std::size_t> ranks;
        std::map<std::size_t, Entries> by_rank;
        for (const std::size_t entry : entries_[list]) {
            ranks.push_back(rank(entry));
            by_rank[ranks.back()].insert(entry);
        }
        if (ranks.empty()) return {};
        const bool deletes = std::string_view(kLists[list].name) == "deleteIds";
        if (deletes ? std::is_sorted(ranks.rbegin(), ranks.rend())
                    : std::is_sorted(ranks.begin(), ranks.end())) {
            return {entries_[list]};
        }
        std::vector<Entries> steps;
        for (auto& [place, entries] : by_rank) steps.push_back(std::move(entries));
        if (deletes) std::reverse(steps.begin(), steps.end());
        return steps;
    }

    static void note(EditKinds& kinds, const List& list) {
        const std::string_view name = list.name;
        if (std::string_view(list.group) == "attachments") {
            kinds.attachments = true;
        } else if (name == "adds") {
            kinds.adds = true;
        } else if (name == "updates") {
            kinds.updates = true;
        } else {
            kinds.deletes = true;
        }
    }

    UploadedFile file_;
    wire::JsonLimits limits_;
    Json outline_;
    std::vector<LayerId> parents_first_;
    std::array<Entries, kLists.size()> entries_;  ///< of each list, those that have it
};

std::unique_ptr<EditsSource> item_edits(const Call& call, const std::string& id) {
    UploadedFile file = call.uploads.open(call.owner, "editsUploadId", id);
    std::string format = lowered(trimmed(call.parameters.get("editsUploadFormat")));
    if (format.empty()) {
        const std::size_t dot = file.name.rfind('.');
        format = dot == std::string::npos ? "" : lowered(file.name.substr(dot + 1));
    }
    if (format == "json")
        return std::make_unique<ItemEdits>(std::move(file), call.limits.input.json,
                                           layers_parents_first(call.store));
    const bool ours = call.parameters.get("rhumbFormat") == "1";
    if (format == "sqlite" && ours) return delta_edits(call, file);
    throw Error(Status::Unsupported,
                "'editsUploadFormat' is '" + excerpt(format, 40) + "'; this service offers json");
}

Json inline_edits(const Call& call) {
    const std::string& text = call.parameters.get("edits");
    if (text.empty()) return Json(Json::Array{});
    Json edits = wire::parse_json_parameter(text, "'edits'", call.limits.input.json);
    if (edits.is_null()) return Json(Json::Array{});
    // Who takes anything else for no edits tells a client that they arrived.
    (void)edits.as_array("'edits'");
    return edits;
}

bool has_entries(const Json& of, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        const Json* list = of.find_any_case(name);
        return list != nullptr && list->array() != nullptr && !list->array()->empty();
    });
}

}  // namespace

EditKinds kinds_in(const Json& edits) {
    EditKinds kinds;
    if (edits.array() == nullptr) return kinds;
    for (const Json& entry : *edits.array()) {
        const Json* inner = entry.find_any_case("features");
        const Json& features = inner != nullptr && !inner->is_null() ? *inner : entry;
        kinds.adds = kinds.adds || has_entries(features, {"adds"});
        kinds.updates = kinds.updates || has_entries(features, {"updates"});
        kinds.deletes = kinds.deletes || has_entries(features, {"deleteIds", "deletes"});
        const Json* attached = entry.find_any_case("attachments");
        kinds.attachments = kinds.attachments ||
                            (attached != nullptr &&
                             has_entries(*attached, {"adds", "updates", "deleteIds", "deletes"}));
    }
    return kinds;
}

void PermittedRows::add(LayerId layer, wire::FeatureJson&& feature) {
    require_capability(call_, "Create");
    next_.add(layer, std::move(feature));
}

void PermittedRows::update(LayerId layer, wire::FeatureJson&& feature) {
    require_capability(call_, "Update");
    next_.update(layer, std::move(feature));
}

void PermittedRows::erase(LayerId layer, const GlobalId& feature) {
    require_capability(call_, "Delete");
    next_.erase(layer, feature);
}
void PermittedRows::attachments(LayerId layer, const Json& lists) {
    next_.attachments(layer, lists);  // whoever may edit at all may edit these
}

std::unique_ptr<EditsSource> edits_of(const Call& call) {
    const std::string& item = call.parameters.get("editsUploadId");
    if (!item.empty()) return item_edits(call, item);
    return std::make_unique<InlineEdits>(inline_edits(call));
}

}  // namespace rhumb::service
