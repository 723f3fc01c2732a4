// SPDX-License-Identifier: Apache-2.0
#include "sync/client/relay_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/relay_steps.hpp"
#include "sync/client/service_description.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

Uuid replica_id(const std::string& text) {
    if (const auto id = Uuid::parse(text)) return *id;
    throw Error(Status::InvalidArgument, "replica '" + text + "' is no GUID");
}

}  // namespace

using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;
using wire::SyncModel;

RelayLadder::RelayLadder(geodb::Geodatabase& state, const RelayOptions& options,
                         OnProgress on_progress)
    : ItemLadder(state, std::move(on_progress)),
      options_(options),
      id_(replica_id(options.replica)),
      slices_(part_file()) {
    options_.source_url = service_address(options.source_url);
    options_.target_url = service_address(options.target_url);
    if (options_.source_url == options_.target_url) {
        throw Error(Status::InvalidArgument, "source and target are the same service");
    }
    if (store_.exists() || !state.layers().empty()) {
        throw Error(Status::AlreadyExists,
                    "'" + state.path().string() + "' holds other data than the state of a relay");
    }
    define_steps();
    if (!go_on()) begin();
}

void RelayLadder::define_steps() {
    using Phase = Progress::Phase;
    const auto none = [] {};
    define("relay_source",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_source(response); }, none, Phase::Connect});
    define("relay_target",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_target(response); }, none, Phase::Connect});
    define("relay_given",
           {[this] { return get(info_path()); },
            [this](const auto& response) { take_end(response, false); }, none, Phase::Connect});
    define("relay_taken",
           {[this] { return get(info_path()); },
            [this](const auto& response) { take_end(response, true); }, none, Phase::Connect});
    define("relay_pull",
           {[this] { return ask_changes(); },
            [this](const auto& response) { take_changes(response); }, none, Phase::Download});
    define("relay_have",
           {[this] {
                return post("/rhumbContents/have",
                            {{"f", "json"}, {"contents", contents_.question()}});
            },
            [this](const auto& response) { take_have(response); }, none, Phase::Upload});
    define("relay_get", {[this] {
                             return post_saved("/rhumbContents/get",
                                               {{"f", "json"}, {"contents", contents_.wish()}});
                         },
                         [this](const auto& response) { take_contents(response); },
                         [this] { take_leftover(); }, Phase::Download});
    define("relay_put",
           {[this] { return ask_put(); }, [this](const auto& response) { take_put(response); },
            [this] {
                if (slices_.broke()) slice_ = slices_.next();
            },
            Phase::Upload});
    define("relay_hand",
           {[this] { return ask_import(); },
            [this](const auto& response) { take_import(response); }, none, Phase::Upload});
}

void RelayLadder::ask_at(const std::string& service, const std::string& step) {
    set_fact("url", service);
    go(step);
}

void RelayLadder::begin() {
    facts_ = Json(Json::Object{});
    set_fact("source", options_.source_url);
    set_fact("target", options_.target_url);
    set_fact("replica", id_.braced());
    Transaction transaction(geodatabase_.database());
    store_.make_tables();
    ask_at(options_.source_url, "relay_source");
    store_rung();
    transaction.commit();
}

/// A transfer that was cut off goes on where it was; anything before that is asked again.
bool RelayLadder::go_on() {
    const auto rung = store_.rung();
    if (!rung) return false;
    facts_ = rung->facts;
    const bool same = fact("source") == options_.source_url &&
                      fact("target") == options_.target_url && fact("replica") == id_.braced();
    if (!same) return false;
    const bool carries = rung->step == "relay_have";
    const bool handed = carries || rung->step == "relay_hand";
    if (!handed && !is_transfer(rung->step) && !is_item_step(rung->step)) return false;
    const bool needs_file = handed || is_item_step(rung->step);
    if (needs_file && is("file") && !std::filesystem::exists(item_file())) return false;
    report_.resumed = true;
    if (carries) {
        carry_contents(0);
    } else if (is_item_step(rung->step)) {
        go_on_with_item(rung->step);
    } else {
        go(rung->step);
    }
    return true;
}

void RelayLadder::take_source(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    const ServiceDescription service = read_service_description(*root, facts_url());
    set_fact("ours", service.deltas);
    set_fact("source_jobs", service.async);
    ask_at(options_.target_url, "relay_target");
}

