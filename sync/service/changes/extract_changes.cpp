// SPDX-License-Identifier: Apache-2.0
#include "sync/service/changes/extract_changes.hpp"

#include "sync/service/answer.hpp"
#include "sync/service/changes/layer_changes.hpp"
#include "sync/service/jobs/job_resource.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

constexpr const char* kEdits = "esriDataChangesResponseTypeEdits";
constexpr const char* kNoEdits = "esriDataChangesResponseTypeNoEdits";

/// What the answer begins with, in the file and in the short answer alike.
void begin_answer(JsonWriter& writer, const ChangesRequest& request, const StoreSnapshot& snapshot,
                  wire::TransportType transport, bool any) {
    writer.begin_object().key("layerServerGens").begin_array();
    for (const LayerRange& each : request.layers) {
        const Generation until = each.range.until.value_or(snapshot.head());
        writer.begin_object().key("id").integer(each.layer.value);
        writer.key("serverGen").integer(until.value);
        writer.key("minServerGen").integer(snapshot.oldest_kept().value).end_object();
    }
    writer.end_array().key("transportType").string(wire::name_of(transport));
    writer.key("responseType").string(any ? kEdits : kNoEdits);
}

/// The entries of `edits`; true when there is anything in them.
bool write_edits(const ChangesCall& on, Spool& edits) {
    JsonWriter writer(edits.buffer());
    writer.begin_array();
    bool any = false;
    for (const LayerRange& each : on.request.layers) {
        any |= on.request.extent_only ? write_changes_extent(writer, on, each)
                                      : write_layer_changes(writer, edits, on, each);
    }
    writer.end_array();
    return any;
}

}  // namespace

http::Response extract_changes(const Call& call) {
    const ChangesRequest request = read_changes_request(call);
    if (call.job != nullptr) {
        call.job->check_wanted();
        call.job->stage("ExportChanges", 10);
    }
    const auto snapshot = call.store.snapshot();
    check_ranges(request, *snapshot);
    const ReplicaView view(call.store, request.filter);
    Spool edits(call.results.temporary());
    const bool any = write_edits({call, request, view, *snapshot}, edits);
    Spool spool(call.results.temporary());
    JsonWriter writer(spool.buffer());
    // With nothing to tell there is no link and no file.
    const bool embedded = request.transport == wire::TransportType::Embedded && !call.job;
    begin_answer(writer, request, *snapshot, wire::TransportType::Embedded, any);
    if (any) {
        writer.key("edits").raw("");
        spool.append(edits);
    }
    writer.end_object();
    if (embedded) return answer_spooled(call.parameters, spool);
    std::string text;
    JsonWriter short_answer(text);
    begin_answer(short_answer, request, *snapshot, wire::TransportType::Url, any);
    if (any) {
        const std::string link = call.service_url + "/replicafiles/" + call.results.keep(spool);
        for (const char* key : {"URL", "responseUrl", "resultUrl"}) {
            short_answer.key(key).string(link);
        }
    }
    short_answer.end_object();
    return answer_or_complete(call, std::move(text));
}

}  // namespace rhumb::service
