// SPDX-License-Identifier: Apache-2.0
//
// rhumbHashes, our extension: what a replica should hold of a layer, as hashes.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

/// `<fs>/rhumbHashes` with replicaID and layer: a hash for each range of GlobalIDs that has rows;
/// with range the hashes of its rows. Throws InvalidArgument naming the parameter.
http::Response row_hashes(const Call& call);

}  // namespace rhumb::service
