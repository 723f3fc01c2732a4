// SPDX-License-Identifier: Apache-2.0
//
// Fills a new geodatabase from the answer of createReplica.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/http/message.hpp"
#include "sync/client/answer.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/wire/layer_json.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rhumb::sync {

struct Imported {
    std::int64_t attachments = 0;
    Answer answer;
    std::map<geodb::LayerId, std::int64_t> features;
};

/// Called every so many features of a layer.
using OnImported = std::function<void(const std::string& layer, std::int64_t features)>;

/// Makes the layers and their rows inside the caller's transaction; unless the answer is Good and
/// holds data, the caller rolls back and calls `geodatabase.reload()`.
Imported import_replica(geodb::Geodatabase& geodatabase,
                        const std::vector<wire::RemoteLayer>& layers,
                        const http::Response& response, const std::string& what,
                        const OnImported& on_imported);

/// The same from a delta that holds whole layers. Throws Error instead of giving an answer that is
/// not Good; `answer` is left as it is made.
Imported import_delta(geodb::Geodatabase& geodatabase, const std::vector<wire::RemoteLayer>& layers,
                      delta::DeltaReader& reader, const OnImported& on_imported);

}  // namespace rhumb::sync
