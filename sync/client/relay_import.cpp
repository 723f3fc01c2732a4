// SPDX-License-Identifier: Apache-2.0
//
// The second half of a relay: content, file and import at the target.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/client/attachment_request.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/client/rejections.hpp"
#include "sync/client/relay_steps.hpp"
#include "sync/delta/delta_attachments.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/wire/content_pack.hpp"
#include "sync/wire/edit_result.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

/// A larger file is taken in by a job, where the target offers these.
constexpr std::int64_t kLargeFile = 4 * 1024 * 1024;

}  // namespace

using geodb::sqlite::Transaction;
using wire::Json;

void RelayLadder::put_up() {
    if (generations("reached").empty()) {
        throw Error(Status::Protocol, operation() + ": the answer has no generation");
    }
    backoff_.succeeded();
    std::filesystem::rename(part_file(), item_file());
    set_fact("file", true);
    set_fact("handing", true);
    set_fact("sends", 0);
    set_fact("batch", Uuid::random(geodatabase_.world().random).braced());
    set_fact("url", options_.target_url);
    go_durably("relay_have");
    carry_contents(0);
}

void RelayLadder::carry_contents(std::size_t passed) {
    const bool both_ours = is("ours") && is("target_ours");
    if (both_ours && contents_.begin(item_file(), passed)) {
        return ask_at(options_.target_url, "relay_have");
    }
    set_fact("url", options_.target_url);
    send_item(options_.part_bytes);
}

void RelayLadder::take_have(const http::Response& response) {
    const auto answer = good_answer(response, "rhumbContents/have of " + facts_url());
    if (!answer) return;
    contents_.take_have(*answer);
    if (!contents_.missing()) return carry_contents(contents_.passed());
    ask_at(options_.source_url, "relay_get");
}

void RelayLadder::take_contents(const http::Response& response) {
    const std::string what = "rhumbContents/get of " + facts_url();
    const bool is_pack = response.headers.get("Content-Type") == wire::kPackType;
    if (!is_pack) {
        Answer answer = read_answer(response, what);
        remove_part_file();
        if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
        if (answer.kind == Answer::Kind::Good) answer.why = what + ": the answer is no pack";
        return repeat(answer);
    }
    slices_.begin();
    try {
        slice_ = slices_.next();
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        remove_part_file();
        Answer answer;
        answer.kind = Answer::Kind::Useless;
        answer.why = what + ": " + error.message();
        return repeat(answer);
    }
    backoff_.succeeded();
    if (slice_.empty()) contents_.none_came();
    put_next_slice();
}

/// Half of a pack is of use.
void RelayLadder::take_leftover() {
    std::error_code none;
    if (!std::filesystem::exists(part_file(), none)) return;
    slices_.begin();
    try {
        slice_ = slices_.next();
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        slice_.clear();
    }
    if (slice_.empty()) return remove_part_file();
    backoff_.failed_further_on();
    put_next_slice();
}

void RelayLadder::put_next_slice() {
    if (slice_.empty()) remove_part_file();
    ask_at(options_.target_url, slice_.empty() ? "relay_have" : "relay_put");
}

http::TransportRequest RelayLadder::ask_put() {
    http::TransportRequest request;
    request.method = "POST";
    request.url = url("/rhumbContents/put?f=json");
    request.headers.set("Content-Type", wire::kPackType);
    request.body = slice_;
    return request;
}

/// What arrived is asked for anew in the end, whatever the answer says.
void RelayLadder::take_put(const http::Response& response) {
    const std::string what = "rhumbContents/put of " + facts_url();
    const Answer answer = read_answer(response, what);
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (answer.error.code != kTooLarge || !slices_.broke()) throw_refused(what, answer.error);
    } else {
        backoff_.succeeded();
        slices_.got_through();
    }
    slice_ = slices_.next();
    put_next_slice();
}

