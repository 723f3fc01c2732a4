// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_answer.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/replicas/history_mark.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/service/replicas/sibling_generations.hpp"
#include "sync/wire/feature_json.hpp"

#include <utility>

namespace rhumb::service {

using wire::JsonWriter;

void write_generations(JsonWriter& writer, const AnswerGenerations& generations,
                       const ReplicaRecord& replica) {
    if (!generations.history.empty()) writer.key("rhumbHistory").string(generations.history);
    if (generations.model == wire::SyncModel::PerReplica) {
        writer.key("replicaServerGen").integer(generations.replica.value);
        write_sibling(writer, replica);
        return;
    }
    writer.key("layerServerGens").begin_array();
    for (const auto& [layer, generation] : generations.layers) {
        writer.begin_object().key("id").integer(layer.value);
        writer.key("serverGen").integer(generation.value);
        const LayerFilter* filter = replica.layer(layer);
        if (filter != nullptr) write_layer_sibling(writer, replica, *filter);
        writer.end_object();
    }
    writer.end_array();
}

AnswerGenerations stored_generations(const ReplicaRecord& replica) {
    AnswerGenerations generations{replica.model, replica.acknowledged, {}, {}};
    for (const LayerFilter& filter : replica.layers) {
        generations.layers.emplace_back(filter.layer, filter.acknowledged);
    }
    return generations;
}

wire::FeatureJsonWriter::Style replica_style() {
    wire::FeatureJsonWriter::Style style;
    style.null_shape = true;
    return style;
}

void begin_replica_answer(JsonWriter& writer, const ReplicaRecord& replica,
                          wire::TransportType transport, std::string_view response_type) {
    writer.begin_object().key("transportType").string(wire::name_of(transport));
    writer.key("replicaName").string(replica.name);
    writer.key("replicaID").string(replica.id.braced());
    writer.key("responseType").string(response_type);
    writer.key("targetType").string(wire::name_of(replica.terms.target));
    writer.key("syncModel").string(wire::name_of(replica.model));
}

void write_whole_layer(JsonWriter& writer, Spool& spool, const Call& call, StoreSnapshot& snapshot,
                       const ReplicaView& view, const LayerFilter& filter,
                       const AttachmentAgreement& agreement) {
    const Layer& layer = call.store.layer(filter.layer);
    AttachmentEntries attachments(call, snapshot, agreement.by_url);
    const bool attached = agreement.returned && snapshot.attachments().any(layer.id);
    writer.begin_object().key("id").integer(layer.id.value).key("features").begin_array();
    StoreQuery query;
    query.layer = layer.id;
    for (std::size_t i = 0; i < layer.column_count(); ++i) query.columns.push_back(i);
    query.members_of = &view.scope();
    wire::FeatureJsonWriter features(layer, wire::json_columns(layer), replica_style());
    features.project_with(view.transform(layer.id));
    snapshot.select(query, [&](const FeatureRow& row) {
        features.write(writer, row.oid,
                       [&](std::size_t column) -> const Value& { return row.values[column]; });
        spool.settle();
        if (attached) attachments.write_all(layer, row.oid, row.values[layer.global_id_index()]);
    });
    writer.end_array().key("attachments").raw("[");
    spool.append(attachments.spool());
    spool.append("]");
    writer.end_object();
}

http::Response finish_replica_answer(const Call& call, const ReplicaRecord& replica,
                                     wire::TransportType transport, std::string_view response_type,
                                     const AnswerGenerations& generations, Spool& spool) {
    if (transport == wire::TransportType::Embedded) return answer_spooled(call.parameters, spool);
    return answer_with_link(call, replica, response_type, generations, call.results.keep(spool));
}

http::Response answer_with_link(const Call& call, const ReplicaRecord& replica,
                                std::string_view response_type,
                                const AnswerGenerations& generations, const std::string& name,
                                const std::function<void(wire::JsonWriter&)>& more) {
    const std::string link = call.service_url + "/replicafiles/" + name;
    std::string text;
    JsonWriter writer(text);
    begin_replica_answer(writer, replica, wire::TransportType::Url, response_type);
    for (const char* key : {"URL", "responseUrl", "resultUrl"}) writer.key(key).string(link);
    write_generations(writer, generations, replica);
    if (more) more(writer);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

wire::TransportType transport_parameter(const http::Parameters& parameters) {
    const std::string& text = parameters.get("transportType");
    if (text.empty()) return wire::TransportType::Url;
    const auto transport = wire::transport_type_of(text);
    if (transport) return *transport;
    throw Error(Status::InvalidArgument, "'transportType' is '" + excerpt(text, 60) +
                                             "', not esriTransportTypeUrl or "
                                             "esriTransportTypeEmbedded");
}

std::string mark_for(const Call& call, StoreSnapshot& snapshot) {
    if (call.parameters.get("rhumbFormat") != "1") return {};
    std::string mark = history_mark(snapshot);
    if (mark == call.parameters.get("rhumbHistory")) return {};  // he has it
    return mark;
}

DataFormat data_format_parameter(const http::Parameters& parameters) {
    const std::string format = lowered(parameters.get("dataFormat"));
    if (format.empty() || format == "json") return DataFormat::Json;
    if (format == "sqlite" && parameters.get("rhumbFormat") == "1") return DataFormat::Sqlite;
    throw Error(Status::Unsupported,
                "'dataFormat' is '" + excerpt(format, 40) + "'; this service offers json");
}

}  // namespace rhumb::service
