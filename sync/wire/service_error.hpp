// SPDX-License-Identifier: Apache-2.0
//
// The error object of feature services, written by one end and read by the other.
//
// ArcGIS REST: errors come with HTTP 200 and {"error":{"code","message","details"}}.

#pragma once

#include "sync/wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::wire {

struct ServiceError {
    std::int64_t code = 400;
    std::int64_t extended_code = 0;  ///< 0: none
    std::string message;
    std::vector<std::string> details;
    std::string message_code = {};  ///< such as GWM_0003; "" for none

    /// Message and details in one line, with the code.
    std::string sentence() const;
};

std::string to_text(const ServiceError& error);

/// The error object of an answer, however it is spelled: code as text, details as a bare string,
/// `description` in place of `message`. None when the answer is no error.
std::optional<ServiceError> read_service_error(const Json& answer);

}  // namespace rhumb::wire
