// SPDX-License-Identifier: Apache-2.0
//
// Who signs in, as the options of a transfer say: a token, a name with a password, or the host,
// which is asked by a callback.

#pragma once

#include "rhumb/sync.h"
#include "runtime/capi/transfer_arguments.hpp"
#include "sync/client/credentials.hpp"

#include <memory>

namespace rhumb::capi {

/// Null when nobody signs in. Throws InvalidArgument naming the option.
std::shared_ptr<sync::Credentials> credentials_of(const rhumb_transfer_options& options,
                                                  const std::shared_ptr<HostContext>& context);

}  // namespace rhumb::capi
