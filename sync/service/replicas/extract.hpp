// SPDX-License-Identifier: Apache-2.0
//
// createReplica with syncModel none: a copy of the data in a format of the caller's, and no
// agreement. Nothing is recorded, nothing can be synchronized later.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

/// Formats json, geojson (a zip when there are several layers), csv (always a zip) and geopackage.
/// Throws Unsupported naming another `dataFormat`.
http::Response create_extract(const Call& call);

}  // namespace rhumb::service
