// SPDX-License-Identifier: Apache-2.0
//
// The steps around createReplica, which is the one call that may leave something behind at the
// service: a replica whose answer was lost. It is found by its unique name, unregistered, and made
// anew.

#pragma once

#include "sync/client/answer_facts.hpp"
#include "sync/client/job_ladder.hpp"
#include "sync/replica/replica.hpp"

#include <string>

namespace rhumb::sync {

class MakingLadder : public JobLadder {
protected:
    using JobLadder::JobLadder;

    /// The names of the steps as they are stored.
    struct MakingSteps {
        const char* create;
        const char* search;
        const char* discard;
    };
    void define_making(const MakingSteps& steps);

    std::string operation() const override { return "createReplica of " + facts_url(); }
    virtual http::TransportRequest ask_creation() const = 0;
    /// By which the service's list tells the replica.
    virtual std::string unique_name() const = 0;
    void repeat_operation() override { go_durably(steps_.search); }
    bool may_ask_often() const override { return replica_.speaks_rhumb; }

    http::TransportRequest unregister(const char* id_fact) const;
    /// How the call is to be carried out, as the facts say.
    void add_job(http::NameValues& form) const;
    /// The data are asked for as JSON from now on when the delta is to blame; else it is thrown on.
    void give_up_delta(const Error& error);
    /// Id, name and generations of the answers. Throws Protocol when something is missing.
    void become(Replica& made, const wire::Json& last_answer) const;

    Replica replica_;

private:
    void take_list(const http::Response& response);
    void take_discard(const http::Response& response);

    MakingSteps steps_{};
    std::string discarded_;  ///< the last orphan
};

}  // namespace rhumb::sync
