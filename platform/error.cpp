// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"

#include <array>
#include <utility>

namespace rhumb {

std::string_view status_name(Status status) {
    static constexpr std::array<std::string_view, 19> kNames{"ok",
                                                             "invalid argument",
                                                             "not found",
                                                             "already exists",
                                                             "busy",
                                                             "constraint",
                                                             "corrupt data",
                                                             "schema changed",
                                                             "unsupported",
                                                             "i/o",
                                                             "disk full",
                                                             "read only",
                                                             "offline",
                                                             "protocol",
                                                             "refused by service",
                                                             "sign-in required",
                                                             "cancelled",
                                                             "generation expired",
                                                             "internal"};
    const auto index = static_cast<std::size_t>(status);
    return index < kNames.size() ? kNames[index] : "unknown";
}

Error::Error(Status status, std::string message) : status_(status), message_(std::move(message)) {}

Error Error::with_code(std::int64_t detail_code) const {
    Error copy = *this;
    copy.detail_code_ = detail_code;
    return copy;
}

Error Error::within(std::string_view context) const {
    Error copy = *this;
    copy.message_ = std::string(context) + ": " + message_;
    return copy;
}

}  // namespace rhumb
