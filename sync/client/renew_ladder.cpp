// SPDX-License-Identifier: Apache-2.0
#include "sync/client/renew_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/change_intake.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/create_request.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/making_ladder.hpp"
#include "sync/client/schema_follower.hpp"
#include "sync/client/service_description.hpp"
#include "sync/delta/delta_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;

class RenewLadder final : public MakingLadder {
public:
    RenewLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);

private:
    void define_steps();
    std::string unique_name() const override { return fact("name"); }
    /// Whether the service is still what this replica was made of.
    std::string history_question() const {
        return replica_.history.empty() ? "" : "&rhumbHistory=" + replica_.history;
    }
    bool is_other_history() const {
        return wire::to_bool(facts_.find("other_history")).value_or(false);
    }
    void take_description(const http::Response& response);
    void take_layers(const http::Response& response);
    void keep_definitions(const std::map<LayerId, Json>& definitions);
    http::TransportRequest ask_creation() const override;
    void take_outcome(const http::Response& response) override;
    Answer take_in(const http::Response& response, bool& file_follows);
    void take_delta(const http::Response& response);
    void take_in_delta(const std::filesystem::path& file, ChangeIntake& changes);
    ChangeIntake intake();
    void become_new(const Json& answer);
    void tell_renewed(ChangeIntake& changes);
    void take_refusal(const wire::ServiceError& error) override;
    void take_farewell(const http::Response& response);

    ServiceDescription service_;
};

RenewLadder::RenewLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : MakingLadder(geodatabase, std::move(on_progress)) {
    replica_ = store_.load();
    define_steps();
    const auto rung = store_.rung();
    facts_ = rung->facts;
    report_.resumed = rung->step != "renew_describe";
    // Whether a replica was made is for the list to tell; the definitions may be another's by now.
    const bool asked = rung->step == "renew_create";
    go(asked ? "renew_search" : rung->step);
}

void RenewLadder::define_steps() {
    using Phase = Progress::Phase;
    const auto none = [] {};
    define("renew_describe",
           {[this] { return get("?f=json" + history_question()); },
            [this](const auto& response) { take_description(response); }, none, Phase::Connect});
    define("renew_layers",
           {[this] { return get("/layers?f=json"); },
            [this](const auto& response) { take_layers(response); }, none, Phase::Connect});
    define_making({"renew_create", "renew_search", "renew_discard"});
    define("renew_close",
           {[this] { return unregister("old_id"); },
            [this](const auto& response) { take_farewell(response); }, none, Phase::Connect});
}

void RenewLadder::take_description(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    service_ = read_service_description(*root, facts_url());
    replica_.speaks_rhumb = service_.speaks_rhumb;
    set_fact("epsg", service_.epsg);
    set_fact("full_extent", service_.full_extent);
    set_fact("deltas", service_.deltas);
    set_fact("other_history", !service_.same_history || is_unknown_generation(fact("why")));
    set_fact("by_job", service_.async && wishes_of(replica_).async.value_or(true));
    go("renew_layers");
}

void RenewLadder::take_layers(const http::Response& response) {
    const auto answer = good_answer(response, "layers of " + facts_url());
    if (!answer) return;
    const auto definitions = layer_definitions(*answer);
    for (std::string& note : follow_schema(geodatabase_, store_, replica_, service_, definitions)) {
        report_.notes.push_back(std::move(note));
    }
    for (const ReplicaLayer& layer : replica_.layers) {
        if (layer.stopped.empty()) continue;
        // A new replica without the layer would leave its edits without a way back.
        throw Error(Status::SchemaChanged,
                    "the replica must be made anew (" + fact("why") + "), which waits for layer '" +
                        geodatabase_.layer(layer.id).name + "': in the service " + layer.stopped +
                        "; all edits are kept");
    }
    keep_definitions(definitions);
    go_durably("renew_create");
}

void RenewLadder::keep_definitions(const std::map<LayerId, Json>& definitions) {
    Json::Array kept;
    for (const ReplicaLayer& layer : replica_.layers) kept.push_back(definitions.at(layer.id));
    set_fact("definitions", Json(std::move(kept)));
    // Only a name that nobody else has may be unregistered after an answer was lost.
    const std::string random = Uuid::random(geodatabase_.world().random).plain();
    const std::string before = wishes_of(replica_).name;
    const std::size_t random_part = before.rfind('-');
    const bool named = random_part != std::string::npos && random_part > 0;
    set_fact("name", (named ? before.substr(0, random_part) : "rhumb") + "-" + random);
    set_fact("creation", Uuid::random(geodatabase_.world().random).braced());
}

http::TransportRequest RenewLadder::ask_creation() const {
    Replica wanted = replica_;
    wanted.name = fact("name");
    const auto epsg = wire::to_int64(facts_.find("epsg")).value_or(4326);
    const Json* extent = facts_.find("full_extent");
    const CreateOptions wishes = wishes_of(replica_);
    auto form = create_replica_form({wanted, wishes, static_cast<std::int32_t>(epsg),
                                     extent != nullptr ? *extent : Json(),
                                     facts_.require("definitions", "facts"),
                                     wire::to_bool(facts_.find("deltas")).value_or(false),
                                     AttachmentLane(geodatabase_).direction()});
    add_job(form);
    return post_saved("/createReplica", form);
}