void RelayLadder::take_target(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    const ServiceDescription service = read_service_description(*root, facts_url());
    if (!service.uploads || !service.takes_edits) {
        throw Error(Status::Unsupported,
                    "the service " + facts_url() + " takes no edits as an uploaded file");
    }
    set_fact("target_ours", service.deltas);
    set_fact("target_jobs", service.async);
    ask_at(options_.source_url, "relay_given");
}

void RelayLadder::take_end(const http::Response& response, bool target) {
    const auto info = good_answer(response, "replica " + id_.braced() + " of " + facts_url());
    if (!info) return;
    RelayEnd& end = target ? target_ : source_;
    end = read_relay_end(*info);
    if (!end.for_services) {
        throw Error(Status::InvalidArgument, "replica " + id_.braced() + " of " + facts_url() +
                                                 " is a device's, not a service's (targetType)");
    }
    if (!target) return ask_at(options_.target_url, "relay_taken");
    check_ends();
    set_fact("model", wire::name_of(target_.model));
    // The target's word counts: it stored the generation with the edits. Before it took any, it
    // holds what the source gave when the data set was made.
    RelayGenerations base = source_.own;
    for (const auto& [layer, generation] : target_.sibling) base[layer] = generation;
    if (base.empty()) {
        throw Error(Status::Protocol, "replica " + id_.braced() + " of " + options_.source_url +
                                          ": the service tells no generation");
    }
    set_fact("base", facts_of(base));
    set_fact("handing", false);
    ask_at(options_.source_url, "relay_pull");
}

void RelayLadder::check_ends() {
    if (source_.model != target_.model) {
        throw Error(Status::InvalidArgument,
                    "replica " + id_.braced() + " is " + std::string(wire::name_of(source_.model)) +
                        " at " + options_.source_url + " and " +
                        std::string(wire::name_of(target_.model)) + " at " + options_.target_url);
    }
    const auto refuse = [&](const std::string& url, const char* what) {
        throw Error(Status::InvalidArgument,
                    "replica " + id_.braced() + " of " + url + " " + what + " no edits");
    };
    if (source_.direction == SyncDirection::Upload) refuse(options_.source_url, "gives away");
    if (target_.direction == SyncDirection::Download) refuse(options_.target_url, "takes");
}

http::TransportRequest RelayLadder::ask_changes() const {
    const bool by_job = options_.async.value_or(false) && is("source_jobs");
    http::NameValues form{{"f", "json"},
                          {"replicaID", id_.braced()},
                          {"syncDirection", "download"},
                          {"transportType", "esriTransportTypeUrl"},
                          {"dataFormat", "sqlite"},
                          {"closeReplica", "false"},
                          {"async", by_job ? "true" : "false"}};
    if (is("ours")) form.emplace_back("rhumbFormat", "1");
    add_relay_download(form, model(), generations("base"));
    return post_saved("/synchronizeReplica", form);
}

void RelayLadder::take_changes(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) {
        if (is_as_announced(response.file()->path, facts_.find("answer"), fact("etag"))) {
            return put_up();
        }
        return start_again("fetch");
    }
    const Answer answer = read_answer(response, operation());
    remove_part_file();
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (step() != "fetch") return take_refusal(answer.error);
        count_repetition();  // the link expired
        return repeat_operation();
    }
    backoff_.succeeded();
    const RelayGenerations reached = relay_generations_of(answer.root, model());
    if (!reached.empty()) set_fact("reached", facts_of(reached));
    Transaction transaction(geodatabase_.database());
    const bool followed = follow(answer.root);
    transaction.commit();
    if (followed) return;
    const auto kind = wire::text_or_empty(answer.root.find_any_case("responseType"));
    if (answer.root.find_any_case("edits") != nullptr && kind != "esriReplicaResponseTypeNoEdits") {
        throw Error(Status::Unsupported,
                    "the service " + facts_url() + " gives its changes as JSON, not as a file");
    }
    // Nothing to carry; the target hears how far it is, so that the source may forget.
    if (reached.empty() || generations("base") == reached) return end();
    set_fact("file", false);
    set_fact("handing", true);
    set_fact("url", options_.target_url);
    go_durably("relay_hand");
}

std::unique_ptr<Ladder> relay_ladder(geodb::Geodatabase& state, const RelayOptions& options,
                                     OnProgress on_progress) {
    return std::make_unique<RelayLadder>(state, options, std::move(on_progress));
}

}  // namespace rhumb::sync
