// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/upload.hpp"

#include "platform/error.hpp"
#include "sync/service/edits/edit_call.hpp"
#include "sync/service/edits/layer_edits.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace rhumb::service {
namespace {

using wire::EditResult;
using wire::Json;

const Json* any_of(const Json& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        const Json* found = object.find_any_case(name);
        if (found != nullptr && !found->is_null()) return found;
    }
    return nullptr;
}

/// One entry of `edits`: its layer, and where its features are.
struct Entry {
    LayerId layer;
    const Json* features;
    const Json* attachments = nullptr;
};

std::vector<Entry> entries_of(const ReplicaRecord& replica, const Json& edits) {
    std::vector<Entry> entries;
    for (const Json& json : edits.as_array("edits")) {
        const auto number = wire::to_int64(json.find_any_case("id"));
        if (!number) throw Error(Status::InvalidArgument, "'edits': an entry has no layer 'id'");
        const auto layer = wire::layer_id_of(*number);
        if (!layer || replica.layer(*layer) == nullptr) {
            throw Error(Status::InvalidArgument, "'edits' names layer " + std::to_string(*number) +
                                                     ", which is not in the replica");
        }
        const Json* features = any_of(json, {"features"});
        const Json* attachments = any_of(json, {"attachments"});
        if (features != nullptr) (void)features->as_object("'edits'.features");
        if (attachments != nullptr) (void)attachments->as_object("'edits'.attachments");
        // Some clients put adds, updates and deletes beside the id.
        entries.push_back({*layer, features != nullptr ? features : &json, attachments});
    }
    return entries;
}

/// Layers of parents come before those of their children; else the order is kept.
std::vector<Entry> parents_first(const Store& store, std::vector<Entry> entries) {
    const std::vector<LayerId> order = layers_parents_first(store);
    const auto place = [&](const Entry& entry) {
        return std::find(order.begin(), order.end(), entry.layer) - order.begin();
    };
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
    return entries;
}

std::string outcome_text(const UploadResults& results) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const auto& [layer, layer_results] : results) {
        writer.begin_object().key("id").integer(layer.value);
        write_results(writer, layer_results);
        writer.key("attachments").begin_object();
        write_results(writer, layer_results.attachments);
        writer.end_object().end_object();
    }
    writer.end_array();
    return text;
}

std::vector<EditResult> results_of(const Json& layer, std::string_view name) {
    std::vector<EditResult> results;
    for (const Json& json : layer.require(name, "outcome").as_array(name)) {
        results.push_back(wire::read_edit_result(json));
    }
    return results;
}

UploadResults stored_results(const std::string& outcome) {
    UploadResults results;
    const Json stored = wire::parse_json(outcome, "stored outcome");
    for (const Json& layer : stored.as_array("outcome")) {
        const auto id = layer.require("id", "outcome").as_int64("outcome.id");
        LayerResults& into = results[LayerId{static_cast<std::int32_t>(id)}];
        into.adds = results_of(layer, "addResults");
        into.updates = results_of(layer, "updateResults");
        into.deletes = results_of(layer, "deleteResults");
        if (const Json* attachments = layer.find("attachments")) {
            into.attachments.adds = results_of(*attachments, "addResults");
            into.attachments.updates = results_of(*attachments, "updateResults");
            into.attachments.deletes = results_of(*attachments, "deleteResults");
        }
    }
    return results;
}

/// One layer's part of an upload. Results name failures, and adds when they are asked for.
class LayerUpload {
public:
    LayerUpload(const Call& call, const Layer& layer, StoreTransaction& transaction,
                const EditRules& rules, bool return_ids_for_adds, LayerResults& results)
        : listener_{[&results, return_ids_for_adds](EditKind kind, std::size_t,
                                                    EditResult&& result) {
              if (result.success && (kind != EditKind::Add || !return_ids_for_adds)) return;
              auto& list = kind == EditKind::Add      ? results.adds
                           : kind == EditKind::Update ? results.updates
                                                      : results.deletes;
              list.push_back(std::move(result));
          }},
          edits_(call.store, layer, transaction, rules, listener_) {}
    LayerUpload(const LayerUpload&) = delete;
    LayerUpload& operator=(const LayerUpload&) = delete;

