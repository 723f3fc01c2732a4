// SPDX-License-Identifier: Apache-2.0
//
// createReplica: the state at a generation under a filter, and the agreement to go on from there.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response create_replica(const Call& call);

}  // namespace rhumb::service
