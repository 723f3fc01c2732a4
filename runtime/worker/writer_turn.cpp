// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/writer_turn.hpp"

#include "platform/error.hpp"

#include <chrono>

namespace rhumb::runtime {
namespace {

/// How soon a wish to cancel is seen.
constexpr std::chrono::milliseconds kLook{50};

}  // namespace

WriterTurn::WriterTurn(WriterGate& gate) : gate_(gate) {
    std::unique_lock lock(gate_.mutex_);
    refuse_own();
    const bool free = gate_.free_.wait_for(lock, std::chrono::milliseconds(kTurnWaitMs),
                                           [this] { return !gate_.taken_; });
    if (!free) {
        throw Error(Status::Busy, "others are writing to '" + gate_.name_ + "' for " +
                                      std::to_string(kTurnWaitMs / 1000) + " s already");
    }
    begin();
}

WriterTurn::WriterTurn(WriterGate& gate, const CancelToken& cancel) : gate_(gate) {
    std::unique_lock lock(gate_.mutex_);
    refuse_own();
    while (!gate_.free_.wait_for(lock, kLook, [this] { return !gate_.taken_; })) {
        cancel.throw_if_cancelled();
    }
    begin();
}

WriterTurn::~WriterTurn() {
    {
        const std::lock_guard lock(gate_.mutex_);
        gate_.taken_ = false;
    }
    gate_.free_.notify_one();
}

void WriterTurn::refuse_own() const {
    if (gate_.taken_ && gate_.taker_ == std::this_thread::get_id()) {
        throw Error(Status::Busy, "this thread has edits of '" + gate_.name_ +
                                      "' open, or is in a callback of its synchronization");
    }
}

void WriterTurn::begin() {
    gate_.taken_ = true;
    gate_.taker_ = std::this_thread::get_id();
}

}  // namespace rhumb::runtime
