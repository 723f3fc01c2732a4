// SPDX-License-Identifier: Apache-2.0
//
// The parts that answers of createReplica and synchronizeReplica share: generations, links, whole
// layers.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/replicas/replica_filter.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_writer.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

/// The generations an answer gives: one, or one for each synchronized layer.
struct AnswerGenerations {
    wire::SyncModel model = wire::SyncModel::PerReplica;
    Generation replica;
    std::vector<std::pair<LayerId, Generation>> layers;
    std::string history = {};  ///< a mark for who knows what it is; "" for others
};

/// `replicaServerGen` or `layerServerGens`, and the siblings of a replica that has them.
void write_generations(wire::JsonWriter& writer, const AnswerGenerations& generations,
                       const ReplicaRecord& replica);

/// transportType, replicaID, replicaName, responseType, syncModel, targetType: what every answer
/// and every result file begins with. Opens the object and leaves it open.
void begin_replica_answer(wire::JsonWriter& writer, const ReplicaRecord& replica,
                          wire::TransportType transport, std::string_view response_type);

/// The mark of the history as it is now, for a client of ours; "" for others.
std::string mark_for(const Call& call, StoreSnapshot& snapshot);

/// What the service knows of a replica's generations.
AnswerGenerations stored_generations(const ReplicaRecord& replica);

/// How features travel to replicas.
wire::FeatureJsonWriter::Style replica_style();

/// `{"id":…,"features":[…],"attachments":[…]}`: all rows of a layer that belong to the replica.
void write_whole_layer(wire::JsonWriter& writer, Spool& spool, const Call& call,
                       StoreSnapshot& snapshot, const ReplicaView& view, const LayerFilter& filter,
                       const AttachmentAgreement& attachments);

/// The answer itself when embedded, else the short answer with links to a result file.
/// ArcGIS Enterprise says URL, ArcGIS Online responseUrl, jobs say resultUrl: we say all three.
http::Response finish_replica_answer(const Call& call, const ReplicaRecord& replica,
                                     wire::TransportType transport, std::string_view response_type,
                                     const AnswerGenerations& generations, Spool& spool);

/// The short answer, which links to a result file of this name; `more` writes further members.
http::Response answer_with_link(const Call& call, const ReplicaRecord& replica,
                                std::string_view response_type,
                                const AnswerGenerations& generations, const std::string& name,
                                const std::function<void(wire::JsonWriter&)>& more = {});

/// `transportType`, esriTransportTypeUrl when absent.
wire::TransportType transport_parameter(const http::Parameters& parameters);
enum class DataFormat { Json, Sqlite };
/// `dataFormat`. A delta in our own format goes to clients that say they know it (rhumbFormat=1);
/// others are refused, saying that json is offered.
DataFormat data_format_parameter(const http::Parameters& parameters);

}  // namespace rhumb::service
