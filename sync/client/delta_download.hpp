// SPDX-License-Identifier: Apache-2.0
//
// A result file that is a delta: told from JSON, proved to be whole, and asked what it says.

#pragma once

#include "platform/http/message.hpp"
#include "sync/delta/delta_header.hpp"
#include "sync/wire/json.hpp"

#include <filesystem>
#include <string>

namespace rhumb::sync {

/// Whether a body is a file that begins as a delta does.
bool is_delta(const http::Response& response);

/// Whether the file has the length and hash that the answer (`rhumbDelta`) or, from a service that
/// names files by their hash, the validator tells. Without either it is taken as it is.
bool is_as_announced(const std::filesystem::path& file, const wire::Json* answer,
                     const std::string& validator);

/// replicaID and generations of a delta, as an answer in JSON says them.
wire::Json facts_of_delta(const delta::Header& header);

}  // namespace rhumb::sync
