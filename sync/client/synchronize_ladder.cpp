// SPDX-License-Identifier: Apache-2.0
//
// Synchronizes a replica: describe, pull, seal, submit, fetch, settle.
//
// The pull comes first, so that what both sides changed is seen column by column before our edits
// go up. A batch counts as sent from the moment it is sealed; between that and its outcome nothing
// is taken in that could change what the batch says.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/client/batch_ladder.hpp"
#include "sync/client/change_intake.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/client/ladder_sequence.hpp"
#include "sync/client/layer_definitions.hpp"
#include "sync/client/rejections.hpp"
#include "sync/client/renew_ladder.hpp"
#include "sync/client/rollback_refusal.hpp"
#include "sync/client/rollback_rule.hpp"
#include "sync/client/schema_follower.hpp"
#include "sync/client/service_description.hpp"
#include "sync/client/synchronize_request.hpp"
#include "sync/client/unregister_ladder.hpp"
#include "sync/replica/data_set.hpp"
#include "sync/replica/rejected_edits.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;

/// From so many edits on they go up as a delta, and the service is asked to take them in by a job,
/// if it offers these.
constexpr std::int64_t kManyEdits = 2000;
/// A service that speaks Rhumb: others changed what the batch changes, after our pull.
constexpr std::int64_t kChangedMeanwhile = 409;
/// Of the same: another file has synchronized under this replica's id.
constexpr std::int64_t kIsCopy = 412;
/// So often a run pulls anew for that; then the edits it is about stay pending, lest it never end.
constexpr int kMostNewPulls = 5;

class SynchronizeLadder final : public BatchLadder {
public:
    SynchronizeLadder(geodb::Geodatabase& geodatabase, const SyncOptions& options,
                      OnProgress on_progress);

private:
    void define_steps();
    void begin(const SyncOptions& options);
    void go_on_or_begin();
    bool may_pull_at_once() const;
    bool uploads() const {
        return options_.direction == SyncDirection::Upload ||
               options_.direction == SyncDirection::Bidirectional;
    }
    bool is_pull() const { return !batch_; }
    bool any_stopped() const {
        return std::any_of(replica_.layers.begin(), replica_.layers.end(),
                           [](const auto& layer) { return !layer.stopped.empty(); });
    }
    bool is_stopped(LayerId id) const {
        return std::any_of(replica_.layers.begin(), replica_.layers.end(), [&](const auto& layer) {
            return layer.id == id && !layer.stopped.empty();
        });
    }
    std::string operation() const override { return "synchronizeReplica of " + facts_url(); }

    void take_description(const http::Response& response);
    void take_layers(const http::Response& response);
    void after_description();

    http::TransportRequest ask_pull() const;
    http::TransportRequest ask_submission();
    void take_outcome(const http::Response& response) override;
    void take_refusal(const wire::ServiceError& error) override;
    void repeat_operation() override;
    bool may_ask_often() const override { return replica_.speaks_rhumb; }
    bool settle_with(const Answer& answer);
    SynchronizeRequest::Guard guard() const;
    void pull_anew();

    void take_pull(const http::Response& response);
    Answer pull(const http::Response& response, ChangeIntake& changes, bool& file_follows);
    void take_delta(const http::Response& response);
    void pull_delta(const std::filesystem::path& file, ChangeIntake& changes);
    void check_delta(const delta::DeltaReader& reader) const;
    void take_receipt(const http::Response& response);
    void settle(const http::Response& response, const Rejections& rejections);
    void undo_seal(RefusedUpload refused);
    bool is_to_be_renewed() const { return !fact("renew").empty(); }
    /// The service has given the replica up, which is to be made anew: then true.
    bool leave_for_renewal(const wire::ServiceError& error);
    [[noreturn]] void stop_as_copy(const wire::ServiceError& error);
    std::string known() const;
    void give_up_batch();
    ChangeIntake intake();
    void count_sent();
    void keep_agreement(const Json& answer);
    /// In the caller's transaction. `ends`: the synchronization does, and well.
    void save_agreement(bool ends);

    void seal();
    void end();

    SyncOptions wished_;      ///< of the caller, while an earlier run is finished
    Replica saved_;           ///< what the file has of replica_
    bool exchanged_ = false;  ///< anything was sent or taken in this run
    bool earlier_run_ = false;
    int new_pulls_ = 0;
    ServiceDescription service_;
    LayerDefinitions definitions_;
};

