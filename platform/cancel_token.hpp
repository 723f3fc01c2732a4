// SPDX-License-Identifier: Apache-2.0
//
// A wish to stop, shared between who waits and who works.
//
// std::stop_token is missing in the libc++ that phones use.

#pragma once

#include "platform/error.hpp"

#include <atomic>
#include <memory>

namespace rhumb {

/// Copies share one wish. Any thread.
class CancelToken {
public:
    CancelToken() : wish_(std::make_shared<std::atomic<bool>>(false)) {}
    void cancel() noexcept { wish_->store(true); }
    bool cancelled() const noexcept { return wish_->load(); }
    void throw_if_cancelled() const {
        if (cancelled()) throw Error(Status::Cancelled, "cancelled by the caller");
    }

private:
    std::shared_ptr<std::atomic<bool>> wish_;
};

}  // namespace rhumb
