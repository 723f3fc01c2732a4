// SPDX-License-Identifier: Apache-2.0
//
// Jobs in a served GeoPackage.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "sync/service/store/job_table.hpp"

namespace rhumb::service {

/// Lives as long as the transaction on `database` in which it is used.
class GpkgJobs final : public JobTable {
public:
    explicit GpkgJobs(geodb::sqlite::Database& database) : database_(database) {}

    std::optional<JobRecord> find(const Uuid& job) override;
    std::optional<JobRecord> find_batch(const std::string& owner, const std::string& operation,
                                        const Uuid& batch) override;
    std::optional<JobRecord> next() override;
    std::vector<JobRecord> running() override;
    std::int64_t open_jobs(const std::string& owner) override;
    std::int64_t all_open_jobs() override;
    std::vector<std::string> parameter_files() override;
    void save(const JobRecord& job) override;
    void forget_before(std::int64_t ms) override;

private:
    geodb::sqlite::Database& database_;
};

}  // namespace rhumb::service
