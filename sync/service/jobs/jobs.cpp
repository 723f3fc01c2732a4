// SPDX-License-Identifier: Apache-2.0
#include "sync/service/jobs/jobs.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::service {
namespace {

using State = JobRecord::State;
using wire::Json;

constexpr std::size_t kShownBytes = 60;
constexpr std::int64_t kCancelledCode = 400;

std::optional<Uuid> id_of(std::string_view text) {
    if (!text.empty() && (text.front() == 'j' || text.front() == 'J')) text.remove_prefix(1);
    return Uuid::parse(text);
}

/// What decides the outcome, and nothing else: no token, no wishes about the answer's form.
http::NameValues kept_parameters(const http::Parameters& parameters,
                                 const std::string& content_url) {
    static const std::set<std::string, std::less<>> kDropped{
        "async", "f", "token", "callback", "transporttype", Jobs::kContentUrl};
    http::NameValues kept;
    for (const auto& [name, value] : parameters.all()) {
        if (kDropped.count(name) == 0) kept.emplace_back(name, value);
    }
    kept.emplace_back(Jobs::kContentUrl, content_url);
    return kept;
}

/// An id that nobody can aim at somebody else's replica.
Uuid effect_of(const JobRecord& job) {
    if (!job.batch || job.operation != "createReplica") return job.batch.value_or(job.id);
    const Sha256 hash = sha256(job.operation + "\n" + job.owner + "\n" + job.batch->plain());
    Uuid effect;
    std::copy_n(hash.bytes.begin(), effect.bytes.size(), effect.bytes.begin());
    return effect;
}

std::string_view word_of(State state) {
    switch (state) {
        case State::Pending:
            return "Pending";
        case State::Running:
            return "InProgress";
        case State::Completed:
            return "Completed";
        case State::CompletedWithErrors:
            return "CompletedWithErrors";
        case State::Failed:
            return "Failed";
    }
    return "Failed";
}

/// The link in a stored answer: "/replicafiles/<name>", or "" when there is no file.
std::string link_of(const Json& answer) {
    return std::string(wire::text_or_empty(answer.find("resultUrl")));
}

std::string_view name_in(const std::string& link) {
    const std::size_t slash = link.rfind('/');
    return std::string_view(link).substr(slash == std::string::npos ? 0 : slash + 1);
}

}  // namespace

/// Speaks for the running job.
class Jobs::Watch final : public JobWatch {
public:
    Watch(Jobs& jobs, JobRecord& job) : jobs_(jobs), job_(job) { effect = effect_of(job); }

    void stage(std::string_view word, int progress) override {
        const std::int64_t now = jobs_.store_.now_ms();
        const std::lock_guard lock(jobs_.mutex_);
        jobs_.running_->word = word;
        jobs_.running_->progress = std::clamp(progress, 0, 99);
        jobs_.running_->updated_ms = now;
    }
    void check_wanted() override {
        const std::lock_guard lock(jobs_.mutex_);
        if (jobs_.stopping_) throw Error(Status::Cancelled, "The service is being stopped.");
        if (jobs_.running_->cancelled) throw Error(Status::Cancelled, "The job was cancelled.");
    }
    void complete(StoreTransaction& transaction, std::string_view answer) override {
        job_.state = edits_failed ? State::CompletedWithErrors : State::Completed;
        job_.answer = answer;
        job_.parameters.clear();
        job_.parameter_file.clear();
        job_.updated_ms = jobs_.store_.now_ms();
        transaction.jobs().save(job_);
    }

private:
    Jobs& jobs_;
    JobRecord& job_;
};

Jobs::Jobs(Store& store, const ResultFiles& results, std::filesystem::path folder,
           const JobLimits& limits, std::function<void()> on_due)
    : store_(store),
      results_(results),
      folder_(std::move(folder)),
      limits_(limits),
      on_due_(std::move(on_due)) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) throw_file_error("cannot create folder", folder_, failure.value());
    clean();
}

