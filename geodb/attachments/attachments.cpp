// SPDX-License-Identifier: Apache-2.0
#include "geodb/attachments/attachments.hpp"

#include "geodb/attachments/attachment_schema.sql.hpp"
#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/features/value_rules.hpp"
#include "geodb/tracking/global_id_sql.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <span>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::SilencedTriggers;
using sqlite::Statement;

GlobalId global_id_at(const Statement& row, int column) {
    return {Uuid::parse(row.column_text(column)).value_or(Uuid{})};
}

/// Parameters 1 to 8.
void bind_attachment(Statement& statement, const Attachment& attachment) {
    statement.bind(1, attachment.global_id.value.braced()).bind(2, attachment.layer.value);
    statement.bind(3, attachment.parent.value.braced()).bind(4, attachment.name);
    statement.bind(5, attachment.content_type).bind(6, attachment.size);
    statement.bind(7, attachment.keywords);
    if (attachment.content) {
        statement.bind(8, std::span<const std::uint8_t>(attachment.content->bytes));
    } else {
        statement.bind_null(8);
    }
}

std::string parent_trigger(LayerId layer) {
    return "rhumb_track_" + std::to_string(layer.value) + "_attachments";
}

/// Statements that may be silenced are compiled anew for each use, inside the scope that silences.
class MaybeSilenced {
public:
    MaybeSilenced(sqlite::Database& database, Attachments::Tracking tracking) {
        if (tracking == Attachments::Tracking::Unlogged) {
            silence_.emplace(database, attachment_triggers());
        }
    }

private:
    std::optional<SilencedTriggers> silence_;
};

}  // namespace

const char* const kAttachmentColumns =
    "id, global_id, layer_id, parent, name, content_type, size, keywords, sha256";

Attachment attachment_at(const Statement& row, int first) {
    Attachment attachment;
    attachment.id = row.column_int64(first);
    attachment.global_id = global_id_at(row, first + 1);
    attachment.layer = {static_cast<std::int32_t>(row.column_int64(first + 2))};
    attachment.parent = global_id_at(row, first + 3);
    attachment.name = row.column_text(first + 4);
    attachment.content_type = row.column_text(first + 5);
    attachment.size = row.column_int64(first + 6);
    attachment.keywords = row.column_text(first + 7);
    const auto hash = row.column_blob(first + 8);
    if (hash.size() == Sha256{}.bytes.size()) {
        attachment.content.emplace();
        std::copy(hash.begin(), hash.end(), attachment.content->bytes.begin());
    }
    return attachment;
}

const SilencedTriggers::Names& attachment_triggers() {
    static const SilencedTriggers::Names kNames{"rhumb_track_attachment_insert",
                                                "rhumb_track_attachment_update",
                                                "rhumb_track_attachment_delete"};
    return kNames;
}

bool Attachments::exist() const {
    return database_.has_table("rhumb_attachment");
}

void Attachments::make_tables() {
    if (exist()) return;
    database_.execute(kAttachmentSchema);
    for (const char* table : {"rhumb_attachment", "rhumb_attachment_edit", "rhumb_content",
                              "rhumb_content_chunk", "rhumb_content_released"}) {
        register_extension(database_, table);
    }
}

void Attachments::follow_parents(const Layer& layer) {
    Statement& look =
        database_.cached("SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = ?1");
    const bool there = look.bind(1, parent_trigger(layer.id)).step();
    look.reset();
    if (there) return;
    const std::string id = "OLD." + quoted_name(layer.global_id_column);
    database_.execute("CREATE TRIGGER " + quoted_name(parent_trigger(layer.id)) +
                      " AFTER DELETE ON " + quoted_name(layer.table) +
                      " BEGIN DELETE FROM rhumb_attachment WHERE parent = " + canonical_guid(id) +
                      " AND layer_id = " + std::to_string(layer.id.value) + " AND kept = 0; END");
}

std::optional<Attachment> Attachments::find(const GlobalId& attachment) {
    if (!exist()) return std::nullopt;
    Statement& look = database_.cached("SELECT " + std::string(kAttachmentColumns) +
                                       " FROM rhumb_attachment WHERE global_id = ?1");
    std::optional<Attachment> found;
    if (look.bind(1, attachment.value.braced()).step()) found = attachment_at(look, 0);
    look.reset();
    return found;
}

