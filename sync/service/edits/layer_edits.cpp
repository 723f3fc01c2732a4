// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/layer_edits.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/layer_json.hpp"

#include <utility>

namespace rhumb::service {

using geodb::EditFault;
using wire::EditResult;
using wire::FeatureJson;
using wire::Json;
using wire::JsonView;

namespace {

/// Updates that wait for others are held in memory.
constexpr std::size_t kMostWaiting = 20'000;
constexpr std::size_t kLeastVertexBytes = 16;  // x and y

bool is_unique_conflict(const Error& error) {
    return error.detail_code() == static_cast<std::int64_t>(EditFault::NotUnique);
}

std::optional<GlobalId> global_id_in(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid ? std::optional(GlobalId{*uuid}) : std::nullopt;
}

std::string_view text_of(const Json& json) {
    return wire::text_or_empty(&json);
}
std::string_view text_of(const JsonView& json) {
    return json.text().value_or("");
}

}  // namespace

LayerEdits::LayerEdits(const Store& store, const Layer& layer, StoreTransaction& transaction,
                       const EditRules& rules, const EditListener& listener)
    : layer_(layer),
      transaction_(transaction),
      rules_(rules),
      listener_(listener),
      editor_fields_(layer.tracking),
      into_(layer.geometry ? layer.geometry->srs_id : 0) {
    for (const Relationship& related : store.relationships()) {
        if (related.composite && related.destination == layer.id) parents_.push_back(&related);
    }
}

/// Runs one edit and tells its outcome.
template <class Edit>
void LayerEdits::attempt(EditKind kind, std::size_t row, const Edit& edit) {
    EditResult result;
    try {
        if (rules_.rollback_on_failure) {
            edit(result);  // a failure takes the whole set back
        } else {
            transaction_.in_part([&] { edit(result); });
        }
    } catch (const Error& error) {
        return refuse_row(kind, row, std::move(result), error);
    }
    tell(kind, row, std::move(result));
}

void LayerEdits::tell(EditKind kind, std::size_t row, EditResult&& result) {
    for (const Seen& seen : std::exchange(seen_, {})) {
        listener_.on_edited({seen.kind, seen.oid, seen.before ? &*seen.before : nullptr,
                             seen.after ? &*seen.after : nullptr});
    }
    listener_.on_result(kind, row, std::move(result));
}

std::optional<std::vector<Value>> LayerEdits::row_for_listener(ObjectId feature) {
    if (!listener_.on_edited) return std::nullopt;
    return transaction_.read(layer_.id, feature);
}

void LayerEdits::refuse_row(EditKind kind, std::size_t row, EditResult&& result,
                            const Error& error) {
    seen_.clear();
    if (!is_fault_of_edit(error)) throw error;
    if (rules_.rollback_on_failure) rethrow_named(kind, row, result, error);
    result.success = false;
    result.code = error.detail_code() == kChangedMeanwhile
                      ? kChangedMeanwhile
                      : static_cast<std::int64_t>(edit_code(kind, rules_, error));
    result.reason = error.message();
    listener_.on_result(kind, row, std::move(result));
}

void LayerEdits::rethrow_named(EditKind kind, std::size_t row, const EditResult& result,
                               const Error& error) const {
    static constexpr const char* kVerbs[] = {"add", "update", "delete"};
    const std::string feature = result.feature ? result.feature->value.braced() : "(no GlobalID)";
    const std::string edit =
        rules_.replica ? std::string(kVerbs[static_cast<int>(kind)]) + " of feature " + feature
                       : std::string(rules_.list != nullptr ? rules_.list : list_name(kind)) + "[" +
                             std::to_string(row) + "]";
    const char* stop = error.message().ends_with('.') ? " " : ". ";
    throw Error(Status::ConstraintViolated,
                edit + " in layer " + std::to_string(layer_.id.value) + " '" + layer_.name +
                    "' failed (" +
                    std::to_string(static_cast<std::int64_t>(edit_code(kind, rules_, error))) +
                    "): " + error.message() + stop + "Operation rolled back.")
        .with_code(kRolledBackCode);
}

// Adds.

void LayerEdits::add(std::size_t row, const Json& feature) {
    add_read(row, feature);
}

void LayerEdits::add(std::size_t row, const JsonView& feature) {
    add_read(row, feature);
}

template <class AnyJson>
void LayerEdits::add_read(std::size_t row, const AnyJson& feature) {
    attempt(EditKind::Add, row, [&](EditResult& result) {
        FeatureJson read_in = read(feature, result);
        const auto unsaid = geodb::left_to_default(layer_, read_in.values);
        insert(std::move(read_in), unsaid, result);
    });
}

void LayerEdits::add(std::size_t row, FeatureJson&& feature) {
    attempt(EditKind::Add, row,
            [&](EditResult& result) { insert(checked(std::move(feature), result), {}, result); });
}

void LayerEdits::insert(FeatureJson&& feature, const std::vector<std::size_t>& unsaid,
                        EditResult& result) {
    if (rules_.by_global_id) {
        if (const auto there = transaction_.find(layer_.id, *feature.global_id)) {
            // An add that comes again after a lost answer is an update of the row it made.
            const bool ours =
                rules_.from_service ||
                (rules_.replica && transaction_.made_by(layer_.id, *there, *rules_.replica));
            if (!ours) {
                geodb::refuse(EditFault::GlobalIdExists,
                              "A feature with this GlobalID exists already.");
            }
            result.object_id = there;
            return change(*there, std::move(feature));
        }
    }
    std::vector<Value> values(layer_.column_count());
    for (geodb::ColumnValue& value : feature.values) values[value.column] = std::move(value.value);
    if (rules_.by_global_id) {
        values[layer_.global_id_index()] = feature.global_id->value.braced();
    }
    if (editor_fields_) stamp_new(layer_, *editor_fields_, rules_.editor, values);
    for (std::size_t i = 0; i < layer_.fields.size(); ++i) {
        if (geodb::is_null(values[i])) values[i] = geodb::stored_value(layer_, i, values[i]);
    }
    for (const Relationship* related : parents_) {
        check_parent(*related, values[layer_.find_field(related->destination_key).value()]);
    }
    const ObjectId made = transaction_.insert(layer_.id, values, unsaid);
    result.object_id = made;
    if (const auto* id = std::get_if<std::string>(&values[layer_.global_id_index()])) {
        if (const auto uuid = Uuid::parse(*id)) result.feature = GlobalId{*uuid};
    }
    if (auto after = row_for_listener(made)) {
        seen_.push_back({EditKind::Add, made, std::nullopt, std::move(after)});
    }
}

/// ArcGIS REST: a child of a composite needs its parent, be it one of the same call.
void LayerEdits::check_parent(const Relationship& related, const Value& key) const {
    if (geodb::is_null(key)) return;
    if (transaction_.has(related.origin, related.origin_key, key)) return;
    geodb::refuse(EditFault::ValueRefused,
                  "layer '" + layer_.name + "': the parent named by '" + related.destination_key +
                      "' is missing (relationship '" + related.name + "').");
}

// Updates.

void LayerEdits::update(std::size_t row, const Json& feature) {
    if (is_taken(row, feature)) waiting_.push_back({row, feature});
}

void LayerEdits::update(std::size_t row, const JsonView& feature) {
    if (is_taken(row, feature)) waiting_.push_back({row, feature.json()});
}

void LayerEdits::update(std::size_t row, FeatureJson&& feature) {
    EditResult result;
    FeatureJson row_values;
    try {
        transaction_.in_part([&] {
            row_values = checked(std::move(feature), result);
            change(std::move(row_values), result);  // which leaves it fit to be tried again
        });
    } catch (const Error& error) {
        if (is_unique_conflict(error) && waiting_.size() < kMostWaiting) {
            seen_.clear();
            waiting_.push_back({row, std::move(row_values)});
            return;
        }
        return refuse_row(EditKind::Update, row, std::move(result), error);
    }
    tell(EditKind::Update, row, std::move(result));
}

void LayerEdits::finish_updates() {
    std::vector<Waiting> waiting = std::exchange(waiting_, {});
    for (std::size_t before = 0; before != waiting.size();) {
        before = waiting.size();
        std::erase_if(waiting, [&](const Waiting& each) { return !is_taken(each.row, each); });
        if (waiting.empty()) return;
    }
    if (swap(waiting)) return;
    for (const Waiting& each : waiting) {
        attempt(EditKind::Update, each.row,
                [&](EditResult& result) { change(read(each, result), result); });
    }
}

/// Makes the update, or refuses it for good, unless another row has its value.
template <class Feature>
bool LayerEdits::is_taken(std::size_t row, const Feature& feature) {
    EditResult result;
    try {
        transaction_.in_part([&] { change(read(feature, result), result); });
    } catch (const Error& error) {
        if (is_unique_conflict(error) && waiting_.size() < kMostWaiting) {
            seen_.clear();
            return true;
        }
        refuse_row(EditKind::Update, row, std::move(result), error);
        return false;
    }
    tell(EditKind::Update, row, std::move(result));
    return false;
}

/// All in one part: their values go first, then the new ones come.
bool LayerEdits::swap(const std::vector<Waiting>& updates) {
    if (updates.size() < 2) return false;
    std::vector<EditResult> results(updates.size());
    std::vector<std::optional<std::vector<Value>>> before(updates.size());
    try {
        transaction_.in_part([&] {
            for (std::size_t i = 0; i < updates.size(); ++i) {
                before[i] = clear(read(updates[i], results[i]));
            }
            for (std::size_t i = 0; i < updates.size(); ++i) {
                change(read(updates[i], results[i]), results[i]);
                if (before[i]) seen_[i].before = std::move(before[i]);
            }
        });
    } catch (const Error& error) {
        seen_.clear();
        if (!is_fault_of_edit(error)) throw;
        return false;
    }
    for (std::size_t i = 0; i < updates.size(); ++i) {
        tell(EditKind::Update, updates[i].row, std::move(results[i]));
    }
    return true;
}

/// The row as it was, if the listener wants it.
std::optional<std::vector<Value>> LayerEdits::clear(const FeatureJson& feature) {
    EditResult ignored;
    const ObjectId there = named_row(feature, ignored);
    auto before = row_for_listener(there);
    std::vector<geodb::ColumnValue> nothing;
    for (const geodb::ColumnValue& given : feature.values) {
        const bool field = given.column < layer_.fields.size();
        if (field && layer_.fields[given.column].nullable) {
            nothing.push_back({given.column, Value{}});
        }
    }
    if (!nothing.empty()) transaction_.update(layer_.id, there, nothing);
    return before;
}

void LayerEdits::change(FeatureJson&& feature, EditResult& result) {
    const ObjectId there = named_row(feature, result);
    check_seen(there);
    check_owner(there, rules_.ownership.allow_others_to_update);
    change(there, std::move(feature));
}

/// A trigger of the table may have its own view of an edit; its maker must hear of it.
void LayerEdits::change(ObjectId there, FeatureJson&& feature) {
    for (const Relationship* related : parents_) {
        const std::size_t column = layer_.find_field(related->destination_key).value();
        for (const geodb::ColumnValue& given : feature.values) {
            if (given.column == column) check_parent(*related, given.value);
        }
    }
    if (editor_fields_) stamp_changed(layer_, *editor_fields_, rules_.editor, feature.values);
    auto before = row_for_listener(there);
    if (!transaction_.update(layer_.id, there, feature.values)) refuse_ignored("change");
    if (!before) return;
    seen_.push_back({EditKind::Update, there, std::move(before), row_for_listener(there)});
}

// Deletes.

void LayerEdits::erase(std::size_t row, const Json& id) {
    if (!rules_.by_global_id) {
        const auto number = wire::to_int64(id);
        return attempt(EditKind::Delete, row, [&](EditResult& result) {
            if (!number) {
                geodb::refuse(EditFault::FeatureMissing, wire::to_text(id) + " is no object id.");
            }
            result.object_id = ObjectId{*number};
            result.feature = identity_of({*number});
            erase_found({*number});
        });
    }
    const auto feature = global_id_in(text_of(id));
    attempt(EditKind::Delete, row, [&](EditResult& result) {
        if (!feature) {
            geodb::refuse(EditFault::GlobalIdEmpty,
                          "deleteIds: " + excerpt(wire::to_text(id), 60) + " is no GlobalID.");
        }
        erase_named(*feature, result);
    });
}

void LayerEdits::erase(std::size_t row, const GlobalId& feature) {
    attempt(EditKind::Delete, row, [&](EditResult& result) { erase_named(feature, result); });
}

void LayerEdits::erase(std::size_t row, ObjectId feature) {
    attempt(EditKind::Delete, row, [&](EditResult& result) {
        result.object_id = feature;
        result.feature = identity_of(feature);
        erase_found(feature);
    });
}

void LayerEdits::erase_named(const GlobalId& feature, EditResult& result) {
    result.feature = feature;
    const auto there = transaction_.find(layer_.id, feature);
    if (!there) {
        if (rules_.replica) return;  // a delete of what is gone already has had its effect
        geodb::refuse(EditFault::FeatureMissing, "Object is missing.");
    }
    if (!rules_.replica) result.object_id = there;
    check_seen(*there);
    erase_found(*there);
}

void LayerEdits::erase_found(ObjectId there) {
    check_owner(there, rules_.ownership.allow_others_to_delete);
    auto before = row_for_listener(there);
    if (!transaction_.erase(layer_.id, there)) refuse_ignored("deletion");
    if (before) seen_.push_back({EditKind::Delete, there, std::move(before), std::nullopt});
}

// What every edit asks.

template <class AnyJson>
FeatureJson LayerEdits::read(const AnyJson& json, EditResult& result) {
    // The ids first, so that a failure to read the rest names the feature.
    if (const auto attributes = json.find_any_case("attributes")) {
        const std::string& name = layer_.fields[layer_.global_id_index()].name;
        const auto id = attributes->find_any_case(name);
        if (id) result.feature = global_id_in(text_of(*id));
    }
    FeatureJson feature =
        wire::read_feature(json, layer_, into_, rules_.epsg, rules_.most_vertices);
    if (rules_.by_global_id) require_global_id(feature);
    return feature;
}

FeatureJson LayerEdits::read(const Waiting& waiting, EditResult& result) {
    if (const auto* json = std::get_if<Json>(&waiting.feature)) return read(*json, result);
    const auto& row = std::get<FeatureJson>(waiting.feature);  // it was checked already
    result.feature = row.global_id;
    return row;
}

FeatureJson LayerEdits::checked(FeatureJson&& feature, EditResult& result) {
    result.feature = feature.global_id;
    for (const geodb::ColumnValue& value : feature.values) check_size(value);
    if (rules_.epsg && layer_.geometry) project(feature);
    for (geodb::ColumnValue& value : feature.values) {
        value.value = geodb::stored_value(layer_, value.column, value.value);
    }
    return std::move(feature);
}

/// What came as JSON was counted while it was read.
void LayerEdits::check_size(const geodb::ColumnValue& given) const {
    const auto* blob = std::get_if<geodb::Blob>(&given.value);
    if (blob == nullptr || given.column != layer_.geometry_index()) return;
    if (blob->size() / kLeastVertexBytes <= rules_.most_vertices) return;
    if (geodb::read_gpb(*blob).vertex_count() <= rules_.most_vertices) return;
    geodb::refuse(EditFault::GeometryRefused,
                  "layer '" + layer_.name + "': the geometry has more than " +
                      std::to_string(rules_.most_vertices) + " vertices");
}

void LayerEdits::require_global_id(const FeatureJson& feature) const {
    const std::string name = layer_.fields[layer_.global_id_index()].name;
    if (!feature.has_global_id) {
        geodb::refuse(EditFault::GlobalIdMissing,
                      "The attribute '" + name + "' (GlobalID) is missing.");
    }
    if (!feature.global_id) {
        geodb::refuse(EditFault::GlobalIdEmpty,
                      "The attribute '" + name + "' (GlobalID) is empty or no GUID.");
    }
}

/// Geometries come in the reference that the call says.
void LayerEdits::project(FeatureJson& feature) {
    for (geodb::ColumnValue& value : feature.values) {
        const auto* blob = std::get_if<geodb::Blob>(&value.value);
        if (blob == nullptr || value.column != layer_.geometry_index()) continue;
        geodb::Geometry geometry = geodb::read_gpb(*blob);
        into_.apply(geometry, *rules_.epsg);
        value.value = geodb::write_gpb(geometry, layer_.geometry->srs_id);
    }
}

/// The row that an update names, which must be there.
ObjectId LayerEdits::named_row(const FeatureJson& feature, EditResult& result) const {
    if (!rules_.by_global_id && feature.object_id) {
        result.object_id = ObjectId{*feature.object_id};
        result.feature = identity_of(*result.object_id);
        return *result.object_id;
    }
    if (!feature.global_id) {
        geodb::refuse(EditFault::FeatureMissing, "The attribute '" + wire::object_id_name(layer_) +
                                                     "' (object id) is missing.");
    }
    const auto there = transaction_.find(layer_.id, *feature.global_id);
    if (!there) geodb::refuse(EditFault::FeatureMissing, "Object is missing.");
    result.object_id = there;
    return *there;
}

GlobalId LayerEdits::identity_of(ObjectId feature) const {
    if (const auto id = transaction_.global_id(layer_.id, feature)) return *id;
    geodb::refuse(EditFault::FeatureMissing,
                  "Object " + std::to_string(feature.value) + " is missing.");
}

/// Unless edits are guarded each by itself this is not the fault of an edit: it stops the upload,
/// which comes again with the changes seen.
void LayerEdits::check_seen(ObjectId there) const {
    const auto base = rules_.unless_changed_since.find(layer_.id);
    if (base == rules_.unless_changed_since.end() || !rules_.replica) return;
    const bool changed =
        base->second == EditRules::kUnknown ||
        transaction_.changed_by_others(layer_.id, there, base->second, *rules_.replica);
    if (!changed) return;
    const std::string name =
        "Feature " + identity_of(there).value.braced() + " of layer '" + layer_.name + "'";
    if (rules_.unless_changed_each) {
        throw Error(Status::ConstraintViolated, name + " was changed meanwhile.")
            .with_code(kChangedMeanwhile);
    }
    throw Error(Status::ServiceRefused, name + " was changed meanwhile: nothing was applied.")
        .with_code(kChangedMeanwhile);
}

void LayerEdits::check_owner(ObjectId there, bool others_may) const {
    if (others_may || !editor_fields_ || !editor_fields_->creator) return;
    const auto row = transaction_.read(layer_.id, there);
    const auto* owner = row ? std::get_if<std::string>(&(*row)[*editor_fields_->creator]) : nullptr;
    const bool own = owner != nullptr && *owner == rules_.editor.name;
    if (own) return;
    geodb::refuse(EditFault::NotOwner,
                  "layer '" + layer_.name + "': the feature belongs to somebody else.");
}

void LayerEdits::refuse_ignored(const std::string& edit) const {
    geodb::refuse(EditFault::ValueRefused,
                  "layer '" + layer_.name + "': a trigger of the table ignored the " + edit);
}

}  // namespace rhumb::service
