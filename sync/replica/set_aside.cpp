// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/set_aside.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/text.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/row_json.hpp"
#include "sync/replica/undo_edits.hpp"

#include <limits>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::NetEdit;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

/// Held edits count too: with them in the log as pending ones, all is one net edit.
std::optional<NetEdit> whole_edit(geodb::Geodatabase& geodatabase, const Layer& layer,
                                  const GlobalId& feature) {
    HeldEdits(geodatabase.database(), layer)
        .release(feature, geodatabase.timeline().open_generation());
    std::optional<NetEdit> found;
    geodb::NetEdits(geodatabase.database(), layer).each({}, [&](NetEdit&& edit) {
        if (edit.feature == feature) found = std::move(edit);
    });
    return found;
}

std::string changed_json(const Layer& layer, const NetEdit& edit) {
    if (edit.kind != NetEdit::Kind::Update) return edit_json(layer, edit);
    std::string text;
    wire::JsonWriter writer(text);
    write_row(writer, layer, edit.feature, edit.changed, edit.after);
    return text;
}

}  // namespace

std::optional<RejectedEdit> set_aside(geodb::Geodatabase& geodatabase, const Layer& layer,
                                      const GlobalId& feature, const std::string& reason) {
    const auto edit = whole_edit(geodatabase, layer, feature);
    if (!edit) return std::nullopt;
    RejectedEdit aside;
    aside.layer = layer.id;
    aside.feature = feature;
    aside.kind = edit->kind;
    aside.reason = reason;
    aside.at_ms = geodatabase.now_ms();
    aside.values = changed_json(layer, *edit);
    aside.keeping = RejectedEdit::Keeping::SetAside;
    undo_edits(geodatabase, layer, feature);
    return aside;
}

ChildRows::ChildRows(geodb::Geodatabase& geodatabase, const Layer& layer)
    : geodatabase_(geodatabase), layer_(layer) {
    for (const Layer& child : geodatabase.layers()) {
        // A key of several columns is left to SQLite.
        Statement keys(geodatabase.database(),
                       "SELECT \"table\", \"from\", \"to\", on_delete FROM "
                       "pragma_foreign_key_list(?1) GROUP BY id HAVING count(*) = 1");
        keys.bind(1, child.table);
        while (keys.step()) {
            if (!equal_ignoring_case(keys.column_text(0), layer.table)) continue;
            if (keys.column_text(3).substr(0, 3) == "SET") continue;  // the child stays
            const std::string key(keys.column_text(2));
            relations_.push_back(
                {&child, std::string(keys.column_text(1)), key.empty() ? layer.fid_column : key});
        }
    }
}

void ChildRows::defer_foreign_keys(geodb::Geodatabase& geodatabase) {
    geodatabase.database().execute("PRAGMA defer_foreign_keys = ON");
}

std::vector<GlobalId> ChildRows::edited_children(const Relation& relation, geodb::ObjectId parent) {
    Statement look(geodatabase_.database(),
                   "SELECT " + quoted_name(relation.child->global_id_column) + " FROM " +
                       quoted_name(relation.child->table) + " WHERE " +
                       quoted_name(relation.column) + " = (SELECT " + quoted_name(relation.key) +
                       " FROM " + quoted_name(layer_.table) + " WHERE " +
                       quoted_name(layer_.fid_column) + " = ?1)");
    look.bind(1, parent.value);
    std::vector<GlobalId> children;
    const PendingLog log(geodatabase_.database(), *relation.child);
    while (look.step()) {
        const GlobalId child{Uuid::parse(look.column_text(0)).value_or(Uuid{})};
        if (log.find(child)) children.push_back(child);
    }
    return children;
}

void ChildRows::set_aside_edited(geodb::ObjectId parent, const OnSetAside& on_set_aside) {
    for (const Relation& relation : relations_) {
        for (const GlobalId& child : edited_children(relation, parent)) {
            auto aside = set_aside(geodatabase_, *relation.child, child,
                                   "the feature of layer '" + layer_.name +
                                       "' that it belongs to was deleted in the service");
            if (aside) on_set_aside(std::move(*aside));
        }
    }
}

}  // namespace rhumb::sync
