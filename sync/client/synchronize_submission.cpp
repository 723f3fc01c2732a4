// SPDX-License-Identifier: Apache-2.0
//
// The edits made here: sealed, sent, and settled by what the service says of them.
#include "sync/client/synchronize_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/replica/rejected_edits.hpp"

#include <iterator>
#include <utility>

namespace rhumb::sync {
namespace {

/// From so many edits on they go up as a delta, and the service is asked to take them in by a job,
/// if it offers these.
constexpr std::int64_t kManyEdits = 2000;
/// So often a run pulls anew for that; then the edits it is about stay pending, lest it never end.
constexpr int kMostNewPulls = 5;

}  // namespace

using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;

void SynchronizeLadder::seal() {
    Transaction transaction(geodatabase_.database());
    take_up_mended(geodatabase_, store_);
    Json sent{Json::Array{}};
    std::int64_t edits = 0;
    const std::set<LayerId> sending = sent_layers();
    for (const PendingCount& layer : store_.pending()) {
        if (sending.count(layer.layer) == 0) continue;
        Json entry{Json::Object{}};
        entry.set("id", layer.layer.value);
        entry.set("inserts", layer.inserts);
        entry.set("updates", layer.updates);
        entry.set("deletes", layer.deletes);
        sent.push(std::move(entry));
        edits += layer.total();
    }
    if (edits == 0) {
        store_.forget_traces(sending);
        if (exchanged_) save_agreement(true);
        transaction.commit();
        return end();
    }
    if (is("undescribed")) {  // how edits go up depends on what the service says of itself
        transaction.commit();
        set_fact("pulled", true);
        return go("describe");
    }
    batch_ = store_.seal(Uuid::random(geodatabase_.world().random), edits);
    set_fact("sent", std::move(sent));
    set_fact("sends", 1);
    set_fact("many", edits >= kManyEdits);
    set_fact("sealed_ms", geodatabase_.now_ms());
    set_fact("by_job", options_.async.value_or(edits >= kManyEdits) && is("offers_jobs"));
    just_sealed_ = true;
    edits_.clear();
    go("submit");
    store_rung();
    transaction.commit();
    prepare_submission();
}

std::set<LayerId> SynchronizeLadder::sent_layers() const {
    std::set<LayerId> layers = directions_.uploading();
    std::erase_if(layers, [this](LayerId id) { return is_stopped(id); });
    return layers;
}

http::TransportRequest SynchronizeLadder::ask_submission() {
    // How often it was sent decides what "there already" means in its receipt.
    if (!just_sealed_) {
        set_fact("sends", wire::to_int64(facts_.find("sends")).value_or(1) + 1);
        go_durably("submit");
    }
    just_sealed_ = false;
    SynchronizeRequest request;
    // What comes down comes with the last slice: until then nothing may be taken in.
    request.directions = directions_.submission(slices().is_last());
    request.item = item();
    request.item_is_delta = is("item_is_delta");
    if (request.item.empty()) request.edits = edits_;
    request.async = is("by_job");
    request.batch = slices().id(batch_->id);
    request.rollback_on_failure = options_.rollback_on_failure;
    request.guard = guard();
    request.known_batches = known();
    auto submission = post_saved("/synchronizeReplica", synchronize_form(replica_, request));
    if (is("packed_requests")) pack_body(submission);
    return submission;
}

/// What was sent and not settled yet counts too: the service may have it.
std::string SynchronizeLadder::known() const {
    std::vector<Uuid> waiting;
    if (batch_) {
        waiting.push_back(slices().id(batch_->id));
        if (const auto taken = slices().last_taken()) waiting.push_back(*taken);
    }
    if (const auto attachments = AttachmentLane(geodatabase_).batch()) {
        waiting.push_back(attachments->id);
    }
    return known_batches(replica_, waiting);
}

/// Between our pull and this upload others may have been there, above all when a kill came between.
/// A slice that follows another cannot be taken back, and an upload alone takes nothing in: then
/// the edits of such features stay here, pending, until a download has brought what they are about.
SynchronizeRequest::Guard SynchronizeLadder::guard() const {
    using Guard = SynchronizeRequest::Guard;
    if (!replica_.speaks_rhumb) return Guard::None;
    const BatchSlices all = slices();
    const bool all_take = directions_.any_downloads() && !directions_.any(SyncDirection::Upload);
    const bool may_pull_anew =
        all_take && all.is_last() && all.nothing_taken() && new_pulls_ < kMostNewPulls;
    return may_pull_anew ? Guard::Whole : Guard::Each;
}

void SynchronizeLadder::take_receipt(const http::Response& response) {
    Rejections rejections;
    Json failures{Json::Array{}};
    DownloadTaker taker;
    taker.result = [&](LayerId layer, geodb::NetEdit::Kind kind, const Json& result) {
        rejections.take(layer, kind, result, directions_.downloads(layer));
        failures.push(Json::Object{
            {"id", layer.value}, {"kind", static_cast<int>(kind)}, {"result", result}});
    };
    const Answer answer = read_download(response, operation(), taker);
    if (!settle_with(answer)) return;
    {
        Transaction transaction(geodatabase_.database());
        const bool file_follows = follow(answer.root);
        transaction.commit();
        if (file_follows) return;
    }
    if (take_slice(failures)) return;
    const BatchSlices taken = slices();
    for (const Json& earlier : taken.failures().as_array("failures")) {
        const auto kind = earlier.require("kind", "failures").as_int64("kind");
        const auto id = earlier.require("id", "failures").as_int64("id");
        const LayerId layer{static_cast<std::int32_t>(id)};
        rejections.take(layer, static_cast<geodb::NetEdit::Kind>(kind),
                        earlier.require("result", "failures"), directions_.downloads(layer));
    }
    if (!ask_for_arrivals(response, rejections)) conclude(response, rejections);
}

/// The rung in the file stays: after a kill the batch goes up again, and is refused again.
bool SynchronizeLadder::ask_for_arrivals(const http::Response& receipt,
                                         const Rejections& rejections) {
    const bool repeated = wire::to_int64(facts_.find("sends")).value_or(1) > 1;
    if (!repeated || replica_.speaks_rhumb) return false;
    arrivals_.emplace(rejections.inserts_there_already());
    if (arrivals_->is_done()) return false;
    receipt_ = receipt;
    rejections_ = rejections;
    receipt_step_ = step();
    go("arrivals");
    return true;
}

http::TransportRequest SynchronizeLadder::ask_arrivals() {
    const geodb::Layer& layer = geodatabase_.layer(arrivals_->layer());
    return post("/" + std::to_string(layer.id.value) + "/query", arrivals_->question(layer));
}

void SynchronizeLadder::take_arrivals(const http::Response& response) {
    const geodb::Layer& layer = geodatabase_.layer(arrivals_->layer());
    const Answer answer = read_answer(response, "query of layer '" + layer.name + "'");
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    arrivals_->take(answer, layer);
    if (!arrivals_->is_done()) return;
    go(receipt_step_);
    if (auto refused = std::exchange(refused_, std::nullopt)) {
        return arrivals_->any_arrived() ? settle_as_taken() : undo_seal(std::move(*refused));
    }
    if (arrivals_->unanswered() > 0) {
        report_.notes.push_back(
            "the service says that " + std::to_string(arrivals_->unanswered()) +
            " of the inserts that were sent again are there already, and cannot be asked for them");
    }
    rejections_.forgive_inserts(
        [this](const LayerFeature& insert) { return arrivals_->may_be_there(insert); });
    conclude(receipt_, rejections_);
}

void SynchronizeLadder::conclude(const http::Response& response, const Rejections& rejections) {
    if (options_.rollback_on_failure && rejections.rolled_back()) {
        remove_part_file();
        RefusedUpload refused = rejections.refused_upload(geodatabase_, *batch_);
        if (ask_whether_taken(refused)) return;
        return undo_seal(std::move(refused));
    }
    settle(response, rejections);
    remove_part_file();
    remove_quietly(item_file());
    end();
}

void SynchronizeLadder::settle(const http::Response& response, const Rejections& rejections) {
    ChangeIntake changes = intake();
    Transaction transaction(geodatabase_.database());
    rejections.note_accepted(geodatabase_, store_, *batch_);
    std::vector<RejectedEdit> parked = rejections.park(geodatabase_, store_, *batch_);
    const std::int64_t waiting = rejections.changed_meanwhile();
    store_.settle(*batch_, sent_layers());
    // The service takes no note of a slice that came to nothing.
    const auto taken = slices().last_taken();
    const std::string last = slices().id(batch_->id).braced();
    replica_.last_batch = taken ? last + "," + taken->braced() : last;
    const Answer answer = changes.take(response, operation());
    keep_agreement(answer.root);
    transaction.commit();
    batch_.reset();
    std::move(parked.begin(), parked.end(), std::back_inserter(report_.rejected));
    if (waiting > 0) {
        report_.notes.push_back(std::to_string(waiting) +
                                (waiting == 1 ? " edit stays" : " edits stay") +
                                " pending: others have changed the same features, and a "
                                "synchronization in both directions tells how");
    }
    count_sent();
    changes.add_to(report_);
}

void SynchronizeLadder::count_sent() {
    const auto number = [](const Json& layer, const char* name) {
        return wire::to_int64(layer.find(name)).value_or(0);
    };
    const Json* sent = facts_.find("sent");
    if (sent == nullptr || sent->array() == nullptr) return;
    for (const Json& layer : *sent->array()) {
        const LayerId id{static_cast<std::int32_t>(number(layer, "id"))};
        LayerCounts& sum = counts_of(report_, geodatabase_.layer(id));
        sum.sent_inserts += number(layer, "inserts");
        sum.sent_updates += number(layer, "updates");
        sum.sent_deletes += number(layer, "deletes");
    }
}

}  // namespace rhumb::sync
