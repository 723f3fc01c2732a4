// SPDX-License-Identifier: Apache-2.0
//
// Takes the edits of one feature back: its row is again what the service has, as the log knows it.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"

namespace rhumb::sync {

/// Pending edits and held ones. Within one write transaction. A feature without any is left as it
/// is. Throws ConstraintViolated when its old values have no place any more.
void undo_edits(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                const geodb::GlobalId& feature);

}  // namespace rhumb::sync