SynchronizeLadder::SynchronizeLadder(geodb::Geodatabase& geodatabase, const SyncOptions& options,
                                     OnProgress on_progress)
    : BatchLadder(geodatabase, std::move(on_progress)), wished_(options) {
    replica_ = saved_ = store_.load();
    if (data_set_of(replica_)) {
        throw Error(Status::InvalidArgument,
                    "the data in '" + geodatabase.path().string() +
                        "' are to be published as a service, which follows " +
                        replica_.service_url + ": edits go from service to service");
    }
    if (replica_.state != Replica::State::Ready) {
        const bool closed = replica_.state == Replica::State::Closed;
        throw Error(Status::InvalidArgument,
                    "the replica in '" + geodatabase.path().string() + "' " +
                        (closed ? "was unregistered: it cannot be synchronized any more"
                                : "is not here whole yet: go on creating it"));
    }
    if (!replica_.stopped.empty()) {
        throw Error(Status::ServiceRefused,
                    "'" + geodatabase.path().string() + "': " + replica_.stopped)
            .with_code(kIsCopy);
    }
    const auto rung = store_.rung();
    if (rung && rung->step.starts_with("register_")) {
        throw Error(Status::InvalidArgument,
                    "the copy in '" + geodatabase.path().string() +
                        "' is being registered as a replica of its own: go on with that first");
    }
    for (const LayerId id : store_.gone_layers()) {
        report_.notes.push_back("the table of layer " + std::to_string(id.value) +
                                " is gone from this file: the other layers are synchronized");
    }
    define_steps();
    go_on_or_begin();
}

void SynchronizeLadder::define_steps() {
    using Phase = Progress::Phase;
    const auto none = [] {};
    define("describe",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_description(response); }, none, Phase::Connect});
    define("layers",
           {[this] { return get(definitions_.address()); },
            [this](const auto& response) { take_layers(response); }, none, Phase::Connect});
    define("pull",
           {[this] { return ask_pull(); }, [this](const auto& response) { take_outcome(response); },
            none, Phase::Download});
    define("submit",
           {[this] { return ask_submission(); },
            [this](const auto& response) { take_outcome(response); }, none, Phase::Upload});
}

void SynchronizeLadder::go_on_or_begin() {
    const auto rung = store_.rung();
    batch_ = store_.batch();
    const bool transferring = rung && (batch_ || is_transfer(rung->step));
    if (!transferring) return begin(wished_);
    facts_ = rung->facts;
    options_ = wished_;
    options_.direction = wire::sync_direction_of(fact("direction")).value_or(wished_.direction);
    options_.rollback_on_failure = wire::to_bool(facts_.find("rollback")).value_or(false);
    earlier_run_ = true;
    report_.resumed = true;
    go(rung->step);
    if (rung->step == "submit" && item().empty()) return prepare_submission();
    if (!is_item_step(rung->step)) return;
    write_item();
    go_on_with_item(rung->step);
}

void SynchronizeLadder::begin(const SyncOptions& options) {
    options_ = options;
    earlier_run_ = false;
    facts_ = Json(Json::Object{});
    set_fact("url", replica_.service_url);
    set_fact("direction", wire::name_of(options.direction));
    set_fact("rollback", options.rollback_on_failure);
    if (!may_pull_at_once()) return go("describe");
    set_fact("undescribed", true);
    set_fact("deltas", true);
    go("pull");
}

/// A service that speaks Rhumb objects itself when its layers are not as agreed any more. So, most
/// of the time, one request tells that nothing has changed.
bool SynchronizeLadder::may_pull_at_once() const {
    const bool pulls = options_.direction == SyncDirection::Bidirectional ||
                       options_.direction == SyncDirection::Download;
    return pulls && replica_.speaks_rhumb && !any_stopped() &&
           std::none_of(replica_.layers.begin(), replica_.layers.end(),
                        [](const auto& layer) { return layer.fingerprint.empty(); });
}

void SynchronizeLadder::take_description(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    service_ = read_service_description(*root, facts_url());
    replica_.speaks_rhumb = service_.speaks_rhumb;
    definitions_.begin(service_);
    if (!schema_is_agreed(replica_, service_)) return go("layers");
    after_description();
}

void SynchronizeLadder::take_layers(const http::Response& response) {
    const std::string what = "layers of " + facts_url();
    const Answer answer = read_answer(response, what);
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    if (!definitions_.take(answer, what)) return;
    const auto notes = follow_schema(geodatabase_, store_, replica_, service_, definitions_.all());
    if (!replica_.speaks_rhumb) {
        set_fact("read_only", to_json(read_only_fields(definitions_.all())));
    }
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
    after_description();
}

