// SPDX-License-Identifier: Apache-2.0
//
// The lane of attachments, climbed after the edits: content up, the batch that names it, content
// down.
//
// Where it stands is in the file: the sealed batch, the items and parts at the service, what is
// wanted and how much of it is here. A failing attachment is marked and reported, and neither it
// nor the service's refusal undoes the synchronization.

#pragma once

#include "sync/client/ladder.hpp"

#include <optional>
#include <set>

namespace rhumb::sync {

struct AttachmentRun {
    std::optional<std::set<geodb::LayerId>> upload = std::nullopt;  ///< default: all layers
    bool download = true;
};

/// Null when the replica agreed upon no attachments, or there is nothing to do.
std::unique_ptr<Ladder> attachment_ladder(geodb::Geodatabase& geodatabase, const AttachmentRun& run,
                                          OnProgress on_progress);

/// `first`, and the lane of attachments after it.
std::unique_ptr<Ladder> with_attachments(geodb::Geodatabase& geodatabase,
                                         std::unique_ptr<Ladder> first, OnProgress on_progress);

/// From now on, for all layers of the replica; does nothing without a policy or an agreement.
void set_attachment_policy(geodb::Geodatabase& geodatabase, std::optional<AttachmentPolicy> policy);

}  // namespace rhumb::sync
