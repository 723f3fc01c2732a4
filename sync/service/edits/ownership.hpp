// SPDX-License-Identifier: Apache-2.0
//
// Ownership-based access: what users may do with features that others made. It rests on the
// creator field of editor tracking; a layer without one has no owners.

#pragma once

namespace rhumb::service {

struct OwnershipRules {
    bool allow_others_to_update = true;
    bool allow_others_to_delete = true;
    bool allow_others_to_query = true;

    bool restricts_edits() const { return !allow_others_to_update || !allow_others_to_delete; }
    bool restricts_anything() const { return restricts_edits() || !allow_others_to_query; }
};

}  // namespace rhumb::service
