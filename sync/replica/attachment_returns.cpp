// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/attachment_returns.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "sync/replica/attachment_lane.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::sync {
namespace {

using geodb::Attachment;
using geodb::GlobalId;
using geodb::LayerId;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

// The columns of an attachment, in the order of kAttachmentColumns, and where it is.
constexpr const char* kWaitingTable =
    "CREATE TABLE rhumb_attachment_waiting (id INTEGER PRIMARY KEY, global_id TEXT NOT NULL "
    "UNIQUE, "
    "layer_id INTEGER NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT "
    "NULL, size INTEGER NOT NULL, keywords TEXT NOT NULL, sha256 BLOB, url TEXT NOT NULL)";

}  // namespace

void AttachmentReturns::wait(LayerId layer, const wire::AttachmentJson& came) {
    if (!any_wait()) {
        database_.execute(kWaitingTable);
        geodb::register_extension(database_, "rhumb_attachment_waiting");
    }
    const Attachment& attachment = came.attachment;
    Statement& put = database_.cached(
        "INSERT OR REPLACE INTO rhumb_attachment_waiting (global_id, layer_id, parent, name, "
        "content_type, size, keywords, sha256, url) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    put.bind(1, attachment.global_id.value.braced()).bind(2, layer.value);
    put.bind(3, attachment.parent.value.braced()).bind(4, attachment.name);
    put.bind(5, attachment.content_type).bind(6, attachment.size).bind(7, attachment.keywords);
    if (attachment.content) {
        put.bind(8, std::span<const std::uint8_t>(attachment.content->bytes));
    } else {
        put.bind_null(8);
    }
    put.bind(9, came.url).run();
}

void AttachmentReturns::stop_waiting(const GlobalId& attachment) {
    if (!any_wait()) return;
    Statement& forget =
        database_.cached("DELETE FROM rhumb_attachment_waiting WHERE global_id = ?1");
    forget.bind(1, attachment.value.braced()).run();
}

void AttachmentReturns::each_arrived(
    const std::function<void(LayerId, const wire::AttachmentJson&)>& on_arrived) {
    if (!any_wait()) return;
    std::vector<wire::AttachmentJson> all;
    {
        Statement rows(database_, "SELECT " + std::string(geodb::kAttachmentColumns) +
                                      ", url FROM rhumb_attachment_waiting ORDER BY id");
        while (rows.step()) {
            all.push_back(wire::told_attachment(geodb::attachment_at(rows, 0),
                                                std::string(rows.column_text(9))));
        }
    }
    geodb::Attachments attachments(geodatabase_);
    for (const wire::AttachmentJson& one : all) {
        const LayerId layer = one.attachment.layer;
        const bool is_back = attachments.has_parent(layer, one.attachment.parent);
        if (!is_back && deletion_is_pending(layer, one.attachment.parent)) continue;
        stop_waiting(one.attachment.global_id);
        if (is_back) on_arrived(layer, one);
    }
}

void AttachmentReturns::bring_back(LayerId layer, const GlobalId& feature) {
    geodb::Attachments attachments(geodatabase_);
    if (!attachments.exist()) return;
    std::vector<Attachment> went;
    {
        // Of each the oldest entry, which says how the service has it.
        Statement rows(database_,
                       "SELECT id, old_global_id, old_layer_id, old_parent, old_name, "
                       "old_content_type, old_size, old_keywords, old_sha256 FROM "
                       "rhumb_attachment_edit e WHERE existed = 1 AND old_parent = ?1 AND "
                       "old_layer_id = ?2 AND generation = (SELECT min(generation) FROM "
                       "rhumb_attachment_edit WHERE id = e.id) AND NOT EXISTS (SELECT 1 FROM "
                       "rhumb_attachment a WHERE a.id = e.id)");
        rows.bind(1, feature.value.braced()).bind(2, layer.value);
        while (rows.step()) went.push_back(geodb::attachment_at(rows, 0));
    }
    if (went.empty()) return;
    const std::string url =
        database_.text_of("SELECT service_url FROM rhumb_replica").value_or("") + "/" +
        std::to_string(layer.value) + "/attachments/";
    AttachmentLane lane(geodatabase_);
    for (const Attachment& attachment : went) {
        Statement forget(database_, "DELETE FROM rhumb_attachment_edit WHERE id = ?1");
        forget.bind(1, attachment.id).run();
        // The service's own address of it went with the row; between two Rhumbs the hash will do.
        lane.take_in(layer,
                     wire::told_attachment(attachment, url + attachment.global_id.value.braced()),
                     AttachmentLane::Arrival::Add);
    }
}

bool AttachmentReturns::deletion_is_pending(LayerId layer, const GlobalId& feature) {
    auto [known, is_new] = deleted_.try_emplace(layer);
    if (is_new) {
        const geodb::Layer& rows = geodatabase_.layer(layer);
        Statement gone(database_, "SELECT e." + old_column(rows, rows.global_id_index()) +
                                      " FROM " + geodb::edit_table(layer) + " e WHERE e." +
                                      old_column(rows, rows.global_id_index()) + " IS NOT NULL");
        while (gone.step()) {
            if (const auto id = Uuid::parse(gone.column_text(0))) known->second.insert({*id});
        }
    }
    return known->second.count(feature) > 0;
}

}  // namespace rhumb::sync
