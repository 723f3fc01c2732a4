// SPDX-License-Identifier: Apache-2.0
//
// Values of the command line that are more than a word: extents, lists of layers, filters.
//
// What cannot be read is a UsageError naming the option, before anything is touched.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/ids.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/merge_policy.hpp"
#include "sync/wire/wire_names.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace rhumb::tool {

/// The command line makes no sense: exit code 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "xmin,ymin,xmax,ymax"
geodb::Envelope read_extent(const std::string& text);
/// "4326" or "EPSG:4326"
std::int32_t read_crs(const std::string& option, const std::string& text);
/// The same, and none for "".
std::optional<std::int32_t> crs_if_given(const std::string& option, const std::string& text);
/// "0,2"
std::vector<geodb::LayerId> read_layer_ids(const std::string& option, const std::string& text);
/// "0=DBH > 3", each for another layer.
std::map<geodb::LayerId, std::string> read_filters(const std::vector<std::string>& texts);
/// The same where a layer may also be called by its name.
std::map<std::string, std::string> read_named_filters(const std::vector<std::string>& texts);
/// "0=ask", each for another layer; where it may also be called by its name, "trees=ask".
std::map<geodb::LayerId, sync::MergePolicy> read_policies(const std::vector<std::string>& texts);
std::map<std::string, sync::MergePolicy> read_named_policies(const std::vector<std::string>& texts);
/// The number of one of a list, as `what` is counted there.
std::int64_t read_number(const std::string& what, const std::string& text);
/// "1=none", each for another layer.
std::map<geodb::LayerId, wire::QueryOption> read_query_options(
    const std::vector<std::string>& texts);
/// Esri JSON, or @FILE that holds it.
std::string read_area(const std::string& text);
/// none, on-demand or all.
sync::AttachmentPolicy read_attachment_policy(const std::string& text);
wire::SyncModel read_sync_model(const std::string& text);
wire::TargetType read_target_type(const std::string& text);
wire::SyncDirection read_sync_direction(const std::string& text);
/// "LAYER=DIRECTION", by name or number; "none": the layer stays out.
std::map<std::string, std::optional<wire::SyncDirection>> read_layer_directions(
    const std::vector<std::string>& texts);

}  // namespace rhumb::tool
