// SPDX-License-Identifier: Apache-2.0
//
// When each layer of a served GeoPackage was last edited, its attachments included.
//
// Kept beside the timeline, since the log of old edits goes. It grows with every changeset that
// touches the layer and with nothing else, even when two fall into one millisecond or the clock is
// set back: clients look for a new value, not for the time.

#pragma once

#include "geodb/geodatabase.hpp"

#include <cstdint>

namespace rhumb::service {

/// Notes the layers that the generation closed last has touched. Inside its transaction.
void note_edited_layers(geodb::Geodatabase& writer, geodb::Generation closed);

/// In milliseconds since 1970; that of the whole file's beginning for a layer nobody has edited.
std::int64_t last_edit_ms(geodb::Geodatabase& reader, geodb::LayerId layer);

}  // namespace rhumb::service
