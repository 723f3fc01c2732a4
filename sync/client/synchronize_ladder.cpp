// SPDX-License-Identifier: Apache-2.0
#include "sync/client/synchronize_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/renew_ladder.hpp"
#include "sync/client/rollback_rule.hpp"
#include "sync/client/schema_follower.hpp"
#include "sync/replica/data_set.hpp"

#include <utility>

namespace rhumb::sync {
using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;

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
    set_directions(LayerDirections(replica_, wished_.direction, wished_.layer_directions));
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
    define("submit", {[this] { return ask_submission(); },
                      [this](const auto& response) { take_outcome(response); },
                      [this] { call_broke(); }, Phase::Upload});
    define("arrivals",
           {[this] { return ask_arrivals(); },
            [this](const auto& response) { take_arrivals(response); }, none, Phase::Upload});
}

void SynchronizeLadder::go_on_or_begin() {
    const auto rung = store_.rung();
    batch_ = store_.batch();
    const bool transferring = rung && (batch_ || is_transfer(rung->step));
    if (!transferring) return begin(wished_);
    facts_ = rung->facts;
    options_ = wished_;
    // A file that an older Rhumb left tells one direction, for all layers.
    const Json* directions = facts_.find("directions");
    const auto all = wire::sync_direction_of(fact("direction")).value_or(wished_.direction);
    directions_ = directions != nullptr ? LayerDirections::from_json(*directions)
                                        : LayerDirections(replica_, all);
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
    set_directions(LayerDirections(replica_, options.direction, options.layer_directions));
    set_fact("rollback", options.rollback_on_failure);
    if (!may_pull_at_once()) return go("describe");
    set_fact("undescribed", true);
    set_fact("deltas", true);
    go("pull");
}

void SynchronizeLadder::set_directions(LayerDirections directions) {
    directions_ = std::move(directions);
    set_fact("directions", directions_.to_json());
}

/// A service that speaks Rhumb objects itself when its layers are not as agreed any more. So, most
/// of the time, one request tells that nothing has changed.
bool SynchronizeLadder::may_pull_at_once() const {
    const bool pulls = directions_.any_downloads() && !directions_.any(SyncDirection::Snapshot);
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
        // Whatever was edited here stays pending; the day may come.
        set_directions(directions_.pull());
        if (!directions_.any_downloads()) {
            throw Error(Status::Unsupported,
                        "the service " + facts_url() + " takes no edits: they are kept here");
        }
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
    if (!directions_.any_downloads()) {
        seal();
    } else if (!is("pulled")) {
        go("pull");
    } else if (uploads()) {
        seal();
    } else {
        end();
    }
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

}  // namespace rhumb::sync