void Jobs::clean() {
    const auto transaction = store_.write();
    JobTable& table = transaction->jobs();
    table.forget_before(store_.now_ms() - limits_.kept_ms);
    for (JobRecord& job : table.running()) {
        job.state = State::Pending;
        if (job.attempts >= limits_.max_attempts) {
            job.state = State::Failed;
            job.answer = wire::to_text(service_error_of(
                Error(Status::Internal, "The service ended " + std::to_string(job.attempts) +
                                            " times while it ran this job.")));
        }
        table.save(job);
    }
    const auto files = table.parameter_files();
    const std::set<std::string> named(files.begin(), files.end());
    transaction->commit({});
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        if (named.count(entry.path().filename().string()) == 0) remove_quietly(entry.path());
    }
}

/// Another submission of a batch gets the former job while that one can still give an outcome.
std::optional<Uuid> Jobs::reusable(const JobRecord& job) const {
    if (!job.is_over()) return job.id;
    if (job.state == State::Failed) return std::nullopt;
    const Json answer = wire::parse_json(job.answer, "answer of a job");
    const std::string link = link_of(answer);
    if (!link.empty() && !results_.has(name_in(link))) return std::nullopt;
    if (job.operation != "createReplica") return job.id;
    // A replica that was unregistered meanwhile is made anew.
    for (const ReplicaRecord& replica : store_.snapshot()->replicas()) {
        if (replica.id == effect_of(job)) return job.id;
    }
    return std::nullopt;
}

std::string Jobs::keep_parameters(const Uuid& job, const std::string& form) const {
    const std::string name = job.plain() + ".form";
    make_file(folder_ / name, [&](FileWriter& writer) { writer.write(form); });
    return name;
}

Uuid Jobs::submit(const std::string& owner, const std::string& operation,
                  const http::Parameters& parameters, const std::string& content_url) {
    JobRecord job;
    const std::string& batch = parameters.get("rhumbBatchId");
    if (!batch.empty()) {
        job.batch = Uuid::parse(batch);
        if (!job.batch) throw Error(Status::InvalidArgument, "'rhumbBatchId' is no GUID");
        const auto former = store_.snapshot()->jobs().find_batch(owner, operation, *job.batch);
        const auto found = former ? reusable(*former) : std::nullopt;
        if (found) return *found;
    }
    job.id = store_.new_id();
    job.owner = owner;
    job.operation = operation;
    job.submitted_ms = job.updated_ms = store_.now_ms();
    const std::string form = http::encode_form(kept_parameters(parameters, content_url));
    if (form.size() > limits_.max_row_bytes) {
        job.parameter_file = keep_parameters(job.id, form);
    } else {
        job.parameters = form;
    }
    try {
        const auto transaction = store_.write();
        JobTable& table = transaction->jobs();
        if (table.open_jobs(owner) >= limits_.max_open_per_owner) {
            throw Error(Status::InvalidArgument,
                        "the job passes the limit open jobs of a user of " +
                            std::to_string(limits_.max_open_per_owner));
        }
        table.forget_before(store_.now_ms() - limits_.kept_ms);
        table.save(job);
        transaction->commit({});
    } catch (...) {
        if (!job.parameter_file.empty()) remove_quietly(folder_ / job.parameter_file);
        throw;
    }
    on_due_();
    return job.id;
}

JobRecord Jobs::find(const Claimant& owner, std::string_view id) const {
    const auto uuid = id_of(id);
    auto job = uuid ? store_.snapshot()->jobs().find(*uuid) : std::nullopt;
    if (job && owner.may_see(job->owner)) return std::move(*job);
    throw Error(Status::NotFound, "Job not found: " + excerpt(id, kShownBytes));
}

std::string Jobs::page(const Claimant& owner, std::string_view id,
                       const std::string& service_url) const {
    const JobRecord job = find(owner, id);
    Running now{job.id, std::string(word_of(job.state)), job.is_over() ? 100 : 0, job.updated_ms,
                false};
    if (!job.is_over()) {
        const std::lock_guard lock(mutex_);
        if (running_ && running_->id == job.id) now = *running_;
    }
    Json page{Json::Object{}};
    std::string result;
    if (!job.answer.empty()) {
        page = wire::parse_json(job.answer, "answer of a job");
        result = link_of(page);
        auto& members = *page.object();
        std::erase_if(members, [](const Json::Member& member) {
            return equal_ignoring_case(member.name, "URL") || member.name == "responseUrl" ||
                   member.name == "edits" || member.name == "layers";
        });
    }
    page.set("resultUrl", result.empty() ? std::string() : service_url + result);
    page.set("jobId", wire_id(job.id));
    page.set("submissionTime", job.submitted_ms);
    page.set("lastUpdatedTime", now.updated_ms);
    page.set("status", now.word);
    page.set("progress", now.progress);
    return wire::to_text(page);
}

