// SPDX-License-Identifier: Apache-2.0
//
// Relationships between layers: a feature of the destination is a child of those features of the
// origin whose key equals its own.
//
// They stand in the table rhumb_relationship, and for other programs in the related-tables
// extension. In a composite one children go when their parent goes: a trigger of plain SQL deletes
// them, whoever deletes, so that they are tracked like any other edit.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// Stored: never renumber.
enum class Cardinality : std::uint8_t { OneToOne = 1, OneToMany = 2 };

struct Relationship {
    std::int32_t id = 0;
    std::string name;
    LayerId origin;
    LayerId destination;
    std::string origin_key;       ///< field of the origin
    std::string destination_key;  ///< field of the destination
    Cardinality cardinality = Cardinality::OneToMany;
    bool composite = false;
};

/// A relationship that is to be made.
struct RelationshipPlan {
    LayerId origin;
    LayerId destination;
    std::string origin_key;
    std::string destination_key;
    std::string name;  ///< "": made from the layers' names
    Cardinality cardinality = Cardinality::OneToMany;
    bool composite = false;
    std::optional<std::int32_t> id = std::nullopt;  ///< default: the next free one
};

/// By id. Those whose layers or keys are no longer in the file are left out.
std::vector<Relationship> read_relationships(sqlite::Database& database,
                                             const std::vector<Layer>& layers);

/// Defines a relationship, with an index on the children's key. Inside a transaction.
/// Throws NotFound naming a field, InvalidArgument for keys whose types cannot be equal or a
/// composite of a layer with itself, AlreadyExists.
Relationship add_relationship(Geodatabase& geodatabase, const RelationshipPlan& plan);

/// Defines relationships for the foreign keys between layers, as far as they name a field and no
/// object id, which is another one in every replica. Inside a transaction.
void adopt_foreign_keys(Geodatabase& geodatabase);

/// The layers in such an order that those of parents come before those of their children. Where
/// relationships go in a circle the order given is kept.
std::vector<LayerId> parents_first(std::vector<LayerId> layers,
                                   const std::vector<Relationship>& relationships);

/// Those that lead from parents to children without going in a circle: one that would close it is
/// left out. Of several the first in the list stay.
std::vector<Relationship> without_circles(std::vector<Relationship> relationships);

/// The trigger that deletes the children of deleted features of this layer.
std::string children_trigger(LayerId origin);

}  // namespace rhumb::geodb
