// SPDX-License-Identifier: Apache-2.0
//
// A query of the C API and the cursor over its rows.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "rhumb/query.h"
#include "runtime/worker/open_geodatabase.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::capi {

/// What a query selects. It stays where it is: the query points at the area.
struct Selection {
    Selection(const geodb::Layer& layer, const rhumb_query_options& asked, std::int64_t now_ms);
    Selection(const Selection&) = delete;
    Selection& operator=(const Selection&) = delete;

    std::optional<geodb::SpatialFilter> area;
    geodb::FeatureQuery query;
};

}  // namespace rhumb::capi

/// Any thread; `mutex` guards what changes.
struct rhumb_cursor {
    rhumb_cursor(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner, rhumb::geodb::LayerId id,
                 const rhumb_query_options& asked);

    /// Throws InvalidArgument when the cursor stands on no row.
    const rhumb::geodb::sqlite::Statement& row() const;
    bool next();
    rhumb_row read_row() const;
    rhumb_value read_value(std::size_t column);

    std::mutex mutex;
    std::vector<rhumb::geodb::Field> fields;  // of the columns

private:
    /// Everything that holds the snapshot; gone behind the last row, so that it is not kept.
    struct Rows {
        Rows(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner, rhumb::geodb::LayerId id,
             const rhumb_query_options& asked);
        rhumb::runtime::OpenGeodatabase::Reader reader;
        rhumb::geodb::sqlite::Transaction transaction;
        const rhumb::geodb::Layer& layer;
        rhumb::capi::Selection selection;
        std::optional<std::size_t> geometry_column;  // in the row, as is the next
        std::size_t global_id_column = 0;
        std::optional<rhumb::geodb::FeatureCursor> cursor;
    };

    std::optional<Rows> rows_;
    std::vector<rhumb::geodb::Value> values_;  // what views that were handed out are of
    bool on_row_ = false;
};
