// SPDX-License-Identifier: Apache-2.0
//
// Which operation answers a path below …/FeatureServer, by what method it may be called, what the
// service must be capable of for it, and whether it may run as a job.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

/// Segments of a path, decoded; a trailing slash makes none.
using Path = std::vector<std::string>;
Path path_segments(std::string_view text);

/// Whether a path ends in the one resource that answers in protocol buffers, `<layer>/query`.
bool offers_pbf(const Path& path);

/// What `path` asks for, below …/FeatureServer, whether it is allowed or not: the name of an
/// operation as the tables spell it, or the kind of a resource; "unknown" for nothing there is.
std::string_view operation_of(const Path& path);

/// Answers what `path` names, below …/FeatureServer; with async=true, by making a job of it where
/// the operation offers that.
http::Response answer_operation(const Call& call, const Path& path);

/// Runs the operation of a job, by the name it was stored under.
http::Response run_as_job(const Call& call, const std::string& name);

}  // namespace rhumb::service
