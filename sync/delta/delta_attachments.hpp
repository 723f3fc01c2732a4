// SPDX-License-Identifier: Apache-2.0
//
// The attachments of a layer in a delta: they travel as the rows of a layer of their own, so both
// forms carry them as they are, and what is proved of rows is proved of them.
//
// That layer has the number of the one they belong to and 2^30, and the columns parent, name,
// content_type, size, keywords, sha256 and address. Content never travels in a delta.

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "geodb/layer.hpp"
#include "sync/delta/delta_header.hpp"
#include "sync/delta/delta_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::delta {

/// Which schema: the fingerprint of such a layer.
inline constexpr const char* kAttachmentsFingerprint = "attachments 1";

/// The number of the layer in the delta that holds the attachments of `layer`.
LayerId attachments_of(LayerId layer);
/// The layer whose attachments those of this number are; none when it is a layer of features.
std::optional<LayerId> layer_of_attachments(LayerId number);
/// The same as a layer to write or read rows of.
geodb::Layer attachment_layer(LayerId layer);

/// One of them, as a row.
std::vector<geodb::Value> attachment_row(const geodb::Attachment& attachment,
                                         const std::string& address);

struct AttachmentRow {
    geodb::Attachment attachment;  ///< its layer and number are not told
    std::string address;           ///< behind the service's, "0/12/attachments/9"
};
/// Of an add or update, whose row tells all columns. Throws CorruptData naming the attachment and
/// the column that is no such value.
AttachmentRow read_attachment_row(const Row& row);

}  // namespace rhumb::delta
