// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/upload.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::EditFault;
using wire::EditResult;
using wire::Json;

/// ArcGIS REST: the extended code of an edit that was rolled back.
constexpr std::int64_t kRolledBackCode = -2147207418;
/// HTTP's Conflict: the client has not seen what it is about to overwrite.
constexpr std::int64_t kChangedMeanwhile = 409;

const Json* any_of(const Json& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        const Json* found = object.find_any_case(name);
        if (found != nullptr && !found->is_null()) return found;
    }
    return nullptr;
}

/// Applies the edits of one layer, each in a part of its own.
class LayerUpload {
public:
    LayerUpload(const Store& store, const ReplicaRecord& replica, const Layer& layer,
                StoreTransaction& transaction, const UploadOptions& options, LayerResults& results)
        : replica_(replica),
          layer_(layer),
          transaction_(transaction),
          options_(options),
          results_(results),
          transforms_(replica.replica_epsg) {
        const bool projected = layer.geometry && replica.replica_epsg &&
                               *replica.replica_epsg != layer.geometry->srs_id;
        for (const Relationship& related : store.relationships()) {
            const bool ours = related.composite && related.destination == layer.id;
            if (ours) parents_.push_back(&related);
        }
        if (projected) to_layer_.emplace(*replica.replica_epsg, layer.geometry->srs_id);
    }

    void adds(const Json& features) {
        for (const Json& json : features.as_array("adds")) {
            attempt("add", results_.adds, [&](EditResult& result) {
                add(read(json, result), result);
                return options_.return_ids_for_adds;
            });
        }
    }

    /// An update whose UNIQUE value another row has waits for the others: that row may be updated
    /// too, as when two swap their values.
    void updates(const Json& features) {
        std::vector<const Json*> waiting;
        for (const Json& json : features.as_array("updates")) waiting.push_back(&json);
        for (std::size_t before = 0; before != waiting.size();) {
            before = waiting.size();
            std::erase_if(waiting, [&](const Json* json) { return !is_taken(*json); });
            if (waiting.empty()) return;
        }
        if (swap(waiting)) return;
        for (const Json* json : waiting) update_or_refuse(*json);
    }

    void deletes(const Json& ids) {
        for (const Json& id : ids.as_array("deleteIds")) {
            attempt("delete", results_.deletes, [&](EditResult& result) {
                erase(id, result);
                return false;
            });
        }
    }

    // Rows of a delta, whose values nobody has looked at yet.
    void add_row(wire::FeatureJson&& feature) {
        attempt("add", results_.adds, [&](EditResult& result) {
            add(checked(std::move(feature), result), result);
            return options_.return_ids_for_adds;
        });
    }
    void update_row(wire::FeatureJson&& feature) {
        attempt("update", results_.updates, [&](EditResult& result) {
            update(checked(std::move(feature), result), result);
            return false;
        });
    }
    void erase_row(const GlobalId& feature) {
        attempt("delete", results_.deletes, [&](EditResult& result) {
            erase(feature, result);
            return false;
        });
    }

private:
    wire::FeatureJson checked(wire::FeatureJson feature, EditResult& result) const {
        result.feature = feature.global_id;
        if (to_layer_) project(feature);
        for (geodb::ColumnValue& value : feature.values) {
            value.value = geodb::stored_value(layer_, value.column, value.value);
        }
        return feature;
    }

    void update_or_refuse(const Json& json) {
        attempt("update", results_.updates, [&](EditResult& result) {
            update(read(json, result), result);
            return false;
        });
    }

    /// Makes the update, or refuses it for good, unless another row has its value.
    bool is_taken(const Json& json) {
        try {
            transaction_.in_part([&] {
                EditResult result;
                update(read(json, result), result);
            });
        } catch (const Error& error) {
            if (error.message().find("UNIQUE constraint failed") != std::string::npos) return true;
            if (!is_fault_of_edit(error)) throw;
            update_or_refuse(json);
        }
        return false;
    }

    /// All in one part: their values go first, then the new ones come.
    bool swap(const std::vector<const Json*>& updates) {
        if (updates.size() < 2) return false;
        try {
            transaction_.in_part([&] {
                EditResult result;
                for (const Json* json : updates) clear(read(*json, result));
                for (const Json* json : updates) update(read(*json, result), result);
            });
            return true;
        } catch (const Error& error) {
            if (!is_fault_of_edit(error)) throw;
            return false;
        }
    }

