// SPDX-License-Identifier: Apache-2.0
//
// Answers packed on their way out, when whoever asks can unpack them (RFC 9110, Accept-Encoding).
//
// Ranges stay ranges of the resource as it is: a request with one gets it unpacked, and so does
// everything that is short, packed already, or a file that is kept and may be asked for by ranges.

#pragma once

#include "platform/http/message.hpp"
#include "platform/zip/coding.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace rhumb::http {

constexpr std::uint64_t kLeastPackedBytes = 1024;  ///< below, a packet is a packet

/// The coding that is best for whoever sent this Accept-Encoding; none for none of ours.
std::optional<Coding> accepted_coding(std::string_view accept_encoding);

/// The answer as it goes out. A file that cannot be packed goes out as it is.
Response packed_answer(const Request& request, Response response);

/// Puts a packed copy of a file in place of an answer's body, which is removed when the answer is
/// over. Throws as FileWriter does; then there is no such file, and the answer is as it was.
void pack_body(Response& response, const std::filesystem::path& file, Coding coding,
               const std::filesystem::path& copy);

}  // namespace rhumb::http