std::optional<Attachment> Attachments::find(std::int64_t id) {
    if (!exist()) return std::nullopt;
    Statement& look = database_.cached("SELECT " + std::string(kAttachmentColumns) +
                                       " FROM rhumb_attachment WHERE id = ?1");
    std::optional<Attachment> found;
    if (look.bind(1, id).step()) found = attachment_at(look, 0);
    look.reset();
    return found;
}

std::vector<Attachment> Attachments::of_feature(LayerId layer, const GlobalId& parent) {
    std::vector<Attachment> found;
    if (!exist()) return found;
    Statement& rows =
        database_.cached("SELECT " + std::string(kAttachmentColumns) +
                         " FROM rhumb_attachment WHERE parent = ?1 AND layer_id = ?2 ORDER BY id");
    rows.bind(1, parent.value.braced()).bind(2, layer.value);
    while (rows.step()) found.push_back(attachment_at(rows, 0));
    rows.reset();
    return found;
}

bool Attachments::any(LayerId layer) {
    if (!exist()) return false;
    Statement& look =
        database_.cached("SELECT 1 FROM rhumb_attachment WHERE layer_id = ?1 LIMIT 1");
    const bool found = look.bind(1, layer.value).step();
    look.reset();
    return found;
}

void Attachments::each(LayerId layer, const std::function<void(const Attachment&)>& on_attachment) {
    if (!exist()) return;
    Statement rows(database_, "SELECT " + std::string(kAttachmentColumns) +
                                  " FROM rhumb_attachment WHERE layer_id = ?1 ORDER BY id");
    rows.bind(1, layer.value);
    while (rows.step()) on_attachment(attachment_at(rows, 0));
}

bool Attachments::has_parent(LayerId id, const GlobalId& parent) {
    const Layer& layer = geodatabase_.layer(id);
    Statement& look = database_.cached("SELECT 1 FROM " + quoted_name(layer.table) + " WHERE " +
                                       quoted_name(layer.global_id_column) + " = ?1");
    const bool found = look.bind(1, parent.value.braced()).step();
    look.reset();
    return found;
}

std::int64_t Attachments::insert(const Attachment& attachment, Tracking tracking) {
    const Layer& layer = geodatabase_.layer(attachment.layer);
    if (tracking == Tracking::Logged && !has_parent(layer.id, attachment.parent)) {
        refuse(EditFault::FeatureMissing, "layer '" + layer.name + "' has no feature " +
                                              attachment.parent.value.braced() +
                                              " to attach a file to");
    }
    make_tables();
    follow_parents(layer);
    if (find(attachment.global_id)) {
        refuse(EditFault::GlobalIdExists,
               "there is an attachment " + attachment.global_id.value.braced() + " already");
    }
    const MaybeSilenced silence(database_, tracking);
    Statement put(database_,
                  "INSERT INTO rhumb_attachment (global_id, layer_id, parent, name, content_type, "
                  "size, keywords, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    bind_attachment(put, attachment);
    put.run();
    ++edits_;
    return database_.last_insert_rowid();
}

bool Attachments::update(const Attachment& attachment, Tracking tracking) {
    if (!exist()) return false;
    const MaybeSilenced silence(database_, tracking);
    Statement put(database_,
                  "UPDATE rhumb_attachment SET layer_id = ?2, parent = ?3, name = ?4, "
                  "content_type = ?5, size = ?6, keywords = ?7, sha256 = ?8 WHERE global_id = ?1");
    bind_attachment(put, attachment);
    put.run();
    if (database_.changes() == 0) return false;
    ++edits_;
    return true;
}

bool Attachments::erase(std::int64_t id, Tracking tracking) {
    if (!exist()) return false;
    const MaybeSilenced silence(database_, tracking);
    Statement drop(database_, "DELETE FROM rhumb_attachment WHERE id = ?1");
    drop.bind(1, id).run();
    if (database_.changes() == 0) return false;
    ++edits_;
    return true;
}

}  // namespace rhumb::geodb
