// SPDX-License-Identifier: Apache-2.0
//
// A GeoPackage somebody else made: what its layers are, and which of them we can keep.
//
// It is opened for reading only, and nothing in it is trusted: no function that its schema names
// runs, and none of its triggers does.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "sync/connector/readable_copy.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::connector {

struct GpkgTable {
    geodb::Layer layer;  ///< as it stands in the source
    std::string description;
    std::int64_t rows;
};

/// One consistent view of the file, as long as it lives.
class GpkgSource {
public:
    /// Throws NotFound, CorruptData, Unsupported … naming the file.
    explicit GpkgSource(const std::filesystem::path& path);

    /// The layers and tables called `wanted` (all when empty) that we can keep.
    /// Throws NotFound naming one that is not there, Unsupported when none can be kept.
    std::vector<GpkgTable> tables(const std::vector<std::string>& wanted,
                                  const std::optional<std::int32_t>& crs);
    /// Why tables of the file were left out by tables().
    const std::vector<std::string>& left_out() const { return left_out_; }

    geodb::sqlite::Database& database() { return database_; }
    /// As the caller named it.
    const std::filesystem::path& path() const { return path_; }

private:
    struct Entry {
        std::string table;
        std::string identifier;
        std::string data_type;
        std::string description;
        bool is_called(const std::string& name) const;
    };
    std::vector<Entry> entries();
    std::vector<Entry> wanted_entries(const std::vector<std::string>& wanted);
    void settle_geometry_type(const std::string& table);
    GpkgTable read(const Entry& entry, const std::optional<std::int32_t>& crs);
    void note_relations();

    std::filesystem::path path_;
    ReadableCopy copy_;
    geodb::sqlite::Database database_;
    std::optional<geodb::sqlite::Transaction> view_;
    std::vector<std::string> left_out_;
};

}  // namespace rhumb::connector
