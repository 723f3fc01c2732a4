// SPDX-License-Identifier: Apache-2.0
//
// The parameters of createReplica.

#pragma once

#include "platform/http/form.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/attachment_json.hpp"
#include "sync/wire/json.hpp"

#include <cstdint>

namespace rhumb::sync {

/// `epsg` and `full_extent` are the service's.
http::NameValues create_replica_form(const Replica& replica, std::int32_t epsg,
                                     const wire::Json& full_extent,
                                     wire::AttachmentsDirection attachments);

}  // namespace rhumb::sync
