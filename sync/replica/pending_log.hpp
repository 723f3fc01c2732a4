// SPDX-License-Identifier: Apache-2.0
//
// The edit log of one layer of a device, feature by feature: everything in it is an edit that the
// service does not have yet.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "sync/replica/rebase.hpp"

#include <optional>
#include <unordered_map>
#include <vector>

namespace rhumb::sync {

/// Within one write transaction. Database and layer outlive it.
class PendingLog {
public:
    PendingLog(geodb::sqlite::Database& database, const geodb::Layer& layer);

    /// The object id under which a feature has pending edits, also when it was deleted here.
    std::optional<geodb::ObjectId> find(const geodb::GlobalId& feature) const;

    /// The entries of a feature, oldest first.
    std::vector<LoggedEdit> read(geodb::ObjectId feature);
    void replace(geodb::ObjectId feature, const std::vector<LoggedEdit>& edits);

    /// A feature took the object id of another, whose deletion the log tells under it. Gives it an
    /// object id and an entry of its own, as one that was made here.
    geodb::ObjectId move_away(const geodb::GlobalId& feature, geodb::ObjectId from,
                              geodb::Generation made_in);

    /// A feature's edits up to `until` were refused. When it was edited since, they go out again
    /// with the later ones; else nothing happens, and this is false.
    bool carry_forward(geodb::ObjectId feature, geodb::Generation until);

    /// The service has the feature after all, although it said that it was deleted. When the log
    /// remembers what it was before, our edits up to `until` go out again, as updates of it; else
    /// false, and nothing happens.
    bool take_up_again(geodb::ObjectId feature, geodb::Generation until);

private:
    geodb::sqlite::Database& database_;
    const geodb::Layer& layer_;
    std::unordered_map<geodb::GlobalId, geodb::ObjectId> features_;
};

}  // namespace rhumb::sync
