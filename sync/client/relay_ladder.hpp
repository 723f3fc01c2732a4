// SPDX-License-Identifier: Apache-2.0
//
// Carries edits from one service to another that has a replica of it (targetType server): what the
// source gives away since the generation that the target has stored goes over as a file.

#pragma once

#include "sync/client/ladder.hpp"

namespace rhumb::sync {

struct RelayOptions {
    std::string source_url, target_url;  ///< …/FeatureServer
    std::string replica;                 ///< its id, the same at both services
    bool rollback_on_failure = false;    ///< the target takes all edits or none
    std::optional<bool> async;           ///< default: for a large file, if the target offers jobs
    std::int64_t part_bytes = 5 * 1024 * 1024;  ///< of the upload item
};

/// `state` is a geodatabase without layers that holds no more than the ladder's rungs, and files
/// beside it the edits on their way; it may be thrown away at the end. How far the target has come
/// is asked from the target itself, so a relay begun anew with an empty state goes on as well.
///
/// Edits that the target refuses are in the report, and the file with them is kept beside `state`.
std::unique_ptr<Ladder> relay_ladder(geodb::Geodatabase& state, const RelayOptions& options,
                                     OnProgress on_progress);

}  // namespace rhumb::sync
