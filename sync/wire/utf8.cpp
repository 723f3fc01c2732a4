// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/utf8.hpp"

#include "platform/text.hpp"

namespace rhumb::wire {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

std::string repaired_utf8(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const std::string_view character = text.substr(at, bytes);
        const bool sound = character.size() == bytes && is_utf8(character);
        out.append(sound ? character : kReplacement);
        at += sound ? bytes : 1;
    }
    return out;
}

}  // namespace rhumb::wire
