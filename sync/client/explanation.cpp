// SPDX-License-Identifier: Apache-2.0
#include "sync/client/explanation.hpp"

#include "geodb/attachments/attachments.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "sync/client/layer_directions.hpp"
#include "sync/client/replica_filter.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/pending_log.hpp"
#include "sync/replica/replica_store.hpp"

#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::NetEdit;

constexpr const char* kOutsideOurs =
    ": edits of it go up all the same and it stays on this device, but what others change of it "
    "there is not told here, or takes it off this device; a snapshot or a new replica leaves it "
    "out";
constexpr const char* kOutsideOthers =
    ": edits of it go up all the same; whether it stays on this device and what others change of "
    "it is told here, is up to the service";
constexpr const char* kMayHaveLeft =
    "; the replica does not hold all of this layer, and a feature that others move outside its "
    "filter leaves the file";

class Inquiry {
public:
    Inquiry(geodb::Geodatabase& file, const Layer& layer, const GlobalId& feature)
        : file_(file),
          store_(file),
          replica_(store_.load()),
          filter_(file, replica_),
          layer_(layer),
          feature_(feature) {
        look_at_replica();
        look_at_edit();
        look_at_filter();
        look_at_rejections();
        look_at_conflicts();
        look_at_attachments();
        conclude();
    }
    Explanation take() { return std::move(told_); }

private:
    void add(std::string name, std::string what, std::int64_t at_ms = 0) {
        told_.stages.push_back({std::move(name), std::move(what), at_ms});
    }
    /// The first obstacle is the reason; the others are stages.
    void because(const std::string& reason) {
        if (told_.why.empty()) told_.why = reason;
    }

    void look_at_replica() {
        add("replica", "of " + replica_.service_url + ", last synchronized",
            replica_.last_sync_ms.value_or(0));
        if (replica_.state == Replica::State::Closed) {
            because("the replica was unregistered: nothing of it goes up any more");
        }
        for (const ReplicaLayer& layer : replica_.layers) {
            if (layer.id == layer_.id) agreed_ = &layer;
        }
        if (agreed_ == nullptr) {
            return because("layer '" + layer_.name + "' is not part of the replica");
        }
        if (agreed_->stopped.empty()) return;
        add("layer stopped", "in the service " + agreed_->stopped);
        because("layer '" + layer_.name + "' is not synchronized: in the service " +
                agreed_->stopped);
    }

    std::optional<NetEdit> pending() {
        std::optional<NetEdit> found;
        geodb::NetEdits(file_.database(), layer_).each({}, [&](NetEdit&& edit) {
            if (edit.feature == feature_) found = std::move(edit);
        });
        return found;
    }

    /// Under perLayer some layers may stay out of a synchronization, or only come down.
    bool goes_with_the_batch() const {
        if (agreed_ != nullptr && !agreed_->stopped.empty()) return false;
        const auto rung = store_.rung();
        const wire::Json* directions = rung ? rung->facts.find("directions") : nullptr;
        return directions == nullptr || LayerDirections::from_json(*directions).uploads(layer_.id);
    }

    void look_at_edit() {
        here_ = geodb::FeatureWriter(file_, layer_, geodb::FeatureWriter::Tracking::Unlogged)
                    .find(feature_);
        const auto edit = pending();
        if (!edit) return;
        known_ = true;
        std::string what = std::string(name_of(edit->kind)) + " is pending";
        if (!edit->touched_in.empty()) {
            what += ", made in generation " + std::to_string(edit->touched_in.front().value);
        }
        add("edited here", what);
        const auto batch = store_.batch();
        const bool sealed =
            batch && !edit->touched_in.empty() && edit->touched_in.front() <= batch->generation;
        if (sealed && !goes_with_the_batch()) {
            add("left out",
                "layer '" + layer_.name + "' is not part of the synchronization that is under way");
            return because("the " + std::string(name_of(edit->kind)) +
                           " has not been sent: the synchronization that is under way leaves its "
                           "layer out, and it goes up with the next 'rhumb sync' that takes it "
                           "along");
        }
        if (!sealed) {
            return because("the " + std::string(name_of(edit->kind)) +
                           " has not been sent: it goes up with the next 'rhumb sync'");
        }
        add("sealed", "in batch " + batch->id.braced(), batch->sealed_ms);
        add("sent", "its outcome is not known");
        because("it was sent in batch " + batch->id.braced() +
                " and no answer came: the next 'rhumb sync' asks for its outcome");
        if (edit->touched_in.back() <= batch->generation) return;
        add("edited again", "after the batch was sealed, in generation " +
                                std::to_string(edit->touched_in.back().value));
    }

