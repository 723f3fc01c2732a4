// SPDX-License-Identifier: Apache-2.0
//
// Edits of ours that cannot stand beside what the service has: a value that must be unique is
// taken there, a parent is gone there. They are taken out of the rows and kept with their values.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/replica/replica.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

using OnSetAside = std::function<void(RejectedEdit&&)>;

/// Takes back all edits of a feature that the service does not have, and gives what they were.
/// None when there are none. Within one write transaction.
std::optional<RejectedEdit> set_aside(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                                      const geodb::GlobalId& feature, const std::string& reason);

/// The rows of the layers that have one of `layer` for their parent, by the foreign keys that the
/// users of the file have made.
class ChildRows {
public:
    ChildRows(geodb::Geodatabase& geodatabase, const geodb::Layer& layer);

    /// Within this transaction parents may come after their children.
    static void defer_foreign_keys(geodb::Geodatabase& geodatabase);

    /// Before a parent goes: edits of its children, which must not go with it unseen.
    void set_aside_edited(geodb::ObjectId parent, const OnSetAside& on_set_aside);

private:
    struct Relation {
        const geodb::Layer* child;
        std::string column;  ///< of the child
        std::string key;     ///< column of the parent
    };
    std::vector<geodb::GlobalId> edited_children(const Relation& relation, geodb::ObjectId parent);

    geodb::Geodatabase& geodatabase_;
    const geodb::Layer& layer_;
    std::vector<Relation> relations_;
};

}  // namespace rhumb::sync
