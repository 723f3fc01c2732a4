// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/guard.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <cstring>

namespace rhumb::capi {
namespace {

/// The longest beginning of a UTF-8 text that fits and ends with a whole character.
std::string_view fitting(std::string_view text, std::size_t room) {
    if (text.size() <= room) return text;
    while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xC0) == 0x80) --room;
    return text.substr(0, room);
}

}  // namespace

rhumb_status report(rhumb_error* error, Status status, std::int64_t detail_code,
                    std::string_view message, const Subject& subject) noexcept {
    const auto number = static_cast<rhumb_status>(status);
    if (error == nullptr) return number;
    std::memset(error, 0, sizeof *error);
    error->status = number;
    error->detail_code = detail_code;
    error->layer = subject.layer;
    error->feature = subject.feature;
    const std::string_view shown = fitting(message, sizeof error->message - 1);
    std::copy(shown.begin(), shown.end(), error->message);
    return number;
}

std::string text_of(rhumb_str text, const char* argument) {
    if (text.size == 0) return {};
    require(text.data, argument);
    std::string out(text.data, text.size);
    if (is_utf8(out)) return out;
    throw Error(Status::InvalidArgument,
                std::string("argument '") + argument + "' is not valid UTF-8");
}

std::string name_of(rhumb_str text, const char* argument) {
    std::string out = text_of(text, argument);
    if (!out.empty() && out.find('\0') == std::string::npos) return out;
    throw Error(Status::InvalidArgument, std::string("argument '") + argument +
                                             (out.empty() ? "' is empty" : "' has a NUL inside"));
}

void throw_unknown_size(const char* argument, std::size_t size) {
    throw Error(Status::InvalidArgument, std::string("argument '") + argument +
                                             "' has an unknown size (" + std::to_string(size) +
                                             "); was its _init function called?");
}

}  // namespace rhumb::capi
