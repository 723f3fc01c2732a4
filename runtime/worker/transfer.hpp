// SPDX-License-Identifier: Apache-2.0
//
// Climbs a ladder over an open geodatabase whose other users go on with their work.

#pragma once

#include "platform/cancel_token.hpp"
#include "runtime/worker/open_geodatabase.hpp"
#include "sync/client/credentials.hpp"
#include "sync/client/ladder.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::runtime {

/// Makes the ladder of a creation, a synchronization and so on.
using MakeLadder =
    std::function<std::unique_ptr<sync::Ladder>(geodb::Geodatabase&, sync::OnProgress)>;

/// A transfer that is to be made. It alone keeps the right to synchronize.
struct Transfer {
    std::shared_ptr<OpenGeodatabase::SyncClaim> claim;
    MakeLadder make_ladder;
    sync::OnProgress on_progress;
    CancelToken cancel;
    std::optional<std::filesystem::path> extra_ca_file;  ///< PEM, beside the system's store
    std::shared_ptr<sync::Credentials> credentials;      ///< null: nobody signs in
};

/// A ladder that takes the writer's turn for each of its steps and gives it back between them, so
/// that nobody waits for the network. One thread at a time.
class SharedLadder final : public sync::Ladder {
public:
    /// Throws what making the ladder throws; Busy and Cancelled as WriterTurn.
    explicit SharedLadder(Transfer transfer);
    SharedLadder(const SharedLadder&) = delete;
    SharedLadder& operator=(const SharedLadder&) = delete;
    ~SharedLadder() override;

    std::optional<http::TransportRequest> next_request() override;
    void take_result(http::TransportResult result) override;
    std::int64_t wait_ms() const override { return ladder_->wait_ms(); }
    int failures_in_a_row() const override { return ladder_->failures_in_a_row(); }
    const std::string& last_failure() const override { return ladder_->last_failure(); }
    Status failure_status() const override { return ladder_->failure_status(); }
    const sync::SyncReport& report() const override { return ladder_->report(); }
    std::string service_url() const override { return ladder_->service_url(); }

private:
    OpenGeodatabase& geodatabase() const { return transfer_.claim->geodatabase(); }

    Transfer transfer_;
    std::unique_ptr<sync::Ladder> ladder_;
};

/// Makes the transfer with our own HTTP, in this thread. Throws as the ladder and climb().
sync::SyncReport run_transfer(Transfer transfer);

/// A creation that was cut off in the file goes on, with its own options; else a new one begins.
/// The ladder's making throws AlreadyExists when another service is being taken offline there.
MakeLadder create_or_resume(sync::CreateOptions options);

}  // namespace rhumb::runtime
