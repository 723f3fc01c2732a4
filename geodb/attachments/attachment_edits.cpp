// SPDX-License-Identifier: Apache-2.0
#include "geodb/attachments/attachment_edits.hpp"

#include "geodb/attachments/attachments.hpp"
#include "geodb/sqlite/statement.hpp"

namespace rhumb::geodb {
namespace {

using sqlite::Statement;

/// The entries of one attachment, oldest first, on the way to its edit.
struct Gathered {
    std::int64_t id = 0;
    bool touched = false;  ///< within the range
    AttachmentEdit edit;
    bool after_known = false;  ///< by an entry behind the range
};

class Gatherer {
public:
    Gatherer(sqlite::Database& database, GenerationRange range,
             const std::function<void(const AttachmentEdit&)>& on_edit)
        : now_(database, "SELECT " + std::string(kAttachmentColumns) +
                             " FROM rhumb_attachment WHERE id = ?1"),
          range_(range),
          on_edit_(on_edit) {}

    void take(const Statement& row) {
        if (row.column_int64(0) != at_.id) {
            finish();
            at_ = {};
            at_.id = row.column_int64(0);
        }
        const Generation generation{row.column_int64(1)};
        const bool existed = row.column_int64(2) != 0;
        std::optional<Attachment> old;
        if (existed) {
            old = attachment_at(row, 2);
            old->id = at_.id;
            at_.edit.known = *old;
        }
        if (!range_.until || generation <= *range_.until) {
            if (!at_.touched) at_.edit.before = old;
            at_.touched = true;
            at_.edit.touched_in.push_back(generation);
        } else if (!at_.after_known) {
            at_.edit.after = old;
            at_.after_known = true;
        }
    }

    void finish() {
        if (!at_.touched) return;
        if (!at_.after_known) {
            if (now_.bind(1, at_.id).step()) at_.edit.after = attachment_at(now_, 0);
            now_.reset();
        }
        if (at_.edit.after) at_.edit.known = *at_.edit.after;
        on_edit_(at_.edit);
    }

private:
    Statement now_;
    GenerationRange range_;
    const std::function<void(const AttachmentEdit&)>& on_edit_;
    Gathered at_;
};

}  // namespace

void each_attachment_edit(sqlite::Database& database, GenerationRange range,
                          const std::function<void(const AttachmentEdit&)>& on_edit) {
    if (!database.has_table("rhumb_attachment_edit")) return;
    Gatherer gatherer(database, range, on_edit);
    Statement rows(database,
                   "SELECT id, generation, existed, old_global_id, old_layer_id, old_parent, "
                   "old_name, old_content_type, old_size, old_keywords, old_sha256 FROM "
                   "rhumb_attachment_edit WHERE generation > ?1 ORDER BY id, generation");
    rows.bind(1, range.base.value);
    while (rows.step()) gatherer.take(rows);
    gatherer.finish();
}

bool has_attachment_edits(sqlite::Database& database, Generation after) {
    if (!database.has_table("rhumb_attachment_edit")) return false;
    Statement& look =
        database.cached("SELECT 1 FROM rhumb_attachment_edit WHERE generation > ?1 LIMIT 1");
    const bool found = look.bind(1, after.value).step();
    look.reset();
    return found;
}

}  // namespace rhumb::geodb