    LayerEdits& rows() { return edits_; }

    void adds(const Json& features) {
        for (const Json& json : features.as_array("adds")) edits_.add(row_++, json);
    }
    void updates(const Json& features) {
        for (const Json& json : features.as_array("updates")) edits_.update(row_++, json);
    }
    void deletes(const Json& ids) {
        for (const Json& id : ids.as_array("deleteIds")) edits_.erase(row_++, id);
    }

private:
    EditListener listener_;
    LayerEdits edits_;
    std::size_t row_ = 0;
};

EditRules rules_of(const Call& call, const ReplicaRecord& replica, const UploadOptions& options) {
    EditRules rules = edit_rules(call);
    rules.rollback_on_failure = options.rollback_on_failure;
    rules.by_global_id = true;
    rules.replica = replica.id;
    rules.from_service = replica.terms.target == wire::TargetType::Server;
    rules.unless_changed_since = options.unless_changed_since;
    rules.unless_changed_each = options.unless_changed_each;
    rules.epsg = replica.replica_epsg;
    return rules;
}

/// The layers of one upload. Each is one from the first piece to the last, so that updates that
/// wait for each other find each other.
class LayerUploads {
public:
    LayerUploads(const Call& call, const ReplicaRecord& replica, const UploadOptions& options,
                 StoreTransaction& transaction, UploadResults& results)
        : call_(call),
          rules_(rules_of(call, replica, options)),
          return_ids_for_adds_(options.return_ids_for_adds),
          transaction_(transaction),
          results_(results) {}

    LayerUpload& of(LayerId layer) {
        auto& slot = layers_[layer];
        if (!slot) {
            slot = std::make_unique<LayerUpload>(call_, call_.store.layer(layer), transaction_,
                                                 rules_, return_ids_for_adds_, results_[layer]);
        }
        return *slot;
    }
    /// Before anything that is no add and no update, and at the end.
    void finish_updates() {
        for (auto& [id, upload] : layers_) upload->rows().finish_updates();
    }

private:
    const Call& call_;
    const EditRules rules_;
    bool return_ids_for_adds_;
    StoreTransaction& transaction_;
    UploadResults& results_;
    std::map<LayerId, std::unique_ptr<LayerUpload>> layers_;
};

void apply_piece(const Call& call, const ReplicaRecord& replica, const Json& edits,
                 const UploadOptions& options, StoreTransaction& transaction,
                 const UploadedContent& uploaded, LayerUploads& uploads, UploadResults& results) {
    const auto entries = parents_first(call.store, entries_of(replica, edits));
    const std::vector<Entry> children_first(entries.rbegin(), entries.rend());
    using Names = std::initializer_list<std::string_view>;
    using Apply = void (LayerUpload::*)(const Json&);
    const auto each = [&](const std::vector<Entry>& ordered, Names names, Apply apply) {
        for (const Entry& entry : ordered) {
            const Json* list = any_of(*entry.features, names);
            if (list == nullptr) continue;
            if (apply == &LayerUpload::deletes) uploads.finish_updates();
            (uploads.of(entry.layer).*apply)(*list);
        }
    };
    // Adds of all layers come before updates, updates before deletes: a child may be moved to a
    // parent that is made in the same batch.
    each(entries, {"adds"}, &LayerUpload::adds);
    each(entries, {"updates"}, &LayerUpload::updates);
    each(children_first, {"deleteIds", "deletes"}, &LayerUpload::deletes);
    for (const Entry& entry : entries) {
        if (entry.attachments == nullptr) continue;
        uploads.finish_updates();
        apply_attachments(&replica, call.store.layer(entry.layer), *entry.attachments, transaction,
                          uploaded, {options.rollback_on_failure, options.return_ids_for_adds},
                          results[entry.layer].attachments);
    }
}

