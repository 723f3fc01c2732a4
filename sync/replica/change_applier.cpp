// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/change_applier.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/row_json.hpp"

#include <utility>

namespace rhumb::sync {

using geodb::FeatureWriter;
using geodb::GlobalId;
using geodb::ObjectId;

ChangeApplier::ChangeApplier(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                             OnConflict on_conflict)
    : geodatabase_(geodatabase),
      layer_(layer),
      on_conflict_(std::move(on_conflict)),
      writer_(geodatabase, layer, FeatureWriter::Tracking::Unlogged),
      log_(geodatabase.database(), layer) {}

std::string feature_in_words(const wire::Json& json, const geodb::Layer& layer) {
    const wire::Json* attributes = json.find_any_case("attributes");
    const wire::Json* id =
        attributes == nullptr
            ? nullptr
            : attributes->find_any_case(layer.fields[layer.global_id_index()].name);
    const std::string_view text = wire::text_or_empty(id);
    return text.empty() ? "a feature without GlobalID" : "feature " + excerpt(text, 40);
}

GlobalId ChangeApplier::put(const wire::Json& json) {
    try {
        // Another program may have put more into the service than the layer's rules allow. That
        // must not keep this device from all the rest.
        const auto feature = wire::read_feature(json, layer_, wire::ValueRules::TakenAsIs);
        put_feature(feature);
        return *feature.global_id;
    } catch (const Error& error) {
        throw error.within(feature_in_words(json, layer_));
    }
}

void ChangeApplier::put_feature(const wire::FeatureJson& feature) {
    if (!feature.global_id) {
        throw Error(Status::Protocol,
                    "layer '" + layer_.name + "': a feature of the service has no valid GlobalID");
    }
    if (const auto pending_oid = log_.find(*feature.global_id)) {
        put_under_edits(*pending_oid, feature);
    } else {
        put_settled(feature);
    }
}

bool ChangeApplier::put_change(const wire::FeatureJson& feature) {
    const auto pending_oid = log_.find(*feature.global_id);
    if (pending_oid && !log_.read(*pending_oid).empty()) {
        put_feature(feature);
        return true;
    }
    const auto oid = writer_.find(*feature.global_id);
    if (!oid) return false;
    update(*oid, feature);
    return true;
}

void ChangeApplier::put_settled(const wire::FeatureJson& feature) {
    if (const auto oid = writer_.find(*feature.global_id)) {
        update(*oid, feature);
    } else {
        insert(feature);
    }
}

void ChangeApplier::insert(const wire::FeatureJson& feature) {
    std::vector<Value> values(layer_.column_count());
    for (const ColumnValue& given : feature.values) values[given.column] = given.value;
    values[layer_.global_id_index()] = feature.global_id->value.braced();
    writer_.insert(values);
    ++inserts_;
}

void ChangeApplier::update(ObjectId oid, const wire::FeatureJson& feature) {
    const auto row = writer_.read(oid);
    std::vector<ColumnValue> changes;
    for (const ColumnValue& given : feature.values) {
        // A geometry that stays untouched leaves the R-tree alone.
        if (same_value(layer_, given.column, row->values[given.column], given.value)) continue;
        changes.push_back(given);
    }
    if (changes.empty()) return;
    writer_.update(oid, changes);
    ++updates_;
}

std::optional<GlobalId> ChangeApplier::identity(const geodb::Row& row) const {
    const auto* text = std::get_if<std::string>(&row.values[layer_.global_id_index()]);
    const auto uuid = text != nullptr ? Uuid::parse(*text) : std::nullopt;
    return uuid ? std::optional(GlobalId{*uuid}) : std::nullopt;
}

ChangeApplier::Pending ChangeApplier::pending(ObjectId oid, const GlobalId& feature) {
    Pending pending{{{}, log_.read(oid), false}, oid};
    auto row = writer_.read(oid);
    const bool is_here = row && identity(*row) == feature;
    const auto elsewhere = is_here ? std::nullopt : writer_.find(feature);
    if (elsewhere) {
        pending.stands_at = *elsewhere;
        row = writer_.read(*elsewhere);
    }
    pending.feature.replaced = row && !is_here && !elsewhere;
    if (row) pending.feature.mine = std::move(row->values);
    return pending;
}

/// The log of an object id that a feature has left: at most another one was made there since.
std::vector<LoggedEdit> ChangeApplier::left_behind(ObjectId oid, const LoggedEdit& first) {
    if (!writer_.read(oid)) return {};
    return {{first.generation, false, 0, std::vector<Value>(layer_.column_count())}};
}

void ChangeApplier::put_under_edits(ObjectId oid, const wire::FeatureJson& feature) {
    auto [mine, stands_at] = pending(oid, *feature.global_id);
    if (mine.edits.empty()) return put_settled(feature);  // a change before settled them
    const bool deleted_here = !mine.mine || mine.replaced;
    const Rebased rebased = rebase_on_row(layer_, std::move(mine), feature.values);
    log_.replace(oid, rebased.edits);
    if (!rebased.take.empty()) {
        writer_.update(stands_at, rebased.take);
        ++updates_;
    }
    for (const ColumnConflict& conflict : rebased.conflicts) report(*feature.global_id, conflict);
    if (!rebased.deletion_conflict || !deleted_here) return;
    std::vector<Value> theirs(layer_.column_count());
    for (const ColumnValue& given : feature.values) theirs[given.column] = given.value;
    report_deletion(*feature.global_id, nullptr, &theirs);
}

void ChangeApplier::erase(const GlobalId& feature) {
    const auto pending_oid = log_.find(feature);
    if (!pending_oid) return erase_settled(feature);
    auto [mine, stands_at] = pending(*pending_oid, feature);
    if (mine.edits.empty()) return erase_settled(feature);
    const auto row = mine.mine;
    const LoggedEdit first = mine.edits.front();
    Rebased rebased = rebase_on_delete(layer_, std::move(mine));
    // Where the feature stands since it moved, the log has its insert already.
    if (stands_at != *pending_oid) rebased.edits = left_behind(*pending_oid, first);
    log_.replace(*pending_oid, rebased.edits);
    if (rebased.erase && writer_.erase(stands_at)) ++deletes_;
    if (rebased.deletion_conflict) report_deletion(feature, &*row, nullptr);
}

void ChangeApplier::erase_settled(const GlobalId& feature) {
    const auto oid = writer_.find(feature);
    if (oid && writer_.erase(*oid)) ++deletes_;
}

void ChangeApplier::report(const GlobalId& feature, const ColumnConflict& conflict) {
    Conflict found;
    found.layer = layer_.id;
    found.feature = feature;
    found.column = layer_.column_name(conflict.column);
    found.base = value_json(layer_, conflict.column, conflict.base);
    found.mine = value_json(layer_, conflict.column, conflict.mine);
    found.theirs = value_json(layer_, conflict.column, conflict.theirs);
    found.at_ms = geodatabase_.now_ms();
    on_conflict_(std::move(found));
}

void ChangeApplier::report_deletion(const GlobalId& feature, const std::vector<Value>* mine,
                                    const std::vector<Value>* theirs) {
    Conflict found;
    found.layer = layer_.id;
    found.feature = feature;
    if (mine != nullptr) found.mine = row_json(layer_, feature, *mine);
    if (theirs != nullptr) found.theirs = row_json(layer_, feature, *theirs);
    found.at_ms = geodatabase_.now_ms();
    on_conflict_(std::move(found));
}

}  // namespace rhumb::sync
