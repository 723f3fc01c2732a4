// SPDX-License-Identifier: Apache-2.0
//
// Content of a batch of attachments on its way to the service: by its hash in packs between two
// Rhumbs, as upload items in parts to others.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/multipart.hpp"
#include "sync/client/answer.hpp"
#include "sync/client/part_plan.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/wire/content_pack.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace rhumb::sync {

class HashUploads {
public:
    explicit HashUploads(AttachmentLane& lane) : lane_(lane) {}

    /// Whether the service was asked what it has.
    bool asked() const { return asked_; }
    /// Another batch is next.
    void forget() { asked_ = false; }
    /// False when the batch brings no content.
    bool begin(const AttachmentLane::Batch& batch);
    /// Whether some of it is not at the service yet.
    bool missing() const { return !left_.empty(); }
    std::string question() const;
    void take(const wire::Json& answer);
    /// The next pieces, of many contents or of a part of one.
    std::string pack();
    /// The pack broke on its way, or passed nobody: the next one is shorter. False when it cannot
    /// be.
    bool broke();
    /// Bytes of the batch, and how many of them the service has.
    std::int64_t total() const { return total_; }
    std::int64_t sent() const;

private:
    struct Left {
        std::int64_t size = 0;
        std::int64_t have = 0;
        int spoiled = 0;
    };
    AttachmentLane& lane_;
    bool asked_ = false;
    std::map<Sha256, Left> left_;
    std::int64_t total_ = 0;
    std::int64_t room_ = kUploadBytes;  ///< of a pack, as the link has it
    std::int64_t packed_ = 0;           ///< bytes of the last one
};

class ItemUploads {
public:
    explicit ItemUploads(AttachmentLane& lane) : lane_(lane) {}

    bool has_content(const AttachmentLane::Batch& batch) const;
    /// Finds the next content that is not at the service; false when there is none.
    bool begin(const AttachmentLane::Batch& batch,
               const std::map<geodb::GlobalId, std::string>& left_out);

    struct Request {
        std::string below;
        http::NameValues form;
        std::optional<http::EncodedMultipart> multipart;
    };
    /// Register, the next part, or commit.
    Request request();
    /// The attachment that is under way, and how many of its bytes the service has.
    const geodb::Attachment& current() const { return current_; }
    std::int64_t sent() const { return item_.sent; }
    /// The part broke on its way: the next one is shorter. False when it cannot be.
    bool broke();
    /// Stores how far it came. An attachment that the service will not take, and why.
    std::optional<std::pair<geodb::GlobalId, std::string>> take(const Answer& answer);
    /// Nothing of use came. True when that was so for some times in a row: then this one is left to
    /// the next run, which begins with the others. Within a transaction.
    bool is_given_up(const std::string& reason);
    /// It failed in an earlier run, and has failed at once in this one.
    bool was_second_chance() const { return failed_before_; }

private:
    bool is_sending() const { return !item_.id.empty() && !is_sent(); }
    /// Even an empty content takes one part.
    bool is_sent() const { return item_.parts > 0 && item_.sent >= current_.size; }
    PartPlan plan() const;

    AttachmentLane& lane_;
    geodb::Attachment current_;
    bool failed_before_ = false;  ///< the current one, in an earlier run
    int in_vain_ = 0;             ///< requests for it in a row
    AttachmentItems::Item item_;
    int lost_items_ = 0;  ///< the service forgot the item: registered anew once
};

}  // namespace rhumb::sync
