// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/transfer.hpp"

#include "platform/error.hpp"
#include "platform/http/beast_transport.hpp"

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
    ladder_ = transfer_.make_ladder(geodatabase().writer(), transfer_.on_progress);
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
    http::BeastTransport transport(std::move(options));
    SharedLadder ladder(std::move(transfer));
    return sync::climb(ladder, transport, cancel,
                       [&cancel](std::int64_t ms) { wait_unless_cancelled(ms, cancel); });
}

MakeLadder create_or_resume(sync::CreateOptions options) {
    return [options = std::move(options)](geodb::Geodatabase& geodatabase,
                                          const sync::OnProgress& on_progress) {
        try {
            return sync::resume_create_ladder(geodatabase, on_progress);
        } catch (const Error& error) {
            if (error.status() != Status::NotFound) throw;
        }
        return sync::create_replica_ladder(geodatabase, options, on_progress);
    };
}

}  // namespace rhumb::runtime
