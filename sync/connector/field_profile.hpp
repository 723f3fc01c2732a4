// SPDX-License-Identifier: Apache-2.0
//
// The field type that holds all values of a column without losing anything.

#pragma once

#include "geodb/field_type.hpp"
#include "sync/connector/source_row.hpp"

#include <cstdint>
#include <string_view>

namespace rhumb::connector {

/// Looks at each value of a column, in the first reading.
class FieldProfile {
public:
    void add(const SourceValue& value);

    /// Whole numbers: the smallest integer type that holds them, but SmallInteger is for booleans.
    /// Numbers: Double, unless that would round a whole number. Texts: Guid, DateOnly or Date
    /// (all with a time of day) when every one of them is such, else String. A mixture is String,
    /// and so is a column without values.
    geodb::FieldType type() const;
    bool is_numeric() const;

private:
    void add_integer(const geodb::Value& value);
    void add_text(std::string_view text);
    bool seen_only(SourceValue::Kind kind) const { return seen_ == bit(kind); }
    static unsigned bit(SourceValue::Kind kind) { return 1u << static_cast<unsigned>(kind); }

    unsigned seen_ = 0;  ///< a bit for each kind
    bool fits_32_bits_ = true;
    bool fits_double_ = true;
    bool guids_ = true;
    bool dates_ = true;
    bool date_times_ = true;
};

/// The value as stored_value() takes it for a field of `type`.
geodb::Value plain_value(SourceValue&& value, geodb::FieldType type);

}  // namespace rhumb::connector
