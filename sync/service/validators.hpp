// SPDX-License-Identifier: Apache-2.0
//
// Whether the caller has an answer already (RFC 9110, If-None-Match).

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/memo.hpp"

#include <string>
#include <string_view>

namespace rhumb::service {

/// `etag` in its quotes. A packed answer's validator, which ends with the name of its coding,
/// stands for the answer too.
bool has_current(const http::Request& request, std::string_view etag);

/// Gives answers in memory a validator of their content; they become a 304 when the caller has it.
/// Any thread.
class Validators {
public:
    void validate(const http::Request& request, http::Response& response);

private:
    Memo<std::string> etags_{200, 4096};  // of short answers, as all ask for the same
};

}  // namespace rhumb::service
