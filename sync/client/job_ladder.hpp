// SPDX-License-Identifier: Apache-2.0
//
// The steps that createReplica and synchronizeReplica share: waiting for a job and fetching its
// result file.
//
// A service may answer with the outcome itself, with a link to it, or with the address of a job;
// which one is its own choice, whatever was asked for.

#pragma once

#include "sync/client/step_ladder.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::sync {

class JobLadder : public StepLadder {
protected:
    JobLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);

    /// Steps "await" and "fetch"; for when the ladder is made over a stored rung.
    static bool is_transfer(const std::string& step) { return step == "await" || step == "fetch"; }

    /// Goes after the outcome when the answer is no more than a link to it: then true, and the
    /// rung is stored in the caller's transaction.
    bool follow(const wire::Json& answer);

    /// The outcome is here: an answer with all it holds, or the state of a job without a file.
    virtual void take_outcome(const http::Response& response) = 0;
    /// The service did not do it.
    virtual void take_refusal(const wire::ServiceError& error) = 0;
    /// The result is not to be had any more, e.g. its link expired: the operation is repeated.
    virtual void repeat_operation() = 0;
    /// Whether the service tells the state of a job for next to nothing: then it is asked sooner.
    virtual bool may_ask_often() const = 0;
    /// What the service is doing: "synchronizeReplica of https://…".
    virtual std::string operation() const = 0;

    /// At most a few times in one run: a service whose every result is gone would keep us busy.
    void count_repetition();
    /// What was fetched is of no use: on from `step`, with nothing of it left.
    void start_again(const std::string& step);

private:
    http::TransportRequest ask_job() const;
    void take_job(const http::Response& response);
    http::TransportRequest ask_file();
    void file_broke();
    void take_part(const http::Response& response);
    void take_file(const http::Response& response, std::uint64_t size);
    std::uint64_t part_size() const;

    int repetitions_ = 0;
    std::int64_t first_part_;              ///< bytes of the request that brings the validator
    std::optional<std::uint64_t> behind_;  ///< what was here when the rest was asked for
};

}  // namespace rhumb::sync
