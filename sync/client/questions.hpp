// SPDX-License-Identifier: Apache-2.0
//
// Questions to a service that change nothing there, so that one without an answer is asked again.

#pragma once

#include "platform/cancel_token.hpp"
#include "platform/http/form.hpp"
#include "platform/http/transport.hpp"
#include "platform/random.hpp"
#include "sync/client/answer.hpp"
#include "sync/client/ladder.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace rhumb::sync {

/// Sleeps.
using Wait = std::function<void(std::int64_t ms)>;

/// What it refers to outlives it.
class Questions {
public:
    Questions(http::Transport& transport, const CancelToken& cancel, Random& random, Wait wait)
        : transport_(transport), cancel_(cancel), random_(random), wait_(std::move(wait)) {}

    /// POSTs a form. The answer is Good or Refused; one that is too long to be held counts as
    /// refused with 413. Throws Offline or Protocol after ClimbLimits' failures in a row,
    /// Cancelled, and as read_answer.
    Answer ask(const std::string& url, const http::NameValues& form, const std::string& what);

private:
    Answer ask_once(const http::TransportRequest& request, const std::string& what,
                    Status& failure);

    http::Transport& transport_;
    const CancelToken& cancel_;
    Random& random_;
    Wait wait_;
};

}  // namespace rhumb::sync
