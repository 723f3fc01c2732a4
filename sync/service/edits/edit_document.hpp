// SPDX-License-Identifier: Apache-2.0
//
// The edits of one call, wherever they stand: in parameters, or in an upload item.
//
// A call may bring far more rows than memory should hold parsed, so rows are handed over one by
// one and dropped. Each kind of row is asked for in its turn; the text is read again for each.

#pragma once

#include "sync/service/call.hpp"
#include "sync/wire/json_view.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rhumb::service {

enum class EditList : std::uint8_t {
    Adds,
    Updates,
    Deletes,
    AttachmentAdds,
    AttachmentUpdates,
    AttachmentDeletes
};
inline constexpr std::size_t kEditLists = 6;

/// What one layer gets.
struct EditEntry {
    LayerId layer;
    bool names_attachments = false;
    std::array<std::size_t, kEditLists> rows{};

    std::size_t count(EditList list) const { return rows[static_cast<std::size_t>(list)]; }
};

/// `call` outlives it. All throw InvalidArgument naming parameter or item, and the entry, for what
/// is no JSON or has another shape.
class EditDocument {
public:
    virtual ~EditDocument() = default;
    const std::vector<EditEntry>& entries() const { return entries_; }

    using Wanted = std::function<bool(std::size_t entry)>;
    using OnRow =
        std::function<void(std::size_t entry, std::size_t row, const wire::JsonView& value)>;
    /// The rows of a list, those of the entries that are wanted.
    virtual void each(EditList list, const Wanted& wanted, const OnRow& on_row) const = 0;

protected:
    std::vector<EditEntry> entries_;
};

/// `adds`, `updates`, `deletes` and `attachments` of a layer's applyEdits, or `editsUploadId`,
/// which beats them.
std::unique_ptr<EditDocument> layer_edits_of(const Call& call, LayerId layer);
/// `edits` of the service's applyEdits, or `editsUploadId`. Throws naming a layer that is not
/// there.
std::unique_ptr<EditDocument> service_edits_of(const Call& call);
/// One list alone, out of a parameter that must be there.
std::unique_ptr<EditDocument> single_list_of(const Call& call, LayerId layer, EditList list,
                                             std::string_view parameter);

}  // namespace rhumb::service
