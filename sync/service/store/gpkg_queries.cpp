// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_queries.hpp"

#include "geodb/features/related_reader.hpp"
#include "platform/error.hpp"
#include "sync/service/store/gpkg_members.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::FeatureQuery;

constexpr std::int64_t kGatewayTimeout = 504;

/// Reads the columns of a cursor's row from column `first` on, into memory that is used again.
void read_row(const geodb::sqlite::Statement& from, int first, FeatureRow& row) {
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        from.read_column(static_cast<int>(i) + first, row.values[i]);
    }
}

/// Without the having-clause, which is read for a layer.
geodb::SummaryQuery summary_query(const StoreSummary& summary, FeatureQuery rows) {
    geodb::SummaryQuery query;
    query.rows = std::move(rows);
    query.groups = summary.groups;
    query.statistics = summary.statistics;
    query.order = summary.order;
    query.offset = summary.offset;
    query.limit = summary.limit;
    return query;
}

void add_having(geodb::SummaryQuery& query, const StoreSummary& summary, const Layer& layer,
                std::int64_t now_ms) {
    if (summary.having.empty()) return;
    geodb::set_having(query, layer, summary.having, summary.names, now_ms, summary.rows.user);
}

geodb::RelatedQuery related_query(geodb::Geodatabase& reader, const StoreRelated& asked,
                                  FeatureQuery rows) {
    const auto all = geodb::read_relationships(reader.database(), reader.layers());
    const auto found = std::find_if(all.begin(), all.end(), [&](const Relationship& related) {
        return related.id == asked.relationship;
    });
    if (found == all.end()) {
        throw Error(Status::NotFound,
                    "there is no relationship " + std::to_string(asked.relationship));
    }
    const LayerId from = asked.from_origin ? found->origin : found->destination;
    return {&reader.layer(from),
            asked.from_origin ? found->origin_key : found->destination_key,
            asked.from,
            &reader.layer(asked.rows.layer),
            asked.from_origin ? found->destination_key : found->origin_key,
            std::move(rows)};
}

}  // namespace

template <class Read>
void GpkgQueries::in_time(const Read& read) const {
    try {
        read();
    } catch (const Error& error) {
        if (error.status() != Status::Cancelled || limit_ms_ == 0) throw;
        throw Error(Status::Busy, "the query took longer than 'statementTimeMs' allows: " +
                                      std::to_string(limit_ms_) + " ms")
            .with_code(kGatewayTimeout);
    }
}

void GpkgQueries::end_after(std::int64_t ms) {
    limit_ms_ = ms;
    if (ms <= 0) return reader_.database().interrupt_when({});
    Clock& clock = reader_.world().clock;
    reader_.database().interrupt_when(
        [&clock, end = clock.steady_ms() + ms] { return clock.steady_ms() > end; });
}

std::int64_t GpkgQueries::count(const StoreQuery& query) {
    const auto made = feature_query(query);
    std::int64_t count = 0;
    if (!made) return count;
    in_time([&] {
        count = geodb::count_features(reader_.database(), reader_.layer(query.layer), *made);
    });
    return count;
}

void GpkgQueries::select(const StoreQuery& query, const OnRow& on_row) {
    const auto made = feature_query(query);
    if (!made) return;
    in_time([&] {
        geodb::FeatureCursor cursor(reader_.database(), reader_.layer(query.layer), *made);
        FeatureRow row;
        row.values.resize(query.columns.size());
        while (cursor.next()) {
            row.oid = cursor.oid();
            read_row(cursor.row(), 1, row);
            on_row(row);
        }
    });
}

void GpkgQueries::summarize(const StoreSummary& summary, const geodb::OnValues& on_values) {
    auto rows = feature_query(summary.rows);
    if (!rows) return;
    const Layer& layer = reader_.layer(summary.rows.layer);
    auto query = summary_query(summary, std::move(*rows));
    add_having(query, summary, layer, reader_.now_ms());
    in_time([&] { geodb::read_summary(reader_.database(), layer, query, on_values); });
}

std::int64_t GpkgQueries::count_summary(const StoreSummary& summary) {
    auto rows = feature_query(summary.rows);
    std::int64_t count = 0;
    if (!rows) return count;
    const Layer& layer = reader_.layer(summary.rows.layer);
    auto query = summary_query(summary, std::move(*rows));
    add_having(query, summary, layer, reader_.now_ms());
    in_time([&] { count = geodb::count_summary(reader_.database(), layer, query); });
    return count;
}

void GpkgQueries::related(const StoreRelated& asked, const OnRelated& on_related) {
    auto rows = feature_query(asked.rows);
    if (!rows) return;
    const auto query = related_query(reader_, asked, std::move(*rows));
    in_time([&] {
        geodb::RelatedCursor cursor(reader_.database(), query);
        FeatureRow row;
        row.values.resize(asked.rows.columns.size());
        while (cursor.next()) {
            row.oid = cursor.oid();
            read_row(cursor.row(), 2, row);
            on_related(cursor.from(), row);
        }
    });
}

void GpkgQueries::count_related(const StoreRelated& asked, const OnRelatedCount& on_count) {
    auto rows = feature_query(asked.rows);
    if (!rows) return;
    const auto query = related_query(reader_, asked, std::move(*rows));
    in_time([&] {
        geodb::RelatedCounts counts(reader_.database(), query);
        while (counts.next()) on_count(counts.from(), counts.count());
    });
}

std::optional<FeatureQuery> GpkgQueries::feature_query(const StoreQuery& query) const {
    const Layer& layer = reader_.layer(query.layer);
    FeatureQuery made;
    if (query.members_of != nullptr) {
        auto members = GpkgMembers(reader_, *query.members_of).query(layer.id);
        if (!members) return std::nullopt;
        made = std::move(*members);
    }
    if (!query.where.empty()) {
        made.where = geodb::where_for(layer, query.where, reader_.now_ms(), query.user);
    }
    made.object_ids = query.object_ids;
    if (query.area != nullptr) made.area = query.area;
    made.columns = query.columns;
    made.order = query.order;
    made.offset = query.offset;
    made.limit = query.limit;
    return made;
}

}  // namespace rhumb::service
