// SPDX-License-Identifier: Apache-2.0
#include "sync/client/step_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/packed_answer.hpp"
#include "platform/number.hpp"
#include "platform/zip/coding.hpp"

#include <utility>

namespace rhumb::sync {

using http::TransportFailure;
using http::TransportRequest;

namespace {

FileLock lock_of(const std::filesystem::path& replica) {
    auto lock = FileLock::try_take(replica.string() + ".sync-lock");
    if (lock) return std::move(*lock);
    throw Error(Status::Busy, "'" + replica.string() + "' is being synchronized already");
}

/// A body that came packed was shorter then.
std::int64_t bytes_on_the_wire(const http::Response& response) {
    const auto told = parse_integer(response.headers.get("Content-Length"));
    if (told && *told >= 0) return *told;
    return static_cast<std::int64_t>(response.file() != nullptr ? response.file()->length
                                                                : response.text().size());
}

}  // namespace

StepLadder::StepLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : geodatabase_(geodatabase),
      store_(geodatabase),
      backoff_(geodatabase.world().random),
      lock_(lock_of(geodatabase.path())),
      on_progress_(std::move(on_progress)) {
    store_.upgrade_tables();
}

std::optional<TransportRequest> StepLadder::next_request() {
    if (step_.empty()) return std::nullopt;
    const auto found = steps_.find(step_);
    if (found == steps_.end()) {
        throw Error(Status::Unsupported,
                    "the file stands at step '" + step_ + "', which this Rhumb does not know");
    }
    TransportRequest request = found->second.request();
    // Of what goes up its own bytes are told, by the steps; an answer to it has no length to speak
    // of.
    const Progress::Phase phase = found->second.phase;
    if (on_progress_ && phase != Progress::Phase::Upload) {
        const std::uint64_t before = request.save_offset;
        request.on_progress = [this, phase, before](std::uint64_t received,
                                                    std::optional<std::uint64_t> total) {
            Progress at;
            at.phase = phase;
            at.done = static_cast<std::int64_t>(before + received);
            at.total = total ? static_cast<std::int64_t>(before + *total) : 0;
            on_progress_(at);
        };
    }
    ++report_.requests;
    report_.bytes_up += static_cast<std::int64_t>(request.body.size());
    return request;
}

void StepLadder::take_result(http::TransportResult result) {
    if (step_.empty()) return;
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
        take_failure(*failure);
        return;
    }
    const auto& response = std::get<http::Response>(result);
    report_.bytes_down += bytes_on_the_wire(response);
    const int failures = backoff_.failures();
    const Step step = steps_.at(step_);
    step.take(response);
    if (backoff_.failures() == failures) last_failure_.clear();
}

void StepLadder::take_failure(const TransportFailure& failure) {
    if (failure.kind == TransportFailure::Kind::Cancelled) return;
    if (failure.kind == TransportFailure::Kind::TooLarge) {
        throw Error(Status::Protocol, failure.message);
    }
    if (failure.kind == TransportFailure::Kind::Tls) throw Error(Status::Offline, failure.message);
    last_failure_ = failure.message;
    failure_status_ = Status::Offline;
    backoff_.failed();
    if (failure.kind == TransportFailure::Kind::Interrupted) steps_.at(step_).lost();
}

void StepLadder::repeat(const Answer& answer) {
    last_failure_ = answer.why;
    failure_status_ = answer.error.code == 503 ? Status::Offline : Status::Protocol;
    backoff_.failed(answer.retry_after_ms);
    steps_.at(step_).lost();
}

std::optional<wire::Json> StepLadder::good_answer(const http::Response& response,
                                                  const std::string& what) {
    Answer answer = read_answer(response, what);
    if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
    if (answer.kind == Answer::Kind::Useless) {
        repeat(answer);
        return std::nullopt;
    }
    backoff_.succeeded();
    return std::move(answer.root);
}

void StepLadder::store_rung() {
    store_.save_rung({step_, facts_});
}

void StepLadder::go_durably(const std::string& step) {
    geodb::sqlite::Transaction transaction(geodatabase_.database());
    go(step);
    store_rung();
    transaction.commit();
}

void StepLadder::progress(Progress::Phase phase, const std::string& what, std::int64_t done,
                          std::int64_t total) const {
    if (on_progress_) on_progress_({phase, what, done, total});
}

TransportRequest StepLadder::get(const std::string& below) const {
    TransportRequest request;
    request.url = url(below);
    return request;
}

TransportRequest StepLadder::post(const std::string& below, const http::NameValues& form) const {
    TransportRequest request;
    request.method = "POST";
    request.url = url(below);
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = http::encode_form(form);
    return request;
}

TransportRequest StepLadder::post_saved(const std::string& below,
                                        const http::NameValues& form) const {
    TransportRequest request = post(below, form);
    request.save_to = part_file();
    return request;
}

void StepLadder::pack_body(TransportRequest& request) {
    if (request.body.size() < http::kLeastPackedBytes) return;
    request.body = packed(Coding::Zstd, request.body);
    request.headers.set("Content-Encoding", std::string(name_of(Coding::Zstd)));
}

std::filesystem::path StepLadder::part_file() const {
    std::filesystem::path file = geodatabase_.path();
    file += ".sync-part";
    return file;
}

void StepLadder::remove_file() const {
    remove_quietly(part_file());
}

std::string StepLadder::fact(std::string_view name) const {
    return std::string(wire::text_or_empty(facts_.find(name)));
}

}  // namespace rhumb::sync
