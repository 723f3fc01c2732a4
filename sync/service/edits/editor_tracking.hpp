// SPDX-License-Identifier: Apache-2.0
//
// Editor tracking: the fields of a layer that tell who made and last edited a feature, and when.
//
// Which fields these are the layer says (geodb::EditorTracking). The service fills them; what
// clients send there is ignored.

#pragma once

#include "geodb/features/column_value.hpp"
#include "geodb/layer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::service {

/// Who edits, and when.
struct Editor {
    std::string name;  ///< "" for somebody who did not sign in: stored as NULL
    std::int64_t now_ms = 0;
};

/// Puts the editor into all columns of a new row.
void stamp_new(const geodb::Layer& layer, const geodb::EditorTracking& fields, const Editor& editor,
               std::vector<geodb::Value>& row);
/// Puts the editor into the changes of a row that is there.
void stamp_changed(const geodb::Layer& layer, const geodb::EditorTracking& fields,
                   const Editor& editor, std::vector<geodb::ColumnValue>& changes);

}  // namespace rhumb::service
