// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/editor_tracking.hpp"

#include "geodb/features/value_rules.hpp"

namespace rhumb::service {
namespace {

using geodb::EditorTracking;
using geodb::Layer;
using geodb::Value;

Value name_for(const Layer& layer, std::size_t column, const Editor& editor) {
    if (editor.name.empty()) return geodb::Null{};
    return geodb::stored_value(layer, column, editor.name);
}

}  // namespace

void stamp_new(const Layer& layer, const EditorTracking& fields, const Editor& editor,
               std::vector<Value>& row) {
    for (const auto& date : {fields.created, fields.edited}) {
        if (date) row[*date] = geodb::stored_value(layer, *date, editor.now_ms);
    }
    for (const auto& name : {fields.creator, fields.editor}) {
        if (name) row[*name] = name_for(layer, *name, editor);
    }
}

void stamp_changed(const Layer& layer, const EditorTracking& fields, const Editor& editor,
                   std::vector<geodb::ColumnValue>& changes) {
    std::erase_if(changes,
                  [&](const geodb::ColumnValue& change) { return fields.has(change.column); });
    if (changes.empty()) return;  // nothing is edited
    if (fields.edited) {
        changes.push_back(
            {*fields.edited, geodb::stored_value(layer, *fields.edited, editor.now_ms)});
    }
    if (fields.editor) changes.push_back({*fields.editor, name_for(layer, *fields.editor, editor)});
}

}  // namespace rhumb::service
