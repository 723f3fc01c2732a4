// SPDX-License-Identifier: Apache-2.0
//
// What the others have changed: asked for, taken in, and how far both agree after it.
#include "sync/client/synchronize_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/delta_download.hpp"

namespace rhumb::sync {
using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;

http::TransportRequest SynchronizeLadder::ask_pull() const {
    SynchronizeRequest request;
    request.async = options_.async.value_or(false) && is("offers_jobs");
    request.directions = directions_.pull();
    request.tells_agreed = is("undescribed");
    request.known_batches = known();
    request.as_delta = is("deltas") && !directions_.any(SyncDirection::Snapshot);
    return post_saved("/synchronizeReplica", synchronize_form(replica_, request));
}

void SynchronizeLadder::take_pull(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) return take_delta(response);
    bool file_follows = false;
    ChangeIntake changes = intake();
    if (directions_.any(SyncDirection::Snapshot)) changes.expect_whole_layers();
    const Answer answer = pull(response, changes, file_follows);
    if (!settle_with(answer) || file_follows) return;
    changes.add_to(report_);
    remove_part_file();
    if (uploads()) return seal();
    end();
}

/// Takes the changes in, or goes after them. Unless the answer is Good nothing is changed.
Answer SynchronizeLadder::pull(const http::Response& response, ChangeIntake& changes,
                               bool& file_follows) {
    Transaction transaction(geodatabase_.database());
    Answer answer = changes.take(response, operation());
    if (answer.kind != Answer::Kind::Good) return answer;
    file_follows = follow(answer.root);
    if (!file_follows) keep_agreement(answer.root);
    transaction.commit();
    return answer;
}

void SynchronizeLadder::take_delta(const http::Response& response) {
    const std::filesystem::path file = response.file()->path;
    if (!is_as_announced(file, facts_.find("answer"), fact("etag"))) return start_again("fetch");
    ChangeIntake changes = intake();
    try {
        pull_delta(file, changes);
    } catch (const Error& error) {
        const Status status = error.status();
        const bool of_delta = status == Status::CorruptData || status == Status::SchemaChanged ||
                              status == Status::Unsupported || status == Status::NotFound;
        if (!of_delta) throw;
        // JSON says whole rows, which need nothing of what is here.
        report_.notes.push_back("the changes were asked for as JSON: " + error.message());
        set_fact("deltas", false);
        return start_again("pull");
    }
    backoff_.succeeded();
    changes.add_to(report_);
    remove_part_file();
    if (uploads()) return seal();
    end();
}

/// All of it, or an Error and nothing.
void SynchronizeLadder::pull_delta(const std::filesystem::path& file, ChangeIntake& changes) {
    delta::DeltaReader reader(file, "the delta of " + operation());
    check_delta(reader);
    Transaction transaction(geodatabase_.database());
    if (!changes.take_delta(reader)) {
        throw Error(Status::NotFound, "a feature that changed in the service is not here");
    }
    keep_agreement(facts_of_delta(reader.header()));
    transaction.commit();
}

void SynchronizeLadder::check_delta(const delta::DeltaReader& reader) const {
    const delta::Header& header = reader.header();
    if (header.direction != delta::Direction::Download ||
        header.replica != Uuid::parse(replica_.id.value_or(""))) {
        throw Error(Status::CorruptData, "the delta is not of this replica");
    }
    for (const ReplicaLayer& layer : replica_.layers) {
        const delta::LayerHead* head = reader.layer(layer.id);
        if (head == nullptr || head->terms.fingerprint == layer.fingerprint) continue;
        throw Error(Status::SchemaChanged, "the delta is of another schema of layer '" +
                                               geodatabase_.layer(layer.id).name + "'");
    }
}

ChangeIntake SynchronizeLadder::intake() {
    return {geodatabase_, store_, replica_, [this](const std::string& layer, std::int64_t changes) {
                progress(Progress::Phase::Apply, layer, changes);
            }};
}

void SynchronizeLadder::keep_agreement(const Json& answer) {
    // An upload gives nothing away, so its answer must not move the download's position.
    const LayerDirections went = is_pull() ? directions_.pull() : directions_.submission(true);
    const auto moves = [&](LayerId layer) { return went.downloads(layer); };
    const Json* first = step() == "fetch" ? facts_.find("answer") : nullptr;
    // What a stopped layer misses under one generation for all is asked for again.
    const bool held = replica_.model == wire::SyncModel::PerReplica && any_stopped();
    for (const Json* said : {first, &answer}) {
        if (said != nullptr && !held) take_generations(replica_, generations_of(*said), moves);
    }
    // Where nothing has changed nothing is written, not even the time.
    exchanged_ = exchanged_ || !is_pull() || replica_ != saved_;
    const bool ends = !is_pull() || !uploads();
    if (exchanged_) save_agreement(ends);
    store_.clear_rung();
}

void SynchronizeLadder::save_agreement(bool ends) {
    if (ends) replica_.last_sync_ms = geodatabase_.now_ms();
    store_.save(replica_);
    saved_ = replica_;
}

}  // namespace rhumb::sync
