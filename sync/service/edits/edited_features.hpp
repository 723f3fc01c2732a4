// SPDX-License-Identifier: Apache-2.0
//
// ArcGIS REST, returnServiceEditsOption: the edited features as they were and as they are.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/call.hpp"
#include "sync/service/edits/edit_rules.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_writer.hpp"

#include <array>
#include <vector>

namespace rhumb::service {

/// Those of one layer in one set of edits.
class EditedFeatures {
public:
    EditedFeatures(const Call& call, const Layer& layer);

    void take(const EditedRow& row);
    /// The member `editedFeatures`.
    void write(wire::JsonWriter& writer, Spool& spool);

private:
    struct List {
        explicit List(const Call& call) : spool(call.results.temporary()), writer(spool.buffer()) {}
        Spool spool;
        wire::JsonWriter writer;
    };
    void write_feature(wire::JsonWriter& writer, ObjectId oid, const std::vector<Value>& row) const;

    const Layer& layer_;
    wire::FeatureJsonWriter features_;
    List adds_, updates_, deletes_;
};

}  // namespace rhumb::service
