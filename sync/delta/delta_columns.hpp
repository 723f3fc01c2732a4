// SPDX-License-Identifier: Apache-2.0
//
// The columns of a layer that travel in a delta: all but the GlobalID, which is the key, and
// BLOBs, which are not synchronized. A set of them is a mask, stored in `changed`.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rhumb::delta {

struct Column {
    std::string name;
    std::uint8_t type = 0;  ///< geodb::FieldType; kGeometry for the geometry
    std::size_t index = 0;  ///< in the layer it stands for here
    bool operator==(const Column&) const = default;
};

class Columns {
public:
    static constexpr std::uint8_t kGeometry = 0;

    Columns() = default;
    explicit Columns(const geodb::Layer& layer);

    const std::vector<Column>& list() const { return list_; }
    std::size_t size() const { return list_.size(); }
    const Column& operator[](std::size_t number) const { return list_[number]; }

    /// What somebody else says the columns are. Throws CorruptData when they make no sense.
    static Columns checked(std::vector<Column> declared);
    /// The same of those that a delta in SQLite declares for a layer.
    static Columns declared(geodb::sqlite::Database& delta, geodb::LayerId layer);
    void write(geodb::sqlite::Database& delta, geodb::LayerId layer) const;

    /// The same columns where they stand in `layer`, found by name. Throws SchemaChanged naming
    /// the column that is not there, or of another type there.
    Columns in(const geodb::Layer& layer) const;

private:
    std::vector<Column> list_;
};

/// A set of columns by their number. Up to 62 columns it is stored as an integer, bit i for column
/// i; beyond that as bytes, eight columns a byte, the lowest bit first.
class ColumnMask {
public:
    explicit ColumnMask(std::size_t columns) : columns_(columns), bytes_((columns + 7) / 8) {}

    void clear() { bytes_.assign(bytes_.size(), 0); }
    void add(std::size_t column) { bytes_[column / 8] |= bit_of(column); }
    bool has(std::size_t column) const { return (bytes_[column / 8] & bit_of(column)) != 0; }
    bool empty() const;

    void bind(geodb::sqlite::Statement& statement, int parameter) const;
    /// False when what is stored is no mask of so many columns.
    bool read(const geodb::sqlite::Statement& row, int column);

    std::size_t byte_count() const { return bytes_.size(); }
    void append_bytes(std::string& bytes) const;
    /// False as above.
    bool read_bytes(std::span<const std::uint8_t> bytes);

private:
    static constexpr std::size_t kIntegerColumns = 62;

    static std::uint8_t bit_of(std::size_t column) {
        return static_cast<std::uint8_t>(1U << (column % 8));
    }

    std::size_t columns_;
    std::vector<std::uint8_t> bytes_;  ///< as stored beyond 62 columns
};

}  // namespace rhumb::delta