    bool is_filtered() const { return agreed_ != nullptr && !filter_.of(layer_.id).takes_all(); }

    /// An edit goes up wherever its feature lies. What is not sure is whether this replica hears of
    /// the feature again: that is the service's choice, and ours leaves it as it is.
    void look_at_filter() {
        if (!here_ || !is_filtered()) return;
        try {
            const auto why = filter_.why_outside(layer_, *here_);
            if (!why) return;
            known_ = true;
            add("outside the filter",
                *why + (replica_.speaks_rhumb ? kOutsideOurs : kOutsideOthers));
        } catch (const Error& error) {
            add("filter", "whether it holds the feature cannot be told here: " + error.message());
        }
    }

    void look_at_rejections() {
        for (const RejectedEdit& edit : store_.rejected(true)) {
            if (edit.layer != layer_.id || edit.feature != feature_) continue;
            known_ = true;
            const std::string state(name_of(edit.state));
            add("rejected",
                "number " + std::to_string(edit.number) + ", " + std::string(name_of(edit.kind)) +
                    ": " + edit.reason + " (" + std::to_string(edit.code) + "), " +
                    std::to_string(edit.attempts) +
                    (edit.attempts == 1 ? " attempt" : " attempts") + ", " + state,
                edit.at_ms);
            if (edit.decided_ms != 0) add("decided", state, edit.decided_ms);
            if (edit.state != RejectedEdit::State::Parked) continue;
            told_.why = "the service refused it: " + edit.reason + "; see 'rhumb rejected " +
                        file_.path().string() + " show " + std::to_string(edit.number) + "'";
        }
    }

    void look_at_conflicts() {
        for (const Conflict& conflict : store_.conflicts()) {
            if (conflict.layer != layer_.id || conflict.feature != feature_) continue;
            known_ = true;
            add("conflict",
                "number " + std::to_string(conflict.number) + ", " +
                    (conflict.column.empty() ? "the whole feature" : "column " + conflict.column) +
                    ": the " + std::string(name_of(conflict.winner)) + " won, policy " +
                    std::string(name_of(conflict.policy)) + ", " +
                    std::string(name_of(conflict.state)),
                conflict.at_ms);
            const bool gone_there = conflict.column.empty() && conflict.theirs.empty();
            if (gone_there && is_filtered()) {
                add("gone there",
                    "deleted by others, or moved outside the replica's filter: a "
                    "service says both in the same words");
            }
            if (conflict.resolved_ms != 0) add("decided", "the conflict", conflict.resolved_ms);
            if (conflict.winner != Winner::Service) continue;
            because(
                "both sides had changed it, and the service's value is kept; see 'rhumb "
                "conflicts " +
                file_.path().string() + " show " + std::to_string(conflict.number) + "'");
        }
    }

    void look_at_attachments() {
        geodb::Attachments attachments(file_);
        if (!attachments.exist()) return;
        AttachmentLane lane(file_);
        for (const geodb::Attachment& attachment : attachments.of_feature(layer_.id, feature_)) {
            known_ = true;
            if (!lane.agreed()) {
                add("attachment", attachment.name + ": the replica agreed upon no attachments");
                continue;
            }
            const geodb::AttachmentState state = lane.state(attachment);
            std::string what = attachment.name + ": ";
            what += state.pending ? "not sent yet" : "the service has it";
            if (state.kept) what += ", kept although its feature was deleted there";
            if (!state.failure.empty()) what += ", failed: " + state.failure;
            add("attachment", what);
            if (state.pending) because("attachment '" + attachment.name + "' has not been sent");
        }
    }

    void conclude() {
        if (!here_ && !known_) {
            throw Error(Status::NotFound, "'" + file_.path().string() + "': layer '" + layer_.name +
                                              "' has no feature " + feature_.value.braced() +
                                              ", and nothing is known of one" +
                                              (is_filtered() ? kMayHaveLeft : ""));
        }
        if (!told_.why.empty()) return;
        add("accepted", "nothing of it is pending", replica_.last_sync_ms.value_or(0));
        told_.why = "it is on the server: all that was edited here has been accepted";
    }

    geodb::Geodatabase& file_;
    ReplicaStore store_;
    Replica replica_;
    ReplicaFilter filter_;
    const Layer& layer_;
    GlobalId feature_;
    std::optional<geodb::ObjectId> here_;
    bool known_ = false;
    const ReplicaLayer* agreed_ = nullptr;  ///< null: the layer is not in the replica
    Explanation told_;
};

}  // namespace

Explanation explain(geodb::Geodatabase& file, const Layer& layer, const GlobalId& feature) {
    return Inquiry(file, layer, feature).take();
}

}  // namespace rhumb::sync
