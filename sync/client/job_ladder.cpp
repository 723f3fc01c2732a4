// SPDX-License-Identifier: Apache-2.0
#include "sync/client/job_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/part_plan.hpp"

#include <system_error>
#include <utility>

namespace rhumb::sync {
namespace {

/// The first request for a file asks for so much: it brings the validator without which a later
/// part could be of another file, and most results are here whole with it.
constexpr std::int64_t kFirstPartBytes = 64 * 1024;
constexpr int kMostRepetitions = 3;
constexpr std::int64_t kFirstPollMs = 1'000;
constexpr std::int64_t kFirstPollOfOursMs = 100;  // a small job is done by then

std::string with_json(const std::string& url) {
    if (url.find("f=json") != std::string::npos) return url;
    return url + (url.find('?') == std::string::npos ? "?f=json" : "&f=json");
}

/// The whole length out of "bytes 0-99/1234".
std::optional<std::uint64_t> whole_length(const http::Response& response) {
    const std::string_view range = response.headers.get("Content-Range");
    const std::size_t slash = range.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto length = parse_integer(range.substr(slash + 1));
    if (!length || *length < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*length);
}

/// Only a strong validator proves that two parts are of one file.
std::string strong_validator(const http::Response& response) {
    const std::string_view tag = response.headers.get("ETag");
    return tag.substr(0, 2) == "W/" ? std::string() : std::string(tag);
}

}  // namespace

JobLadder::JobLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : StepLadder(geodatabase, std::move(on_progress)), first_part_(kFirstPartBytes) {
    define("await", {[this] { return ask_job(); },
                     [this](const http::Response& response) { take_job(response); }, [] {},
                     Progress::Phase::Connect});
    define("fetch", {[this] { return ask_file(); },
                     [this](const http::Response& response) { take_part(response); },
                     [this] { file_broke(); }, Progress::Phase::Download});
}

bool JobLadder::follow(const wire::Json& answer) {
    // The outcome of a job and the content of a file lead nowhere else.
    if (is_transfer(step()) && !result_link(answer)) return false;
    if (step() == "fetch") return false;
    const auto base = http::parse_url(facts_url());
    if (const auto link = result_link(answer)) {
        set_fact("link", http::format_url(http::resolve_url(base, *link)));
        set_fact("etag", "");
        set_fact("plain", false);
        set_fact("answer", answer);
        remove_part_file();
        go("fetch");
    } else if (const auto status = status_link(answer)) {
        set_fact("status_url", http::format_url(http::resolve_url(base, *status)));
        go("await");
    } else {
        return false;
    }
    store_rung();
    return true;
}

void JobLadder::start_again(const std::string& step) {
    count_repetition();
    remove_part_file();
    set_fact("etag", "");
    go_durably(step);
}

void JobLadder::count_repetition() {
    if (++repetitions_ <= kMostRepetitions) return;
    throw Error(Status::Protocol, operation() + ": the service offers results that are not there");
}

http::TransportRequest JobLadder::ask_job() const {
    http::TransportRequest request;
    request.url = with_json(fact("status_url"));
    return request;
}

void JobLadder::take_job(const http::Response& response) {
    const Answer answer = read_answer(response, "job of " + operation());
    const JobState state = job_state(answer.root);
    if (state.kind == JobState::Kind::Failed) {
        wire::ServiceError error = answer.error;
        if (answer.kind == Answer::Kind::Good) error.message = "the job ended as " + state.word;
        backoff_.stop_asking();
        repeat_operation();  // whoever goes on after the refusal asks anew, not for this job
        return take_refusal(error);
    }
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    // An error without a state: the service has forgotten the job.
    if (answer.kind == Answer::Kind::Refused) {
        backoff_.stop_asking();
        count_repetition();
        return repeat_operation();
    }
    if (state.kind == JobState::Kind::Running) {
        return backoff_.ask_again_later(may_ask_often() ? kFirstPollOfOursMs : kFirstPollMs);
    }
    backoff_.succeeded();
    backoff_.stop_asking();
    if (!result_link(answer.root)) return take_outcome(response);
    geodb::sqlite::Transaction transaction(geodatabase_.database());
    follow(answer.root);
    transaction.commit();
}

std::uint64_t JobLadder::part_size() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(part_file(), none);
    return none ? 0 : static_cast<std::uint64_t>(size);
}

http::TransportRequest JobLadder::ask_file() {
    http::TransportRequest request;
    request.url = fact("link");
    request.save_to = part_file();
    const std::string etag = fact("etag");
    const std::uint64_t here = part_size();
    behind_.reset();
    if (etag.empty()) {
        // A service that gives no validator is asked for the whole at once.
        if (wire::to_bool(facts_.find("plain")).value_or(false)) return request;
        request.headers.set("Range", "bytes=0-" + std::to_string(first_part_ - 1));
    } else if (here > 0) {
        request.save_offset = here;
        behind_ = here;
        request.headers.set("Range", "bytes=" + std::to_string(here) + "-");
        request.headers.set("If-Range", etag);
    }
    return request;
}

void JobLadder::file_broke() {
    if (behind_ && part_size() > *behind_) backoff_.failed_further_on();
    if (!behind_) first_part_ = after_break(first_part_);
}

void JobLadder::take_part(const http::Response& response) {
    if (response.status == 416) {  // what is here is of another file, or it is empty
        remove_part_file();
        set_fact("etag", "");
        set_fact("plain", true);
        count_repetition();
        return;
    }
    const std::uint64_t here = part_size();
    const auto whole = whole_length(response);
    const bool more = response.status == 206 && (!whole || here < *whole);
    if (!more) return take_file(response, here);
    backoff_.succeeded();
    set_fact("etag", strong_validator(response));
    if (fact("etag").empty()) set_fact("plain", true);
    go_durably("fetch");
}

void JobLadder::take_file(const http::Response& response, std::uint64_t size) {
    http::Response whole = response;
    if (response.file() != nullptr) {
        whole.status = 200;
        whole.body = http::FileBody{part_file(), 0, size, false};
    }
    take_outcome(whole);
}

}  // namespace rhumb::sync
