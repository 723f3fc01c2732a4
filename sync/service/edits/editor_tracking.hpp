// SPDX-License-Identifier: Apache-2.0
//
// Editor tracking: the fields of a layer that tell who made and last edited a feature, and when.
//
// A layer tracks its editors when it has the four fields under the names that ArcGIS Online or
// ArcGIS Enterprise gives them. The service fills them; what clients send there is ignored.

#pragma once

#include "geodb/features/column_value.hpp"
#include "geodb/layer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {

/// Columns of a layer, as counted there.
struct EditorFields {
    std::size_t creation_date = 0;
    std::size_t creator = 0;
    std::size_t edit_date = 0;
    std::size_t editor = 0;

    bool has(std::size_t column) const {
        return column == creation_date || column == creator || column == edit_date ||
               column == editor;
    }
};

/// None when the layer does not track its editors.
std::optional<EditorFields> editor_fields_of(const geodb::Layer& layer);

/// Who edits, and when.
struct Editor {
    std::string name;  ///< "" for somebody who did not sign in: stored as NULL
    std::int64_t now_ms = 0;
};

/// Puts the editor into all columns of a new row.
void stamp_new(const geodb::Layer& layer, const EditorFields& fields, const Editor& editor,
               std::vector<geodb::Value>& row);
/// Puts the editor into the changes of a row that is there.
void stamp_changed(const geodb::Layer& layer, const EditorFields& fields, const Editor& editor,
                   std::vector<geodb::ColumnValue>& changes);

}  // namespace rhumb::service