bool Jobs::cancel(const Claimant& owner, std::string_view id) {
    const JobRecord asked = find(owner, id);
    const auto transaction = store_.write();
    auto job = transaction->jobs().find(asked.id);
    if (!job || job->is_over()) return false;
    if (job->state == State::Running) {
        const std::lock_guard lock(mutex_);
        if (!running_ || running_->id != job->id) return false;
        running_->cancelled = true;
        return true;
    }
    job->state = State::Failed;
    job->updated_ms = store_.now_ms();
    job->answer = wire::to_text(service_error_of(
        Error(Status::Cancelled, "The job was cancelled.").with_code(kCancelledCode)));
    transaction->jobs().save(*job);
    transaction->commit({});
    return true;
}

std::optional<JobRecord> Jobs::begin_next() {
    if (!store_.snapshot()->jobs().next()) return std::nullopt;
    const auto transaction = store_.write();
    auto job = transaction->jobs().next();
    if (!job) return std::nullopt;
    job->state = State::Running;
    ++job->attempts;
    job->updated_ms = store_.now_ms();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return std::nullopt;
        running_ = Running{job->id, "InProgress", 0, job->updated_ms, false};
    }
    transaction->jobs().save(*job);
    transaction->commit({});
    return job;
}

http::Parameters Jobs::parameters_of(const JobRecord& job) const {
    const std::string form =
        job.parameter_file.empty() ? job.parameters : read_file(folder_ / job.parameter_file);
    http::Parameters parameters({}, http::parse_form(form));
    parameters.set("f", "json");
    // ArcGIS REST, asynchronous operations: the result is always given by URL.
    parameters.set("transportType", "esriTransportTypeUrl");
    return parameters;
}

void Jobs::save(const JobRecord& job) {
    const auto transaction = store_.write();
    transaction->jobs().save(job);
    transaction->commit({});
}

bool Jobs::was_stopped(const Error& error) const {
    const std::lock_guard lock(mutex_);
    return error.status() == Status::Cancelled && !running_->cancelled;
}

Jobs::Ran Jobs::postpone(JobRecord job) {
    --job.attempts;  // it was no failure of the job's own
    job.state = State::Pending;
    job.updated_ms = store_.now_ms();
    save(job);
    return Ran::Postponed;
}

void Jobs::fail(JobRecord job, const Error& error) {
    const auto stored = store_.snapshot()->jobs().find(job.id);
    if (stored && stored->is_over()) return;  // it failed behind its last effect
    job.parameters.clear();
    job.parameter_file.clear();
    job.state = State::Failed;
    job.updated_ms = store_.now_ms();
    const bool cancelled = error.status() == Status::Cancelled;
    job.answer =
        wire::to_text(service_error_of(cancelled ? error.with_code(kCancelledCode) : error));
    save(job);
}

Jobs::Ran Jobs::run_next(const Run& run) {
    auto job = begin_next();
    if (!job) return Ran::Nothing;
    struct Over {
        Jobs& jobs;
        ~Over() {
            const std::lock_guard lock(jobs.mutex_);
            jobs.running_.reset();
        }
    } over{*this};
    JobRecord outcome = *job;
    Watch watch(*this, outcome);
    try {
        watch.check_wanted();
        const http::Response response = run(*job, parameters_of(*job), watch);
        if (!outcome.is_over()) throw Error(Status::Internal, "The job left no outcome.");
    } catch (const Error& error) {
        if (error.status() == Status::Busy || was_stopped(error)) return postpone(*job);
        fail(*job, error);
    } catch (const std::exception& error) {
        fail(*job, Error(Status::Internal, error.what()));
    }
    if (!job->parameter_file.empty()) remove_quietly(folder_ / job->parameter_file);
    return Ran::Done;
}

void Jobs::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
}

}  // namespace rhumb::service
