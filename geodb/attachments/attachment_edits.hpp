// SPDX-License-Identifier: Apache-2.0
//
// The net edits of attachments between two generations, each as it was and as it is.

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/tracking/net_edits.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace rhumb::geodb {

struct AttachmentEdit {
    std::optional<Attachment> before;  ///< none: it was not there
    std::optional<Attachment> after;   ///< none: it is not there any more
    /// Its last known self, for one that came and went.
    Attachment known;
    std::vector<Generation> touched_in;

    bool is_trace() const { return before == after; }
};

/// By number of the attachment. Traces, edits that come to nothing, are handed over as well.
void each_attachment_edit(sqlite::Database& database, GenerationRange range,
                          const std::function<void(const AttachmentEdit&)>& on_edit);

/// Whether there are edits after `generation`.
bool has_attachment_edits(sqlite::Database& database, Generation after);

}  // namespace rhumb::geodb
