// SPDX-License-Identifier: Apache-2.0
//
// Takes the attachments of an answer into a replica, after the features that they belong to.

#pragma once

#include "sync/client/download_reader.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/attachment_returns.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace rhumb::sync {

/// For one answer, within one write transaction of `geodatabase`, which outlives it.
class AttachmentIntake {
public:
    explicit AttachmentIntake(geodb::Geodatabase& geodatabase);

    /// `is_ours` says which layers count. Does nothing without an agreement about attachments.
    void listen(DownloadTaker& taker, std::function<bool(geodb::LayerId)> is_ours);
    /// Before anything comes: layers may come whole, and are swept then.
    void expect_whole_layers() { whole_.emplace(); }
    /// The layer came whole: attachments that did not come with it go, unless edited here.
    void sweep(geodb::LayerId layer);
    /// The layer came whole from a service that was restored: attachments that did not come with it
    /// go up again, but for those of features that it has lost too.
    void send_lost_again(geodb::LayerId layer, const std::set<geodb::GlobalId>& lost_features);
    void keep_pending_of(geodb::LayerId layer, const geodb::GlobalId& feature);
    /// Features came: one of them may be that of an attachment that was kept.
    void features_came() { look_at_kept_ = true; }
    /// The rows of a delta, whose features are here by then. `service_url`: what addresses follow.
    void take_delta(delta::DeltaReader& reader, geodb::LayerId layer,
                    const std::string& service_url);
    /// Once all of the answer was read: what came before its feature is taken in now.
    void finish();
    /// Attachments that the service has lost, whose content is here.
    std::int64_t sent_again() const { return sent_again_; }
    /// Layers are being loaded: features need not be there yet, and cannot be looked up fast.
    void trust_parents() { check_parents_ = false; }

    std::int64_t received() const { return received_; }

private:
    /// Of a layer that came whole: those here that did not come with it.
    std::vector<geodb::Attachment> unseen(geodb::LayerId layer);
    void take(geodb::LayerId layer, AttachmentLane::Arrival arrival, wire::Json&& json);
    bool put(geodb::LayerId layer, AttachmentLane::Arrival arrival, const wire::Json& json);
    bool take_in(geodb::LayerId layer, AttachmentLane::Arrival arrival,
                 const wire::AttachmentJson& came);
    bool take_delete(const geodb::GlobalId& attachment);

    struct Early {
        geodb::LayerId layer;
        AttachmentLane::Arrival arrival;
        wire::Json json;
    };
    geodb::Geodatabase& geodatabase_;
    AttachmentLane lane_;
    AttachmentReturns returns_;
    std::int64_t sent_again_ = 0;
    bool agreed_;
    bool check_parents_ = true;
    bool look_at_kept_ = false;
    std::vector<Early> early_;
    using Came = std::map<geodb::LayerId, std::set<geodb::GlobalId>>;
    std::optional<Came> whole_;  ///< what came, when layers may come whole
    std::int64_t received_ = 0;
};

}  // namespace rhumb::sync
