// SPDX-License-Identifier: Apache-2.0
//
// Deciding a conflict after the fact: mine, theirs, or a third value.
//
// The decision is an edit like any other, which goes up with the next synchronization; where the
// chosen value stands in the row already there is nothing to edit. The conflict stays in the list,
// with what was decided and when.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/replica/replica.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::sync {

struct Resolution {
    enum class Take { Mine, Theirs, Value };
    Take take = Take::Mine;
    /// Value: of the column as JSON; where one side had deleted the feature, {"attributes":{…}}.
    std::string value{};
    /// Which conflicts: the one of the number, or another of the same feature.
    enum class Scope {
        Number,   ///< that one
        Column,   ///< the last about `column` of its feature
        Feature,  ///< all of its feature that nobody has decided
    };
    Scope scope = Scope::Number;
    std::string column{};
};

/// One transaction. Returns how many conflicts it decided.
/// Throws NotFound naming the number, column or feature that is not there, InvalidArgument for a
/// value that cannot be read or a conflict that was decided already, ConstraintViolated when the
/// file's rules refuse the value.
std::int64_t resolve_conflict(geodb::Geodatabase& geodatabase, std::int64_t number,
                              const Resolution& resolution);

}  // namespace rhumb::sync
