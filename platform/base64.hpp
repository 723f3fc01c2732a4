// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text of 64 letters (RFC 4648), piece by piece.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

/// Encodes a stream: pieces of any length, padding at the end.
class Base64Encoder {
public:
    /// Appends the letters of the bytes so far, but of up to two that wait for a third.
    void add(std::string_view bytes, std::string& out);
    void finish(std::string& out);

private:
    std::string waiting_;
};

std::string base64(std::string_view bytes);
/// Blanks and line ends are skipped, missing padding is forgiven; none when anything else is wrong.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace rhumb
