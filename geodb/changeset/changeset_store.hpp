// SPDX-License-Identifier: Apache-2.0
//
// The changesets of a served geodatabase: one for each generation, chained by their ids.
//
// A generation's changeset is made from the edit log in the transaction that closes it, so there
// is none without the other. The chain begins with the first generation that is recorded.

#pragma once

#include "geodb/changeset/change_writer.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "platform/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

struct ChangesetFacts {
    Generation generation;
    Sha1 id;
    Sha1 parent;            ///< all zero for the first
    std::string prefix;     ///< NUL-ended JSON with the DDL; empty when the schema stays
    std::int64_t size = 0;  ///< bytes of the change stream
    std::int64_t inserts = 0, updates = 0, deletes = 0;
};

/// Lives on the thread that owns `database`, which outlives it.
class ChangesetStore {
public:
    explicit ChangesetStore(sqlite::Database& database) : database_(database) {}

    /// Makes the tables where they are not there yet. Inside a transaction.
    static void create_tables(sqlite::Database& database);

    /// Records the changeset of the generation that was closed last. Inside the transaction that
    /// closed it, before any later edit. `ddl`: statements that changed the schema.
    ChangesetFacts record(const std::vector<Layer>& layers, Generation closed,
                          const std::string& ddl = {});

    std::optional<ChangesetFacts> facts(Generation generation);
    /// Facts of the changesets after a generation, at most `limit`, in order.
    std::vector<ChangesetFacts> after(Generation base, std::int64_t limit);
    /// Hands over the change stream of a generation in pieces. Throws NotFound.
    void read(Generation generation, const ChangeWriter::Sink& sink);

private:
    Sha1 last_id();

    sqlite::Database& database_;
};

/// The prefix that tells DDL: `{"ContainsSchemaChanges":true,"DDL":"…"}` and a NUL.
std::string changeset_prefix(const std::string& ddl);

}  // namespace rhumb::geodb
