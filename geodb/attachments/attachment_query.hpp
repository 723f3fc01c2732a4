// SPDX-License-Identifier: Apache-2.0
//
// Finds attachments by their features and by what is known of themselves, a page at a time.

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "geodb/features/feature_reader.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// Elements of one list in an AttachmentQuery.
inline constexpr std::size_t kMaxAttachmentWords = 500;

struct AttachmentQuery {
    FeatureQuery features;              ///< only what selects rows is looked at
    std::optional<WhereSql> where;      ///< made by attachment_where()
    std::vector<std::string> types;     ///< in lower case; empty: all
    std::vector<std::string> keywords;  ///< one of them at least; in lower case; empty: all
    std::int64_t least_bytes = 0;
    std::optional<std::int64_t> most_bytes;
    struct Order {
        std::string column;  ///< made by attachment_column()
        bool descending = false;
    };
    /// Then by feature and number, so that pages are stable.
    std::vector<Order> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;
};

/// A condition on attachments: id, globalId, parentGlobalId, name, contentType, size, keywords,
/// also under the names that older services have for them (ATTACHMENTID, REL_GLOBALID, ATT_NAME,
/// CONTENT_TYPE, DATA_SIZE). Throws InvalidArgument naming the position or the unknown field.
WhereSql attachment_where(std::string_view text, std::int64_t now_ms);
/// The column behind such a name; none for an unknown one.
std::optional<std::string> attachment_column(std::string_view name);

using OnFoundAttachment = std::function<void(ObjectId feature, const Attachment&)>;
void find_attachments(sqlite::Database& database, const Layer& layer, const AttachmentQuery& query,
                      const OnFoundAttachment& on_found);

/// How many each feature has; features without one are left out. The page counts features, and
/// `order` is that of the features.
using OnCountedFeature = std::function<void(ObjectId feature, const GlobalId&, std::int64_t)>;
void count_attachments(sqlite::Database& database, const Layer& layer, const AttachmentQuery& query,
                       const OnCountedFeature& on_counted);

}  // namespace rhumb::geodb
