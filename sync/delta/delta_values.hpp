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
#include "platform/uuid.hpp"
#include "sync/delta/delta_columns.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::delta {

/// A value as a delta keeps it. Borrows: what it was made of, or the file's bytes, outlive it.
struct Stored {
    /// Written into the packed form: never renumber.
    enum class Kind : std::uint8_t { Null = 0, Integer = 1, Real = 2, Text = 3, Blob = 4 };
    Kind kind = Kind::Null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes = {};  ///< of a text or BLOB
};

/// For the columns of one layer. `layer` outlives it.
class ValueCodec {
public:
    ValueCodec(const geodb::Layer& layer, const Columns& columns);

    /// How a value is kept. None for what nobody can read: a broken geometry that another program
    /// stored, a BLOB where none is kept. Like the JSON of the protocol, a delta leaves that out.
    std::optional<Stored> stored(std::size_t number, const geodb::Value& value);

    /// Binds a value as it is stored; the value must stay as it is until the statement is reset.
    /// False, and nothing bound, when it is left out.
    bool bind(geodb::sqlite::Statement& statement, int parameter, std::size_t number,
              const geodb::Value& value);

    /// Reads one into `value`. Throws CorruptData naming the column when it is none.
    void read(const Stored& stored, std::size_t number, geodb::Value& value) const;
    void read(const geodb::sqlite::Statement& row, int column, std::size_t number,
              geodb::Value& value) const;

private:
    static constexpr std::size_t kPointPrefix = 13;  ///< header and WKB head of a plain point
    static constexpr std::size_t kPointBytes = kPointPrefix + 16;

    std::optional<Stored> stored_shape(const geodb::Blob& shape) const;
    Stored stored_text(std::uint8_t type, const std::string& text);
    void read_shape(const Stored& stored, std::size_t number, geodb::Value& value) const;
    void read_blob(const Stored& stored, std::size_t number, geodb::Value& value) const;
    [[noreturn]] void refuse(std::size_t number, const std::string& why) const;

    const Columns& columns_;
    bool packs_points_ = false;
    std::array<std::uint8_t, kPointPrefix> point_prefix_{};
    Uuid uuid_;  ///< the last one that was packed
};

}  // namespace rhumb::delta