class UploadRows final : public RowTaker {
public:
    UploadRows(const Call& call, const ReplicaRecord& replica, const UploadOptions& options,
               StoreTransaction& transaction, LayerUploads& uploads, UploadResults& results)
        : call_(call),
          replica_(replica),
          options_(options),
          transaction_(transaction),
          uploads_(uploads),
          results_(results) {}

    void add(LayerId layer, wire::FeatureJson&& feature) override {
        uploads_.of(layer).rows().add(row_++, std::move(feature));
    }
    void update(LayerId layer, wire::FeatureJson&& feature) override {
        uploads_.of(layer).rows().update(row_++, std::move(feature));
    }
    void erase(LayerId layer, const GlobalId& feature) override {
        finish_updates();
        uploads_.of(layer).rows().erase(row_++, feature);
    }
    void attachments(LayerId layer, const Json& lists) override {
        finish_updates();
        apply_attachments(&replica_, call_.store.layer(layer), lists, transaction_, {},
                          {options_.rollback_on_failure, options_.return_ids_for_adds},
                          results_[layer].attachments);
    }

private:
    /// No more updates come.
    void finish_updates() {
        if (!std::exchange(updates_finished_, true)) uploads_.finish_updates();
    }

    const Call& call_;
    const ReplicaRecord& replica_;
    const UploadOptions& options_;
    StoreTransaction& transaction_;
    LayerUploads& uploads_;
    UploadResults& results_;
    std::size_t row_ = 0;
    bool updates_finished_ = false;
};

using Apply = std::function<void(StoreTransaction&, LayerUploads&, UploadResults&)>;

/// All of an upload in one transaction, unless its outcome is stored already.
UploadResults apply_once(const Call& call, const ReplicaRecord& replica,
                         const UploadOptions& options, const Apply& apply) {
    const auto transaction = call.store.write();
    if (options.batch) {
        if (const auto outcome = transaction->outcome(replica.id, *options.batch)) {
            return stored_results(*outcome);
        }
    }
    UploadResults results;
    {
        LayerUploads uploads(call, replica, options, *transaction, results);
        apply(*transaction, uploads, results);
        uploads.finish_updates();
    }
    if (options.batch) {
        transaction->save_outcome(replica.id, *options.batch, outcome_text(results));
    }
    if (options.record && transaction->replica(replica.id)) {
        transaction->save_replica(*options.record);
    }
    transaction->commit({replica.id, options.batch});
    return results;
}

}  // namespace

UploadResults apply_upload(const Call& call, const ReplicaRecord& replica, const EditPieces& pieces,
                           const UploadOptions& options) {
    UploadedContent uploaded;
    pieces([&](const Json& edits) {
        for (const Entry& entry : entries_of(replica, edits)) {
            if (entry.attachments != nullptr) uploaded.look_up(call, *entry.attachments);
        }
    });
    return apply_once(
        call, replica, options,
        [&](StoreTransaction& transaction, LayerUploads& uploads, UploadResults& results) {
            pieces([&](const Json& edits) {
                apply_piece(call, replica, edits, options, transaction, uploaded, uploads, results);
            });
        });
}

UploadResults stored_outcome(const Call& call, const ReplicaRecord& replica,
                             const std::optional<Uuid>& batch) {
    if (!batch) return {};
    const auto outcome = call.store.snapshot()->outcome(replica.id, *batch);
    return outcome ? stored_results(*outcome) : UploadResults{};
}

UploadResults apply_rows(const Call& call, const ReplicaRecord& replica,
                         const std::function<void(RowTaker&)>& rows, const UploadOptions& options) {
    return apply_once(
        call, replica, options,
        [&](StoreTransaction& transaction, LayerUploads& uploads, UploadResults& results) {
            UploadRows taker(call, replica, options, transaction, uploads, results);
            rows(taker);
        });
}

}  // namespace rhumb::service
