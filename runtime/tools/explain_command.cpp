// SPDX-License-Identifier: Apache-2.0
//
// rhumb explain: why is this edit not on the server? Every stage that the edits of a feature have
// passed, in their order, with times where they are known, and what is missing for the next one.

#include "geodb/attachments/attachments.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/feature_text.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/pending_log.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::NetEdit;
using wire::Json;

struct Stage {
    std::string name;
    std::string what;
    std::int64_t at_ms = 0;  ///< 0: not known
};

class Explanation {
public:
    Explanation(geodb::Geodatabase& file, const Layer& layer, const GlobalId& feature)
        : file_(file), store_(file), replica_(store_.load()), layer_(layer), feature_(feature) {
        look_at_replica();
        look_at_edit();
        look_at_rejections();
        look_at_conflicts();
        look_at_attachments();
        conclude();
    }
    const std::vector<Stage>& stages() const { return stages_; }
    const std::string& verdict() const { return verdict_; }

private:
    void add(std::string name, std::string what, std::int64_t at_ms = 0) {
        stages_.push_back({std::move(name), std::move(what), at_ms});
    }
    /// The first obstacle is the reason; the others are stages.
    void because(const std::string& reason) {
        if (verdict_.empty()) verdict_ = reason;
    }

    void look_at_replica() {
        add("replica", "of " + replica_.service_url + ", last synchronized",
            replica_.last_sync_ms.value_or(0));
        if (replica_.state == sync::Replica::State::Closed) {
            because("the replica was unregistered: nothing of it goes up any more");
        }
        const auto agreed =
            std::find_if(replica_.layers.begin(), replica_.layers.end(),
                         [&](const sync::ReplicaLayer& one) { return one.id == layer_.id; });
        if (agreed == replica_.layers.end()) {
            return because("layer '" + layer_.name + "' is not part of the replica");
        }
        if (agreed->stopped.empty()) return;
        add("layer stopped", "in the service " + agreed->stopped);
        because("layer '" + layer_.name + "' is not synchronized: in the service " +
                agreed->stopped);
    }

    std::optional<NetEdit> pending() {
        std::optional<NetEdit> found;
        geodb::NetEdits(file_.database(), layer_).each({}, [&](NetEdit&& edit) {
            if (edit.feature == feature_) found = std::move(edit);
        });
        return found;
    }

    void look_at_edit() {
        here_ = geodb::FeatureWriter(file_, layer_, geodb::FeatureWriter::Tracking::Unlogged)
                    .find(feature_)
                    .has_value();
        const auto edit = pending();
        if (!edit) return;
        known_ = true;
        std::string what = std::string(sync::name_of(edit->kind)) + " is pending";
        if (!edit->touched_in.empty()) {
            what += ", made in generation " + std::to_string(edit->touched_in.front().value);
        }
        add("edited here", what);
        const auto batch = store_.batch();
        const bool sealed =
            batch && !edit->touched_in.empty() && edit->touched_in.front() <= batch->generation;
        if (!sealed) {
            return because("the " + std::string(sync::name_of(edit->kind)) +
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

    void look_at_rejections() {
        for (const sync::RejectedEdit& edit : store_.rejected(true)) {
            if (edit.layer != layer_.id || edit.feature != feature_) continue;
            known_ = true;
            const std::string state(name_of(edit.state));
            add("rejected",
                "number " + std::to_string(edit.number) + ", " +
                    std::string(sync::name_of(edit.kind)) + ": " + edit.reason + " (" +
                    std::to_string(edit.code) + "), " + counted(edit.attempts, "attempt") + ", " +
                    state,
                edit.at_ms);
            if (edit.decided_ms != 0) add("decided", state, edit.decided_ms);
            if (edit.state != sync::RejectedEdit::State::Parked) continue;
            verdict_ = "the service refused it: " + edit.reason + "; see 'rhumb rejected " +
                       file_.path().string() + " show " + std::to_string(edit.number) + "'";
        }
    }

    void look_at_conflicts() {
        for (const sync::Conflict& conflict : store_.conflicts()) {
            if (conflict.layer != layer_.id || conflict.feature != feature_) continue;
            known_ = true;
            add("conflict",
                "number " + std::to_string(conflict.number) + ", " +
                    (conflict.column.empty() ? "the whole feature" : "column " + conflict.column) +
                    ": the " + std::string(name_of(conflict.winner)) + " won, policy " +
                    std::string(name_of(conflict.policy)) + ", " +
                    std::string(name_of(conflict.state)),
                conflict.at_ms);
            if (conflict.resolved_ms != 0) add("decided", "the conflict", conflict.resolved_ms);
            if (conflict.winner != sync::Winner::Service) continue;
            because(
                "both sides had changed it, and the service's value is kept; see 'rhumb "
                "conflicts " +
                file_.path().string() + " show " + std::to_string(conflict.number) + "'");
        }
    }

    void look_at_attachments() {
        geodb::Attachments attachments(file_);
        if (!attachments.exist()) return;
        sync::AttachmentLane lane(file_);
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
                                              ", and nothing is known of one");
        }
        if (!verdict_.empty()) return;
        add("accepted", "nothing of it is pending", replica_.last_sync_ms.value_or(0));
        verdict_ = "it is on the server: all that was edited here has been accepted";
    }

    geodb::Geodatabase& file_;
    sync::ReplicaStore store_;
    sync::Replica replica_;
    const Layer& layer_;
    GlobalId feature_;
    bool here_ = false;
    bool known_ = false;
    std::vector<Stage> stages_;
    std::string verdict_;
};

GlobalId feature_of(const std::string& text) {
    if (const auto uuid = Uuid::parse(text)) return {*uuid};
    throw Error(Status::InvalidArgument, "'" + text + "' is no GlobalID");
}

}  // namespace

int run(const ExplainArguments& arguments, Session& session) {
    const GlobalId feature = feature_of(arguments.feature);
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    const ReplicaState state = replica_state(file);
    if (state == ReplicaState::None || state == ReplicaState::HalfMade) require_ready(file);
    const Layer& layer = file.layer(arguments.layer);
    const Explanation explanation(file, layer, feature);
    if (session.json()) {
        Json stages = Json::Array{};
        for (const Stage& stage : explanation.stages()) {
            stages.push(Json::Object{
                {"stage", stage.name},
                {"what", stage.what},
                {"at", stage.at_ms == 0 ? Json() : Json(format_date_time(stage.at_ms))}});
        }
        print_json(Json::Object{{"layer", layer.name},
                                {"globalId", feature.value.braced()},
                                {"why", explanation.verdict()},
                                {"stages", std::move(stages)}});
        return kDone;
    }
    print(layer.name + " " + feature.value.braced() + ": " + explanation.verdict());
    Table table;
    for (const Stage& stage : explanation.stages()) {
        table.add({stage.name, stage.at_ms == 0 ? "" : format_date_time(stage.at_ms), stage.what});
    }
    table.print();
    return kDone;
}

}  // namespace rhumb::tool
