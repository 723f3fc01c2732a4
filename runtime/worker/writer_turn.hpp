// SPDX-License-Identifier: Apache-2.0
//
// Whose turn it is to use the one connection that writes.
//
// A turn may be long (edits that a person is making) and may end on another thread than it began,
// so it is no mutex. A step of a synchronization is one turn; between its steps others get theirs.

#pragma once

#include "platform/cancel_token.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace rhumb::runtime {

/// As long as SQLite waits for the lock of another program.
inline constexpr std::int64_t kTurnWaitMs = 10'000;

/// Any thread.
class WriterGate {
public:
    explicit WriterGate(std::string name) : name_(std::move(name)) {}

private:
    friend class WriterTurn;
    std::string name_;  // of the file, for messages
    std::mutex mutex_;  // guards all below
    std::condition_variable free_;
    bool taken_ = false;
    std::thread::id taker_;
};

class WriterTurn {
public:
    /// Waits kTurnWaitMs, then throws Busy. Throws it at once when this thread has the turn
    /// already, for it would wait for itself.
    explicit WriterTurn(WriterGate& gate);
    /// Waits as long as it takes; throws Cancelled, or Busy as above.
    WriterTurn(WriterGate& gate, const CancelToken& cancel);
    WriterTurn(const WriterTurn&) = delete;
    WriterTurn& operator=(const WriterTurn&) = delete;
    ~WriterTurn();

private:
    void refuse_own() const;
    void begin();

    WriterGate& gate_;
};

}  // namespace rhumb::runtime
