// SPDX-License-Identifier: Apache-2.0
#include "sync/client/making_ladder.hpp"

#include "platform/error.hpp"
#include "sync/client/orphan.hpp"

#include <algorithm>

#include <utility>

namespace rhumb::sync {

using wire::Json;

void MakingLadder::define_making(const MakingSteps& steps) {
    using Phase = Progress::Phase;
    const auto none = [] {};
    steps_ = steps;
    define(steps.create, {[this] { return ask_creation(); },
                          [this](const auto& response) { take_outcome(response); },
                          [this] { go_durably(steps_.search); }, Phase::Create});
    define(steps.search,
           {[this] { return get("/replicas?f=json"); },
            [this](const auto& response) { take_list(response); }, none, Phase::Create});
    define(steps.discard,
           {[this] { return unregister("orphan"); },
            [this](const auto& response) { take_discard(response); }, none, Phase::Create});
}

http::TransportRequest MakingLadder::unregister(const char* id_fact) const {
    return post("/unRegisterReplica", {{"f", "json"}, {"replicaID", fact(id_fact)}});
}

void MakingLadder::add_job(http::NameValues& form) const {
    const bool by_job = wire::to_bool(facts_.find("by_job")).value_or(false);
    form.emplace_back("async", by_job ? "true" : "false");
    // Asked again, a service that speaks Rhumb gives the job that it has begun already.
    if (by_job && replica_.speaks_rhumb) form.emplace_back("rhumbBatchId", fact("creation"));
}

void MakingLadder::take_list(const http::Response& response) {
    const auto list = good_answer(response, "replicas of " + facts_url());
    if (!list) return;
    const auto orphan = orphan_in(*list, unique_name());
    if (!orphan) return go_durably(steps_.create);
    set_fact("orphan", *orphan);
    go_durably(steps_.discard);
}

void MakingLadder::take_discard(const http::Response& response) {
    // Refused: somebody else has discarded it. The list will tell whether it is gone.
    const Answer answer = read_answer(response, "unRegisterReplica of " + facts_url());
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    // Once is part of making it anew, which has been counted.
    if (std::exchange(discarded_, fact("orphan")) == fact("orphan")) count_repetition();
    go_durably(steps_.search);
}

/// The replica that was made with it is found by its name and discarded.
void MakingLadder::give_up_delta(const Error& error) {
    const Status status = error.status();
    const bool of_delta = status == Status::CorruptData || status == Status::SchemaChanged ||
                          status == Status::Unsupported;
    if (!of_delta) throw;  // it is being handled
    report_.notes.push_back("the replica was asked for as JSON: " + error.message());
    set_fact("deltas", false);
    count_repetition();
    repeat_operation();
}

void MakingLadder::become(Replica& made, const Json& last_answer) const {
    const Json* first = facts_.find("answer");
    for (const Json* said : {first, &last_answer}) {
        if (said == nullptr) continue;
        const auto id = wire::text_or_empty(said->find_any_case("replicaID"));
        const auto name = wire::text_or_empty(said->find_any_case("replicaName"));
        if (!id.empty()) made.id = std::string(id);
        if (!name.empty()) made.name = std::string(name);
        take_generations(made, generations_of(*said));
    }
    if (!made.id) throw Error(Status::Protocol, operation() + ": the answer has no replicaID");
    const bool dated =
        made.model == wire::SyncModel::PerReplica
            ? made.server_generation.has_value()
            : std::all_of(made.layers.begin(), made.layers.end(), [](const ReplicaLayer& layer) {
                  return layer.server_generation.has_value();
              });
    if (!dated) throw Error(Status::Protocol, operation() + ": the answer has no generation");
    made.last_batch = "";
    made.last_sync_ms = geodatabase_.now_ms();
}

}  // namespace rhumb::sync
