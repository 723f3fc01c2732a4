// SPDX-License-Identifier: Apache-2.0
//
// Where the edits of an upload come from: the parameter `edits`, or an upload item.
//
// An item may be far larger than memory, so edits are handed over in pieces, each of the shape of
// the parameter. All adds come before all updates, and these before all deletes.

#pragma once

#include "sync/service/call.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <memory>

namespace rhumb::service {

using OnEdits = std::function<void(const wire::Json& edits)>;

class EditsSource {
public:
    virtual ~EditsSource() = default;
    /// The entries by layer, their lists perhaps left empty.
    virtual const wire::Json& outline() const = 0;
    virtual void each_piece(const OnEdits& on_edits) const = 0;
};

/// The edits of a synchronizeReplica: those of `editsUploadId`, else `edits`, else none. Throws
/// InvalidArgument naming the parameter, or the item, that cannot be read.
std::unique_ptr<EditsSource> edits_of(const Call& call);

}  // namespace rhumb::service
