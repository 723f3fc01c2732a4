// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/extract.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "platform/zip/zip_writer.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/jobs/job_resource.hpp"
#include "sync/service/replicas/extract_gpkg.hpp"
#include "sync/service/replicas/extract_text.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/service/replicas/replica_filter.hpp"
#include "sync/service/replicas/replica_names.hpp"
#include "sync/service/replicas/replica_terms.hpp"

#include <cstdint>
#include <set>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

constexpr const char* kData = "esriReplicaResponseTypeData";
constexpr std::int32_t kWgs84 = 4326;

enum class Format : std::uint8_t { Json, GeoJson, Csv, GeoPackage };

Format format_parameter(const Call& call) {
    const std::string text = lowered(trimmed(call.parameters.get("dataFormat")));
    if (text.empty() || text == "json") return Format::Json;
    if (text == "geojson") return Format::GeoJson;
    if (text == "csv") return Format::Csv;
    if (text == "geopackage" || text == "gpkg") return Format::GeoPackage;
    throw Error(Status::Unsupported, "'dataFormat' is '" + excerpt(text, 40) +
                                         "'; with syncModel none this service offers json, "
                                         "geojson, csv and geopackage");
}

/// The reference of the geometries: GeoJSON is in WGS 84, a file keeps each layer's own.
std::optional<std::int32_t> reference(const Call& call, Format format) {
    if (const auto asked = replica_reference(call)) return asked;
    if (format == Format::GeoPackage) return std::nullopt;
    return format == Format::GeoJson ? kWgs84 : service_epsg(call.store);
}

/// Nothing is synchronized later, so that a direction of attachments says nothing here.
AttachmentAgreement attachments_parameter(const Call& call, Format format) {
    AttachmentAgreement agreement;
    agreement.returned = boolean_parameter(call.parameters, "returnAttachments", false);
    agreement.by_url = by_url_parameter(call.parameters, true);
    if (!agreement.returned || format == Format::Json) return agreement;
    throw Error(Status::Unsupported,
                "'returnAttachments' is offered with syncModel none for dataFormat json alone");
}

ReplicaRecord read_record(const Call& call, Format format) {
    ReplicaRecord replica;
    replica.attachments = attachments_parameter(call, format);
    replica.model = wire::SyncModel::None;
    replica.terms = read_terms(call);
    replica.id = call.store.new_id();
    replica.replica_epsg = reference(call, format);
    read_replica_filter(call, replica);
    return replica;
}

/// No replicaID and no generations: there is no replica.
void begin_answer(JsonWriter& writer, const ReplicaRecord& replica, wire::TransportType transport) {
    writer.begin_object().key("transportType").string(wire::name_of(transport));
    writer.key("replicaName").string(replica.name).key("responseType").string(kData);
    writer.key("syncModel").string(wire::name_of(replica.model));
}

http::Response link_to(const Call& call, const ReplicaRecord& replica, const std::string& file) {
    const std::string link = call.service_url + "/replicafiles/" + file;
    std::string text;
    JsonWriter writer(text);
    begin_answer(writer, replica, wire::TransportType::Url);
    for (const char* name : {"URL", "responseUrl", "resultUrl"}) writer.key(name).string(link);
    writer.end_object();
    return answer_or_complete(call, std::move(text));
}

http::Response json_extract(const Call& call, const ReplicaRecord& replica, const ReplicaView& view,
                            StoreSnapshot& snapshot) {
    const auto transport = transport_parameter(call.parameters);
    Spool spool(call.results.temporary());
    JsonWriter writer(spool.buffer());
    begin_answer(writer, replica, transport);
    writer.key("layers").begin_array();
    for (const LayerFilter& filter : replica.layers) {
        write_whole_layer(writer, spool, call, snapshot, view, filter, replica.attachments);
    }
    writer.end_array().end_object();
    if (transport == wire::TransportType::Embedded) return answer_spooled(call.parameters, spool);
    return link_to(call, replica, call.results.keep(spool));
}

/// Layers may have names that file systems and each other do not like.
std::string file_name(const Layer& layer, std::set<std::string>& taken, const char* suffix) {
    std::string name;
    for (const char c : layer.name) {
        const bool plain =
            static_cast<unsigned char>(c) >= 0x20 && c != '/' && c != '\\' && c != ':' && c != '.';
        name += plain ? c : '_';
    }
    if (name.empty() || !taken.insert(lowered(name)).second) {
        name += "_" + std::to_string(layer.id.value);
        taken.insert(lowered(name));
    }
    return name + suffix;
}

/// Removes the parts of an archive, however it ends.
struct Part {
    std::filesystem::path path;
    ~Part() { remove_quietly(path); }
};

template <class WriteLayer>
std::string zip_of_layers(const Call& call, const ReplicaRecord& replica, const char* suffix,
                          const WriteLayer& write_layer) {
    const Part archive{call.results.temporary()};
    ZipWriter zip(archive.path);
    std::set<std::string> taken;
    for (const LayerFilter& filter : replica.layers) {
        const Layer& layer = call.store.layer(filter.layer);
        Spool spool(call.results.temporary());
        write_layer(layer, spool);
        const Part part{spool.take_file()};
        zip.add_file(file_name(layer, taken, suffix), part.path);
    }
    zip.close();
    return call.results.keep_file(archive.path, ".zip");
}

}  // namespace

http::Response create_extract(const Call& call) {
    if (!has_capability(call, "Extract")) require_capability(call, "Sync");
    const Format format = format_parameter(call);
    ReplicaRecord replica = read_record(call, format);
    const ReplicaView view(call.store, replica);
    const auto snapshot = call.store.snapshot();
    replica.name = NewName(call, replica.id).text();
    if (call.job != nullptr) {
        call.job->check_wanted();
        call.job->stage("ExportingSnapshot", 10);
    }
    switch (format) {
        case Format::Json:
            break;
        case Format::GeoJson: {
            const auto write = [&](const Layer& layer, Spool& spool) {
                write_geojson_layer(spool, layer, *snapshot, view,
                                    replica.replica_epsg.value_or(kWgs84));
            };
            if (replica.layers.size() > 1) {
                return link_to(call, replica, zip_of_layers(call, replica, ".geojson", write));
            }
            Spool spool(call.results.temporary());
            write(call.store.layer(replica.layers.front().layer), spool);
            return link_to(call, replica, call.results.keep(spool, ".geojson"));
        }
        case Format::Csv:
            return link_to(
                call, replica,
                zip_of_layers(call, replica, ".csv", [&](const Layer& layer, Spool& spool) {
                    write_csv_layer(spool, layer, *snapshot, view);
                }));
        case Format::GeoPackage: {
            const Part file{call.results.temporary()};
            write_gpkg(file.path, call.store, replica, view, *snapshot);
            return link_to(call, replica, call.results.keep_file(file.path, ".gpkg"));
        }
    }
    return json_extract(call, replica, view, *snapshot);
}

}  // namespace rhumb::service
