// SPDX-License-Identifier: Apache-2.0
#include "rhumb/sync.h"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/transfer_arguments.hpp"

using namespace rhumb::capi;
using rhumb::runtime::run_transfer;

namespace {

/// Makes the transfer in this thread; its context is only borrowed.
void run(HostTransfer host, rhumb_sync_report** out_report) {
    // Made before anything happens, so that a report is never lost for want of memory.
    auto made = std::make_unique<rhumb_sync_report>();
    made->report = run_transfer(std::move(host.transfer));
    if (out_report != nullptr) *out_report = made.release();
}

}  // namespace

rhumb_status rhumb_cancel_token_new(rhumb_cancel_token** out_token, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_token, "out_token");
        *out_token = new rhumb_cancel_token();
    });
}

void rhumb_cancel_token_release(rhumb_cancel_token* token) {
    delete token;
}

void rhumb_cancel_token_cancel(rhumb_cancel_token* token) {
    if (token != nullptr) token->token.cancel();
}

rhumb_status rhumb_replica_create(rhumb_geodatabase* geodatabase,
                                  const rhumb_create_options* options,
                                  const rhumb_transfer_options* transfer,
                                  rhumb_sync_report** out_report, rhumb_error* error) {
    return guard(error, [&] {
        if (out_report != nullptr) *out_report = nullptr;
        require(geodatabase, "geodatabase");
        run(host_transfer(geodatabase->open, transfer, creation(options)), out_report);
    });
}

rhumb_status rhumb_synchronize(rhumb_replica* replica, const rhumb_sync_options* options,
                               const rhumb_transfer_options* transfer,
                               rhumb_sync_report** out_report, rhumb_error* error) {
    return guard(error, [&] {
        if (out_report != nullptr) *out_report = nullptr;
        require(replica, "replica");
        run(host_transfer(replica->open, transfer, synchronization(options)), out_report);
    });
}

rhumb_status rhumb_replica_unregister(rhumb_replica* replica,
                                      const rhumb_transfer_options* transfer, rhumb_error* error) {
    return guard(error, [&] {
        require(replica, "replica");
        run(host_transfer(replica->open, transfer, unregistration()), nullptr);
    });
}
