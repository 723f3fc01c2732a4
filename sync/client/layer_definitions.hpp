// SPDX-License-Identifier: Apache-2.0
//
// What a service's layers are: from `<fs>/layers` at once, or from each layer's own resource where
// there is no such list.

#pragma once

#include "sync/client/answer.hpp"
#include "sync/client/service_description.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace rhumb::sync {

/// Fields that the service fills itself, in lower case, by layer.
using ReadOnlyFields = std::map<geodb::LayerId, std::set<std::string>>;

class LayerDefinitions {
public:
    void begin(const ServiceDescription& service);

    /// What is to be asked next, below the service's address.
    std::string address() const;
    /// Takes a Good or Refused answer; true when all definitions are here. Throws what a refusal
    /// of a single layer means.
    bool take(const Answer& answer, const std::string& what);

    const std::map<geodb::LayerId, wire::Json>& all() const { return all_; }

private:
    std::map<geodb::LayerId, wire::Json> all_;
    std::vector<geodb::LayerId> missing_;  ///< asked one by one, the last first
    bool one_by_one_ = false;
};

/// ArcGIS REST, layer resource: `editable` false. Other services than ours may refuse a row for a
/// value that they make themselves.
ReadOnlyFields read_only_fields(const std::map<geodb::LayerId, wire::Json>& definitions);

// As they are stored with a rung, so that a batch that goes again is the same batch.
wire::Json to_json(const ReadOnlyFields& fields);
ReadOnlyFields read_only_fields_of(const wire::Json* stored);

}  // namespace rhumb::sync
