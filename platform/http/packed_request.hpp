// SPDX-License-Identifier: Apache-2.0
//
// Bodies that come packed (RFC 9110, Content-Encoding of a request): unpacked before anybody looks
// into them.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::http {

/// The request with its body as it was before it was packed; none when it is not packed. Throws
/// InvalidArgument naming the coding that is not known, or what is wrong with the body; with code
/// 413 when more than `most_bytes` come out.
std::optional<Request> unpacked_request(const Request& request,
                                        std::uint64_t most_bytes = kMostUnpackedBody);

}  // namespace rhumb::http
