// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/transfer.hpp"

#include "platform/clock.hpp"
#include "platform/error.hpp"
#include "platform/http/beast_transport.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/signed_transport.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace rhumb::runtime {
namespace {

/// How soon a wish to cancel is seen during a wait.
constexpr std::int64_t kLookMs = 50;

void wait_unless_cancelled(std::int64_t ms, const CancelToken& cancel) {
    for (; ms > 0; ms -= kLookMs) {
        cancel.throw_if_cancelled();
        std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, kLookMs)));
    }
}

}  // namespace

SharedLadder::SharedLadder(Transfer transfer) : transfer_(std::move(transfer)) {
    const WriterTurn turn(geodatabase().gate(), transfer_.cancel);
    geodb::Geodatabase& writer = geodatabase().writer();
    writer.reload_if_changed();
    ladder_ = transfer_.make_ladder(writer, transfer_.on_progress);
}

SharedLadder::~SharedLadder() {
    geodatabase().layers_changed();
}

std::optional<http::TransportRequest> SharedLadder::next_request() {
    const WriterTurn turn(geodatabase().gate(), transfer_.cancel);
    auto request = ladder_->next_request();
    if (!request) geodatabase().layers_changed();
    return request;
}

void SharedLadder::take_result(http::TransportResult result) {
    const WriterTurn turn(geodatabase().gate(), transfer_.cancel);
    ladder_->take_result(std::move(result));
}

sync::SyncReport run_transfer(Transfer transfer) {
    const CancelToken cancel = transfer.cancel;
    http::BeastTransport::Options options;
    options.extra_ca_file = transfer.extra_ca_file;
    http::BeastTransport sockets(std::move(options));
    const auto credentials = transfer.credentials;
    SharedLadder ladder(std::move(transfer));
    SystemClock clock;
    sync::SignedTransport transport(sockets, credentials, ladder.service_url(), clock);
    return sync::climb(ladder, transport, cancel,
                       [&cancel](std::int64_t ms) { wait_unless_cancelled(ms, cancel); });
}

MakeLadder create_or_resume(sync::CreateOptions options) {
    return [options = std::move(options)](geodb::Geodatabase& geodatabase,
                                          const sync::OnProgress& on_progress) {
        const sync::ReplicaStore store(geodatabase);
        if (!store.exists() || store.load().state != sync::Replica::State::Creating) {
            return sync::create_replica_ladder(geodatabase, options, on_progress);
        }
        const std::string url = store.load().service_url;
        if (url != sync::service_address(options.service_url)) {
            throw Error(Status::AlreadyExists, "a replica of " + url + " is being created in '" +
                                                   geodatabase.path().string() +
                                                   "': another one needs a new file");
        }
        return sync::resume_create_ladder(geodatabase, on_progress);
    };
}

}  // namespace rhumb::runtime
