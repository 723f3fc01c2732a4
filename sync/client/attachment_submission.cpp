// SPDX-License-Identifier: Apache-2.0
//
// A batch of attachments on its way up: its content, the call that names it, and its outcome.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/attachment_steps.hpp"
#include "sync/client/synchronize_request.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

constexpr std::size_t kBracedUuid = 38;
constexpr std::int64_t kTooLarge = 413;  ///< of the service, or of a gateway in between

}  // namespace

using geodb::sqlite::Transaction;
using http::Response;
using http::TransportRequest;

bool AttachmentLadder::go_on_with_uploads() {
    if (lane_.direction() == wire::AttachmentsDirection::None) return false;
    if (!batch_) batch_ = lane_.batch();
    if (!batch_ && !sealed_in_this_run_) {
        sealed_in_this_run_ = true;
        if (!geodb::has_attachment_edits(geodatabase_.database(), {0})) return false;
        Transaction transaction(geodatabase_.database());
        batch_ = lane_.seal(Uuid::random(geodatabase_.world().random), run_.upload);
        transaction.commit();
    } else if (batch_ && !sealed_in_this_run_) {
        report_.resumed = true;
    }
    if (!batch_) return false;
    if (replica_.speaks_rhumb) {
        if (!by_hash_.asked() && by_hash_.begin(*batch_)) {
            go("attachments-have");
        } else {
            go(by_hash_.missing() ? "attachments-put" : "attachments-submit");
        }
        return true;
    }
    if (!takes_items_ && by_item_.has_content(*batch_)) {
        go("attachments-describe");
    } else if (takes_items_.value_or(false) && by_item_.begin(*batch_, left_out_)) {
        go("attachments-item");
    } else {
        go("attachments-submit");
    }
    return true;
}

TransportRequest AttachmentLadder::ask_have() {
    return post("/rhumbContents/have", {{"f", "json"}, {"contents", by_hash_.question()}});
}

void AttachmentLadder::take_have(const Response& response) {
    const auto answer = good_answer(response, what("rhumbContents/have"));
    if (!answer) return;
    by_hash_.take(*answer);
    progress(Progress::Phase::Upload, "attachments", by_hash_.sent(), by_hash_.total());
    go_on();
}

TransportRequest AttachmentLadder::ask_put() {
    TransportRequest request;
    request.method = "POST";
    request.url = url("/rhumbContents/put?f=json");
    request.headers.set("Content-Type", wire::kPackType);
    request.body = by_hash_.pack();
    return request;
}

void AttachmentLadder::take_put(const Response& response) {
    const Answer answer = read_answer(response, what("rhumbContents/put"));
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (answer.error.code == kTooLarge && by_hash_.broke()) return;
        throw_refused(what("rhumbContents/put"), answer.error);
    }
    backoff_.succeeded();
    by_hash_.take(answer.root);
    progress(Progress::Phase::Upload, "attachments", by_hash_.sent(), by_hash_.total());
    go_on();
}

void AttachmentLadder::take_description(const Response& response) {
    const auto answer = good_answer(response, what("description"));
    if (!answer) return;
    takes_items_ = false;
    for (const std::string& word :
         split(wire::text_or_empty(answer->find_any_case("capabilities")), ',')) {
        if (equal_ignoring_case(trimmed(word), "Uploads")) takes_items_ = true;
    }
    go_on();
}

TransportRequest AttachmentLadder::ask_item() {
    ItemUploads::Request item = by_item_.request();
    TransportRequest request;
    if (item.multipart) {
        request.method = "POST";
        request.url = url(item.below);
        request.headers.set("Content-Type", item.multipart->content_type);
        request.body = std::move(item.multipart->body);
    } else {
        request = post(item.below, item.form);
    }
    return request;
}

void AttachmentLadder::take_item(const Response& response) {
    const Answer answer = read_answer(response, what("uploads"));
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.error.code == kTooLarge && cut_item_anew()) return;
    backoff_.succeeded();
    Transaction transaction(geodatabase_.database());
    if (const auto failed = by_item_.take(answer)) left_out_[failed->first] = failed->second;
    progress(Progress::Phase::Upload, by_item_.current().name, by_item_.sent(),
             by_item_.current().size);
    transaction.commit();
    go_on();
}

bool AttachmentLadder::cut_item_anew() {
    Transaction transaction(geodatabase_.database());
    const bool shorter = by_item_.broke();
    transaction.commit();
    return shorter;
}

/// One whose upload always fails must not keep the others here.
void AttachmentLadder::item_failed() {
    cut_item_anew();
    Transaction transaction(geodatabase_.database());
    const bool given_up = by_item_.is_given_up(last_failure());
    transaction.commit();
    if (!given_up) return;
    left_out_[by_item_.current().global_id] = last_failure();
    // The others have gone, and the batch is still to be submitted.
    if (by_item_.was_second_chance()) backoff_.succeeded();
    go_on();
}

