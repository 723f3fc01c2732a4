// SPDX-License-Identifier: Apache-2.0
//
// Synchronizes a replica: describe, pull, seal, submit, fetch, settle.
//
// The pull comes first, so that what both sides changed is seen column by column before our edits
// go up. A batch counts as sent from the moment it is sealed; between that and its outcome nothing
// is taken in that could change what the batch says.
//
// The steps are told in four files: synchronize_ladder.cpp (beginning and going on),
// synchronize_pull.cpp, synchronize_submission.cpp and synchronize_refusal.cpp.

#pragma once

#include "sync/client/answer.hpp"
#include "sync/client/arrival_check.hpp"
#include "sync/client/batch_ladder.hpp"
#include "sync/client/change_intake.hpp"
#include "sync/client/layer_definitions.hpp"
#include "sync/client/layer_directions.hpp"
#include "sync/client/rejections.hpp"
#include "sync/client/rollback_refusal.hpp"
#include "sync/client/service_description.hpp"
#include "sync/client/synchronize_request.hpp"
#include "sync/delta/delta_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace rhumb::sync {

/// Of a service that speaks Rhumb: another file has synchronized under this replica's id.
constexpr std::int64_t kIsCopy = 412;

class SynchronizeLadder final : public BatchLadder {
public:
    SynchronizeLadder(geodb::Geodatabase& geodatabase, const SyncOptions& options,
                      OnProgress on_progress);

private:
    void define_steps();
    void begin(const SyncOptions& options);
    void set_directions(LayerDirections directions);
    void go_on_or_begin();
    bool may_pull_at_once() const;
    bool uploads() const { return directions_.any_uploads(); }
    bool is_pull() const { return !batch_; }
    bool any_stopped() const {
        return std::any_of(replica_.layers.begin(), replica_.layers.end(),
                           [](const auto& layer) { return !layer.stopped.empty(); });
    }
    bool is_stopped(geodb::LayerId id) const {
        return std::any_of(replica_.layers.begin(), replica_.layers.end(), [&](const auto& layer) {
            return layer.id == id && !layer.stopped.empty();
        });
    }
    std::string operation() const override { return "synchronizeReplica of " + facts_url(); }

    void take_description(const http::Response& response);
    void take_layers(const http::Response& response);
    void after_description();

    http::TransportRequest ask_pull() const;
    http::TransportRequest ask_submission();
    void take_outcome(const http::Response& response) override;
    void take_refusal(const wire::ServiceError& error) override;
    void repeat_operation() override;
    bool may_ask_often() const override { return replica_.speaks_rhumb; }
    bool settle_with(const Answer& answer);
    SynchronizeRequest::Guard guard() const;
    void pull_anew();

    void take_pull(const http::Response& response);
    Answer pull(const http::Response& response, ChangeIntake& changes, bool& file_follows);
    void take_delta(const http::Response& response);
    void pull_delta(const std::filesystem::path& file, ChangeIntake& changes);
    void check_delta(const delta::DeltaReader& reader) const;
    void take_receipt(const http::Response& response);
    bool ask_for_arrivals(const http::Response& receipt, const Rejections& rejections);
    bool ask_whether_taken(RefusedUpload& refused);
    std::set<LayerFeature> inserts_sent();
    void settle_as_taken();
    http::TransportRequest ask_arrivals();
    void take_arrivals(const http::Response& response);
    void conclude(const http::Response& receipt, const Rejections& rejections);
    void settle(const http::Response& response, const Rejections& rejections);
    void undo_seal(RefusedUpload refused);
    bool is_to_be_renewed() const { return !fact("renew").empty(); }
    /// The service has given the replica up, which is to be made anew: then true.
    bool leave_for_renewal(const wire::ServiceError& error);
    [[noreturn]] void stop_as_copy(const wire::ServiceError& error);
    std::string known() const;
    void give_up_batch();
    std::set<geodb::LayerId> sent_layers() const override;
    ChangeIntake intake();
    void count_sent();
    void keep_agreement(const wire::Json& answer);
    /// In the caller's transaction. `ends`: the synchronization does, and well.
    void save_agreement(bool ends);

    void seal();
    void end();

    LayerDirections directions_;
    SyncOptions wished_;      ///< of the caller, while an earlier run is finished
    Replica saved_;           ///< what the file has of replica_
    bool exchanged_ = false;  ///< anything was sent or taken in this run
    bool earlier_run_ = false;
    int new_pulls_ = 0;
    std::optional<ArrivalCheck> arrivals_;  ///< of what receipt_ refuses
    http::Response receipt_;
    std::string receipt_step_;
    Rejections rejections_;
    std::optional<RefusedUpload> refused_;  ///< the whole batch is, and perhaps wrongly
    ServiceDescription service_;
    LayerDefinitions definitions_;
};

}  // namespace rhumb::sync
