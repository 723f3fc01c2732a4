// SPDX-License-Identifier: Apache-2.0
//
// What came back for a request: an answer of the protocol, a refusal, or nothing of use.
//
// ArcGIS REST: errors come with HTTP 200 and an error object, so the body is looked at first and
// the HTTP status after it.

#pragma once

#include "platform/http/message.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_stream.hpp"
#include "sync/wire/service_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::sync {

struct Answer {
    enum class Kind {
        Good,
        Refused,  ///< an error object, or an HTTP status that says the same
        Useless,  ///< no JSON, cut off, or the service is busy: the request is made again
    };
    Kind kind = Kind::Useless;
    wire::Json root;           ///< Good; a refused job has it too
    wire::ServiceError error;  ///< Refused
    std::string why;           ///< Useless: a sentence with status and first bytes
    std::optional<std::int64_t> retry_after_ms;
};

/// Elements that are handed over while the answer is read, and not kept.
struct Streamed {
    std::vector<std::string> paths;
    wire::OnElement on_element;
};

/// `what` names the request: "synchronizeReplica of https://…". Throws AuthRequired when the
/// service wants a sign-in, Protocol for a redirect, and whatever `streamed` throws.
Answer read_answer(const http::Response& response, std::string_view what,
                   const Streamed& streamed = {});

/// The error for a refusal: "<what>: the service refused: <its words>".
[[noreturn]] void throw_refused(std::string_view what, const wire::ServiceError& error);

/// Whether the service says that it does not know the replica.
bool is_unknown_replica(const wire::ServiceError& error);
/// Whether the service says that it keeps nothing for the replica any more: it must be made anew.
bool is_expired_replica(const wire::ServiceError& error);
/// Whether it never came as far as the generation that it was told: it was restored or replaced.
bool is_unknown_generation(std::string_view sentence);

}  // namespace rhumb::sync
