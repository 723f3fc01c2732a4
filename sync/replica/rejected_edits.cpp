// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/rejected_edits.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/row_json.hpp"
#include "sync/replica/undo_edits.hpp"
#include "sync/wire/feature_json.hpp"

#include <limits>
#include <map>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::Geodatabase;
using geodb::NetEdit;
using geodb::sqlite::Transaction;
using Keeping = RejectedEdit::Keeping;
using State = RejectedEdit::State;

/// A feature that the service does not have, or not any more, it has no attachments of.
void take_attachments_along(Geodatabase& geodatabase, const geodb::Layer& layer,
                            const geodb::GlobalId& feature) {
    PendingLog log(geodatabase.database(), layer);
    const auto oid = log.find(feature);
    const bool goes_as_insert = oid && !log.read(*oid).front().existed;
    if (goes_as_insert) AttachmentLane(geodatabase).send_again(layer.id, feature);
}

/// One edit of the list that waits for a decision.
class Case {
public:
    Case(Geodatabase& geodatabase, std::int64_t number)
        : geodatabase_(geodatabase),
          store_(upgraded(geodatabase)),
          transaction_(geodatabase.database()),
          edit_(store_.rejected_edit(number)),
          layer_(geodatabase.layer(edit_.layer)) {
        if (edit_.open()) return;
        throw Error(Status::InvalidArgument,
                    name() + " was decided already: it is kept for the record");
    }

    void retry() {
        if (edit_.state == State::Pending) return;
        HeldEdits held(geodatabase_.database(), layer_);
        const auto open = geodatabase_.timeline().open_generation();
        const bool released = edit_.keeping == Keeping::Log && held.release(edit_.feature, open);
        if (!released) edit_anew();
        take_attachments_along(geodatabase_, layer_, edit_.feature);
        edit_.state = State::Pending;
        store_.save_rejected(edit_);
        transaction_.commit();
    }

    void take_theirs() {
        give_up();
        edit_.state = State::TookTheirs;
        edit_.decided_ms = geodatabase_.now_ms();
        store_.save_rejected(edit_);
        transaction_.commit();
    }

    void drop() {
        // Nothing is known that could be put back: what is here stays.
        if (edit_.keeping != Keeping::Values) give_up();
        store_.forget_rejected(edit_.number);
        transaction_.commit();
    }

    void park() {
        if (edit_.state == State::Parked) return;
        refuse_while_sent();
        const auto pending = pending_edit();
        if (!pending) throw Error(Status::NotFound, name() + " is not pending any more");
        edit_.kind = pending->kind;
        edit_.values = edit_json(layer_, *pending);
        HeldEdits(geodatabase_.database(), layer_)
            .hold(*pending, {std::numeric_limits<std::int64_t>::max()});
        edit_.state = State::Parked;
        edit_.keeping = Keeping::Log;
        store_.save_rejected(edit_);
        transaction_.commit();
    }

private:
    static Geodatabase& upgraded(Geodatabase& geodatabase) {
        ReplicaStore(geodatabase).upgrade_tables();
        return geodatabase;
    }

    std::string name() const {
        return "rejected edit " + std::to_string(edit_.number) + " (layer '" + layer_.name +
               "', feature " + edit_.feature.value.braced() + ")";
    }

    /// Between "sent" and the outcome a batch must stay as it is.
    void refuse_while_sent() {
        const auto batch = store_.batch();
        PendingLog log(geodatabase_.database(), layer_);
        const auto oid = log.find(edit_.feature);
        if (!batch || !oid) return;
        for (const LoggedEdit& edit : log.read(*oid)) {
            if (edit.generation == kHeld || edit.generation > batch->generation) continue;
            throw Error(Status::Busy, name() +
                                          " is on its way and its outcome not known yet: "
                                          "synchronize first");
        }
    }

    std::optional<NetEdit> pending_edit() {
        std::optional<NetEdit> found;
        geodb::NetEdits(geodatabase_.database(), layer_).each({}, [&](NetEdit&& edit) {
            if (edit.feature == edit_.feature) found = std::move(edit);
        });
        return found;
    }

    void give_up() {
        refuse_while_sent();
        if (edit_.keeping == Keeping::Values &&
            PendingLog(geodatabase_.database(), layer_).find(edit_.feature)) {
            throw Error(Status::Unsupported, name() +
                                                 " was parked by an older version: what the "
                                                 "service has of it is not known here");
        }
        // What was edited on top of it goes along, and is told.
        if (auto pending = pending_edit()) edit_.values = edit_json(layer_, *pending);
        undo_edits(geodatabase_, layer_, edit_.feature);
    }

