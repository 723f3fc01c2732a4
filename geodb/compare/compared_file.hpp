// SPDX-License-Identifier: Apache-2.0
//
// A GeoPackage that is to be compared, tracked by Rhumb or not: its layers whose features have an
// identity.
//
// It is opened for reading only and nothing in it is trusted. All is seen in one state, whoever
// writes meanwhile.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/transaction.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

class ComparedFile {
public:
    /// Throws NotFound, CorruptData, Unsupported … naming the file.
    explicit ComparedFile(const std::filesystem::path& path);
    ComparedFile(const ComparedFile&) = delete;
    ComparedFile& operator=(const ComparedFile&) = delete;

    /// Those of a Rhumb geodatabase by id, then the other tables that have a column for GlobalIDs.
    /// Only tracked ones have a number; their GlobalIDs are all in the canonical form.
    struct Item {
        Layer layer;
        bool tracked = false;
    };
    const std::vector<Item>& items() const { return items_; }
    /// By name or table name in any letter case; null when there is none.
    const Item* find(std::string_view name) const;
    /// Tables that cannot be compared, each with the reason.
    const std::vector<std::string>& left_out() const { return left_out_; }

    sqlite::Database& database() { return database_; }
    const std::filesystem::path& path() const { return database_.path(); }

private:
    void add_table(const std::string& table);

    sqlite::Database database_;
    std::optional<sqlite::Transaction> view_;
    std::vector<Item> items_;
    std::vector<std::string> left_out_;
};

}  // namespace rhumb::geodb
