// SPDX-License-Identifier: Apache-2.0
//
// Edits that came as a delta in an upload item.

#pragma once

#include "sync/service/replicas/edits_source.hpp"
#include "sync/service/uploads/upload_items.hpp"

#include <memory>

namespace rhumb::service {

/// Throws InvalidArgument naming the item, and where in it, unless it is a sound delta for an
/// upload. Its rows are checked when they are handed over.
std::unique_ptr<EditsSource> delta_edits(const Call& call, const UploadedFile& file);

}  // namespace rhumb::service
