// SPDX-License-Identifier: Apache-2.0
//
// Reads the features, deletions and edit results of an answer one by one, in whatever order its
// members stand.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/http/message.hpp"
#include "sync/client/answer.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <string_view>

namespace rhumb::sync {

/// Who takes what. Empty functions are not called.
struct DownloadTaker {
    /// A feature that was added or changed, or a row of a layer that comes whole.
    std::function<void(geodb::LayerId, wire::Json&&)> feature;
    /// A row of a layer that comes whole, when it is to be told apart.
    std::function<void(geodb::LayerId, wire::Json&&)> whole_row = {};
    std::function<void(geodb::LayerId, const wire::Json& global_id)> deletion;
    std::function<void(geodb::LayerId, geodb::NetEdit::Kind, const wire::Json& result)> result;
    std::function<void(geodb::LayerId, AttachmentLane::Arrival, wire::Json&&)> attachment;
    std::function<void(geodb::LayerId, const wire::Json& global_id)> attachment_deletion;
};

/// The file is read once, and once more only when the number of a layer follows its features.
/// Nothing must be kept of what was taken unless the answer that is returned is Good.
/// Throws as read_answer, and what `taker` throws.
Answer read_download(const http::Response& response, std::string_view what,
                     const DownloadTaker& taker);

}  // namespace rhumb::sync
