// SPDX-License-Identifier: Apache-2.0
//
// What a field holds, in the words of the feature service; one SQLite type serves several of them.

#pragma once

#include <cstdint>

namespace rhumb::geodb {

// GCC 12 sees FieldType::Blob shadow the type Blob, though a scoped name cannot.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

/// Stored in the file: never renumber.
enum class FieldType : std::uint8_t {
    ObjectId = 1,
    GlobalId = 2,  ///< text `{8-4-4-4-12}` in upper case, as is Guid
    Guid = 3,
    String = 4,
    SmallInteger = 5,
    Integer = 6,
    BigInteger = 7,
    Single = 8,
    Double = 9,
    Date = 10,             ///< text `yyyy-mm-ddThh:mm:ss[.sss]Z`, an instant in UTC
    DateOnly = 11,         ///< text `yyyy-mm-dd`
    TimeOnly = 12,         ///< text `hh:mm:ss[.sss]`
    TimestampOffset = 13,  ///< text `yyyy-mm-ddThh:mm:ss[.sss]±hh:mm`
    Blob = 14,
};

#pragma GCC diagnostic pop

}  // namespace rhumb::geodb
