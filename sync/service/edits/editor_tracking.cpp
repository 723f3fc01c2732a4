// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/editor_tracking.hpp"

#include "geodb/features/value_rules.hpp"

#include <array>
#include <string_view>

namespace rhumb::service {
namespace {

using geodb::FieldType;
using geodb::Layer;
using geodb::Value;

/// Creation date, creator, edit date, editor.
using Names = std::array<std::string_view, 4>;
constexpr std::array<Names, 2> kConventions{
    {{"CreationDate", "Creator", "EditDate", "Editor"},  // ArcGIS Online
     {"created_date", "created_user", "last_edited_date", "last_edited_user"}}};

std::optional<EditorFields> fields_named(const Layer& layer, const Names& names) {
    std::array<std::size_t, 4> columns{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto column = layer.find_field(names[i]);
        const FieldType wanted = i % 2 == 0 ? FieldType::Date : FieldType::String;
        if (!column || layer.fields[*column].type != wanted) return std::nullopt;
        columns[i] = *column;
    }
    return EditorFields{columns[0], columns[1], columns[2], columns[3]};
}

Value name_for(const Layer& layer, std::size_t column, const Editor& editor) {
    if (editor.name.empty()) return geodb::Null{};
    return geodb::stored_value(layer, column, editor.name);
}

}  // namespace

std::optional<EditorFields> editor_fields_of(const Layer& layer) {
    for (const Names& names : kConventions) {
        if (auto fields = fields_named(layer, names)) return fields;
    }
    return std::nullopt;
}

void stamp_new(const Layer& layer, const EditorFields& fields, const Editor& editor,
               std::vector<Value>& row) {
    row[fields.creation_date] = geodb::stored_value(layer, fields.creation_date, editor.now_ms);
    row[fields.edit_date] = row[fields.creation_date];
    row[fields.creator] = name_for(layer, fields.creator, editor);
    row[fields.editor] = name_for(layer, fields.editor, editor);
}

void stamp_changed(const Layer& layer, const EditorFields& fields, const Editor& editor,
                   std::vector<geodb::ColumnValue>& changes) {
    std::erase_if(changes,
                  [&](const geodb::ColumnValue& change) { return fields.has(change.column); });
    if (changes.empty()) return;  // nothing is edited
    changes.push_back(
        {fields.edit_date, geodb::stored_value(layer, fields.edit_date, editor.now_ms)});
    changes.push_back({fields.editor, name_for(layer, fields.editor, editor)});
}

}  // namespace rhumb::service
