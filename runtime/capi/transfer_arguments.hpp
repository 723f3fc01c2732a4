// SPDX-License-Identifier: Apache-2.0
//
// The options of a transfer as the library wants them, and the callbacks of the host.

#pragma once

#include "rhumb/sync.h"
#include "runtime/capi/guard.hpp"
#include "runtime/worker/transfer.hpp"

#include <cstddef>
#include <memory>

namespace rhumb::capi {

/// 0.1 ended with `attachments`.
template <>
inline constexpr std::size_t kFirstSize<rhumb_create_options> = offsetof(rhumb_create_options,
                                                                         replica_epsg);

/// The context of a host's callbacks. It is released with the last copy of the callbacks, unless
/// it was only borrowed.
class HostContext {
public:
    HostContext(void* context, rhumb_release_callback release)
        : context_(context), release_(release) {}
    HostContext(const HostContext&) = delete;
    HostContext& operator=(const HostContext&) = delete;
    ~HostContext() {
        if (owned_ && release_ != nullptr) release_(context_);
    }
    void* get() const { return context_; }
    /// From here on the context is ours to release.
    void own() { owned_ = true; }
    void disown() { owned_ = false; }

private:
    void* context_;
    rhumb_release_callback release_;
    bool owned_ = false;
};

/// A transfer ready to be made.
struct HostTransfer {
    runtime::Transfer transfer;
    std::shared_ptr<HostContext> context;
};

/// Takes the right to synchronize. Throws Busy, and InvalidArgument naming the option.
HostTransfer host_transfer(std::shared_ptr<runtime::OpenGeodatabase> geodatabase,
                           const rhumb_transfer_options* options, runtime::MakeLadder make_ladder);

// Each throws InvalidArgument naming the option.
runtime::MakeLadder creation(const rhumb_create_options* options);
runtime::MakeLadder synchronization(const rhumb_sync_options* options);
runtime::MakeLadder unregistration();

}  // namespace rhumb::capi