void RenewLadder::take_outcome(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) return take_delta(response);
    bool file_follows = false;
    const Answer answer = take_in(response, file_follows);
    if (file_follows || step() == "renew_close") return;
    if (answer.kind == Answer::Kind::Useless) {
        remove_part_file();
        return repeat(answer);
    }
    if (answer.kind == Answer::Kind::Refused && step() != "fetch") {
        return take_refusal(answer.error);
    }
    // The link expired, or there are no data in the answer: the new replica is of no use.
    backoff_.succeeded();
    count_repetition();
    repeat_operation();
}

ChangeIntake RenewLadder::intake() {
    return {geodatabase_, store_, replica_,
            [this](const std::string& layer, std::int64_t features) {
                progress(Progress::Phase::Apply, layer, features);
            }};
}

/// New base and new agreement in one transaction; unless the data were in the answer, neither.
Answer RenewLadder::take_in(const http::Response& response, bool& file_follows) {
    Transaction transaction(geodatabase_.database());
    ChangeIntake changes = intake();
    changes.expect_whole_layers();
    if (is_other_history()) changes.keep_what_the_service_lost();
    Answer answer = changes.take(response, operation());
    if (answer.kind != Answer::Kind::Good) return answer;
    backoff_.succeeded();
    file_follows = follow(answer.root);
    if (!file_follows && answer.root.find("layers") == nullptr) return answer;
    if (!file_follows) become_new(answer.root);
    transaction.commit();
    if (!file_follows) tell_renewed(changes);
    return answer;
}

void RenewLadder::take_delta(const http::Response& response) {
    const std::filesystem::path file = response.file()->path;
    if (!is_as_announced(file, facts_.find("answer"), fact("etag"))) return start_again("fetch");
    ChangeIntake changes = intake();
    try {
        take_in_delta(file, changes);
        return tell_renewed(changes);
    } catch (const Error& error) {
        give_up_delta(error);
    }
}

/// All of it, or an Error and nothing.
void RenewLadder::take_in_delta(const std::filesystem::path& file, ChangeIntake& changes) {
    delta::DeltaReader reader(file, "the delta of " + operation());
    for (const ReplicaLayer& layer : replica_.layers) {
        const delta::LayerHead* head = reader.layer(layer.id);
        if (head != nullptr && head->terms.whole) continue;
        throw Error(Status::CorruptData, "the delta does not hold the whole of layer '" +
                                             geodatabase_.layer(layer.id).name + "'");
    }
    Transaction transaction(geodatabase_.database());
    changes.expect_whole_layers();
    if (is_other_history()) changes.keep_what_the_service_lost();
    changes.take_delta(reader);
    backoff_.succeeded();
    become_new(facts_of_delta(reader.header()));
    transaction.commit();
}

void RenewLadder::tell_renewed(ChangeIntake& changes) {
    changes.add_to(report_);
    report_.notes.push_back("the replica was made anew as " + replica_.id.value_or("?") + ": " +
                            fact("why"));
    remove_part_file();
}

void RenewLadder::become_new(const Json& answer) {
    Replica renewed = replica_;
    renewed.id.reset();
    renewed.server_generation.reset();
    renewed.stopped.clear();
    for (ReplicaLayer& layer : renewed.layers) layer.server_generation.reset();
    become(renewed, answer);
    renewed.created_ms = *renewed.last_sync_ms;
    store_.save(renewed);
    set_fact("old_id", replica_.id.value_or(""));
    replica_ = std::move(renewed);
    go("renew_close");
    store_rung();
}

void RenewLadder::take_refusal(const wire::ServiceError& error) {
    go_durably("renew_describe");  // a later run looks at the service anew
    throw_refused(operation(), error);
}

/// Refused: the service has forgotten it already, which is as good.
void RenewLadder::take_farewell(const http::Response& response) {
    const Answer answer = read_answer(response, "unRegisterReplica of " + facts_url());
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    Transaction transaction(geodatabase_.database());
    store_.clear_rung();
    transaction.commit();
    finish();
}

}  // namespace

bool is_renewing(const ReplicaStore& store) {
    const auto rung = store.rung();
    return rung && wire::to_bool(rung->facts.find("renewing")).value_or(false);
}

void begin_renewal(ReplicaStore& store, const Replica& replica, const std::string& reason) {
    store.save_rung(
        {"renew_describe",
         Json::Object{{"renewing", true}, {"url", replica.service_url}, {"why", reason}}});
}

std::unique_ptr<Ladder> renew_ladder(geodb::Geodatabase& geodatabase, OnProgress on_progress) {
    return std::make_unique<RenewLadder>(geodatabase, std::move(on_progress));
}

}  // namespace rhumb::sync