    void clear(const wire::FeatureJson& feature) {
        const auto there = transaction_.find(layer_.id, *feature.global_id);
        std::vector<geodb::ColumnValue> nothing;
        for (const geodb::ColumnValue& given : feature.values) {
            const bool field = given.column < layer_.fields.size();
            if (field && layer_.fields[given.column].nullable) {
                nothing.push_back({given.column, Value{}});
            }
        }
        if (there && !nothing.empty()) transaction_.update(layer_.id, *there, nothing);
    }

    /// Runs one edit. `edit` says whether a success is to be reported.
    void attempt(std::string_view kind, std::vector<EditResult>& results,
                 const std::function<bool(EditResult&)>& edit) {
        EditResult result;
        try {
            bool reported = false;
            if (options_.rollback_on_failure) {
                reported = edit(result);  // a failure takes the whole upload back
            } else {
                transaction_.in_part([&] { reported = edit(result); });
            }
            if (reported) results.push_back(std::move(result));
        } catch (const Error& error) {
            if (!is_fault_of_edit(error)) throw;
            if (options_.rollback_on_failure) rethrow_named(kind, result, error);
            result.success = false;
            result.code = static_cast<std::int64_t>(wire::edit_code_of(error));
            result.reason = error.message();
            results.push_back(std::move(result));
        }
    }

    /// A full disk is nobody's edit: it fails the whole upload.
    static bool is_fault_of_edit(const Error& error) {
        return error.status() == Status::ConstraintViolated ||
               error.status() == Status::InvalidArgument || error.status() == Status::Unsupported;
    }

    [[noreturn]] void rethrow_named(std::string_view kind, const EditResult& result,
                                    const Error& error) const {
        const std::string feature =
            result.feature ? result.feature->value.braced() : "(no GlobalID)";
        throw Error(Status::ConstraintViolated,
                    std::string(kind) + " of feature " + feature + " in layer " +
                        std::to_string(layer_.id.value) + " '" + layer_.name + "' failed (" +
                        std::to_string(static_cast<std::int64_t>(wire::edit_code_of(error))) +
                        "): " + error.message() + " Operation rolled back.")
            .with_code(kRolledBackCode);
    }

    wire::FeatureJson read(const Json& json, EditResult& result) {
        // The id first, so that a failure to read the rest names the feature.
        const Json* attributes = json.find_any_case("attributes");
        const auto& id_field = layer_.fields[layer_.global_id_index()].name;
        const Json* id = attributes != nullptr ? attributes->find_any_case(id_field) : nullptr;
        if (const auto uuid = Uuid::parse(wire::text_or_empty(id)))
            result.feature = GlobalId{*uuid};
        wire::FeatureJson feature =
            wire::read_feature(json, layer_, wire::ValueRules::Enforced, transforms_);
        if (!feature.has_global_id) {
            geodb::refuse(EditFault::GlobalIdMissing,
                          "The attribute '" + id_field + "' (GlobalID) is missing.");
        }
        if (!feature.global_id) {
            geodb::refuse(EditFault::GlobalIdEmpty,
                          "The attribute '" + id_field + "' (GlobalID) is empty or no GUID.");
        }
        return feature;
    }

    /// Geometries of a delta come in the replica's reference.
    void project(wire::FeatureJson& feature) const {
        for (geodb::ColumnValue& value : feature.values) {
            const auto* blob = std::get_if<geodb::Blob>(&value.value);
            if (blob == nullptr || value.column != layer_.geometry_index()) continue;
            geodb::Geometry geometry = geodb::read_gpb(*blob);
            to_layer_->apply(geometry);
            value.value = geodb::write_gpb(geometry, layer_.geometry->srs_id);
        }
    }

