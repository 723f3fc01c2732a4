// SPDX-License-Identifier: Apache-2.0
//
// The attachments of a geodatabase: which file belongs to which feature.
//
// Triggers log their edits as they log those of features, and delete the attachments of a feature
// that is deleted, whoever does it. A file without attachments has none of this.

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "geodb/attachments/content_store.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/statement.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// For one thread. `geodatabase` outlives it. What writes runs inside the caller's transaction.
class Attachments {
public:
    explicit Attachments(Geodatabase& geodatabase)
        : geodatabase_(geodatabase), database_(geodatabase.database()), contents_(database_) {}

    /// Whether the file has the tables at all; without them every list is empty.
    bool exist() const;
    /// Makes the tables, when needed.
    void make_tables();

    enum class Tracking {
        Logged,    ///< an edit of a person
        Unlogged,  ///< it came from the service
    };

    std::optional<Attachment> find(const GlobalId& attachment);
    std::optional<Attachment> find(std::int64_t id);
    /// In the order they were made.
    std::vector<Attachment> of_feature(LayerId layer, const GlobalId& parent);
    bool any(LayerId layer);
    /// All of a layer, by number. Nothing is held but the current one.
    void each(LayerId layer, const std::function<void(const Attachment&)>& on_attachment);

    /// Returns its number. Throws ConstraintViolated when the GlobalID is taken or, unless it came
    /// from the service, the feature is not there.
    std::int64_t insert(const Attachment& attachment, Tracking tracking);
    /// All but number and GlobalID. False when it is not there.
    bool update(const Attachment& attachment, Tracking tracking);
    bool erase(std::int64_t id, Tracking tracking);

    /// Whether the feature is there.
    bool has_parent(LayerId layer, const GlobalId& parent);

    ContentStore& contents() { return contents_; }
    std::int64_t edits() const { return edits_; }

private:
    void follow_parents(const Layer& layer);

    Geodatabase& geodatabase_;
    sqlite::Database& database_;
    ContentStore contents_;
    std::int64_t edits_ = 0;
};

/// The columns of rhumb_attachment that make an Attachment, in the order that attachment_at reads.
extern const char* const kAttachmentColumns;
Attachment attachment_at(const sqlite::Statement& row, int first_column);

/// Names of the triggers that log edits of attachments.
const sqlite::SilencedTriggers::Names& attachment_triggers();

}  // namespace rhumb::geodb
