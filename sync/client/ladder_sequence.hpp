// SPDX-License-Identifier: Apache-2.0
//
// Ladders that are climbed one after another as one: the next begins when the one before is at
// its end, over the file as that one left it.

#pragma once

#include "sync/client/ladder.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace rhumb::sync {

class LadderSequence final : public Ladder {
public:
    /// Makes the next ladder when its turn has come; null when it is not needed. It sees what the
    /// ladders before it reported.
    using Next = std::function<std::unique_ptr<Ladder>(const SyncReport& so_far)>;

    LadderSequence(std::unique_ptr<Ladder> first, std::deque<Next> later)
        : current_(std::move(first)), later_(std::move(later)) {}

    std::optional<http::TransportRequest> next_request() override;
    void take_result(http::TransportResult result) override;
    std::int64_t wait_ms() const override { return current_ ? current_->wait_ms() : 0; }
    int failures_in_a_row() const override { return current_ ? current_->failures_in_a_row() : 0; }
    const std::string& last_failure() const override;
    Status failure_status() const override;
    const SyncReport& report() const override;
    std::string service_url() const override { return current_ ? current_->service_url() : ""; }

private:
    std::unique_ptr<Ladder> current_;
    std::deque<Next> later_;
    SyncReport ended_;           ///< of the ladders that are at their end
    mutable SyncReport so_far_;  ///< with the current one
};

}  // namespace rhumb::sync
