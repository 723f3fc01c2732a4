// SPDX-License-Identifier: Apache-2.0
//
// Rows and single values of a layer as Esri JSON, for uploads and for the lists of what lost.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "geodb/value.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace rhumb::sync {

/// A value as it travels: dates in ms, a geometry as Esri JSON, blobs as null.
void write_value(wire::JsonWriter& writer, const geodb::Layer& layer, std::size_t column,
                 const geodb::Value& value);
std::string value_json(const geodb::Layer& layer, std::size_t column, const geodb::Value& value);

/// {"attributes":{GlobalID and the named columns},"geometry":…}. The geometry is written when its
/// column is named, null when there is no shape.
void write_row(wire::JsonWriter& writer, const geodb::Layer& layer, const geodb::GlobalId& feature,
               const std::vector<std::size_t>& columns, const std::vector<geodb::Value>& values);
std::string row_json(const geodb::Layer& layer, const geodb::GlobalId& feature,
                     const std::vector<geodb::Value>& values);

/// The feature of an edit: as it is, or was before it was deleted.
std::string edit_json(const geodb::Layer& layer, const geodb::NetEdit& edit);

/// What a device may send: all columns but the GlobalID, which comes by itself, and blobs.
std::vector<std::size_t> sent_columns(const geodb::Layer& layer);

}  // namespace rhumb::sync
