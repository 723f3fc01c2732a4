// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_set.hpp"

#include "platform/error.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/edits/edit_call.hpp"
#include "sync/service/edits/edited_features.hpp"
#include "sync/service/edits/layer_edits.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace rhumb::service {
namespace {

using wire::EditResult;
using wire::Json;
using wire::JsonView;

/// With honorSequenceOfEdits the document is read once for each list of each entry.
constexpr std::size_t kMostInSequence = 500;

constexpr std::array<std::pair<EditList, EditKind>, 3> kFeatureLists{
    {{EditList::Adds, EditKind::Add},
     {EditList::Updates, EditKind::Update},
     {EditList::Deletes, EditKind::Delete}}};

bool every_entry(std::size_t) {
    return true;
}

/// `{"adds":[attachment]}`, as an upload has it.
Json one_attachment(EditList list, Json&& attachment) {
    const char* name = list == EditList::AttachmentAdds      ? "adds"
                       : list == EditList::AttachmentUpdates ? "updates"
                                                             : "deletes";
    Json::Array only;
    only.push_back(std::move(attachment));
    Json json{Json::Object{}};
    json.set(name, Json(std::move(only)));
    return json;
}

constexpr std::array<EditList, 3> kAttachmentLists{
    EditList::AttachmentAdds, EditList::AttachmentUpdates, EditList::AttachmentDeletes};

}  // namespace

/// What edits the layer of each entry, made when its first row comes.
class EditSet::Layers {
public:
    Layers(EditSet& set, StoreTransaction& transaction) : set_(set), transaction_(transaction) {}

    LayerEdits& of(std::size_t entry) {
        auto& slot = made_[entry];
        if (!slot) slot = std::make_unique<One>(set_, transaction_, entry);
        return slot->edits;
    }
    void finish_updates() {
        for (auto& [entry, one] : made_) one->edits.finish_updates();
    }

private:
    struct One {
        One(EditSet& set, StoreTransaction& transaction, std::size_t entry)
            : listener(listener_of(set, entry)),
              edits(set.call_.store, layer_of(set, entry), transaction, set.rules_, listener) {}
        EditListener listener;
        LayerEdits edits;
    };

    static const Layer& layer_of(const EditSet& set, std::size_t entry) {
        return set.call_.store.layer(set.document_.entries()[entry].layer);
    }

    static EditListener listener_of(EditSet& set, std::size_t entry) {
        EntryResults& results = set.results_[entry];
        EditListener listener;
        listener.on_result = [&results](EditKind kind, std::size_t row, EditResult&& result) {
            auto& list = results.rows[static_cast<std::size_t>(kind)];
            if (list.size() <= row) list.resize(row + 1);
            list[row] = std::move(result);
        };
        if (!set.options_.edited_features) return listener;
        results.edited = std::make_shared<EditedFeatures>(set.call_, layer_of(set, entry));
        listener.on_edited = [&results](const EditedRow& row) { results.edited->take(row); };
        return listener;
    }

    EditSet& set_;
    StoreTransaction& transaction_;
    std::map<std::size_t, std::unique_ptr<One>> made_;
};

EditSet::EditSet(const Call& call, const EditDocument& document, const EditRules& rules,
                 EditSetOptions options)
    : call_(call),
      document_(document),
      rules_(rules),
      options_(options),
      results_(document.entries().size()) {
    if (options_.honor_sequence && document.entries().size() > kMostInSequence) {
        throw Error(Status::InvalidArgument, "'edits' has more than " +
                                                 std::to_string(kMostInSequence) +
                                                 " entries, too many for 'honorSequenceOfEdits'");
    }
    check_attachments_allowed();
    look_up_uploads();
}

EditSet::~EditSet() = default;

void EditSet::check_attachments_allowed() const {
    for (const EditEntry& entry : document_.entries()) {
        std::size_t any = 0;
        for (const EditList list : kAttachmentLists) any += entry.count(list);
        if (any == 0) continue;
        if (!rules_.by_global_id) {
            throw Error(Status::InvalidArgument,
                        "'attachments' are edited by GlobalID: 'useGlobalIds' must be true");
        }
        const bool may_add = has_capability(call_, "Create") || has_capability(call_, "Update");
        if (entry.count(EditList::AttachmentAdds) == any && may_add) continue;
        require_capability(call_, "Update");
    }
}

void EditSet::look_up_uploads() {
    for (const EditList list : {EditList::AttachmentAdds, EditList::AttachmentUpdates}) {
        document_.each(list, every_entry,
                       [&](std::size_t, std::size_t, const JsonView& attachment) {
                           uploaded_.look_up(call_, one_attachment(list, attachment.json()));
                       });
    }
}

