// SPDX-License-Identifier: Apache-2.0
//
// Asks a service of ours whether a replica holds what it should, by hashes of ranges of GlobalIDs;
// where a range differs its rows are compared one by one. Nothing is changed on either side.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/cancel_token.hpp"
#include "platform/http/transport.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::sync {

struct VerifiedRow {
    enum class Kind : std::uint8_t { OnlyHere, OnlyThere, Different };
    geodb::GlobalId feature;
    Kind kind;
};

struct VerifiedLayer {
    geodb::LayerId layer;
    std::string name;
    std::int64_t rows = 0;  ///< here, pending edits laid aside
    std::vector<VerifiedRow> differing;
};

/// Layers that are stopped are left out. What the service has changed since the last
/// synchronization differs too: synchronize first.
///
/// Throws Unsupported when the service does not speak Rhumb, Offline when it does not answer, and
/// as throw_refused.
std::vector<VerifiedLayer> verify_replica(geodb::Geodatabase& geodatabase,
                                          http::Transport& transport, const CancelToken& cancel);

}  // namespace rhumb::sync
