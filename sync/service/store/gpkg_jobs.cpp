// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_jobs.hpp"

#include "geodb/sqlite/statement.hpp"
#include "sync/service/store/gpkg_replicas.hpp"

namespace rhumb::service {
namespace {

using geodb::sqlite::Statement;

constexpr const char* kSelect =
    "SELECT job_id, owner, operation, parameters, parameter_file, batch_id, state, attempts, "
    "submitted_ms, updated_ms, answer FROM rhumb_job ";

JobRecord job_of(const Statement& row) {
    JobRecord job;
    job.id = column_uuid(row, 0);
    job.owner = row.column_text(1);
    job.operation = row.column_text(2);
    job.parameters = row.column_text(3);
    job.parameter_file = row.column_text(4);
    if (!row.is_null(5)) job.batch = column_uuid(row, 5);
    job.state = static_cast<JobRecord::State>(row.column_int64(6));
    job.attempts = row.column_int64(7);
    job.submitted_ms = row.column_int64(8);
    job.updated_ms = row.column_int64(9);
    job.answer = row.column_text(10);
    return job;
}

std::optional<JobRecord> one(Statement& row) {
    if (!row.step()) return std::nullopt;
    return job_of(row);
}

}  // namespace

std::optional<JobRecord> GpkgJobs::find(const Uuid& job) {
    Statement row(database_, std::string(kSelect) + "WHERE job_id = ?1");
    row.bind(1, bytes_of(job));
    return one(row);
}

std::optional<JobRecord> GpkgJobs::find_batch(const std::string& owner,
                                              const std::string& operation, const Uuid& batch) {
    Statement row(database_, std::string(kSelect) +
                                 "WHERE batch_id = ?1 AND owner = ?2 AND operation = ?3 "
                                 "ORDER BY submitted_ms DESC, rowid DESC LIMIT 1");
    row.bind(1, bytes_of(batch)).bind(2, owner).bind(3, operation);
    return one(row);
}

std::optional<JobRecord> GpkgJobs::next() {
    Statement row(database_,
                  std::string(kSelect) + "WHERE state = 1 ORDER BY updated_ms, rowid LIMIT 1");
    return one(row);
}

std::vector<JobRecord> GpkgJobs::running() {
    std::vector<JobRecord> jobs;
    Statement rows(database_, std::string(kSelect) + "WHERE state = 2");
    while (rows.step()) jobs.push_back(job_of(rows));
    return jobs;
}

std::int64_t GpkgJobs::open_jobs(const std::string& owner) {
    Statement count(database_, "SELECT count(*) FROM rhumb_job WHERE owner = ?1 AND state <= 2");
    count.bind(1, owner).step();
    return count.column_int64(0);
}

std::int64_t GpkgJobs::all_open_jobs() {
    return database_.int64_of("SELECT count(*) FROM rhumb_job WHERE state <= 2").value_or(0);
}

std::vector<std::string> GpkgJobs::parameter_files() {
    std::vector<std::string> files;
    Statement rows(database_, "SELECT parameter_file FROM rhumb_job WHERE parameter_file <> ''");
    while (rows.step()) files.emplace_back(rows.column_text(0));
    return files;
}

void GpkgJobs::save(const JobRecord& job) {
    Statement put(database_,
                  "INSERT INTO rhumb_job VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                  "ON CONFLICT (job_id) DO UPDATE SET parameters = excluded.parameters, "
                  "parameter_file = excluded.parameter_file, state = excluded.state, "
                  "attempts = excluded.attempts, updated_ms = excluded.updated_ms, "
                  "answer = excluded.answer");
    put.bind(1, bytes_of(job.id)).bind(2, job.owner).bind(3, job.operation);
    put.bind(4, job.parameters).bind(5, job.parameter_file);
    if (job.batch) {
        put.bind(6, bytes_of(*job.batch));
    } else {
        put.bind_null(6);
    }
    put.bind(7, static_cast<int>(job.state)).bind(8, job.attempts).bind(9, job.submitted_ms);
    put.bind(10, job.updated_ms).bind(11, job.answer).run();
}

void GpkgJobs::forget_before(std::int64_t ms) {
    Statement drop(database_, "DELETE FROM rhumb_job WHERE state > 2 AND updated_ms < ?1");
    drop.bind(1, ms).run();
}

}  // namespace rhumb::service
