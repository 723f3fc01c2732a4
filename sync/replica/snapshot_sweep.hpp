// SPDX-License-Identifier: Apache-2.0
//
// A layer that comes whole: which features here were not in it.
//
// What was seen is kept in a temporary table, so that memory does not follow the layer.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/statement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// Within one write transaction. Database and layer outlive it.
class SnapshotSweep {
public:
    SnapshotSweep(geodb::sqlite::Database& database, const geodb::Layer& layer);
    SnapshotSweep(const SnapshotSweep&) = delete;
    SnapshotSweep& operator=(const SnapshotSweep&) = delete;
    ~SnapshotSweep();

    void saw(const geodb::GlobalId& feature);
    /// Features here that were not seen.
    std::vector<geodb::GlobalId> unseen();

private:
    geodb::sqlite::Database& database_;
    const geodb::Layer& layer_;
    std::string table_;
    std::optional<geodb::sqlite::Statement> put_;
};

}  // namespace rhumb::sync
