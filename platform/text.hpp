// SPDX-License-Identifier: Apache-2.0
//
// Text as bytes: blanks, letter case, lists, and whether it is UTF-8 at all.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

/// Without blanks, tabs and line ends at either end.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case; all other bytes as they are.
std::string lowered(std::string_view text);

/// Equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Pieces between separators; blanks around a piece are dropped, empty pieces are kept.
std::vector<std::string> split(std::string_view text, char separator);

/// True for well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// How many characters (code points) a UTF-8 text has.
std::size_t utf8_length(std::string_view text);

/// At most `bytes` bytes of `text`, made harmless for a message: control characters become '.'.
std::string excerpt(std::string_view text, std::size_t bytes);

}  // namespace rhumb
