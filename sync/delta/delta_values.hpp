// SPDX-License-Identifier: Apache-2.0
//
// Values as a delta keeps them: as SQLite does, but three kinds more densely, when that loses
// nothing: a plain point as its two numbers, a GUID as its 16 bytes, a date as milliseconds.
//
// What is read was written by somebody else, so every value is checked for being one at all;
// whether the layer's rules allow it is for whoever takes it.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/value.hpp"
#include "sync/delta/delta_columns.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rhumb::delta {

/// For the columns of one layer. `layer` outlives it.
class ValueCodec {
public:
    ValueCodec(const geodb::Layer& layer, const Columns& columns);

    /// Binds a value as it is stored; the value must stay as it is until the statement is reset.
    /// False, and nothing bound, for what nobody can read: a broken geometry that another program
    /// stored, a BLOB where none is kept. Like the JSON of the protocol, a delta leaves that out.
    bool bind(geodb::sqlite::Statement& statement, int parameter, std::size_t number,
              const geodb::Value& value);

    /// Reads one into `value`. Throws CorruptData naming the column when it is none.
    void read(const geodb::sqlite::Statement& row, int column, std::size_t number,
              geodb::Value& value) const;

private:
    static constexpr std::size_t kPointPrefix = 13;  ///< header and WKB head of a plain point
    static constexpr std::size_t kPointBytes = kPointPrefix + 16;

    bool bind_shape(geodb::sqlite::Statement& statement, int parameter, const geodb::Blob& shape);
    void bind_text(geodb::sqlite::Statement& statement, int parameter, std::uint8_t type,
                   const geodb::Value& value);
    void read_shape(const geodb::sqlite::Statement& row, int column, std::size_t number,
                    geodb::Value& value) const;
    void read_blob(const geodb::sqlite::Statement& row, int column, std::size_t number,
                   geodb::Value& value) const;
    [[noreturn]] void refuse(std::size_t number, const std::string& why) const;

    const Columns& columns_;
    bool packs_points_ = false;
    std::array<std::uint8_t, kPointPrefix> point_prefix_{};
};

}  // namespace rhumb::delta
