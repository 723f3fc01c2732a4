// SPDX-License-Identifier: Apache-2.0
//
// A crew's geodatabase with edits of every kind, and the delta that tells them.

#pragma once

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/delta/delta_writer.hpp"
#include "tests/support/field_layers.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rhumb::test {

/// Trees and visits; `edit()` makes adds, updates and deletes after generation 0 was closed.
struct DeltaField {
    TempFolder folder;
    TestWorld world;
    geodb::Geodatabase file = geodb::Geodatabase::create(folder / "crew.gpkg", world.world());
    std::filesystem::path path = folder / "edits.delta";
    geodb::Generation base{0};
    delta::Form form;

    explicit DeltaField(delta::Form written = delta::Form::Sqlite);
    void edit();

    delta::Header header() const;
    /// Writes the net edits since `base`.
    void write();
    const geodb::Layer& trees() const { return file.layer("trees"); }
    const geodb::Layer& visits() const { return file.layer("visits"); }
};

/// Every row of a delta read against the layers of `file`; how many there were. Throws as the
/// reader does.
std::int64_t read_whole(const std::filesystem::path& path, const geodb::Geodatabase& file);

}  // namespace rhumb::test
