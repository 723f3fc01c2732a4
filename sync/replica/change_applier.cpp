// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/change_applier.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/attachment_returns.hpp"
#include "sync/replica/row_json.hpp"
#include "sync/replica/unique_values.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {

using geodb::FeatureWriter;
using geodb::GlobalId;
using geodb::ObjectId;

namespace {

bool has_children(const Error& error) {
    return error.status() == Status::ConstraintViolated &&
           error.message().find("FOREIGN KEY") != std::string::npos;
}

}  // namespace

ChangeApplier::ChangeApplier(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                             OnConflict on_conflict, MergeRules rules)
    : geodatabase_(geodatabase),
      layer_(layer),
      on_conflict_(std::move(on_conflict)),
      rules_(std::move(rules)),
      writer_(geodatabase, layer, FeatureWriter::Tracking::Unlogged),
      log_(geodatabase.database(), layer),
      children_(geodatabase, layer) {}

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
    try {
        put_now(feature);
    } catch (const Error& error) {
        if (!is_taken(error)) throw;
        waiting_.push_back(feature);  // whoever has its value may get another one yet
    }
}

void ChangeApplier::put_now(const wire::FeatureJson& feature) {
    if (const auto pending_oid = log_.find(*feature.global_id)) {
        put_under_edits(own_place(*pending_oid, *feature.global_id), feature);
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
    try {
        update(*oid, feature);
    } catch (const Error& error) {
        if (!is_taken(error)) throw;
        waiting_.push_back(feature);  // what it does not name stays as it is here
    }
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
        if (tells_overwritten_) report_overwritten(feature, given, row->values[given.column]);
        changes.push_back(given);
    }
    if (changes.empty()) return;
    writer_.update(oid, changes);
    ++updates_;
}

std::optional<GlobalId> ChangeApplier::identity(const std::vector<Value>& row) const {
    const auto* text = std::get_if<std::string>(&row[layer_.global_id_index()]);
    const auto uuid = text != nullptr ? Uuid::parse(*text) : std::nullopt;
    return uuid ? std::optional(GlobalId{*uuid}) : std::nullopt;
}

ObjectId ChangeApplier::own_place(ObjectId oid, const GlobalId& feature) {
    const auto row = writer_.read(oid);
    const std::vector<LoggedEdit> edits = log_.read(oid);
    if (!row || edits.empty() || identity(row->values) != feature) return oid;
    const auto was = identity(edits.front().old);
    const bool another = edits.front().existed && was && *was != feature;
    return another ? log_.move_away(feature, oid, edits.front().generation) : oid;
}

ChangeApplier::Pending ChangeApplier::pending(ObjectId oid, const GlobalId& feature) {
    Pending pending{{{}, log_.read(oid), false}, oid};
    auto row = writer_.read(oid);
    const bool is_here = row && identity(row->values) == feature;
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
    const auto base = base_of(layer_, mine.edits);
    const Rebased rebased =
        rebase_on_row(layer_, std::move(mine), feature.values, winner_of(rules_.policy));
    // The row first: when it has no place, nothing has been done.
    if (rebased.restore) restore(feature, base);
    if (!rebased.take.empty()) {
        writer_.update(stands_at, rebased.take);
        ++updates_;
    }
    log_.replace(oid, rebased.edits);
    for (const ColumnConflict& conflict : rebased.conflicts) report(feature, conflict);
    if (rebased.deletion_conflict && deleted_here) {
        std::vector<Value> theirs(layer_.column_count());
        for (const ColumnValue& given : feature.values) theirs[given.column] = given.value;
        Conflict found = conflict_about(*feature.global_id);
        found.theirs = row_json(layer_, *feature.global_id, theirs);
        found.theirs_by = editor_of(feature);
        report_deletion(std::move(found), base);
    }
}

/// What the answer does not name is as it was.
void ChangeApplier::restore(const wire::FeatureJson& feature,
                            const std::vector<std::optional<Value>>& base) {
    std::vector<Value> values(layer_.column_count());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = base[i].value_or(Value{});
    for (const ColumnValue& given : feature.values) values[given.column] = given.value;
    values[layer_.global_id_index()] = feature.global_id->value.braced();
    writer_.insert(values);
    AttachmentReturns(geodatabase_).bring_back(layer_.id, *feature.global_id);
    ++inserts_;
}

void ChangeApplier::erase(const GlobalId& feature) {
    try {
        erase_now(feature);
    } catch (const Error& error) {
        if (!has_children(error)) throw;
        waiting_to_go_.push_back(feature);  // the service has deleted them too: that comes
    }
}

bool ChangeApplier::erase_row(ObjectId oid) {
    children_.set_aside_edited(oid, on_set_aside_);
    return writer_.erase(oid);
}