    void add(wire::FeatureJson feature, EditResult& result) {
        if (const auto there = transaction_.find(layer_.id, *feature.global_id)) {
            // An add that comes again after a lost answer is an update of the row it made.
            if (!transaction_.made_by(layer_.id, *there, replica_.id)) {
                geodb::refuse(EditFault::GlobalIdExists,
                              "A feature with this GlobalID exists already.");
            }
            result.object_id = there;
            return change(*there, feature);
        }
        std::vector<Value> values(layer_.column_count());
        values[layer_.global_id_index()] = feature.global_id->value.braced();
        for (geodb::ColumnValue& value : feature.values) {
            values[value.column] = std::move(value.value);
        }
        for (std::size_t i = 0; i < layer_.fields.size(); ++i) {
            if (geodb::is_null(values[i])) values[i] = geodb::stored_value(layer_, i, values[i]);
        }
        for (const Relationship* related : parents_) {
            check_parent(*related, values[layer_.find_field(related->destination_key).value()]);
        }
        result.object_id = transaction_.insert(layer_.id, values);
    }

    /// ArcGIS REST: a child of a composite needs its parent, be it one of the same upload.
    void check_parent(const Relationship& related, const Value& key) {
        if (geodb::is_null(key)) return;
        if (transaction_.has(related.origin, related.origin_key, key)) return;
        geodb::refuse(EditFault::ValueRefused,
                      "layer '" + layer_.name + "': the parent named by '" +
                          related.destination_key + "' is missing (relationship '" + related.name +
                          "').");
    }

    void update(const wire::FeatureJson& feature, EditResult& result) {
        const auto there = transaction_.find(layer_.id, *feature.global_id);
        if (!there) geodb::refuse(EditFault::FeatureMissing, "Object is missing.");
        result.object_id = there;
        check_seen(*there, *feature.global_id);
        change(*there, feature);
    }

    /// Not the fault of an edit: it stops the upload, which comes again with the changes seen.
    void check_seen(ObjectId there, const GlobalId& feature) const {
        const auto base = options_.unless_changed_since.find(layer_.id);
        if (base == options_.unless_changed_since.end()) return;
        if (!transaction_.changed_by_others(layer_.id, there, base->second, replica_.id)) return;
        throw Error(Status::ServiceRefused, "Feature " + feature.value.braced() + " of layer '" +
                                                layer_.name +
                                                "' was changed meanwhile: nothing was applied.")
            .with_code(kChangedMeanwhile);
    }

    /// A trigger of the table may have its own view of an edit; its maker must hear of it.
    void change(ObjectId there, const wire::FeatureJson& feature) {
        for (const Relationship* related : parents_) {
            const std::size_t column = layer_.find_field(related->destination_key).value();
            for (const geodb::ColumnValue& given : feature.values) {
                if (given.column == column) check_parent(*related, given.value);
            }
        }
        if (!transaction_.update(layer_.id, there, feature.values)) refuse_ignored("change");
    }

    [[noreturn]] void refuse_ignored(const std::string& edit) const {
        geodb::refuse(EditFault::ValueRefused,
                      "layer '" + layer_.name + "': a trigger of the table ignored the " + edit);
    }

    void erase(const Json& id, EditResult& result) {
        const auto uuid = Uuid::parse(wire::text_or_empty(&id));
        if (!uuid) {
            geodb::refuse(EditFault::GlobalIdEmpty,
                          "deleteIds: " + wire::to_text(id) + " is no GlobalID.");
        }
        erase(GlobalId{*uuid}, result);
    }

    void erase(const GlobalId& feature, EditResult& result) {
        result.feature = feature;
        // A delete of what is gone already has had its effect.
        if (const auto there = transaction_.find(layer_.id, *result.feature)) {
            check_seen(*there, feature);
            if (!transaction_.erase(layer_.id, *there)) refuse_ignored("deletion");
        }
    }

    const ReplicaRecord& replica_;
    const Layer& layer_;
    StoreTransaction& transaction_;
    const UploadOptions& options_;
    LayerResults& results_;
    wire::ShapeTransforms transforms_;
    std::optional<geodb::CoordinateTransform> to_layer_;  ///< of a delta
    std::vector<const Relationship*>
        parents_;  ///< composites that the layer's rows are children in
};

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

