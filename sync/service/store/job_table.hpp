// SPDX-License-Identifier: Apache-2.0
//
// Asynchronous jobs as the store remembers them: what was asked, how far it is, what came of it.

#pragma once

#include "platform/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {

struct JobRecord {
    enum class State : std::uint8_t {  // stored: never renumber
        Pending = 1,
        Running = 2,
        Completed = 3,
        CompletedWithErrors = 4,
        Failed = 5,
    };
    Uuid id;
    std::string owner;           ///< the job keeps the identity of its user
    std::string operation;       ///< "createReplica" or "synchronizeReplica"
    std::string parameters;      ///< as a form; "" when they are in a file
    std::string parameter_file;  ///< in the work folder; "" when there is none
    std::optional<Uuid> batch;   ///< the client's name for the effect, if it has one
    State state = State::Pending;
    std::int64_t attempts = 0;  ///< how often it was begun
    std::int64_t submitted_ms = 0;
    std::int64_t updated_ms = 0;
    std::string answer;  ///< JSON: what the call would have answered, links without the service's
                         ///< address; or the error object

    bool is_over() const { return state != State::Pending && state != State::Running; }
};

/// Belongs to the transaction or snapshot that gave it; of a snapshot's only reading is used.
class JobTable {
public:
    virtual ~JobTable() = default;
    virtual std::optional<JobRecord> find(const Uuid& job) = 0;
    /// The latest one with this batch.
    virtual std::optional<JobRecord> find_batch(const std::string& owner,
                                                const std::string& operation,
                                                const Uuid& batch) = 0;
    /// Of those that are pending, the one that waits longest.
    virtual std::optional<JobRecord> next() = 0;
    virtual std::vector<JobRecord> running() = 0;
    /// Pending and running ones of a user.
    virtual std::int64_t open_jobs(const std::string& owner) = 0;
    /// The same of everybody.
    virtual std::int64_t all_open_jobs() = 0;
    virtual std::vector<std::string> parameter_files() = 0;

    virtual void save(const JobRecord& job) = 0;
    /// Forgets jobs that were over before this time.
    virtual void forget_before(std::int64_t ms) = 0;
};

}  // namespace rhumb::service
