// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/undo_edits.hpp"

#include "geodb/features/feature_writer.hpp"
#include "sync/replica/attachment_returns.hpp"
#include "sync/replica/pending_log.hpp"

#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::ObjectId;

/// The row gets the values that the oldest edits found.
void lay_back(FeatureWriter& rows, ObjectId oid, const std::vector<std::optional<Value>>& base) {
    std::vector<ColumnValue> changes;
    const auto row = rows.read(oid);
    for (std::size_t i = 0; i < base.size(); ++i) {
        if (base[i] && *base[i] != row->values[i]) changes.push_back({i, *base[i]});
    }
    if (!changes.empty()) rows.update(oid, changes);
}

void put_back(FeatureWriter& rows, const std::vector<std::optional<Value>>& base) {
    std::vector<Value> values;
    for (const auto& value : base) values.push_back(value.value_or(Value{}));
    rows.insert(values);
}

}  // namespace

void undo_edits(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                const geodb::GlobalId& feature) {
    PendingLog log(geodatabase.database(), layer);
    const auto oid = log.find(feature);
    if (!oid) return;
    FeatureWriter rows(geodatabase, layer, FeatureWriter::Tracking::Unlogged);
    const std::vector<LoggedEdit> edits = log.read(*oid);
    const auto stands_at = rows.find(feature);
    const bool another_stands_there = stands_at != *oid && rows.read(*oid).has_value();
    log.replace(*oid, {});
    if (another_stands_there) {
        log.replace(*oid, {{geodatabase.timeline().open_generation(), false, 0,
                            std::vector<Value>(layer.column_count())}});
    }
    if (stands_at && stands_at != *oid) log.replace(*stands_at, {});
    if (!edits.front().existed) {
        if (stands_at) rows.erase(*stands_at);
    } else if (stands_at) {
        lay_back(rows, *stands_at, base_of(layer, edits));
    } else {
        put_back(rows, base_of(layer, edits));
        AttachmentReturns(geodatabase).bring_back(layer.id, feature);
    }
}

}  // namespace rhumb::sync
