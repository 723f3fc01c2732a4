// SPDX-License-Identifier: Apache-2.0
//
// What an operation tells the job that runs it, and what it asks of it.

#pragma once

#include "platform/uuid.hpp"

#include <string_view>

namespace rhumb::service {
class StoreTransaction;

class JobWatch {
public:
    virtual ~JobWatch() = default;
    /// Where it is: a status word of the protocol, and 0 to 100.
    virtual void stage(std::string_view word, int progress) = 0;
    /// Throws Cancelled when nobody wants the outcome any more. Asked as long as giving up leaves
    /// nothing behind.
    virtual void check_wanted() = 0;
    /// Records the outcome in the transaction that makes the operation's last effect.
    virtual void complete(StoreTransaction& transaction, std::string_view answer) = 0;

    /// The job's name for its effect, the same whenever it is run again.
    Uuid effect;
    /// Some edits of the upload were refused.
    bool edits_failed = false;
};

}  // namespace rhumb::service
