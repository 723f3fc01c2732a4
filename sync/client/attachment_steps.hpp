// SPDX-License-Identifier: Apache-2.0
//
// The steps of the lane of attachments. What goes up is told in attachment_submission.cpp, the rest
// in attachment_ladder.cpp.

#pragma once

#include "sync/client/attachment_downloads.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/client/attachment_request.hpp"
#include "sync/client/attachment_uploads.hpp"
#include "sync/client/step_ladder.hpp"

#include <map>
#include <optional>
#include <string>

namespace rhumb::sync {

class AttachmentLadder final : public StepLadder {
public:
    AttachmentLadder(geodb::Geodatabase& geodatabase, const AttachmentRun& run,
                     OnProgress on_progress);

private:
    void define_steps();
    void define_step(const char* name, http::TransportRequest (AttachmentLadder::*request)(),
                     void (AttachmentLadder::*take)(const http::Response&), Progress::Phase phase);
    /// Goes to the step that is due.
    void go_on();
    bool go_on_with_uploads();

    // Between two Rhumbs: content by its hash.
    http::TransportRequest ask_have();
    void take_have(const http::Response& response);
    http::TransportRequest ask_put();
    void take_put(const http::Response& response);
    http::TransportRequest ask_get();
    void take_get(const http::Response& response);

    // Other services: upload items and addresses.
    http::TransportRequest ask_description() { return get("?f=json"); }
    void take_description(const http::Response& response);
    http::TransportRequest ask_item();
    void take_item(const http::Response& response);
    bool cut_item_anew();
    void item_failed();
    http::TransportRequest ask_fetch();
    void take_fetch(const http::Response& response);

    http::TransportRequest ask_submit();
    void take_submit(const http::Response& response);
    http::TransportRequest ask_receipt();
    /// Services of other vendors may do the upload as a job, whatever was asked for.
    http::TransportRequest ask_job();
    void take_job(const http::Response& response);
    bool follow(const wire::Json& answer);
    void settle(const AttachmentReceipt& receipt);
    void give_up_batch(const std::string& why, bool nothing_applied);
    void report_failure(const geodb::GlobalId& attachment, const std::string& reason);
    std::string what(const char* operation) const {
        return std::string(operation) + " of " + facts_url();
    }

    AttachmentRun run_;
    bool uploads_ = true;  ///< anything is still to go up
    Replica replica_;
    AttachmentLane lane_;
    std::optional<AttachmentLane::Batch> batch_;
    bool sealed_in_this_run_ = false;
    HashUploads by_hash_;
    ItemUploads by_item_;
    HashDownloads downloads_;
    AddressDownload fetch_;
    std::optional<bool> takes_items_;  ///< whether the service offers upload items
    std::map<geodb::GlobalId, std::string> left_out_;
    std::string receipt_link_;
    std::string job_link_;  ///< not stored: after a kill the batch goes again
};

}  // namespace rhumb::sync
