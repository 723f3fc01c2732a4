// SPDX-License-Identifier: Apache-2.0
//
// The service refused the call, and not single edits: what becomes of the batch and the replica.
#include "sync/client/synchronize_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

/// A service that speaks Rhumb: others changed what the batch changes, after our pull.
constexpr std::int64_t kChangedMeanwhile = 409;
constexpr std::size_t kInsertsAsked = 50;  ///< whether a batch arrived: the others went with them

}  // namespace

using geodb::sqlite::Transaction;

void SynchronizeLadder::take_refusal(const wire::ServiceError& error) {
    if (leave_for_renewal(error)) return;
    if (error.code == kIsCopy && replica_.speaks_rhumb) stop_as_copy(error);
    if (is_pull() && is("undescribed") && error.code < 500 && !is_unknown_replica(error)) {
        return go("describe");  // that tells why
    }
    if (is_pull() || is_unknown_replica(error)) throw_refused(operation(), error);
    if (error.code == kChangedMeanwhile && guard() == SynchronizeRequest::Guard::Whole) {
        return pull_anew();
    }
    if (go_another_way(error)) return;
    // Without rollback, and from a service that knows no batches, an error tells nothing about
    // what was applied: the batch stays as it is and is sent again next time.
    // A Rhumb that failed, rather than refused, may have done so after it took the edits.
    const bool sure = replica_.speaks_rhumb ? error.code < 500 : options_.rollback_on_failure;
    const bool nothing_applied = (sure || error.code == kTooLarge) && slices().nothing_taken();
    if (!nothing_applied) throw_refused(operation(), error);
    RefusedUpload refused = refused_upload(geodatabase_, *batch_, error);
    if (!ask_whether_taken(refused)) undo_seal(std::move(refused));
}

/// A service that knows no batches, and takes all edits or none, may have taken all of them when
/// they were sent before: then it refuses them for ever, because they are there. One insert that it
/// has proves it.
bool SynchronizeLadder::ask_whether_taken(RefusedUpload& refused) {
    const bool repeated = wire::to_int64(facts_.find("sends")).value_or(1) > 1;
    if (!repeated || replica_.speaks_rhumb || slices().sliced()) return false;
    arrivals_.emplace(inserts_sent());
    if (arrivals_->is_done()) return false;
    refused_ = std::move(refused);
    receipt_step_ = step();
    go("arrivals");
    return true;
}

std::set<LayerFeature> SynchronizeLadder::inserts_sent() {
    std::set<LayerFeature> inserts;
    for (const geodb::LayerId id : sent_layers()) {
        geodb::NetEdits(geodatabase_.database(), geodatabase_.layer(id))
            .each({{0}, batch_->generation}, [&](geodb::NetEdit&& edit) {
                const bool more = inserts.size() < kInsertsAsked;
                if (more && edit.kind == geodb::NetEdit::Kind::Insert) {
                    inserts.insert({id, edit.feature});
                }
            });
    }
    return inserts;
}

/// What the lost answer had to give away comes with the next download.
void SynchronizeLadder::settle_as_taken() {
    {
        Transaction transaction(geodatabase_.database());
        Rejections().note_accepted(geodatabase_, store_, *batch_);
        store_.settle(*batch_, sent_layers());
        exchanged_ = true;
        save_agreement(true);
        store_.clear_rung();
        transaction.commit();
    }
    batch_.reset();
    remove_part_file();
    remove_quietly(item_file());
    count_sent();
    if (is_to_be_renewed() || !directions_.any_downloads()) return end();
    begin(wished_);
}

void SynchronizeLadder::pull_anew() {
    ++new_pulls_;
    backoff_.succeeded();
    Transaction transaction(geodatabase_.database());
    store_.unseal(*batch_);
    store_.clear_rung();
    transaction.commit();
    batch_.reset();
    remove_part_file();
    remove_quietly(item_file());
    begin(wished_);
}

bool SynchronizeLadder::leave_for_renewal(const wire::ServiceError& error) {
    const bool expired = is_expired_replica(error);
    if (!expired && !(is_unknown_replica(error) && wished_.renew_unknown)) return false;
    const bool may_take = expired && uploads() && directions_.any_downloads();
    set_fact("renew", error.sentence());
    backoff_.succeeded();
    remove_part_file();
    if (may_take) {
        // What is edited here goes up first, under the id that the service may know it by.
        set_directions(directions_.submission(false));
        if (batch_) {
            repeat_operation();
        } else {
            seal();
        }
        return true;
    }
    if (batch_) give_up_batch();
    end();
    return true;
}

/// Going on would let edits vanish: neither file hears of what the other sends. It stays so until
/// the file is registered as a replica of its own, with all that is pending in it.
void SynchronizeLadder::stop_as_copy(const wire::ServiceError& error) {
    if (batch_) give_up_batch();
    replica_.stopped =
        "this file is a copy, or an older state, of one that has been synchronized "
        "since; register it as a replica of its own (rhumb register): all data and "
        "edits in it stay";
    Transaction transaction(geodatabase_.database());
    store_.save(replica_);
    store_.clear_rung();
    transaction.commit();
    remove_part_file();
    finish();
    throw Error(Status::ServiceRefused,
                operation() + ": " + replica_.stopped + " (" + error.sentence() + ")")
        .with_code(error.code);
}

/// What of it arrived all the same is recognized when the new replica's data come.
void SynchronizeLadder::give_up_batch() {
    Transaction transaction(geodatabase_.database());
    store_.unseal(*batch_);
    store_.clear_rung();
    transaction.commit();
    batch_.reset();
    remove_quietly(item_file());
}

/// Nothing of the batch was taken. Ends in an error that names the failing edit, unless that edit
/// can be sent otherwise: then the rest goes up again with it.
void SynchronizeLadder::undo_seal(RefusedUpload refused) {
    if (is_to_be_renewed()) {  // told when it goes up under the new replica
        give_up_batch();
        return end();
    }
    Transaction transaction(geodatabase_.database());
    const bool can_go_on = put_right(geodatabase_, *batch_, refused);
    if (!can_go_on) note_refused_upload(geodatabase_, store_, refused);
    store_.unseal(*batch_);
    store_.clear_rung();
    transaction.commit();
    batch_.reset();
    remove_quietly(item_file());
    if (can_go_on) return seal();
    finish();
    throw Error(Status::ServiceRefused, operation() +
                                            ": the service refused the edits and took "
                                            "none of them; they are kept: " +
                                            refused.sentence)
        .with_code(refused.code);
}

}  // namespace rhumb::sync
