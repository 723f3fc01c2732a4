// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_edit_times.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"

namespace rhumb::service {
namespace {

using geodb::Generation;
using geodb::Layer;
using geodb::LayerId;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;

bool found(Statement& look) {
    const bool any = look.step();
    look.reset();
    return any;
}

bool touched(Database& database, LayerId layer, Generation generation, bool attachments) {
    Statement& edits = database.cached("SELECT 1 FROM " + geodb::edit_table(layer) +
                                       " WHERE generation = ?1 LIMIT 1");
    if (found(edits.bind(1, generation.value))) return true;
    if (!attachments) return false;
    Statement& files = database.cached(
        "SELECT 1 FROM rhumb_attachment_edit e LEFT JOIN rhumb_attachment a ON a.id = e.id "
        "WHERE e.generation = ?1 AND ifnull(e.old_layer_id, a.layer_id) = ?2 LIMIT 1");
    return found(files.bind(1, generation.value).bind(2, layer.value));
}

}  // namespace

void note_edited_layers(geodb::Geodatabase& writer, Generation closed) {
    Database& database = writer.database();
    if (!database.has_table("rhumb_layer_edited")) return;  // nobody has served the file yet
    const bool attachments = database.has_table("rhumb_attachment_edit");
    for (const Layer& layer : writer.layers()) {
        if (!touched(database, layer.id, closed, attachments)) continue;
        Statement& note = database.cached(
            "INSERT INTO rhumb_layer_edited VALUES (?1, ?2) ON CONFLICT (layer_id) DO UPDATE SET "
            "edited_ms = max(edited_ms + 1, excluded.edited_ms)");
        note.bind(1, layer.id.value).bind(2, writer.now_ms()).run();
    }
}

std::int64_t last_edit_ms(geodb::Geodatabase& reader, LayerId layer) {
    Statement& look = reader.database().cached(
        "SELECT ifnull((SELECT edited_ms FROM rhumb_layer_edited WHERE layer_id = ?1), "
        "(SELECT min(made_ms) FROM rhumb_changeset))");
    look.bind(1, layer.value);
    const std::int64_t ms = look.step() ? look.column_int64(0) : 0;
    look.reset();
    return ms;
}

}  // namespace rhumb::service
