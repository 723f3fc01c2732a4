// SPDX-License-Identifier: Apache-2.0
//
// The steps that bring a large file to the service ahead of the operation that uses it: register,
// parts, part, commit.
//
// How the file is cut is stored, so after a kill the service is asked which parts it has, and the
// first that is missing is the next to go. The service may have dropped the item meanwhile: then
// it is registered anew.

#pragma once

#include "sync/client/job_ladder.hpp"
#include "sync/client/part_plan.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace rhumb::sync {

class ItemLadder : public JobLadder {
protected:
    static constexpr std::int64_t kTooLarge = 413;  ///< refused before it was looked at

    ItemLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);

    static bool is_item_step(const std::string& step) {
        return step == "register" || step == "parts" || step == "part" || step == "commit";
    }

    /// Brings item_file(), which is there, to the service in parts of so many bytes, or less over
    /// a link that drops; then calls item_is_there().
    void send_item(std::int64_t part_bytes);
    /// Goes on with a step that was stored; item_file() is there again.
    void go_on_with_item(const std::string& stored_step);
    /// The service has lost the item: it is brought anew. At most a few times in one run.
    void send_item_again();
    /// The committed item, "" while there is none.
    std::string item() const { return fact("item_committed"); }

    std::filesystem::path item_file() const;
    virtual std::string item_name() const = 0;
    virtual void item_is_there() = 0;
    /// The service will not have it.
    virtual void item_refused(const wire::ServiceError& error) = 0;

private:
    std::int64_t number_fact(std::string_view name) const;
    PartPlan plan() const;
    std::string item_path() const { return "/uploads/" + fact("item"); }
    /// The first that is not there; none when all are.
    std::optional<PartPlan::Part> next_part(const PartPlan& plan) const;
    http::TransportRequest ask_part() const;
    /// The answer when it is Good; else what is to be done about it has been done.
    std::optional<wire::Json> item_answer(const http::Response& response, const char* what);
    void take_registered(const http::Response& response);
    void take_parts(const http::Response& response);
    void take_part(const http::Response& response);
    /// False when it is as short as can be.
    bool cut_next_part_anew();
    void take_commit(const http::Response& response);

    std::set<std::int64_t> there_;  ///< parts that the service has
};

}  // namespace rhumb::sync