TransportRequest AttachmentLadder::ask_submit() {
    AttachmentRequest edits = write_attachment_edits(lane_, *batch_, replica_.speaks_rhumb,
                                                     takes_items_.value_or(false), left_out_);
    left_out_ = std::move(edits.left_out);
    {
        Transaction transaction(geodatabase_.database());
        lane_.note_sent(*batch_);
        transaction.commit();
    }
    SynchronizeRequest request;
    request.directions = LayerDirections(replica_, wire::SyncDirection::Upload);
    request.edits = std::move(edits.edits);
    request.batch = batch_->id;
    request.known_batches = known_batches(replica_, {batch_->id});
    http::NameValues form = synchronize_form(replica_, request);
    for (auto& [name, value] : form) {
        if (name == "transportType") value = "esriTransportTypeEmbedded";
    }
    return post("/synchronizeReplica", form);
}

TransportRequest AttachmentLadder::ask_receipt() {
    TransportRequest request;
    request.url = receipt_link_;
    return request;
}

void AttachmentLadder::take_submit(const Response& response) {
    const bool repeated = !replica_.speaks_rhumb && batch_->sends > 1;
    const AttachmentReceipt receipt =
        read_attachment_receipt(response, what("synchronizeReplica"), repeated);
    if (receipt.answer.kind == Answer::Kind::Useless) return repeat(receipt.answer);
    backoff_.succeeded();
    if (receipt.answer.kind == Answer::Kind::Refused) {
        const auto& error = receipt.answer.error;
        const bool nothing_applied = replica_.speaks_rhumb ? error.code < 500 : error.code == 413;
        return give_up_batch(error.sentence(), nothing_applied);
    }
    if (receipt.answer.root.find("edits") == nullptr && follow(receipt.answer.root)) return;
    settle(receipt);
}

bool AttachmentLadder::follow(const wire::Json& answer) {
    const auto base = http::parse_url(facts_url());
    const auto whole = [&](const std::string& link) {
        return http::format_url(http::resolve_url(base, link));
    };
    if (const auto link = result_link(answer); link && receipt_link_.empty()) {
        receipt_link_ = whole(*link);
        go("attachments-receipt");
        return true;
    }
    const auto status = status_link(answer);
    if (!status || !job_link_.empty() || !receipt_link_.empty()) return false;
    job_link_ = whole(*status);
    go("attachments-job");
    return true;
}

TransportRequest AttachmentLadder::ask_job() {
    TransportRequest request;
    request.url = job_link_;
    if (request.url.find("f=json") == std::string::npos) {
        request.url += request.url.find('?') == std::string::npos ? "?f=json" : "&f=json";
    }
    return request;
}

void AttachmentLadder::take_job(const Response& response) {
    constexpr std::int64_t kPollMs = 1'000;
    const Answer answer = read_answer(response, what("job of synchronizeReplica"));
    const JobState state = job_state(answer.root);
    if (state.kind == JobState::Kind::Failed || answer.kind == Answer::Kind::Refused) {
        backoff_.stop_asking();
        // Nobody knows what of it took effect: the same batch goes again with the next run.
        const std::string why = answer.kind == Answer::Kind::Refused
                                    ? answer.error.sentence()
                                    : "the job ended as " + state.word;
        return give_up_batch(why, false);
    }
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (state.kind == JobState::Kind::Running) return backoff_.ask_again_later(kPollMs);
    backoff_.succeeded();
    backoff_.stop_asking();
    if (follow(answer.root)) return;
    AttachmentReceipt done;
    done.answer = answer;
    settle(done);
}

void AttachmentLadder::settle(const AttachmentReceipt& receipt) {
    std::map<geodb::GlobalId, std::string> refused = receipt.refused;
    refused.insert(left_out_.begin(), left_out_.end());
    std::int64_t edits = 0;
    lane_.each_edit(*batch_, [&](const geodb::AttachmentEdit&) { ++edits; });
    Transaction transaction(geodatabase_.database());
    lane_.settle(*batch_, refused);
    if (replica_.speaks_rhumb) {
        // One that was sent before may have arrived before the edits that were settled since, and
        // the service takes no note of one that came to nothing: the batch before may be its last.
        const std::string before = replica_.last_batch.value_or("").substr(0, kBracedUuid);
        const std::string last = before.empty() ? "" : "," + before;
        replica_.last_batch = batch_->id.braced() + last;
        store_.save(replica_);
    }
    transaction.commit();
    report_.attachments.sent += edits - static_cast<std::int64_t>(refused.size());
    for (const auto& [id, reason] : refused) report_failure(id, reason);
    batch_.reset();
    by_hash_.forget();
    receipt_link_.clear();
    job_link_.clear();
    go_on();
}

/// The batch stays pending; the rest of the lane goes on.
void AttachmentLadder::give_up_batch(const std::string& why, bool nothing_applied) {
    if (nothing_applied) {
        Transaction transaction(geodatabase_.database());
        lane_.unseal(*batch_);
        transaction.commit();
    }
    report_.notes.push_back("the service refused the attachments, which are kept: " + why);
    batch_.reset();
    receipt_link_.clear();
    job_link_.clear();
    uploads_ = false;
    go_on();
}

}  // namespace rhumb::sync
