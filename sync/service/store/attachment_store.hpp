// SPDX-License-Identifier: Apache-2.0
//
// What a feature service needs of its data base for attachments: a part of the seam of store.hpp.

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "geodb/attachments/attachment_query.hpp"
#include "geodb/geometry/predicates.hpp"
#include "geodb/ids.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/hash.hpp"
#include "platform/uuid.hpp"
#include "sync/wire/attachment_json.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::service {

using geodb::Attachment;
struct ReplicaScope;

/// What a replica agreed upon about attachments; fixed for its life.
struct AttachmentAgreement {
    bool returned = false;  ///< with the first data
    bool by_url = true;     ///< as links, not as base64
    wire::AttachmentsDirection direction = wire::AttachmentsDirection::None;

    bool downloads() const { return direction == wire::AttachmentsDirection::Bidirectional; }
    bool uploads() const { return direction != wire::AttachmentsDirection::None; }
};

/// How much of a content is here.
struct ContentSize {
    std::int64_t size = 0;
    std::int64_t have = 0;
    bool whole() const { return have == size; }
};

struct AttachmentChange {
    enum class Kind : std::uint8_t { Add, Update, Delete };
    Kind kind;
    const Attachment& attachment;
    geodb::ObjectId parent;  ///< not for a delete
};
using OnAttachmentChange = std::function<void(const AttachmentChange&)>;

struct AttachmentSelection;
using geodb::OnCountedFeature;
using geodb::OnFoundAttachment;

/// Attachments of one snapshot.
class AttachmentReader {
public:
    virtual ~AttachmentReader() = default;
    /// Whether the layer has any at all.
    virtual bool any(geodb::LayerId layer) = 0;
    virtual std::vector<Attachment> of_feature(geodb::LayerId layer,
                                               const geodb::GlobalId& parent) = 0;
    virtual std::optional<Attachment> find(std::int64_t id) = 0;
    virtual void find(const AttachmentSelection& wanted, const OnFoundAttachment& on_found) = 0;
    /// See geodb::count_attachments().
    virtual void count(const AttachmentSelection& wanted, const OnCountedFeature& on_counted) = 0;
    virtual std::optional<ContentSize> content(const Sha256& hash) = 0;
    /// In pieces of bounded size; `on_piece` returns false to stop.
    virtual void read(const Sha256& hash, std::int64_t from, std::int64_t length,
                      const std::function<bool(std::string_view)>& on_piece) = 0;
    /// Net changes of (base, head] for a replica; what it uploaded itself is left out.
    void changes(const ReplicaScope& scope, geodb::LayerId layer, geodb::Generation base,
                 const Uuid& replica, const OnAttachmentChange& on_change) {
        changes_within(scope, layer, {base, std::nullopt}, replica, on_change);
    }
    /// The same up to an earlier generation.
    virtual void changes_within(const ReplicaScope& scope, geodb::LayerId layer,
                                geodb::GenerationRange range, const Uuid& replica,
                                const OnAttachmentChange& on_change) = 0;
};

/// Attachments of one transaction.
class AttachmentWriter {
public:
    virtual ~AttachmentWriter() = default;
    virtual std::optional<Attachment> find(const geodb::GlobalId& attachment) = 0;
    virtual std::optional<Attachment> find(std::int64_t id) = 0;
    virtual std::int64_t insert(const Attachment& attachment) = 0;
    virtual bool update(const Attachment& attachment) = 0;
    virtual bool erase(std::int64_t id) = 0;

    virtual std::optional<ContentSize> content(const Sha256& hash) = 0;
    /// Takes content whole; `pull` hands over pieces until it gives an empty one.
    virtual std::pair<Sha256, std::int64_t> keep(const std::function<std::string_view()>& pull) = 0;
    /// Takes a piece; see geodb::ContentStore::append.
    virtual std::int64_t append(const Sha256& hash, std::int64_t size, std::int64_t offset,
                                std::string_view bytes) = 0;
};

}  // namespace rhumb::service
