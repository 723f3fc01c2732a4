// SPDX-License-Identifier: Apache-2.0
//
// Attachments of features that are deleted here while the deletion may still lose: they go with
// their feature, and they come back with it.
//
// A deletion of a feature takes its attachments along, at the service as here, so these deletions
// are never sent by themselves. What the service tells of such attachments meanwhile waits in a
// list, until the feature is back or its deletion has been taken.

#pragma once

#include "geodb/attachments/attachments.hpp"
#include "geodb/geodatabase.hpp"
#include "sync/wire/attachment_json.hpp"

#include <functional>
#include <map>
#include <set>

namespace rhumb::sync {

/// Lives on the thread of `geodatabase`, which outlives it. What writes runs inside the caller's
/// transaction.
class AttachmentReturns {
public:
    explicit AttachmentReturns(geodb::Geodatabase& geodatabase)
        : geodatabase_(geodatabase), database_(geodatabase.database()) {}

    /// Its feature is not here.
    void wait(geodb::LayerId layer, const wire::AttachmentJson& came);
    void stop_waiting(const geodb::GlobalId& attachment);
    /// Hands over those whose feature is back, and forgets those whose feature is gone for good.
    void each_arrived(
        const std::function<void(geodb::LayerId, const wire::AttachmentJson&)>& on_arrived);

    /// The feature is back as the service has it: so are the attachments that went with it. Their
    /// content may still be here; if not it is wanted again.
    void bring_back(geodb::LayerId layer, const geodb::GlobalId& feature);

    /// Whether a deletion of the feature waits to be sent, or for somebody's decision.
    bool deletion_is_pending(geodb::LayerId layer, const geodb::GlobalId& feature);

private:
    bool any_wait() const { return database_.has_table("rhumb_attachment_waiting"); }

    geodb::Geodatabase& geodatabase_;
    geodb::sqlite::Database& database_;
    std::map<geodb::LayerId, std::set<geodb::GlobalId>> deleted_;
};

}  // namespace rhumb::sync
