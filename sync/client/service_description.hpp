// SPDX-License-Identifier: Apache-2.0
//
// What a feature service says about itself: whether and how it synchronizes, and its layers.

#pragma once

#include "geodb/ids.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/wire_names.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rhumb::sync {

struct ServiceDescription {
    struct Entry {
        geodb::LayerId id;
        std::string name;
        bool synchronizable = true;  ///< a feature layer or a table; groups and the like are not
    };
    std::vector<Entry> layers;
    bool per_layer = false;
    bool per_replica = true;
    bool rollback_on_failure = false;  ///< the caller may choose
    std::int32_t epsg = 4326;
    wire::Json full_extent;  ///< as the service wrote it; null when it has none
    bool async = false;      ///< jobs are offered
    bool uploads = false;    ///< content may be sent ahead, as upload items
    bool speaks_rhumb = false;
    /// False when it told, being asked, that its history is another than the mark's.
    bool same_history = true;
    bool takes_edits = true;       ///< it lists Create, Update or Delete
    bool registers = false;        ///< it makes replicas of data that is here already
    bool deltas = false;           ///< of a service that speaks Rhumb: gives and takes our deltas
    bool packed_deltas = false;    ///< the same in their packed form
    bool packed_requests = false;  ///< bodies of requests may come packed with zstd
    std::map<geodb::LayerId, std::string> fingerprints;  ///< of a service that speaks Rhumb
};

/// Reads the root resource. Throws Unsupported when the service does not offer Sync, Protocol when
/// it is no feature service.
ServiceDescription read_service_description(const wire::Json& root, const std::string& url);

/// Definitions out of `<fs>/layers`, by number.
std::map<geodb::LayerId, wire::Json> layer_definitions(const wire::Json& answer);

/// Reads the definition of a layer as this service will send its features: each layer in its own
/// spatial reference when it speaks Rhumb, else all in the service's.
wire::RemoteLayer remote_layer(const wire::Json& definition, bool speaks_rhumb, std::int32_t epsg);

/// The fingerprint of a layer as it is compared between synchronizations.
std::string fingerprint_of(const wire::Json& definition, std::int32_t epsg);

}  // namespace rhumb::sync
