// SPDX-License-Identifier: Apache-2.0
//
// Content on its way to a service that takes upload items: which item it is there, and how much of
// it has arrived.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "platform/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::sync {

/// What writes runs inside the caller's transaction. `database` outlives it.
class AttachmentItems {
public:
    explicit AttachmentItems(geodb::sqlite::Database& database) : database_(database) {}

    struct Item {
        std::string id;          ///< as the service wrote it
        std::int64_t parts = 0;  ///< that have arrived
        std::int64_t sent = 0;   ///< their bytes
        std::string plan;        ///< PartPlan; "" for parts of the usual length
        bool committed = false;
    };
    /// None for another content: the photo was replaced.
    std::optional<Item> find(std::int64_t attachment, const Sha256& content) const;
    void save(std::int64_t attachment, const Sha256& content, const Item& item);
    void forget(std::int64_t attachment);
    void forget_committed();

private:
    /// Whether the table tells bytes and plan; that of an older version does not.
    bool tells_plan() const;

    geodb::sqlite::Database& database_;
};

}  // namespace rhumb::sync
