// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_history.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <optional>

namespace rhumb::service {
namespace {

using geodb::Generation;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;

/// So that a writer never waits long for the housekeeping.
constexpr std::int64_t kEntriesAtOnce = 5'000;

void run_at(Database& database, const char* sql, std::int64_t now_ms, std::int64_t limit_ms) {
    Statement statement(database, sql);
    statement.bind(1, now_ms).bind(2, limit_ms).run();
}

void expire_idle_replicas(Database& database, const HistoryPolicy& policy, std::int64_t now_ms) {
    if (policy.replica_idle_days > 0) {
        run_at(database,
               "INSERT INTO rhumb_expired_replica SELECT replica_id, ?1 FROM rhumb_served_replica "
               "WHERE max(last_sync_ms, created_ms) < ?2 ON CONFLICT DO NOTHING",
               now_ms, now_ms - policy.replica_idle_days * kDayMs);
    }
    run_at(database,
           "DELETE FROM rhumb_served_replica WHERE replica_id IN (SELECT replica_id FROM "
           "rhumb_expired_replica WHERE expired_ms < ?2 AND ?1 IS NOT NULL)",
           now_ms, now_ms - policy.upload_days * kDayMs);
}

/// Outcomes of batches settled long ago. The last one of a replica stays: its device may be on
/// the way since.
void forget_outcomes(Database& database, std::int64_t now_ms) {
    run_at(database,
           "DELETE FROM rhumb_outcome WHERE at_ms < ?2 AND ?1 IS NOT NULL AND at_ms < (SELECT "
           "max(o.at_ms) FROM rhumb_outcome o WHERE o.replica_id = rhumb_outcome.replica_id)",
           now_ms, now_ms - 30 * kDayMs);
}

/// The generation that the living replica farthest behind has acknowledged.
std::optional<Generation> farthest_behind(Database& database) {
    const auto oldest = database.int64_of(
        "SELECT min(CASE r.model WHEN 1 THEN r.acknowledged ELSE l.acknowledged END) "
        "FROM rhumb_served_replica r JOIN rhumb_served_replica_layer l USING (replica_id) "
        "WHERE r.replica_id NOT IN (SELECT replica_id FROM rhumb_expired_replica)");
    if (!oldest) return std::nullopt;
    return Generation{*oldest};
}

}  // namespace

void apply_history_policy(geodb::Geodatabase& geodatabase, const HistoryPolicy& policy) {
    Database& database = geodatabase.database();
    const std::int64_t now = geodatabase.now_ms();
    expire_idle_replicas(database, policy, now);
    forget_outcomes(database, now);
    Generation oldest = geodatabase.timeline().last_before(now - policy.keep_days * kDayMs);
    if (const auto needed = farthest_behind(database)) oldest = std::min(oldest, *needed);
    geodatabase.timeline().give_up_before(oldest);
}

Generation cut_history(geodb::Geodatabase& geodatabase, const HistoryCut& cut) {
    geodb::Timeline timeline = geodatabase.timeline();
    Generation oldest = cut.before.value_or(timeline.head());
    if (oldest > timeline.head()) {
        throw Error(Status::InvalidArgument,
                    "Generation " + std::to_string(oldest.value) + " is unknown.");
    }
    if (cut.older_than_ms) oldest = std::min(oldest, timeline.last_before(*cut.older_than_ms));
    const auto needed = farthest_behind(geodatabase.database());
    if (needed && oldest > *needed && (cut.older_than_ms || cut.spare_replicas)) oldest = *needed;
    if (needed && oldest > *needed) {
        throw Error(Status::InvalidArgument,
                    "A replica needs the history after generation " +
                        std::to_string(needed->value) +
                        ": it must be synchronized or unregistered first.");
    }
    timeline.give_up_before(oldest);
    return timeline.oldest_kept();
}

bool forget_a_part(geodb::Geodatabase& geodatabase) {
    geodb::sqlite::Transaction transaction(geodatabase.database());
    const bool more = geodatabase.timeline().forget(geodatabase.layers(), kEntriesAtOnce);
    transaction.commit();
    return more;
}

}  // namespace rhumb::service
