// SPDX-License-Identifier: Apache-2.0
//
// Asks a service whether a replica holds what it should: ours by hashes of ranges of GlobalIDs, and
// where a range differs its rows are compared one by one; others row by row, by their queries.
// Nothing is changed on either side.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/cancel_token.hpp"
#include "platform/http/transport.hpp"
#include "sync/client/questions.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::sync {

struct VerifiedRow {
    enum class Kind : std::uint8_t { OnlyHere, OnlyThere, Different };
    geodb::GlobalId feature;
    Kind kind;
    std::vector<std::string> columns = {};  ///< Different, as far as they are known
};

struct VerifiedLayer {
    geodb::LayerId layer;
    std::string name;
    std::int64_t rows = 0;  ///< here, pending edits laid aside
    std::vector<VerifiedRow> differing;
    /// Why rows that only the service has were not looked for; "" when they were.
    std::string others_unknown = {};
};

/// Layers that are stopped are left out. What the service has changed since the last
/// synchronization differs too: synchronize first.
///
/// Throws Offline when the service does not answer though it is asked again, and as throw_refused.
std::vector<VerifiedLayer> verify_replica(geodb::Geodatabase& geodatabase,
                                          http::Transport& transport, const CancelToken& cancel,
                                          const Wait& wait);

}  // namespace rhumb::sync
