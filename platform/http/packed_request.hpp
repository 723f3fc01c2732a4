// SPDX-License-Identifier: Apache-2.0
//
// Bodies that come packed (RFC 9110, Content-Encoding of a request): unpacked before anybody looks
// into them.

#pragma once

#include "platform/http/message.hpp"

#include <optional>

namespace rhumb::http {

/// What a body may unpack to: such requests carry forms, which are held in memory.
constexpr std::uint64_t kMostUnpackedBody = 256ULL * 1024 * 1024;

/// The request with its body as it was before it was packed; none when it is not packed. Throws
/// InvalidArgument naming the coding that is not known, or what is wrong with the body.
std::optional<Request> unpacked_request(const Request& request);

}  // namespace rhumb::http
