// SPDX-License-Identifier: Apache-2.0
//
// Registers a copy of a replica's file as a replica of its own: describe, register.
//
// Two files under one replica id would not hear of each other's edits, because a service does not
// send a replica what it has uploaded itself. The copy keeps its data, its pending edits and the
// generation it has reached, which it states; a batch that the original may have sent is pending
// again here, and what of it arrived is recognized by the next download.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/orphan.hpp"
#include "sync/client/service_description.hpp"
#include "sync/client/step_ladder.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::sync {
namespace {

using geodb::sqlite::Transaction;
using wire::Json;

/// Generations go back as they came: numbers, or text.
Json generation_json(const ServerGeneration& generation) {
    const Json text(generation.value);
    const auto number = wire::to_int64(&text);
    return number ? Json(*number) : text;
}

class RegisterLadder final : public StepLadder {
public:
    explicit RegisterLadder(geodb::Geodatabase& geodatabase) : StepLadder(geodatabase, {}) {
        replica_ = store_.load();
        if (!replica_.id || replica_.state == Replica::State::Creating) {
            throw Error(Status::InvalidArgument, "the replica in '" + geodatabase.path().string() +
                                                     "' is not here whole yet");
        }
        define_steps();
        const auto rung = store_.rung();
        if (rung && rung->step.starts_with("register_")) {
            facts_ = rung->facts;
            report_.resumed = true;
            go("register_search");  // it may have been made
        } else {
            begin();
        }
    }

private:
    void define_steps() {
        using Phase = Progress::Phase;
        const auto none = [] {};
        define("register_describe", {[this] { return get("?f=json"); },
                                     [this](const auto& response) { take_description(response); },
                                     none, Phase::Connect});
        define("register_copy",
               {[this] { return ask(); }, [this](const auto& response) { take(response); },
                [this] { go_durably("register_search"); }, Phase::Create});
        define("register_search",
               {[this] { return get("/replicas?f=json"); },
                [this](const auto& response) { take_list(response); }, none, Phase::Create});
        define(
            "register_discard",
            {[this] {
                 return post("/unRegisterReplica", {{"f", "json"}, {"replicaID", fact("orphan")}});
             },
             [this](const auto& response) { take_discard(response); }, none, Phase::Create});
    }

    void begin() {
        set_fact("url", replica_.service_url);
        set_fact("name", "rhumb-" + Uuid::random(geodatabase_.world().random).plain());
        go("register_describe");
    }

    std::string operation() const { return "createReplica (registration) of " + facts_url(); }

    void take_description(const http::Response& response) {
        const auto root = good_answer(response, "description of " + facts_url());
        if (!root) return;
        if (!read_service_description(*root, facts_url()).registers) {
            throw Error(Status::Unsupported, "the service " + facts_url() +
                                                 " does not register data that is here "
                                                 "already: take it offline anew");
        }
        Transaction transaction(geodatabase_.database());
        go("register_copy");
        store_rung();
        transaction.commit();
    }

    http::TransportRequest ask() const {
        std::string layers;
        Json generations{Json::Array{}};
        for (const ReplicaLayer& layer : replica_.layers) {
            layers += (layers.empty() ? "" : ",") + std::to_string(layer.id.value);
            if (!layer.server_generation) continue;
            Json entry{Json::Object{}};
            entry.set("id", layer.id.value);
            entry.set("serverGen", generation_json(*layer.server_generation));
            generations.push(std::move(entry));
        }
        Json options{Json::Object{}};
        options.set("refReplicaId", *replica_.id);
        if (replica_.model == wire::SyncModel::PerLayer) {
            options.set("layerServerGens", std::move(generations));
        } else if (replica_.server_generation) {
            options.set("replicaServerGen", generation_json(*replica_.server_generation));
        }
        return post("/createReplica", {{"f", "json"},
                                       {"replicaName", fact("name")},
                                       {"layers", layers},
                                       {"syncModel", std::string(wire::name_of(replica_.model))},
                                       {"transportType", "esriTransportTypeEmbedded"},
                                       {"dataFormat", "json"},
                                       {"async", "false"},
                                       {"replicaOptions", wire::to_text(options)},
                                       {"rhumbFormat", "1"}});
    }

    void take(const http::Response& response) {
        const Answer answer = read_answer(response, operation());
        // It may have been made although this answer is none.
        if (answer.kind == Answer::Kind::Useless) {
            go_durably("register_search");
            return repeat(answer);
        }
        if (answer.kind == Answer::Kind::Refused) {
            stay_as_it_was();
            throw_refused(operation(), answer.error);
        }
        backoff_.succeeded();
        const auto id = wire::text_or_empty(answer.root.find_any_case("replicaID"));
        if (id.empty())
            throw Error(Status::Protocol, operation() + ": the answer has no replicaID");
        replica_.id = id;
        const auto name = wire::text_or_empty(answer.root.find_any_case("replicaName"));
        replica_.name = name.empty() ? fact("name") : std::string(name);
        // The generation that this file has reached is its own matter; only where none is known
        // the service's word counts.
        Replica told = replica_;
        take_generations(told, generations_of(answer.root));
        if (!replica_.server_generation) replica_.server_generation = told.server_generation;
        replica_.state = Replica::State::Ready;
        replica_.last_batch = "";
        replica_.stopped.clear();
        Transaction transaction(geodatabase_.database());
        if (const auto batch = store_.batch()) store_.unseal(*batch);
        store_.save(replica_);
        store_.clear_rung();
        transaction.commit();
        finish();
    }

    void stay_as_it_was() {
        Transaction transaction(geodatabase_.database());
        store_.clear_rung();
        transaction.commit();
        finish();
    }

    void take_list(const http::Response& response) {
        const auto list = good_answer(response, "replicas of " + facts_url());
        if (!list) return;
        const auto orphan = orphan_in(*list, fact("name"));
        if (!orphan) return go_durably("register_copy");
        set_fact("orphan", *orphan);
        go_durably("register_discard");
    }

    void take_discard(const http::Response& response) {
        const Answer answer = read_answer(response, "unRegisterReplica of " + facts_url());
        if (answer.kind == Answer::Kind::Useless) return repeat(answer);
        backoff_.succeeded();
        go_durably("register_search");
    }

    Replica replica_;
};

}  // namespace

std::unique_ptr<Ladder> register_ladder(geodb::Geodatabase& geodatabase) {
    return std::make_unique<RegisterLadder>(geodatabase);
}

}  // namespace rhumb::sync
