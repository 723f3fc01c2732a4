// SPDX-License-Identifier: Apache-2.0
//
// One query of several layers: `<service>/query`.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <map>
#include <string>
#include <string_view>

namespace rhumb::service {

/// What layerDefs says of a layer.
struct LayerDefinition {
    std::string where;
    std::string out_fields;  ///< "": as the request says
};

/// Reads layerDefs in its three spellings: {"0":"KIND=1"}, 0:KIND=1;2:1=1, or
/// [{"layerId":0,"where":"KIND=1","outFields":"*"}]. Throws InvalidArgument naming it.
std::map<LayerId, LayerDefinition> read_layer_definitions(std::string_view text,
                                                          const wire::JsonLimits& limits = {});

/// Throws InvalidArgument naming the parameter, and the layer where one layer is at fault.
http::Response query_service(const Call& call);

}  // namespace rhumb::service