void ChangeApplier::erase_now(const GlobalId& feature) {
    const auto pending_oid = log_.find(feature);
    if (!pending_oid) return erase_settled(feature);
    auto [mine, stands_at] = pending(*pending_oid, feature);
    if (mine.edits.empty()) return erase_settled(feature);
    const auto row = mine.mine;
    const auto base = base_of(layer_, mine.edits);
    const LoggedEdit first = mine.edits.front();
    Rebased rebased = rebase_on_delete(layer_, std::move(mine), winner_of(rules_.policy));
    if (rebased.erase && erase_row(stands_at)) ++deletes_;
    // Where the feature stands since it moved, the log has its insert already.
    if (stands_at != *pending_oid) {
        rebased.edits = left_behind(*pending_oid, first);
        if (rebased.erase) log_.replace(stands_at, {});
    }
    log_.replace(*pending_oid, rebased.edits);
    if (rebased.deletion_conflict) {
        Conflict found = conflict_about(feature);
        found.mine = row_json(layer_, feature, *row);
        report_deletion(std::move(found), base);
    }
}

void ChangeApplier::erase_settled(const GlobalId& feature) {
    const auto oid = writer_.find(feature);
    if (oid && erase_row(*oid)) ++deletes_;
}

bool ChangeApplier::place_waiting() {
    const std::size_t before = waiting_.size() + waiting_to_go_.size();
    for (const GlobalId& feature : std::exchange(waiting_to_go_, {})) erase(feature);
    for (const wire::FeatureJson& feature : std::exchange(waiting_, {})) put_feature(feature);
    return waiting_.size() + waiting_to_go_.size() < before;
}

/// Called when none got its place: rows wait for each other, or for an edit of ours.
void ChangeApplier::make_room_for_first() {
    if (waiting_.empty()) {
        erase_now(waiting_to_go_.front());  // says why
        return;
    }
    const auto waits = [this](const GlobalId& feature) {
        return std::any_of(waiting_.begin(), waiting_.end(), [&](const wire::FeatureJson& other) {
            return other.global_id == feature;
        });
    };
    const wire::FeatureJson feature = waiting_.front();
    try {
        put_now(feature);
    } catch (const Error& error) {
        if (!is_taken(error)) throw;
        UniqueValues(geodatabase_, layer_)
            .make_room(feature, error.within("feature " + feature.global_id->value.braced()), waits,
                       on_set_aside_);
        return;
    }
    waiting_.erase(waiting_.begin());
}

void ChangeApplier::finish() {
    // Each making of room frees one row's value, so there are at most as many as rows that wait,
    // once for each edit of ours or row that lends.
    std::size_t rooms = 2 * waiting_.size() + 1;
    while (!waiting_.empty() || !waiting_to_go_.empty()) {
        if (place_waiting()) continue;
        if (rooms-- == 0) {
            throw Error(Status::ConstraintViolated,
                        "layer '" + layer_.name + "': the rules of the file leave no place for " +
                            std::to_string(waiting_.size()) + " features of the service");
        }
        make_room_for_first();
    }
}

Conflict ChangeApplier::conflict_about(const GlobalId& feature) const {
    Conflict found;
    found.layer = layer_.id;
    found.feature = feature;
    found.at_ms = geodatabase_.now_ms();
    found.policy = rules_.policy;
    found.winner = winner_of(rules_.policy);
    found.state =
        rules_.policy == MergePolicy::Ask ? Conflict::State::Open : Conflict::State::ByPolicy;
    found.mine_by = rules_.device;
    return found;
}

std::string ChangeApplier::editor_of(const wire::FeatureJson& feature) const {
    const auto column = layer_.find_field(rules_.editor_field);
    for (const ColumnValue& given : feature.values) {
        const auto* name = std::get_if<std::string>(&given.value);
        if (given.column == column && name != nullptr) return *name;
    }
    return "";
}

void ChangeApplier::report(const wire::FeatureJson& feature, const ColumnConflict& conflict) {
    Conflict found = conflict_about(*feature.global_id);
    found.column = layer_.column_name(conflict.column);
    found.base = value_json(layer_, conflict.column, conflict.base);
    found.mine = value_json(layer_, conflict.column, conflict.mine);
    found.theirs = value_json(layer_, conflict.column, conflict.theirs);
    found.theirs_by = editor_of(feature);
    on_conflict_(std::move(found));
}

/// Nobody knows which of the two came first, so somebody is to decide.
void ChangeApplier::report_overwritten(const wire::FeatureJson& feature, const ColumnValue& theirs,
                                       const Value& mine) {
    Conflict found = conflict_about(*feature.global_id);
    found.column = layer_.column_name(theirs.column);
    found.mine = value_json(layer_, theirs.column, mine);
    found.theirs = value_json(layer_, theirs.column, theirs.value);
    found.theirs_by = editor_of(feature);
    found.winner = Winner::Service;
    found.state = Conflict::State::Open;
    on_conflict_(std::move(found));
}

/// Of the base just the columns that an edit here touched are known: those that count.
void ChangeApplier::report_deletion(Conflict&& conflict,
                                    const std::vector<std::optional<Value>>& base) {
    std::vector<std::size_t> known;
    std::vector<Value> values(layer_.column_count());
    for (const std::size_t column : sent_columns(layer_)) {
        if (!base[column]) continue;
        known.push_back(column);
        values[column] = *base[column];
    }
    wire::JsonWriter writer(conflict.base);
    if (!known.empty()) write_row(writer, layer_, conflict.feature, known, values);
    on_conflict_(std::move(conflict));
}

}  // namespace rhumb::sync
