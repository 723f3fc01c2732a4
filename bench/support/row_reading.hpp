// SPDX-License-Identifier: Apache-2.0
//
// Reading rows and nothing else: what any export has to do at least.

#pragma once

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/net_edits.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace rhumb::bench {

/// Looks at every value of the row; what it returns keeps the reading from being left out.
std::uint64_t look_at(const geodb::sqlite::Statement& row);

/// All rows of a query, each value looked at; how many there were.
std::int64_t read_all(geodb::sqlite::Statement& rows);

/// Writes net edits one after the other as bytes: kind, GlobalID, values; of an update those that
/// changed, each with its column. The smallest thing that can be called a delta; it holds one
/// buffer and no edits.
class BinaryDelta {
public:
    explicit BinaryDelta(const std::filesystem::path& path);
    void put(const geodb::NetEdit& edit);
    /// Writes what is left; how many edits there were.
    std::int64_t finish();

private:
    void put_value(const geodb::Value& value);
    void put_bytes(const void* bytes, std::size_t size);

    std::filesystem::path path_;
    std::string buffer_;
    std::int64_t edits_ = 0;
};

}  // namespace rhumb::bench