http::TransportRequest RelayLadder::ask_import() {
    // A target that is not ours tells what it refused once; whoever repeats does not hear it.
    set_fact("sends", wire::to_int64(facts_.find("sends")).value_or(0) + 1);
    go_durably("relay_hand");
    const bool file = is("file");
    const bool large =
        file && static_cast<std::int64_t>(rhumb::file_size(item_file())) > kLargeFile;
    const bool by_job = options_.async.value_or(large) && is("target_jobs");
    http::NameValues form{
        {"f", "json"},
        {"replicaID", id_.braced()},
        {"syncDirection", "upload"},
        {"transportType", is("target_ours") ? "esriTransportTypeEmbedded" : "esriTransportTypeUrl"},
        {"dataFormat", "json"},
        {"returnIdsForAdds", "false"},
        {"closeReplica", "false"},
        {"rollbackOnFailure", options_.rollback_on_failure ? "true" : "false"},
        {"async", by_job ? "true" : "false"}};
    if (is("target_ours")) {
        form.emplace_back("rhumbFormat", "1");
        if (file) form.emplace_back("rhumbBatchId", fact("batch"));
    }
    add_relay_upload(form, model(), generations("reached"));
    if (file) {
        form.emplace_back("editsUploadId", item());
        form.emplace_back("editsUploadFormat", "sqlite");
    } else {
        form.emplace_back("edits", "[]");
    }
    return post_saved("/synchronizeReplica", form);
}

void RelayLadder::take_import(const http::Response& response) {
    std::vector<RejectedEdit> refused;
    DownloadTaker taker;
    taker.result = [&](geodb::LayerId layer, geodb::NetEdit::Kind kind, const Json& json) {
        const wire::EditResult result = wire::read_edit_result(json);
        if (!result.success) refused.push_back(rejected_edit(geodatabase_, layer, kind, result));
    };
    const Answer answer = read_download(response, operation(), taker);
    const auto attachments = read_attachment_receipt(response, operation(), false).refused;
    remove_part_file();
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (step() != "fetch") return take_refusal(answer.error);
        count_repetition();
        return repeat_operation();
    }
    backoff_.succeeded();
    {
        Transaction transaction(geodatabase_.database());
        const bool followed = follow(answer.root);
        transaction.commit();
        if (followed) return;
    }
    note_counts();
    report_.rejected = std::move(refused);
    for (const auto& [attachment, reason] : attachments) {
        AttachmentFailure failure;
        failure.attachment = attachment;
        failure.reason = reason;
        report_.attachments.failures.push_back(std::move(failure));
    }
    const bool unheard = !is("target_ours") && wire::to_int64(facts_.find("sends")).value_or(1) > 1;
    const bool refused_any = !report_.rejected.empty() || !attachments.empty();
    if (refused_any || unheard) keep_refused();
    end();
}

/// How much was carried, where the file is of the kind that we read.
void RelayLadder::note_counts() {
    if (!is("file") || !is("ours")) return;
    const delta::DeltaReader reader(item_file(), "the edits of " + options_.source_url);
    for (const delta::LayerHead& head : reader.header().layers) {
        if (delta::layer_of_attachments(head.terms.layer)) {
            report_.attachments.sent += head.counts.total();
            continue;
        }
        LayerCounts counts{head.terms.layer, "layer " + std::to_string(head.terms.layer.value)};
        counts.sent_inserts = head.counts.adds;
        counts.sent_updates = head.counts.updates;
        counts.sent_deletes = head.counts.deletes;
        report_.layers.push_back(std::move(counts));
    }
}

/// The target goes on from here, so what it would not take must not go with the file.
void RelayLadder::keep_refused() {
    if (!is("file")) return;
    std::filesystem::path kept = geodatabase_.path();
    kept +=
        ".refused-" + Uuid::random(geodatabase_.world().random).plain().substr(0, 8) + ".sqlite";
    std::filesystem::rename(item_file(), kept);
    const bool known = !report_.rejected.empty() || !report_.attachments.failures.empty();
    report_.notes.push_back((!known ? "what the target refused is not known, the file is kept: "
                                    : "the file with the refused edits is kept: ") +
                            kept.string());
}

void RelayLadder::end() {
    Transaction transaction(geodatabase_.database());
    store_.clear_rung();
    transaction.commit();
    remove_part_file();
    remove_quietly(item_file());
    finish();
}

void RelayLadder::take_refusal(const wire::ServiceError& error) {
    const std::string words = error.sentence();
    const auto says = [&](const char* part) { return words.find(part) != std::string::npos; };
    if (is("handing") && says("'editsUploadId'")) return send_item_again();
    // Another relay was quicker: what is here is old.
    const bool is_old = says("are in already") || says("begins after generation");
    if (!is("handing") || !is_old) throw_refused(operation(), error);
    backoff_.succeeded();
    count_repetition();
    remove_quietly(item_file());
    begin();
}

}  // namespace rhumb::sync
