// SPDX-License-Identifier: Apache-2.0
//
// Identities and counters of a geodatabase, each a type of its own so that none is taken for
// another.

#pragma once

#include "platform/uuid.hpp"

#include <compare>
#include <cstdint>

namespace rhumb::geodb {

/// A layer or table of the service, by its number there.
struct LayerId {
    std::int32_t value = 0;
    auto operator<=>(const LayerId&) const = default;
};

/// Row number in *one* database: the `fid` of a GeoPackage. Never shared by two replicas.
struct ObjectId {
    std::int64_t value = 0;
    auto operator<=>(const ObjectId&) const = default;
};

/// Identity of a feature in every replica.
struct GlobalId {
    Uuid value;
    auto operator<=>(const GlobalId&) const = default;
};

/// Index of this geodatabase's timeline. Edits are dated by the generation they were made in.
struct Generation {
    std::int64_t value = 0;
    auto operator<=>(const Generation&) const = default;
};

}  // namespace rhumb::geodb

template <>
struct std::hash<rhumb::geodb::GlobalId> {
    std::size_t operator()(const rhumb::geodb::GlobalId& id) const noexcept {
        return std::hash<rhumb::Uuid>{}(id.value);
    }
};
