// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_document.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/edits/edit_text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;
using wire::JsonView;

/// Entries are held while their rows are not.
constexpr std::size_t kMostEntries = 10'000;

/// In the order of EditList: members of an entry.
constexpr std::array<std::array<const char*, 2>, kEditLists> kLists{{{"", "adds"},
                                                                     {"", "updates"},
                                                                     {"", "deletes"},
                                                                     {"attachments", "adds"},
                                                                     {"attachments", "updates"},
                                                                     {"attachments", "deletes"}}};

std::string path_of(std::size_t list) {
    const auto& [group, name] = kLists[list];
    return (*group != '\0' ? std::string(group) + "." : "") + name + ".*";
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Status::InvalidArgument, what);
}

void check_lists(const Json& entry, const std::string& place) {
    const auto check = [&](const Json& object, const std::string& of, bool text_too) {
        for (const char* name : {"adds", "updates", "deletes"}) {
            const Json* list = object.find(name);
            if (list == nullptr || list->is_null() || list->array() != nullptr) continue;
            if (text_too && std::string_view(name) == "deletes" && list->text() != nullptr)
                continue;
            refuse(of + "." + name + " is " + std::string(wire::kind_name(*list)) +
                   ", not an array");
        }
    };
    check(entry, place, true);
    const Json* attachments = entry.find("attachments");
    if (attachments == nullptr || attachments->is_null()) return;
    if (attachments->object() == nullptr) {
        refuse(place + ".attachments is " + std::string(wire::kind_name(*attachments)) +
               ", not an object");
    }
    check(*attachments, place + ".attachments", false);
}

/// A document with all lists in it: an object for a layer, an array of such for a service.
class WholeDocument final : public EditDocument {
public:
    /// `layer`: the one whose edits these are; none: each entry says its own.
    WholeDocument(const Call& call, EditText text, std::optional<LayerId> layer)
        : text_(std::move(text)), of_service_(!layer) {
        std::vector<std::string> paths;
        for (std::size_t i = 0; i < kEditLists; ++i) paths.push_back(full_path(i));
        std::vector<std::array<std::size_t, kEditLists>> counts;
        outline_ = text_.stream(paths, [&](const wire::ElementPlace& place, const wire::JsonView&) {
            const std::size_t entry = of_service_ ? place.index : 0;
            if (entry >= kMostEntries) refuse(text_.name() + " has too many entries");
            if (counts.size() <= entry) counts.resize(entry + 1);
            ++counts[entry][place.pattern];
        });
        if (of_service_) {
            if (outline_.array() == nullptr) refuse(text_.name() + " is no array");
            const auto& all = *outline_.array();
            if (all.size() > kMostEntries) refuse(text_.name() + " has too many entries");
            counts.resize(all.size());
            for (std::size_t i = 0; i < all.size(); ++i) {
                take_entry(all[i], text_.name() + "[" + std::to_string(i) + "]",
                           layer_of(call, all[i], i), counts[i]);
            }
        } else {
            if (outline_.object() == nullptr) refuse(text_.name() + " is no object");
            counts.resize(1);
            take_entry(outline_, text_.name(), *layer, counts[0]);
        }
    }

    void each(EditList list, const Wanted& wanted, const OnRow& on_row) const override {
        const auto at = static_cast<std::size_t>(list);
        const bool any = std::any_of(entries_.begin(), entries_.end(),
                                     [&](const EditEntry& entry) { return entry.rows[at] > 0; });
        if (!any) return;
        std::size_t current = 0;
        std::size_t row = 0;
        text_.stream({full_path(at)}, [&](const wire::ElementPlace& place, const JsonView& value) {
            const std::size_t entry = of_service_ ? place.index : 0;
            if (entry != current) row = 0;
            current = entry;
            if (wanted(entry)) on_row(entry, row, value);
            ++row;
        });
        if (list != EditList::Deletes) return;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            const std::string* ids = deletes_text(i);
            if (ids == nullptr || !wanted(i)) continue;
            EditText(text_.name(), *ids, text_.limits())
                .each_id([&](std::size_t id, const JsonView& value) { on_row(i, id, value); });
        }
    }

