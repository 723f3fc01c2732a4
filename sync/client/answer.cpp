// SPDX-License-Identifier: Apache-2.0
#include "sync/client/answer.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <cstring>

namespace rhumb::sync {
namespace {

constexpr std::size_t kShownBytes = 120;  // of a body that is no JSON
constexpr std::int64_t kInvalidToken = 498;
constexpr std::int64_t kTokenRequired = 499;

std::string first_bytes(const http::Response& response) {
    if (response.file() == nullptr) return excerpt(response.text(), kShownBytes);
    std::string first;
    read_pieces(response.file()->path, [&](std::string_view piece) {
        first = piece.substr(0, kShownBytes);
        return false;
    });
    return excerpt(first, kShownBytes);
}

std::optional<std::int64_t> retry_after_ms(const http::Response& response) {
    const auto seconds = parse_integer(response.headers.get("Retry-After"));
    if (!seconds || *seconds < 0) return std::nullopt;
    return std::min<std::int64_t>(*seconds, 86'400) * 1000;
}

wire::Json parse(const http::Response& response, std::string_view what,
                 const std::vector<std::string>& paths, const wire::OnElement& on_element) {
    if (const auto* file = response.file()) {
        return wire::stream_json_file(file->path, what, paths, on_element);
    }
    std::string_view rest = response.text();
    const wire::PullBytes pull = [&rest](char* into, std::size_t room) {
        const std::size_t bytes = std::min(room, rest.size());
        std::memcpy(into, rest.data(), bytes);
        rest.remove_prefix(bytes);
        return bytes;
    };
    return wire::stream_json(pull, what, paths, on_element);
}

/// The document, or none when the body is no JSON. What a taker of elements throws passes through.
std::optional<wire::Json> parse_if_json(const http::Response& response, std::string_view what,
                                        const Streamed& streamed, std::string& why) {
    bool taking = false;
    const wire::OnElement guarded = [&](const wire::JsonPath& path, wire::Json&& element) {
        taking = true;
        streamed.on_element(path, std::move(element));
        taking = false;
    };
    try {
        return parse(response, what, streamed.paths, guarded);
    } catch (const Error& error) {
        if (taking || error.status() != Status::CorruptData) throw;
        why = error.message();
        return std::nullopt;
    }
}

/// Trying again is the right thing to do.
bool is_passing(std::int64_t code) {
    return code == 408 || code == 425 || code == 429 || code == 502 || code == 503 || code == 504;
}

void check_sign_in(std::int64_t code, std::string_view what, const std::string& words) {
    if (code != kInvalidToken && code != kTokenRequired && code != 401) return;
    throw Error(Status::AuthRequired, std::string(what) + ": the service wants a sign-in: " + words)
        .with_code(code);
}

Answer useless(const http::Response& response, std::string_view what, const std::string& problem) {
    Answer answer;
    answer.why = std::string(what) + ": " + problem + " (HTTP " + std::to_string(response.status) +
                 ", '" + first_bytes(response) + "')";
    answer.retry_after_ms = retry_after_ms(response);
    return answer;
}

Answer refused(const http::Response& response, std::string_view what, wire::Json root,
               wire::ServiceError error) {
    check_sign_in(error.code, what, error.sentence());
    // An earlier request of ours whose answer was lost may still be at work.
    const bool at_work = lowered(error.sentence()).find("being synchronized") != std::string::npos;
    const bool busy = is_passing(error.code) || response.status >= 500 || at_work;
    Answer answer;
    answer.kind = busy ? Answer::Kind::Useless : Answer::Kind::Refused;
    answer.why = std::string(what) + ": " + error.sentence();
    answer.retry_after_ms = retry_after_ms(response);
    answer.root = std::move(root);
    answer.error = std::move(error);
    return answer;
}

/// No JSON: only the HTTP status speaks.
Answer without_json(const http::Response& response, std::string_view what,
                    const std::string& problem) {
    check_sign_in(response.status, what, "HTTP " + std::to_string(response.status));
    if (response.status >= 300 && response.status < 400) {
        const std::string_view to = response.headers.get("Location");
        throw Error(Status::Protocol, std::string(what) + ": the service redirects to '" +
                                          excerpt(to.substr(0, to.find('?')), 200) +
                                          "'; use that address");
    }
    const bool refuses = response.status >= 400 && response.status < 500;
    if (!refuses || is_passing(response.status)) {
        return useless(response, what, "the answer is not JSON: " + problem);
    }
    wire::ServiceError error;
    error.code = response.status;
    error.message =
        std::string(http::reason_phrase(response.status)) + ", '" + first_bytes(response) + "'";
    return refused(response, what, {}, std::move(error));
}

}  // namespace

Answer read_answer(const http::Response& response, std::string_view what,
                   const Streamed& streamed) {
    std::string problem;
    auto root = parse_if_json(response, what, streamed, problem);
    if (!root) return without_json(response, what, problem);
    if (auto error = wire::read_service_error(*root)) {
        return refused(response, what, std::move(*root), std::move(*error));
    }
    if (response.status < 200 || response.status >= 300) {
        return without_json(response, what, "no error object");
    }
    if (root->object() == nullptr && root->array() == nullptr) {
        return useless(response, what, "the answer is no JSON object");
    }
    Answer answer;
    answer.kind = Answer::Kind::Good;
    answer.root = std::move(*root);
    return answer;
}

void throw_refused(std::string_view what, const wire::ServiceError& error) {
    const std::string sentence = error.sentence();
    if (is_unknown_replica(error)) {
        throw Error(Status::NotFound, std::string(what) +
                                          ": the service does not know this replica any more; the "
                                          "edits in the file are kept. If it is gone for good, and "
                                          "the address right, it can be made anew (--renew): " +
                                          sentence)
            .with_code(error.code);
    }
    const Status status = is_expired_replica(error) ? Status::GenerationExpired
                          : error.code == 404       ? Status::NotFound
                                                    : Status::ServiceRefused;
    throw Error(status, std::string(what) + ": the service refused: " + sentence)
        .with_code(error.code);
}

bool is_expired_replica(const wire::ServiceError& error) {
    const std::string words = lowered(error.sentence());
    const bool trimmed = words.find("generation") != std::string::npos &&
                         words.find("no longer available") != std::string::npos;
    return trimmed || words.find("replica expired") != std::string::npos ||
           is_unknown_generation(words);
}

bool is_unknown_generation(std::string_view sentence) {
    const std::string words = lowered(sentence);
    const std::size_t generation = words.find("generation ");
    return generation != std::string::npos &&
           words.find(" is unknown", generation) != std::string::npos;
}

bool is_unknown_replica(const wire::ServiceError& error) {
    const std::string words = lowered(error.sentence());
    return words.find("replica does not exist") != std::string::npos ||
           words.find("replica not found") != std::string::npos ||
           words.find("invalid replica") != std::string::npos;
}

}  // namespace rhumb::sync
