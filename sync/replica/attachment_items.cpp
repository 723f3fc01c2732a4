// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/attachment_items.hpp"

#include "geodb/sqlite/statement.hpp"

#include <span>

namespace rhumb::sync {

using geodb::sqlite::Statement;

bool AttachmentItems::tells_plan() const {
    const auto columns = database_.int64_of(
        "SELECT count(*) FROM pragma_table_info('rhumb_attachment_upload') WHERE name IN "
        "('sent', 'plan')");
    return columns == 2;
}

std::optional<AttachmentItems::Item> AttachmentItems::find(std::int64_t attachment,
                                                           const Sha256& content) const {
    if (!tells_plan()) return std::nullopt;
    Statement row(database_,
                  "SELECT item_id, parts, sent, plan, committed FROM rhumb_attachment_upload "
                  "WHERE attachment_id = ?1 AND sha256 = ?2");
    row.bind(1, attachment).bind(2, std::span<const std::uint8_t>(content.bytes));
    if (!row.step()) return std::nullopt;
    return Item{std::string(row.column_text(0)), row.column_int64(1), row.column_int64(2),
                std::string(row.column_text(3)), row.column_int64(4) != 0};
}

void AttachmentItems::save(std::int64_t attachment, const Sha256& content, const Item& item) {
    if (!tells_plan()) {
        // What an older version had under way begins anew.
        database_.execute(
            "DELETE FROM rhumb_attachment_upload;"
            "ALTER TABLE rhumb_attachment_upload ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;"
            "ALTER TABLE rhumb_attachment_upload ADD COLUMN plan TEXT NOT NULL DEFAULT ''");
    }
    Statement put(database_,
                  "INSERT OR REPLACE INTO rhumb_attachment_upload (attachment_id, sha256, item_id, "
                  "parts, committed, sent, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    put.bind(1, attachment).bind(2, std::span<const std::uint8_t>(content.bytes)).bind(3, item.id);
    put.bind(4, item.parts).bind(5, item.committed ? 1 : 0);
    put.bind(6, item.sent).bind(7, item.plan).run();
}

void AttachmentItems::forget(std::int64_t attachment) {
    Statement forget(database_, "DELETE FROM rhumb_attachment_upload WHERE attachment_id = ?1");
    forget.bind(1, attachment).run();
}

void AttachmentItems::forget_committed() {
    database_.execute("DELETE FROM rhumb_attachment_upload WHERE committed = 1");
}

}  // namespace rhumb::sync