    /// Does the edit once more, out of the values that were kept.
    void edit_anew() {
        if (edit_.values.empty()) {
            throw Error(Status::Unsupported,
                        name() + " has no values: the service named a feature that is not ours");
        }
        FeatureWriter writer(geodatabase_, layer_, FeatureWriter::Tracking::Logged);
        const auto oid = writer.find(edit_.feature);
        if (edit_.kind == NetEdit::Kind::Delete) {
            if (oid) writer.erase(*oid);
            return;
        }
        const auto feature =
            wire::read_feature(wire::parse_json(edit_.values, "the edit's values"), layer_);
        if (!oid) return insert(writer, feature.values);
        writer.update(*oid, feature.values);
        if (edit_.keeping == Keeping::Values) send_all(*oid, feature.values);
    }

    void insert(FeatureWriter& writer, const std::vector<ColumnValue>& given) {
        if (edit_.kind == NetEdit::Kind::Update) {
            throw Error(Status::NotFound, name() + ": its feature is gone");
        }
        std::vector<Value> values(layer_.column_count());
        for (const ColumnValue& value : given) values[value.column] = value.value;
        values[layer_.global_id_index()] = edit_.feature.value.braced();
        writer.insert(values);
    }

    /// An older version kept the row as it was edited and no base: each value counts as changed.
    void send_all(geodb::ObjectId oid, const std::vector<ColumnValue>& values) {
        LoggedEdit entry{geodatabase_.timeline().open_generation(), true, 0,
                         std::vector<Value>(layer_.column_count())};
        for (const ColumnValue& value : values) {
            entry.known |= geodb::known_bit(layer_, value.column);
        }
        if (entry.known == geodb::kAllColumns) {
            entry.old[layer_.global_id_index()] = edit_.feature.value.braced();
        }
        PendingLog(geodatabase_.database(), layer_).replace(oid, {entry});
    }

    Geodatabase& geodatabase_;
    ReplicaStore store_;
    Transaction transaction_;
    RejectedEdit edit_;
    const geodb::Layer& layer_;
};

using ByFeature = std::map<geodb::GlobalId, RejectedEdit>;

void release_mended(Geodatabase& geodatabase, ReplicaStore& store, const geodb::Layer& layer,
                    ByFeature& edits) {
    HeldEdits held(geodatabase.database(), layer);
    for (const HeldEdits::Edited& edited : held.release_edited()) {
        const auto found = edits.find(edited.feature);
        if (found == edits.end()) continue;
        RejectedEdit& edit = found->second;
        edit.state = edited.withdrawn ? State::Withdrawn : State::Pending;
        if (edited.withdrawn) edit.decided_ms = geodatabase.now_ms();
        if (!edited.withdrawn) take_attachments_along(geodatabase, layer, edited.feature);
        store.save_rejected(edit);
    }
}

/// What was to go up again and differs no more from what the service has.
void close_settled(Geodatabase& geodatabase, ReplicaStore& store, const geodb::Layer& layer,
                   ByFeature& edits) {
    std::erase_if(edits, [](const auto& edit) { return edit.second.state != State::Pending; });
    if (edits.empty()) return;
    geodb::NetEdits(geodatabase.database(), layer).each({}, [&](NetEdit&& edit) {
        edits.erase(edit.feature);
    });
    for (auto& [feature, edit] : edits) {
        edit.state = State::TookTheirs;
        edit.decided_ms = geodatabase.now_ms();
        store.save_rejected(edit);
    }
}

}  // namespace

void retry_rejected(Geodatabase& geodatabase, std::int64_t number) {
    Case(geodatabase, number).retry();
}

void take_theirs_of_rejected(Geodatabase& geodatabase, std::int64_t number) {
    Case(geodatabase, number).take_theirs();
}

void drop_rejected(Geodatabase& geodatabase, std::int64_t number) {
    Case(geodatabase, number).drop();
}

void park_rejected(Geodatabase& geodatabase, std::int64_t number) {
    Case(geodatabase, number).park();
}

void take_up_mended(Geodatabase& geodatabase, ReplicaStore& store) {
    std::map<geodb::LayerId, ByFeature> open;
    for (RejectedEdit& edit : store.rejected()) {
        open[edit.layer].emplace(edit.feature, std::move(edit));
    }
    for (auto& [layer, edits] : open) {
        release_mended(geodatabase, store, geodatabase.layer(layer), edits);
        close_settled(geodatabase, store, geodatabase.layer(layer), edits);
    }
}

}  // namespace rhumb::sync
