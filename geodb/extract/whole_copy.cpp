// SPDX-License-Identifier: Apache-2.0
#include "geodb/extract/whole_copy.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <algorithm>
#include <span>

namespace rhumb::geodb {
namespace {

using sqlite::Database;
using sqlite::quoted_name;

/// A file of which more than an eighth is left empty is written anew without the gaps.
constexpr std::int64_t kPagesPerFreePage = 8;

/// Tables that belong to a geodatabase as such; other rhumb_ tables are a replica's or a service's.
bool is_of_geodatabase(const std::string& table, const std::vector<Layer>& layers) {
    for (const char* own : {"rhumb_meta", "rhumb_layer", "rhumb_field", "rhumb_changeset"}) {
        if (table == own) return true;
    }
    return std::any_of(layers.begin(), layers.end(),
                       [&](const Layer& layer) { return table == edit_table(layer.id); });
}

std::vector<std::string> rhumb_tables(Database& database) {
    std::vector<std::string> names;
    sqlite::Statement rows(database,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                           "name LIKE 'rhumb\\_%' ESCAPE '\\'");
    while (rows.step()) names.emplace_back(rows.column_text(0));
    return names;
}

void drop_tables_of_others(Database& database, const std::vector<Layer>& layers) {
    for (const std::string& table : rhumb_tables(database)) {
        if (is_of_geodatabase(table, layers)) continue;
        database.execute("DROP TABLE " + quoted_name(table));
        for (const char* list : {"gpkg_contents", "gpkg_extensions"}) {
            sqlite::Statement forget(database,
                                     "DELETE FROM " + std::string(list) + " WHERE table_name = ?1");
            forget.bind(1, table).run();
        }
    }
}

/// The copy begins a life of its own.
void begin_anew(Database& database, const std::vector<Layer>& layers, World world) {
    sqlite::Transaction transaction(database);
    drop_tables_of_others(database, layers);
    for (const Layer& layer : layers) database.execute("DELETE FROM " + edit_table(layer.id));
    database.execute("DELETE FROM rhumb_changeset WHERE generation > 0");
    database.execute("UPDATE rhumb_meta SET value = 0 WHERE name = 'oldest_generation'");
    sqlite::Statement identity(database,
                               "UPDATE rhumb_meta SET value = ?1 WHERE name = 'database_id'");
    const Uuid id = Uuid::random(world.random);
    identity.bind(1, std::span<const std::uint8_t>(id.bytes)).run();
    transaction.commit();
}

void close_gaps(Database& database) {
    const auto pages = database.int64_of("PRAGMA page_count").value_or(0);
    const auto free = database.int64_of("PRAGMA freelist_count").value_or(0);
    if (free > pages / kPagesPerFreePage) database.execute("VACUUM");
}

Generation copy_pages(Geodatabase& source, Database& target) {
    // Inside a transaction nobody's commit makes the copy start again.
    std::optional<sqlite::Transaction> view;
    if (!source.database().in_transaction()) {
        view.emplace(source.database(), sqlite::Transaction::Deferred);
    }
    const Generation head = source.timeline().head();
    source.database().copy_to(target);
    return head;
}

Generation fill(Geodatabase& source, const std::filesystem::path& path, World world) {
    Database target = Database::open(path, Database::Mode::Create);
    target.execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
    const Generation head = copy_pages(source, target);
    // What others did before must not be found in the empty pages of the copy.
    target.execute("PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON");
    begin_anew(target, source.layers(), world);
    close_gaps(target);
    return head;
}

}  // namespace

Generation copy_geodatabase(Geodatabase& source, const std::filesystem::path& path, World world) {
    if (std::filesystem::exists(path)) {
        throw Error(Status::AlreadyExists, "there is a file '" + path.string() + "' already");
    }
    try {
        return fill(source, path, world);
    } catch (...) {
        remove_quietly(path);
        remove_quietly(path.string() + "-journal");
        throw;
    }
}

}  // namespace rhumb::geodb
