// SPDX-License-Identifier: Apache-2.0
//
// The asynchronous jobs of one service. A job is a row: submitting writes it, somebody's thread
// runs it, asking reads it.
//
// A job that was running when the process died is run again. It takes effect once, because its
// outcome is recorded together with its effect, and because each effect carries a name that does
// not change from one run to the next.

#pragma once

#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "sync/service/jobs/job_limits.hpp"
#include "sync/service/jobs/job_watch.hpp"
#include "sync/service/result_files.hpp"
#include "sync/service/security/principal.hpp"
#include "sync/service/store/job_table.hpp"
#include "sync/service/store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::service {

/// Any thread; run_next() on one at a time. What is passed in outlives it.
class Jobs {
public:
    /// Runs the operation of a job, as if it had been called with these parameters.
    using Run = std::function<http::Response(const JobRecord& job,
                                             const http::Parameters& parameters, JobWatch& watch)>;

    /// Jobs that were running wait for being run again. `on_due` is told of each new job.
    Jobs(Store& store, const ResultFiles& results, std::filesystem::path folder,
         const JobLimits& limits, std::function<void()> on_due);

    /// A parameter that only a job has: the service's address as its submitter knows it, for what
    /// is written into the result file.
    static constexpr const char* kContentUrl = "rhumbcontenturl";

    /// A new job; or the one that was submitted with the same batch, when that one will do.
    Uuid submit(const std::string& owner, const std::string& operation,
                const http::Parameters& parameters, const std::string& content_url);
    /// The state of a job as JSON. Throws NotFound when there is no such job of this owner.
    std::string page(const Claimant& owner, std::string_view id,
                     const std::string& service_url) const;
    /// False when it is too late.
    bool cancel(const Claimant& owner, std::string_view id);

    enum class Ran { Nothing, Done, Postponed };
    Ran run_next(const Run& run);
    /// The job that is running gives up where it can, and waits for the next start.
    void stop();

    static std::string wire_id(const Uuid& id) { return "j" + id.plain(); }

private:
    struct Running {
        Uuid id;
        std::string word;
        int progress = 0;
        std::int64_t updated_ms = 0;
        bool cancelled = false;
    };
    class Watch;

    JobRecord find(const Claimant& owner, std::string_view id) const;
    std::optional<Uuid> reusable(const JobRecord& job) const;
    std::optional<JobRecord> begin_next();
    http::Parameters parameters_of(const JobRecord& job) const;
    bool was_stopped(const Error& error) const;
    Ran postpone(JobRecord job);
    void fail(JobRecord job, const Error& error);
    void save(const JobRecord& job);
    std::string keep_parameters(const Uuid& job, const std::string& form) const;
    void clean();

    Store& store_;
    const ResultFiles& results_;
    std::filesystem::path folder_;
    const JobLimits& limits_;
    std::function<void()> on_due_;
    mutable std::mutex mutex_;  // guards the following
    std::optional<Running> running_;
    bool stopping_ = false;
};

}  // namespace rhumb::service
