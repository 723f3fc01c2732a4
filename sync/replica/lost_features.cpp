// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/lost_features.hpp"

#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/row_json.hpp"

namespace rhumb::sync {

LostFeatures::LostFeatures(geodb::Geodatabase& geodatabase, const geodb::Layer& layer)
    : geodatabase_(geodatabase),
      layer_(layer),
      rows_(geodatabase, layer, geodb::FeatureWriter::Tracking::Unlogged),
      held_(geodatabase.database(), layer) {}

std::optional<RejectedEdit> LostFeatures::keep(const geodb::GlobalId& feature,
                                               const std::string& reason) {
    const auto oid = rows_.find(feature);
    if (!oid) return std::nullopt;
    if (!held_.hold_insert(*oid, layer_.column_count())) {
        const bool goes_up = !held_.holds(*oid);
        if (goes_up) AttachmentLane(geodatabase_).send_again(layer_.id, feature);
        return std::nullopt;
    }
    RejectedEdit lost;
    lost.layer = layer_.id;
    lost.feature = feature;
    lost.kind = geodb::NetEdit::Kind::Insert;
    lost.reason = reason;
    lost.at_ms = geodatabase_.now_ms();
    lost.values = row_json(layer_, feature, rows_.read(*oid)->values);
    lost.keeping = RejectedEdit::Keeping::Log;
    return lost;
}

}  // namespace rhumb::sync