void SynchronizeLadder::after_description() {
    set_fact("undescribed", false);
    if (!service_.takes_edits && uploads()) {
        if (options_.direction == SyncDirection::Upload) {
            throw Error(Status::Unsupported,
                        "the service " + facts_url() + " takes no edits: they are kept here");
        }
        // Whatever was edited here stays pending; the day may come.
        options_.direction = SyncDirection::Download;
        set_fact("direction", wire::name_of(options_.direction));
        if (!store_.pending().empty()) {
            report_.notes.push_back("the service takes no edits: those made here are kept");
        }
    }
    set_fact("wants_all", options_.rollback_on_failure);
    const Rollback rollback = rollback_of(service_, replica_.model, options_.rollback_on_failure);
    options_.rollback_on_failure = rollback.happens;
    set_fact("rollback", rollback.happens);
    if (uploads() && !rollback.note.empty()) report_.notes.push_back(rollback.note);
    set_fact("offers_jobs", service_.async);
    // What is said of a stopped layer is passed over, which takes JSON.
    set_fact("deltas", service_.deltas && !any_stopped());
    set_fact("packed_deltas", service_.packed_deltas);
    set_fact("packed_requests", service_.packed_requests);
    // JSON in an item is our extension.
    set_fact("takes_items", service_.uploads && service_.speaks_rhumb);
    if (options_.direction == SyncDirection::Upload) {
        seal();
    } else if (!is("pulled")) {
        go("pull");
    } else if (uploads()) {
        seal();
    } else {
        end();
    }
}

