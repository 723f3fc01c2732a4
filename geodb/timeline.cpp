// SPDX-License-Identifier: Apache-2.0
#include "geodb/timeline.hpp"

#include "geodb/attachments/attachment_edits.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"

#include <algorithm>
#include <span>

namespace rhumb::geodb {
namespace {

constexpr std::int64_t kNotCounted = -1;

void bind_uuid(sqlite::Statement& statement, int parameter, const std::optional<Uuid>& uuid) {
    if (uuid) {
        statement.bind(parameter, std::span<const std::uint8_t>(uuid->bytes));
    } else {
        statement.bind_null(parameter);
    }
}

std::int64_t single_int64(sqlite::Statement& statement) {
    const std::int64_t value = statement.step() ? statement.column_int64(0) : 0;
    statement.reset();
    return value;
}

}  // namespace

Generation Timeline::head() const {
    return {single_int64(database_.cached(
        "SELECT generation FROM rhumb_changeset ORDER BY generation DESC LIMIT 1"))};
}

Generation Timeline::oldest_kept() const {
    return {single_int64(
        database_.cached("SELECT value FROM rhumb_meta WHERE name = 'oldest_generation'"))};
}

Generation Timeline::close(const Origin& origin, std::int64_t edits, std::int64_t now_ms) {
    // The key that SQLite chooses is the next after the last: the open generation.
    sqlite::Statement& remember = database_.cached(
        "INSERT INTO rhumb_changeset (made_ms, origin, batch, edits) VALUES (?1, ?2, ?3, ?4)");
    remember.bind(1, now_ms).bind(4, edits);
    bind_uuid(remember, 2, origin.replica);
    bind_uuid(remember, 3, origin.batch);
    remember.run();
    return {database_.last_insert_rowid()};
}

bool Timeline::has_open_edits(const std::vector<Layer>& layers) const {
    const Generation open = open_generation();
    if (has_attachment_edits(database_, {open.value - 1})) return true;
    return std::any_of(layers.begin(), layers.end(), [&](const Layer& layer) {
        sqlite::Statement& look = database_.cached("SELECT 1 FROM " + edit_table(layer.id) +
                                                   " WHERE generation >= ?1 LIMIT 1");
        return single_int64(look.bind(1, open.value)) == 1;
    });
}

std::optional<Generation> Timeline::absorb_foreign_edits(const std::vector<Layer>& layers,
                                                         std::int64_t now_ms) {
    if (!has_open_edits(layers)) return std::nullopt;
    return close({}, kNotCounted, now_ms);
}

Generation Timeline::last_before(std::int64_t ms) const {
    // Clocks may have been set back: what counts is that nothing later is as old as that.
    sqlite::Statement& look = database_.cached(
        "SELECT ifnull((SELECT min(generation) - 1 FROM rhumb_changeset WHERE made_ms >= ?1 AND "
        "generation > 0), (SELECT max(generation) FROM rhumb_changeset))");
    return {single_int64(look.bind(1, ms))};
}

void Timeline::give_up_before(Generation oldest) {
    sqlite::Statement& put = database_.cached(
        "UPDATE rhumb_meta SET value = max(value, ?1) WHERE name = 'oldest_generation'");
    put.bind(1, std::min(oldest, head()).value).run();
}

bool Timeline::forget(const std::vector<Layer>& layers, std::int64_t entries) {
    const Generation oldest = oldest_kept();
    for (const Layer& layer : layers) {
        const std::string log = edit_table(layer.id);
        sqlite::Statement& drop = database_.cached(
            "DELETE FROM " + log + " WHERE (generation, fid) IN (SELECT generation, fid FROM " +
            log + " WHERE generation <= ?1 ORDER BY generation, fid LIMIT ?2)");
        drop.bind(1, oldest.value).bind(2, entries).run();
        if (database_.changes() > 0) return true;
    }
    return false;
}

std::vector<Generation> Timeline::made_by(const Uuid& replica, Generation base) const {
    std::vector<Generation> generations;
    sqlite::Statement& look = database_.cached(
        "SELECT generation FROM rhumb_changeset WHERE generation > ?1 AND origin = ?2 "
        "ORDER BY generation");
    look.bind(1, base.value).bind(2, std::span<const std::uint8_t>(replica.bytes));
    while (look.step()) generations.push_back({look.column_int64(0)});
    look.reset();
    return generations;
}

}  // namespace rhumb::geodb
