// SPDX-License-Identifier: Apache-2.0
//
// Queries of a served GeoPackage: rows, summaries, related rows, each in a bounded time.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/service/store/store.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::service {

/// Within the read transaction of whoever owns `reader`.
class GpkgQueries {
public:
    explicit GpkgQueries(geodb::Geodatabase& reader) : reader_(reader) {}

    std::int64_t count(const StoreQuery& query);
    void select(const StoreQuery& query, const OnRow& on_row);
    void summarize(const StoreSummary& summary, const geodb::OnValues& on_values);
    std::int64_t count_summary(const StoreSummary& summary);
    void related(const StoreRelated& query, const OnRelated& on_related);
    void count_related(const StoreRelated& query, const OnRelatedCount& on_count);
    void end_after(std::int64_t ms);

private:
    /// None when no row can answer it.
    std::optional<geodb::FeatureQuery> feature_query(const StoreQuery& query) const;
    /// Runs what reads the file; tells whose limit ended it.
    template <class Read>
    void in_time(const Read& read) const;

    geodb::Geodatabase& reader_;
    std::int64_t limit_ms_ = 0;
};

}  // namespace rhumb::service