http::TransportRequest SynchronizeLadder::ask_pull() const {
    SynchronizeRequest request;
    request.async = options_.async.value_or(false) && is("offers_jobs");
    if (options_.direction == SyncDirection::Snapshot) request.direction = options_.direction;
    request.tells_agreed = is("undescribed");
    request.known_batches = known();
    request.as_delta = is("deltas") && options_.direction != SyncDirection::Snapshot;
    return post_saved("/synchronizeReplica", synchronize_form(replica_, request));
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
    request.direction = slices().is_last() ? options_.direction : SyncDirection::Upload;
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
    const bool may_pull_anew = options_.direction == SyncDirection::Bidirectional &&
                               all.is_last() && all.nothing_taken() && new_pulls_ < kMostNewPulls;
    return may_pull_anew ? Guard::Whole : Guard::Each;
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

void SynchronizeLadder::repeat_operation() {
    go_durably(is_pull() ? "pull" : "submit");
    if (!is_pull() && item().empty() && edits_.empty()) prepare_submission();
}

void SynchronizeLadder::take_outcome(const http::Response& response) {
    if (is_pull()) {
        take_pull(response);
    } else {
        take_receipt(response);
    }
}

/// Whether the answer is the outcome; else what is to be done about it has been done.
bool SynchronizeLadder::settle_with(const Answer& answer) {
    if (answer.kind == Answer::Kind::Useless) {
        remove_part_file();
        repeat(answer);
        return false;
    }
    if (answer.kind == Answer::Kind::Refused) {
        if (step() == "fetch") {  // the link expired
            count_repetition();
            repeat_operation();
        } else {
            take_refusal(answer.error);
        }
        return false;
    }
    backoff_.succeeded();
    return true;
}

void SynchronizeLadder::take_pull(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) return take_delta(response);
    bool file_follows = false;
    ChangeIntake changes = intake();
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
    const auto start_again = [this](const char* with) {
        count_repetition();
        remove_part_file();
        set_fact("etag", "");
        go_durably(with);
    };
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

void SynchronizeLadder::take_receipt(const http::Response& response) {
    Rejections rejections;
    Json failures{Json::Array{}};
    DownloadTaker taker;
    taker.result = [&](LayerId layer, geodb::NetEdit::Kind kind, const Json& result) {
        rejections.take(layer, kind, result);
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
        rejections.take({static_cast<std::int32_t>(id)}, static_cast<geodb::NetEdit::Kind>(kind),
                        earlier.require("result", "failures"));
    }
    const bool repeated = wire::to_int64(facts_.find("sends")).value_or(1) > 1;
    if (repeated && !replica_.speaks_rhumb) rejections.forgive_repeated_inserts();
    if (options_.rollback_on_failure && rejections.rolled_back()) {
        remove_part_file();
        return undo_seal(rejections.refused_upload(geodatabase_, *batch_));
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
    store_.settle(*batch_);
    replica_.last_batch = slices().id(batch_->id).braced();
    const Answer answer = changes.take(response, operation());
    keep_agreement(answer.root);
    transaction.commit();
    batch_.reset();
    std::move(parked.begin(), parked.end(), std::back_inserter(report_.rejected));
    if (waiting > 0) {
        report_.notes.push_back(std::to_string(waiting) +
                                " edits stay pending: others have changed the same features, and a "
                                "synchronization in both directions tells how");
    }
    count_sent();
    changes.add_to(report_);
}

ChangeIntake SynchronizeLadder::intake() {
    return {geodatabase_, store_, replica_, [this](const std::string& layer, std::int64_t changes) {
                progress(Progress::Phase::Apply, layer, changes);
            }};
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

void SynchronizeLadder::keep_agreement(const Json& answer) {
    // An upload gives nothing away, so its answer must not move the download's position.
    const bool moves = is_pull() || options_.direction != SyncDirection::Upload;
    const Json* first = step() == "fetch" ? facts_.find("answer") : nullptr;
    // What a stopped layer misses under one generation for all is asked for again.
    const bool held = replica_.model == wire::SyncModel::PerReplica && any_stopped();
    for (const Json* said : {first, &answer}) {
        if (said != nullptr && moves && !held) take_generations(replica_, generations_of(*said));
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
    const bool refused = replica_.speaks_rhumb ? error.code < 500 : options_.rollback_on_failure;
    const bool nothing_applied = (refused || error.code == kTooLarge) && slices().nothing_taken();
    if (!nothing_applied) throw_refused(operation(), error);
    undo_seal(refused_upload(geodatabase_, *batch_, error));
}

bool SynchronizeLadder::leave_for_renewal(const wire::ServiceError& error) {
    const bool expired = is_expired_replica(error);
    if (!expired && !(is_unknown_replica(error) && wished_.renew_unknown)) return false;
    const bool may_take = expired && uploads() && options_.direction != SyncDirection::Upload;
    set_fact("renew", error.sentence());
    backoff_.succeeded();
    remove_part_file();
    if (may_take) {
        // What is edited here goes up first, under the id that the service may know it by.
        options_.direction = SyncDirection::Upload;
        set_fact("direction", wire::name_of(options_.direction));
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

void SynchronizeLadder::seal() {
    Transaction transaction(geodatabase_.database());
    take_up_mended(geodatabase_, store_);
    Json sent{Json::Array{}};
    std::int64_t edits = 0;
    for (const PendingCount& layer : store_.pending()) {
        if (is_stopped(layer.layer)) continue;
        Json entry{Json::Object{}};
        entry.set("id", layer.layer.value);
        entry.set("inserts", layer.inserts);
        entry.set("updates", layer.updates);
        entry.set("deletes", layer.deletes);
        sent.push(std::move(entry));
        edits += layer.total();
    }
    if (edits == 0) {
        store_.forget_traces();
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

void SynchronizeLadder::end() {
    if (is_to_be_renewed()) {
        Transaction transaction(geodatabase_.database());
        begin_renewal(store_, replica_, fact("renew"));
        transaction.commit();
        return finish();
    }
    if (earlier_run_) return begin(wished_);
    finish();
}

}  // namespace

std::unique_ptr<Ladder> synchronize_ladder(geodb::Geodatabase& geodatabase,
                                           const SyncOptions& options, OnProgress on_progress) {
    const bool was_closing = is_closing(geodatabase);
    if (was_closing && ReplicaStore(geodatabase).pending().empty()) {
        return unregister_ladder(geodatabase);
    }
    SyncOptions edits_only = options;
    edits_only.close_replica = false;  // at the very end
    const auto synchronize = [&geodatabase, edits_only, on_progress]() -> std::unique_ptr<Ladder> {
        return std::make_unique<SynchronizeLadder>(geodatabase, edits_only, on_progress);
    };
    const bool renewing = is_renewing(ReplicaStore(geodatabase));
    auto first = renewing ? renew_ladder(geodatabase, on_progress) : synchronize();
    set_attachment_policy(geodatabase, options.attachments);
    AttachmentRun run;
    run.upload = options.direction != SyncDirection::Download;
    run.download = options.direction != SyncDirection::Upload;
    const bool uploads = run.upload && options.direction != SyncDirection::Snapshot;
    std::deque<LadderSequence::Next> later;
    if (renewing) later.push_back([synchronize](const SyncReport&) { return synchronize(); });
    const auto renewed = std::make_shared<bool>(false);
    later.push_back([&geodatabase, renewed, on_progress](const SyncReport&) {
        *renewed = is_renewing(ReplicaStore(geodatabase));
        return *renewed ? renew_ladder(geodatabase, on_progress) : nullptr;
    });
    later.push_back([&geodatabase, renewed, synchronize, uploads](const SyncReport&) {
        // What the service would not take before.
        const bool left = *renewed && uploads && !ReplicaStore(geodatabase).pending().empty();
        return left ? synchronize() : nullptr;
    });
    later.push_back([&geodatabase, run, on_progress](const SyncReport&) {
        return attachment_ladder(geodatabase, run, on_progress);
    });
    const bool close = options.close_replica || was_closing;
    later.push_back([&geodatabase, close](const SyncReport& so_far) {
        // A refused edit may still be mended and sent: then the replica stays open.
        const bool all_taken = so_far.rejected.empty() && so_far.attachments.failures.empty();
        return close && all_taken ? unregister_ladder(geodatabase) : nullptr;
    });
    return std::make_unique<LadderSequence>(std::move(first), std::move(later));
}

}  // namespace rhumb::sync