/// How many parents stand above the layer of each entry: those of the same depth go together.
std::vector<std::size_t> EditSet::depths() const {
    std::map<LayerId, std::size_t> depth;
    for (const LayerId layer : layers_parents_first(call_.store)) {
        std::size_t own = 0;
        for (const Relationship& related : call_.store.relationships()) {
            const auto parent = depth.find(related.origin);
            if (related.destination != layer || related.origin == layer) continue;
            if (parent != depth.end()) own = std::max(own, parent->second + 1);
        }
        depth[layer] = own;
    }
    std::vector<std::size_t> of_entries;
    for (const EditEntry& entry : document_.entries()) of_entries.push_back(depth[entry.layer]);
    return of_entries;
}

void EditSet::apply(StoreTransaction& transaction) {
    Layers layers(*this, transaction);
    if (options_.honor_sequence) {
        for (std::size_t i = 0; i < results_.size(); ++i) {
            apply_entry(layers, i);
            apply_attachments_of(transaction, [&](std::size_t entry) { return entry == i; });
        }
        return;
    }
    const std::vector<std::size_t> depth = depths();
    const std::size_t deepest = depth.empty() ? 0 : *std::max_element(depth.begin(), depth.end());
    for (const auto& [list, kind] : kFeatureLists) {
        for (std::size_t i = 0; i <= deepest; ++i) {
            const std::size_t turn = kind == EditKind::Delete ? deepest - i : i;
            apply_list(layers, list, [&](std::size_t entry) { return depth[entry] == turn; });
        }
    }
    apply_attachments_of(transaction, every_entry);
}

void EditSet::apply_entry(Layers& layers, std::size_t entry) {
    for (const auto& [list, kind] : kFeatureLists) {
        if (document_.entries()[entry].count(list) == 0) continue;
        apply_list(layers, list, [&](std::size_t each) { return each == entry; });
    }
}

void EditSet::apply_list(Layers& layers, EditList list, const Place& wanted) {
    const auto& entries = document_.entries();
    const auto has_some = [&](std::size_t i) { return wanted(i) && entries[i].count(list) > 0; };
    bool any = false;
    for (std::size_t i = 0; i < entries.size(); ++i) any = any || has_some(i);
    if (!any) return;
    const EditKind kind = kFeatureLists[static_cast<std::size_t>(list)].second;
    bool allowed = false;
    document_.each(list, has_some, [&](std::size_t entry, std::size_t row, const JsonView& value) {
        if (!std::exchange(allowed, true)) require_edit_capability(call_, kind);
        LayerEdits& edits = layers.of(entry);
        if (kind == EditKind::Add) return edits.add(row, value);
        if (kind == EditKind::Update) return edits.update(row, value);
        edits.erase(row, value.json());
    });
    if (kind == EditKind::Update) layers.finish_updates();
}

void EditSet::apply_attachments_of(StoreTransaction& transaction, const Place& wanted) {
    const AttachmentUploadOptions options{rules_.rollback_on_failure, true, true};
    for (const EditList list : kAttachmentLists) {
        document_.each(
            list, wanted, [&](std::size_t entry, std::size_t, const JsonView& attachment) {
                const Layer& layer = call_.store.layer(document_.entries()[entry].layer);
                apply_attachments(nullptr, layer, one_attachment(list, attachment.json()),
                                  transaction, uploaded_, options, results_[entry].attachments);
            });
    }
}

void EditSet::write_results(wire::JsonWriter& writer, Spool& spool, std::size_t entry) const {
    const EntryResults& results = results_[entry];
    const auto list = [&](const char* name, const std::vector<EditResult>& rows) {
        writer.key(name).begin_array();
        for (const EditResult& result : rows) {
            wire::write_edit_result(writer, result);
            spool.settle();
        }
        writer.end_array();
    };
    list("addResults", results.of(EditKind::Add));
    list("updateResults", results.of(EditKind::Update));
    list("deleteResults", results.of(EditKind::Delete));
    if (document_.entries()[entry].names_attachments) {
        writer.key("attachments").begin_object();
        list("addResults", results.attachments.adds);
        list("updateResults", results.attachments.updates);
        list("deleteResults", results.attachments.deletes);
        writer.end_object();
    }
    if (results.edited) results.edited->write(writer, spool);
}

http::Response edit_and_answer(const Call& call,
                               const std::function<void(StoreTransaction&)>& apply,
                               const std::function<void(wire::JsonWriter&, Spool&)>& write) {
    if (call.job != nullptr) {
        call.job->check_wanted();
        call.job->stage("InProgress", 10);
    }
    const auto transaction = call.store.write();
    apply(*transaction);
    Spool spool(call.results.temporary());
    wire::JsonWriter writer(spool.buffer());
    write(writer, spool);
    if (call.job == nullptr) {
        transaction->commit({});
        return answer_spooled(call.parameters, spool);
    }
    std::string text;
    wire::JsonWriter link(text);
    link.begin_object().key("resultUrl");
    link.string(call.service_url + "/replicafiles/" + call.results.keep(spool)).end_object();
    call.job->complete(*transaction, text);
    transaction->commit({});
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
