// SPDX-License-Identifier: Apache-2.0
//
// Jobs on the wire: the statusUrl that answers async=true, and jobs/<id> with status and cancel.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <string>
#include <vector>

namespace rhumb::service {

/// `{"statusUrl":…}` when the call asks for async=true, and the job is written down.
std::optional<http::Response> submitted_job(const Call& call, const std::string& operation);

/// The answer of an operation that has stored nothing itself; kept with the job, when it is one.
http::Response answer_or_complete(const Call& call, std::string json);

/// `below` is the path behind …/jobs, decoded.
http::Response jobs_resource(const Call& call, const std::vector<std::string>& below);

}  // namespace rhumb::service
