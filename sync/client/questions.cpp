// SPDX-License-Identifier: Apache-2.0
#include "sync/client/questions.hpp"

#include "platform/error.hpp"
#include "sync/client/backoff.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

constexpr std::int64_t kTooLarge = 413;

}  // namespace

Answer Questions::ask(const std::string& url, const http::NameValues& form,
                      const std::string& what) {
    http::TransportRequest request;
    request.method = "POST";
    request.url = url;
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = http::encode_form(form);
    const ClimbLimits limits;
    Backoff backoff(random_);
    for (;;) {
        Status failure = Status::Protocol;
        Answer answer = ask_once(request, what, failure);
        if (answer.kind != Answer::Kind::Useless) return answer;
        backoff.failed(answer.retry_after_ms);
        if (backoff.failures() >= limits.failures_in_a_row) throw Error(failure, answer.why);
        wait_(std::min(backoff.wait_ms(), limits.longest_wait_ms));
    }
}

Answer Questions::ask_once(const http::TransportRequest& request, const std::string& what,
                           Status& failure) {
    cancel_.throw_if_cancelled();
    const http::TransportResult result = transport_.send(request, cancel_);
    cancel_.throw_if_cancelled();
    const auto* failed = std::get_if<http::TransportFailure>(&result);
    if (failed == nullptr) return read_answer(std::get<http::Response>(result), what);
    Answer answer;
    answer.why = failed->message;
    failure = Status::Offline;
    if (failed->kind == http::TransportFailure::Kind::TooLarge) {
        answer.kind = Answer::Kind::Refused;
        answer.error = {kTooLarge, 0, failed->message, {}};
    }
    return answer;
}

}  // namespace rhumb::sync
