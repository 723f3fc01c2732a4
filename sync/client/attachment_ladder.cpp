// SPDX-License-Identifier: Apache-2.0
#include "sync/client/attachment_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "sync/client/attachment_steps.hpp"
#include "sync/client/ladder_sequence.hpp"

#include <utility>

namespace rhumb::sync {

using geodb::sqlite::Transaction;
using http::Response;
using http::TransportRequest;

AttachmentLadder::AttachmentLadder(geodb::Geodatabase& geodatabase, const AttachmentRun& run,
                                   OnProgress on_progress)
    : StepLadder(geodatabase, std::move(on_progress)),
      run_(run),
      uploads_(!run.upload || !run.upload->empty()),
      replica_(store_.load()),
      lane_(geodatabase),
      by_hash_(lane_),
      by_item_(lane_),
      downloads_(lane_, geodatabase, geodatabase.path().string() + ".attachments-part"),
      fetch_(lane_, geodatabase, geodatabase.path().string() + ".attachment-part") {
    set_fact("url", replica_.service_url);
    define_steps();
    downloads_.take_leftover();
    go_on();
}

void AttachmentLadder::define_step(const char* name,
                                   TransportRequest (AttachmentLadder::*request)(),
                                   void (AttachmentLadder::*take)(const Response&),
                                   Progress::Phase phase) {
    define(name,
           {[this, request] { return (this->*request)(); },
            [this, take](const Response& response) { (this->*take)(response); }, [] {}, phase});
}

void AttachmentLadder::define_steps() {
    using Self = AttachmentLadder;
    using Phase = Progress::Phase;
    define_step("attachments-have", &Self::ask_have, &Self::take_have, Phase::Upload);
    define_step("attachments-describe", &Self::ask_description, &Self::take_description,
                Phase::Connect);
    define_step("attachments-submit", &Self::ask_submit, &Self::take_submit, Phase::Upload);
    define_step("attachments-job", &Self::ask_job, &Self::take_job, Phase::Connect);
    define_step("attachments-receipt", &Self::ask_receipt, &Self::take_submit, Phase::Upload);
    // What broke on its way goes again in less at once.
    define("attachments-put",
           {[this] { return ask_put(); }, [this](const Response& response) { take_put(response); },
            [this] { by_hash_.broke(); }, Phase::Upload});
    define("attachments-item", {[this] { return ask_item(); },
                                [this](const Response& response) { take_item(response); },
                                [this] { item_failed(); }, Phase::Upload});
    // Half of a pack is of use: what came is taken in, and the next request goes on behind it.
    define("attachments-get",
           {[this] { return ask_get(); }, [this](const Response& response) { take_get(response); },
            [this] {
                if (downloads_.take_leftover()) backoff_.failed_further_on();
                downloads_.begin();
            },
            Phase::Download});
    define("attachments-fetch", {[this] { return ask_fetch(); },
                                 [this](const Response& response) { take_fetch(response); },
                                 [this] {
                                     if (fetch_.broke()) return backoff_.failed_further_on();
                                     if (fetch_.is_given_up(last_failure())) go_on();
                                 },
                                 Phase::Download});
}

void AttachmentLadder::go_on() {
    if (uploads_ && go_on_with_uploads()) return;
    if (run_.download && replica_.speaks_rhumb && downloads_.begin()) return go("attachments-get");
    if (run_.download && fetch_.begin()) return go("attachments-fetch");
    for (const auto& [id, reason] : downloads_.failures()) report_failure(id, reason);
    for (const auto& [id, reason] : fetch_.failures()) report_failure(id, reason);
    report_.attachments.fetched = downloads_.fetched() + fetch_.fetched();
    finish();
}

void AttachmentLadder::report_failure(const geodb::GlobalId& id, const std::string& reason) {
    if (reason.empty()) return;  // it waits for the next batch
    AttachmentFailure failure;
    failure.attachment = id;
    failure.reason = reason;
    if (const auto attachment = lane_.attachments().find(id)) {
        failure.layer = attachment->layer;
        failure.name = attachment->name;
    }
    report_.attachments.failures.push_back(std::move(failure));
}

TransportRequest AttachmentLadder::ask_get() {
    TransportRequest request =
        post("/rhumbContents/get", {{"f", "json"}, {"contents", downloads_.question()}});
    request.save_to = downloads_.file();
    return request;
}

void AttachmentLadder::take_get(const Response& response) {
    const bool is_pack = response.headers.get("Content-Type") == wire::kPackType;
    if (!is_pack || response.status != 200) {
        const Answer answer = read_answer(response, what("rhumbContents/get"));
        downloads_.remove_file();
        if (answer.kind == Answer::Kind::Useless) return repeat(answer);
        if (answer.kind == Answer::Kind::Good) {
            Answer odd = answer;
            odd.why = what("rhumbContents/get") + ": the answer is no pack";
            return repeat(odd);
        }
        downloads_.give_up(answer.error.sentence());
        return go_on();
    }
    backoff_.succeeded();
    downloads_.take(response);
    go_on();
}

TransportRequest AttachmentLadder::ask_fetch() {
    return fetch_.request(facts_url());
}

void AttachmentLadder::take_fetch(const Response& response) {
    if (auto again = fetch_.take(response)) {
        if (fetch_.came_once()) backoff_.succeeded();
        return repeat(*again);
    }
    backoff_.succeeded();
    go_on();
}

std::unique_ptr<Ladder> attachment_ladder(geodb::Geodatabase& geodatabase, const AttachmentRun& run,
                                          OnProgress on_progress) {
    const AttachmentLane lane(geodatabase);
    if (!lane.agreed()) return nullptr;
    if (ReplicaStore(geodatabase).load().state != Replica::State::Ready) return nullptr;
    return std::make_unique<AttachmentLadder>(geodatabase, run, std::move(on_progress));
}

std::unique_ptr<Ladder> with_attachments(geodb::Geodatabase& geodatabase,
                                         std::unique_ptr<Ladder> first, OnProgress on_progress) {
    std::deque<LadderSequence::Next> later;
    later.push_back([&geodatabase, on_progress](const SyncReport&) {
        return attachment_ladder(geodatabase, {}, on_progress);
    });
    return std::make_unique<LadderSequence>(std::move(first), std::move(later));
}

void set_attachment_policy(geodb::Geodatabase& geodatabase,
                           std::optional<AttachmentPolicy> policy) {
    AttachmentLane lane(geodatabase);
    if (!policy || !lane.agreed()) return;
    Transaction transaction(geodatabase.database());
    for (const ReplicaLayer& layer : ReplicaStore(geodatabase).load().layers) {
        if (lane.policy(layer.id) != *policy) lane.set_policy(layer.id, *policy);
    }
    transaction.commit();
}

}  // namespace rhumb::sync