private:
    std::string full_path(std::size_t list) const {
        return (of_service_ ? "*." : "") + path_of(list);
    }

    const Json& entry_json(std::size_t entry) const {
        return of_service_ ? (*outline_.array())[entry] : outline_;
    }
    /// Ids joined by commas instead of an array.
    const std::string* deletes_text(std::size_t entry) const {
        const Json* deletes = entry_json(entry).find("deletes");
        return deletes != nullptr ? deletes->text() : nullptr;
    }

    LayerId layer_of(const Call& call, const Json& entry, std::size_t place) const {
        const std::string name = text_.name() + "[" + std::to_string(place) + "]";
        if (entry.object() == nullptr) refuse(name + " is no object");
        const auto number = wire::to_int64(entry.find_any_case("id"));
        if (!number) refuse(name + ".id is missing or no layer number");
        for (const Layer& layer : call.store.layers()) {
            if (layer.id.value == *number) return layer.id;
        }
        refuse(name + ".id: layer not found (2001): " + std::to_string(*number));
    }

    void take_entry(const Json& json, const std::string& place, LayerId layer,
                    const std::array<std::size_t, kEditLists>& counts) {
        check_lists(json, place);
        EditEntry entry{layer, false, counts};
        const Json* attachments = json.find("attachments");
        entry.names_attachments = attachments != nullptr && attachments->object() != nullptr;
        entries_.push_back(entry);
        const std::string* ids = deletes_text(entries_.size() - 1);
        if (ids == nullptr) return;
        EditText(place + ".deletes", *ids, text_.limits())
            .each_id([&](std::size_t, const JsonView&) {
                ++entries_.back().rows[static_cast<std::size_t>(EditList::Deletes)];
            });
    }

    EditText text_;
    bool of_service_;
    Json outline_;
};

/// Lists in parameters of their own. How many rows they have shows when they are read.
class Lists final : public EditDocument {
public:
    explicit Lists(LayerId layer) { entries_.push_back({layer}); }

    void put(EditList list, EditText text) {
        if (text.empty()) return;
        texts_[static_cast<std::size_t>(list)] = std::move(text);
        entries_[0].rows[static_cast<std::size_t>(list)] = 1;  // or more, or none
    }
    void put_attachments(std::unique_ptr<EditDocument> attachments) {
        entries_[0].names_attachments = true;
        for (const EditList list :
             {EditList::AttachmentAdds, EditList::AttachmentUpdates, EditList::AttachmentDeletes}) {
            entries_[0].rows[static_cast<std::size_t>(list)] =
                attachments->entries()[0].count(list);
        }
        attachments_ = std::move(attachments);
    }

    void each(EditList list, const Wanted& wanted, const OnRow& on_row) const override {
        if (!wanted(0)) return;
        const auto& text = texts_[static_cast<std::size_t>(list)];
        if (text && list == EditList::Deletes) {
            text->each_id([&](std::size_t row, const JsonView& id) { on_row(0, row, id); });
        } else if (text) {
            std::size_t row = 0;
            const Json root = text->stream(
                {"*"},
                [&](const wire::ElementPlace&, const JsonView& value) { on_row(0, row++, value); });
            if (root.array() == nullptr) refuse(text->name() + " is no array of features");
        } else if (attachments_ && list >= EditList::AttachmentAdds) {
            attachments_->each(list, wanted, on_row);
        }
    }

private:
    std::array<std::optional<EditText>, kEditLists> texts_;
    std::unique_ptr<EditDocument> attachments_;
};

EditText parameter_text(const Call& call, std::string_view name) {
    return {"'" + std::string(name) + "'", call.parameters.get(name), call.limits.input.json};
}

/// `editsUploadId`, if it is given.
std::optional<EditText> item_text(const Call& call) {
    const std::string& id = call.parameters.get("editsUploadId");
    if (id.empty()) return std::nullopt;
    const std::string format = lowered(trimmed(call.parameters.get("editsUploadFormat")));
    if (!format.empty() && format != "json") {
        throw Error(Status::Unsupported, "'editsUploadFormat' is '" + excerpt(format, 40) +
                                             "'; this service offers json");
    }
    return EditText(call.uploads.open(call.owner, "editsUploadId", id), call.limits.input.json);
}

}  // namespace

std::unique_ptr<EditDocument> layer_edits_of(const Call& call, LayerId layer) {
    if (auto item = item_text(call)) {
        return std::make_unique<WholeDocument>(call, std::move(*item), layer);
    }
    auto lists = std::make_unique<Lists>(layer);
    lists->put(EditList::Adds, parameter_text(call, "adds"));
    lists->put(EditList::Updates, parameter_text(call, "updates"));
    lists->put(EditList::Deletes, parameter_text(call, "deletes"));
    if (call.parameters.has("attachments")) {
        // As the member of an entry, so that one reader serves both.
        lists->put_attachments(std::make_unique<WholeDocument>(
            call, parameter_text(call, "attachments").within("{\"attachments\":", "}"), layer));
    }
    return lists;
}

std::unique_ptr<EditDocument> service_edits_of(const Call& call) {
    if (auto item = item_text(call)) {
        return std::make_unique<WholeDocument>(call, std::move(*item), std::nullopt);
    }
    if (!call.parameters.has("edits")) refuse("'edits' is missing");
    return std::make_unique<WholeDocument>(call, parameter_text(call, "edits"), std::nullopt);
}

std::unique_ptr<EditDocument> single_list_of(const Call& call, LayerId layer, EditList list,
                                             std::string_view parameter) {
    if (!call.parameters.has(parameter)) refuse("'" + std::string(parameter) + "' is missing");
    auto lists = std::make_unique<Lists>(layer);
    lists->put(list, parameter_text(call, parameter));
    return lists;
}

}  // namespace rhumb::service
