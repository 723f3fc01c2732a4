// SPDX-License-Identifier: Apache-2.0
//
// The replicas of a service: the list, one of them, and the end of one.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <string_view>

namespace rhumb::service {

http::Response list_replicas(const Call& call);
http::Response replica_info(const Call& call, std::string_view id);
/// `replicaID=*` removes all.
http::Response unregister_replica(const Call& call);

}  // namespace rhumb::service
