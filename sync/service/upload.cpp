// SPDX-License-Identifier: Apache-2.0
#include "sync/service/upload.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_writer.hpp"

#include <functional>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::EditFault;
using wire::EditResult;
using wire::Json;

/// ArcGIS REST: the extended code of an edit that was rolled back.
constexpr std::int64_t kRolledBackCode = -2147207418;

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
    LayerUpload(const ReplicaRecord& replica, const Layer& layer, StoreTransaction& transaction,
                const UploadOptions& options, LayerResults& results)
        : replica_(replica),
          layer_(layer),
          transaction_(transaction),
          options_(options),
          results_(results) {
        const bool projected = layer.geometry && replica.replica_epsg &&
                               *replica.replica_epsg != layer.geometry->srs_id;
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

    void updates(const Json& features) {
        for (const Json& json : features.as_array("updates")) {
            attempt("update", results_.updates, [&](EditResult& result) {
                update(read(json, result), result);
                return false;
            });
        }
    }

    void deletes(const Json& ids) {
        for (const Json& id : ids.as_array("deleteIds")) {
            attempt("delete", results_.deletes, [&](EditResult& result) {
                erase(id, result);
                return false;
            });
        }
    }

private:
    /// Runs one edit. `edit` says whether a success is to be reported.
    void attempt(std::string_view kind, std::vector<EditResult>& results,
                 const std::function<bool(EditResult&)>& edit) {
        EditResult result;
        try {
            bool reported = false;
            transaction_.in_part([&] { reported = edit(result); });
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
        wire::FeatureJson feature = wire::read_feature(json, layer_);
        if (!feature.has_global_id) {
            geodb::refuse(EditFault::GlobalIdMissing,
                          "The attribute '" + id_field + "' (GlobalID) is missing.");
        }
        if (!feature.global_id) {
            geodb::refuse(EditFault::GlobalIdEmpty,
                          "The attribute '" + id_field + "' (GlobalID) is empty or no GUID.");
        }
        if (to_layer_) project(feature);
        return feature;
    }

    /// Geometries come in the replica's reference.
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
        result.object_id = transaction_.insert(layer_.id, values);
    }

    void update(const wire::FeatureJson& feature, EditResult& result) {
        const auto there = transaction_.find(layer_.id, *feature.global_id);
        if (!there) geodb::refuse(EditFault::FeatureMissing, "Object is missing.");
        result.object_id = there;
        change(*there, feature);
    }

    /// A trigger of the table may have its own view of an edit; its maker must hear of it.
    void change(ObjectId there, const wire::FeatureJson& feature) {
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
        result.feature = GlobalId{*uuid};
        // A delete of what is gone already has had its effect.
        if (const auto there = transaction_.find(layer_.id, *result.feature)) {
            if (!transaction_.erase(layer_.id, *there)) refuse_ignored("deletion");
        }
    }

    const ReplicaRecord& replica_;
    const Layer& layer_;
    StoreTransaction& transaction_;
    const UploadOptions& options_;
    LayerResults& results_;
    std::optional<geodb::CoordinateTransform> to_layer_;
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
        const LayerId layer{static_cast<std::int32_t>(*number)};
        if (replica.layer(layer) == nullptr) {
            throw Error(Status::InvalidArgument, "'edits' names layer " + std::to_string(*number) +
                                                     ", which is not in the replica");
        }
        const Json* features = json.find_any_case("features");
        // Some clients put adds, updates and deletes beside the id.
        entries.push_back({layer, features != nullptr ? features : &json,
                           json.find_any_case("attachments")});
    }
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
    const auto entries = entries_of(replica, edits);
    using Names = std::initializer_list<std::string_view>;
    using Apply = void (LayerUpload::*)(const Json&);
    const auto each = [&](Names names, Apply apply) {
        for (const Entry& entry : entries) {
            const Json* list = any_of(*entry.features, names);
            if (list == nullptr) continue;
            LayerUpload upload(replica, call.store.layer(entry.layer), transaction, options,
                               results[entry.layer]);
            (upload.*apply)(*list);
        }
    };
    // Adds of all layers come before updates, updates before deletes: a child may be moved to a
    // parent that is made in the same batch.
    each({"adds"}, &LayerUpload::adds);
    each({"updates"}, &LayerUpload::updates);
    each({"deleteIds", "deletes"}, &LayerUpload::deletes);
    for (const Entry& entry : entries) {
        if (entry.attachments == nullptr) continue;
        apply_attachments(replica, call.store.layer(entry.layer), *entry.attachments, transaction,
                          uploaded, {options.rollback_on_failure, options.return_ids_for_adds},
                          results[entry.layer].attachments);
    }
}

}  // namespace

UploadResults apply_upload(const Call& call, const ReplicaRecord& replica,
                           const EditPieces& pieces, const UploadOptions& options) {
    UploadedContent uploaded;
    pieces([&](const Json& edits) {
        for (const Entry& entry : entries_of(replica, edits)) {
            if (entry.attachments != nullptr) uploaded.look_up(call, *entry.attachments);
        }
    });
    const auto transaction = call.store.write();
    if (options.batch) {
        if (const auto outcome = transaction->outcome(replica.id, *options.batch)) {
            return stored_results(*outcome);
        }
    }
    UploadResults results;
    pieces([&](const Json& edits) {
        apply_piece(call, replica, edits, options, *transaction, uploaded, results);
    });
    if (options.batch) {
        transaction->save_outcome(replica.id, *options.batch, outcome_text(results));
    }
    transaction->commit({replica.id, options.batch});
    return results;
}

}  // namespace rhumb::service
