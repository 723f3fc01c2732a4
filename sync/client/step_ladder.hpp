// SPDX-License-Identifier: Apache-2.0
//
// What every ladder has: named steps, the facts that are stored with them, and patience.
//
// A step says which request it wants and what its answer does. Going to another step is a matter
// of memory; store_rung() makes it durable in the transaction of whoever calls it.

#pragma once

#include "platform/file_lock.hpp"
#include "platform/http/form.hpp"
#include "sync/client/answer.hpp"
#include "sync/client/backoff.hpp"
#include "sync/client/ladder.hpp"
#include "sync/replica/replica_store.hpp"

#include <functional>
#include <map>
#include <string>

namespace rhumb::sync {

class StepLadder : public Ladder {
public:
    std::optional<http::TransportRequest> next_request() final;
    void take_result(http::TransportResult result) final;
    std::int64_t wait_ms() const final { return backoff_.wait_ms(); }
    int failures_in_a_row() const final { return backoff_.failures(); }
    const std::string& last_failure() const final { return last_failure_; }
    Status failure_status() const final { return failure_status_; }
    const SyncReport& report() const final { return report_; }
    std::string service_url() const final { return facts_url(); }

protected:
    struct Step {
        std::function<http::TransportRequest()> request;
        std::function<void(const http::Response&)> take;
        /// The answer may be on its way although it never came.
        std::function<void()> lost = [] {};
        Progress::Phase phase = Progress::Phase::Connect;
    };

    /// Throws Busy when the file is being synchronized already.
    StepLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);

    /// `name` is stored in the file: never rename.
    void define(const std::string& name, Step step) { steps_.emplace(name, std::move(step)); }
    void go(const std::string& step) { step_ = step; }
    void store_rung();
    /// The rung is stored in a transaction of its own.
    void go_durably(const std::string& step);
    void finish() { step_.clear(); }
    const std::string& step() const { return step_; }

    /// The answer was of no use; the same request is due again after a pause.
    void repeat(const Answer& answer);
    /// A Good answer, or none when repeat() was called. Refusals are thrown.
    std::optional<wire::Json> good_answer(const http::Response& response, const std::string& what);

    void progress(Progress::Phase phase, const std::string& what, std::int64_t done,
                  std::int64_t total = 0) const;

    // Requests. Addresses begin with the service's.
    std::string url(const std::string& below) const { return facts_url() + below; }
    http::TransportRequest get(const std::string& below) const;
    http::TransportRequest post(const std::string& below, const http::NameValues& form) const;
    /// The same, its answer into the file beside the replica: it may be long.
    http::TransportRequest post_saved(const std::string& below, const http::NameValues& form) const;
    /// For a service that says it takes such bodies; short ones stay as they are.
    static void pack_body(http::TransportRequest& request);
    std::filesystem::path part_file() const;
    void remove_part_file() const { remove_file(); }

    // Facts are what is stored with a rung.
    std::string facts_url() const { return fact("url"); }
    std::string fact(std::string_view name) const;
    void set_fact(std::string_view name, wire::Json value) { facts_.set(name, std::move(value)); }

    geodb::Geodatabase& geodatabase_;
    ReplicaStore store_;
    SyncReport report_;
    wire::Json facts_{wire::Json::Object{}};
    Backoff backoff_;

private:
    void remove_file() const;
    void take_failure(const http::TransportFailure& failure);

    FileLock lock_;  ///< one ladder for a file at a time, in this process or another
    OnProgress on_progress_;
    std::map<std::string, Step> steps_;
    std::string step_;
    std::string last_failure_;
    Status failure_status_ = Status::Offline;
};

}  // namespace rhumb::sync
