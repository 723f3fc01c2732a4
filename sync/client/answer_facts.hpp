// SPDX-License-Identifier: Apache-2.0
//
// What the answers of createReplica, synchronizeReplica and their jobs say beside features,
// however the service spells it.

#pragma once

#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace rhumb::sync {

/// Where the result file lies. ArcGIS Enterprise says URL, ArcGIS Online responseUrl, jobs
/// resultUrl; all in any letter case, and empty while there is none.
std::optional<std::string> result_link(const wire::Json& answer);
std::optional<std::string> status_link(const wire::Json& answer);

struct JobState {
    enum class Kind { Running, Completed, Failed };
    Kind kind = Kind::Running;
    std::string word;  ///< as the service wrote it
};
/// Unknown words mean that it is still running.
JobState job_state(const wire::Json& answer);

/// A number, or text.
std::optional<ServerGeneration> generation_of(const wire::Json* value);

/// Generations of an answer. Its layerServerGens may be an array or text that holds one.
struct Generations {
    std::optional<ServerGeneration> replica;
    std::map<geodb::LayerId, ServerGeneration> layers;
    std::string history;  ///< our extension: by which a restored service is known
};
Generations generations_of(const wire::Json& answer);

/// Puts the generations of an answer into the replica; those that are not there stay, and those of
/// layers that do not move: they were not told of their changes.
void take_generations(
    Replica& replica, const Generations& generations,
    const std::function<bool(geodb::LayerId)>& moves = [](geodb::LayerId) { return true; });

}  // namespace rhumb::sync