void apply_piece(const Call& call, const ReplicaRecord& replica, const Json& edits,
                 const UploadOptions& options, StoreTransaction& transaction,
                 const UploadedContent& uploaded, UploadResults& results) {
    const auto entries = parents_first(call.store, entries_of(replica, edits));
    const std::vector<Entry> children_first(entries.rbegin(), entries.rend());
    using Names = std::initializer_list<std::string_view>;
    using Apply = void (LayerUpload::*)(const Json&);
    const auto each = [&](const std::vector<Entry>& ordered, Names names, Apply apply) {
        for (const Entry& entry : ordered) {
            const Json* list = any_of(*entry.features, names);
            if (list == nullptr) continue;
            LayerUpload upload(call.store, replica, call.store.layer(entry.layer), transaction,
                               options, results[entry.layer]);
            (upload.*apply)(*list);
        }
    };
    // Adds of all layers come before updates, updates before deletes: a child may be moved to a
    // parent that is made in the same batch.
    each(entries, {"adds"}, &LayerUpload::adds);
    each(entries, {"updates"}, &LayerUpload::updates);
    each(children_first, {"deleteIds", "deletes"}, &LayerUpload::deletes);
    for (const Entry& entry : entries) {
        if (entry.attachments == nullptr) continue;
        apply_attachments(replica, call.store.layer(entry.layer), *entry.attachments, transaction,
                          uploaded, {options.rollback_on_failure, options.return_ids_for_adds},
                          results[entry.layer].attachments);
    }
}

class UploadRows final : public RowTaker {
public:
    UploadRows(const Call& call, const ReplicaRecord& replica, const UploadOptions& options,
               StoreTransaction& transaction, UploadResults& results)
        : call_(call),
          replica_(replica),
          options_(options),
          transaction_(transaction),
          results_(results) {}

    void add(LayerId layer, wire::FeatureJson&& feature) override {
        of(layer).add_row(std::move(feature));
    }
    void update(LayerId layer, wire::FeatureJson&& feature) override {
        of(layer).update_row(std::move(feature));
    }
    void erase(LayerId layer, const GlobalId& feature) override { of(layer).erase_row(feature); }

private:
    LayerUpload& of(LayerId layer) {
        auto& slot = layers_[layer];
        if (!slot) {
            slot = std::make_unique<LayerUpload>(call_.store, replica_, call_.store.layer(layer),
                                                 transaction_, options_, results_[layer]);
        }
        return *slot;
    }

    const Call& call_;
    const ReplicaRecord& replica_;
    const UploadOptions& options_;
    StoreTransaction& transaction_;
    UploadResults& results_;
    std::map<LayerId, std::unique_ptr<LayerUpload>> layers_;
};

/// All of an upload in one transaction, unless its outcome is stored already.
UploadResults apply_once(const Call& call, const ReplicaRecord& replica,
                         const UploadOptions& options,
                         const std::function<void(StoreTransaction&, UploadResults&)>& apply) {
    const auto transaction = call.store.write();
    if (options.batch) {
        if (const auto outcome = transaction->outcome(replica.id, *options.batch)) {
            return stored_results(*outcome);
        }
    }
    UploadResults results;
    apply(*transaction, results);
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

void write_results(wire::JsonWriter& writer, const LayerResults& results) {
    const auto list = [&](const char* name, const std::vector<EditResult>& entries) {
        writer.key(name).begin_array();
        for (const EditResult& result : entries) wire::write_edit_result(writer, result);
        writer.end_array();
    };
    list("addResults", results.adds);
    list("updateResults", results.updates);
    list("deleteResults", results.deletes);
}

UploadResults apply_upload(const Call& call, const ReplicaRecord& replica, const EditPieces& pieces,
                           const UploadOptions& options) {
    UploadedContent uploaded;
    pieces([&](const Json& edits) {
        for (const Entry& entry : entries_of(replica, edits)) {
            if (entry.attachments != nullptr) uploaded.look_up(call, *entry.attachments);
        }
    });
    return apply_once(
        call, replica, options, [&](StoreTransaction& transaction, UploadResults& results) {
            pieces([&](const Json& edits) {
                apply_piece(call, replica, edits, options, transaction, uploaded, results);
            });
        });
}

UploadResults apply_rows(const Call& call, const ReplicaRecord& replica,
                         const std::function<void(RowTaker&)>& rows, const UploadOptions& options) {
    return apply_once(call, replica, options,
                      [&](StoreTransaction& transaction, UploadResults& results) {
                          UploadRows taker(call, replica, options, transaction, results);
                          rows(taker);
                      });
}

}  // namespace rhumb::service
