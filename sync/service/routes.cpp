// SPDX-License-Identifier: Apache-2.0
#include "sync/service/routes.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/attachments.hpp"
#include "sync/service/attachments/contents.hpp"
#include "sync/service/changes/extract_changes.hpp"
#include "sync/service/edits/apply_edits.hpp"
#include "sync/service/edits/edit_features.hpp"
#include "sync/service/jobs/job_resource.hpp"
#include "sync/service/layers/metadata.hpp"
#include "sync/service/query/query_layer.hpp"
#include "sync/service/query/query_related.hpp"
#include "sync/service/query/query_service.hpp"
#include "sync/service/replicas/create_replica.hpp"
#include "sync/service/replicas/replica_resources.hpp"
#include "sync/service/replicas/row_hashes.hpp"
#include "sync/service/replicas/synchronize_replica.hpp"
#include "sync/service/uploads/uploads.hpp"

#include <optional>

namespace rhumb::service {
namespace {

enum class Method : std::uint8_t { Any, Post };
enum class Async : std::uint8_t { No, Offered };

/// One of Create, Update and Delete, whichever.
constexpr std::string_view kAnyEdit = "Create, Update or Delete";

/// What both tables say of an operation. `needs`: a capability, "" for none.
struct Terms {
    std::string_view name;
    Method method = Method::Any;
    Async async = Async::No;
    std::string_view needs = {};
};

/// An operation or resource of the service; `below` is what follows its name in the path.
struct ServiceOperation {
    Terms terms;
    std::size_t most_below;
    http::Response (*run)(const Call& call, const Path& below);
};

struct LayerOperation {
    Terms terms;
    http::Response (*run)(const Call& call, const Layer& layer);
};

http::Response replica_file(const Call& call, const Path& below) {
    if (below.empty()) throw Error(Status::NotFound, "There is no list of replicafiles");
    return call.results.serve(below[0], call.request);
}

http::Response replicas(const Call& call, const Path& below) {
    return below.empty() ? list_replicas(call) : replica_info(call, below[0]);
}

http::Response contents(const Call& call, const Path& below) {
    return contents_resource(call, below.empty() ? std::string_view{} : below[0]);
}

http::Response layers(const Call& call, const Path&) {
    return answer_json(call.parameters, all_layers_json(call));
}

template <http::Response (*operation)(const Call&)>
http::Response alone(const Call& call, const Path&) {
    return operation(call);
}

constexpr std::size_t kAnyDepth = 3;

// clang-format off
const ServiceOperation kServiceOperations[] = {
    {{"applyEdits",         Method::Post, Async::Offered},         0, alone<apply_service_edits>},
    {{"cleanupChangeTracking", Method::Post, Async::Offered},      0, alone<cleanup_change_tracking>},
    {{"createReplica",      Method::Post, Async::Offered},         0, alone<create_replica>},
    {{"extractChanges",     Method::Post, Async::Offered, "ChangeTracking"},
                                                                   0, alone<extract_changes>},
    {{"jobs"},                                                     kAnyDepth, jobs_resource},
    {{"layers"},                                                   0, layers},
    {{"query",              Method::Any, Async::No, "Query"},      0, alone<query_service>},
    {{"replicafiles"},                                             1, replica_file},
    {{"replicas",           Method::Any,  Async::No, "Sync"},      1, replicas},
    {{"rhumbContents",      Method::Post, Async::No, "Sync"},      1, contents},
    {{"rhumbHashes",        Method::Post, Async::No, "Sync"},      0, alone<row_hashes>},
    {{"synchronizeReplica", Method::Post, Async::Offered, "Sync"}, 0, alone<synchronize_replica>},
    {{"unRegisterReplica",  Method::Post, Async::No, "Sync"},      0, alone<unregister_replica>},
    {{"uploads",            Method::Any,  Async::No, kAnyEdit},    kAnyDepth, uploads_resource},
};

const LayerOperation kLayerOperations[] = {
    {{"addFeatures",         Method::Post, Async::No, "Create"},      add_features},
    {{"applyEdits",          Method::Post, Async::Offered},           apply_layer_edits},
    {{"deleteFeatures",      Method::Post, Async::Offered, "Delete"}, delete_features},
    {{"query",               Method::Any, Async::No, "Query"},        query_layer},
    {{"queryAttachments",    Method::Any, Async::No, "Query"},        query_attachments},
    {{"queryRelatedRecords", Method::Any, Async::No, "Query"},        query_related_records},
    {{"updateFeatures",      Method::Post, Async::No, "Update"},      update_features},
};
// clang-format on

/// Below a feature; attachment_resource() answers them.
constexpr std::string_view kAttachmentOperations[] = {"addAttachment", "attachments",
                                                      "deleteAttachments", "updateAttachment"};
constexpr std::string_view kUnknown = "unknown";

/// As run_as_job() takes it; the same whatever letters the caller used.
std::string job_name(const Terms& terms, const Path& path) {
    return (path.size() == 2 ? path[0] + "/" : "") + std::string(terms.name);
}

template <class Table>
auto find_operation(const Table& table, std::string_view name) {
    for (const auto& operation : table) {
        if (equal_ignoring_case(operation.terms.name, name)) return &operation;
    }
    return decltype(&*std::begin(table)){nullptr};
}

[[noreturn]] void not_supported(std::string_view name) {
    throw Error(Status::Unsupported,
                "'" + excerpt(name, 60) + "' is not supported by this service");
}

/// A call as the table allows it, with the capability it needs; async ones may become a job.
std::optional<http::Response> enter(const Call& call, const Terms& terms, const Path& path) {
    if (terms.method == Method::Post && !call.job && call.request.method != "POST") {
        throw Error(Status::InvalidArgument, std::string(terms.name) + " must be called with POST.")
            .with_code(405);
    }
    if (terms.needs == kAnyEdit) {
        require_any_edit(call);
    } else if (!terms.needs.empty()) {
        require_capability(call, terms.needs);
    }
    // An answer that could not be given is refused before anything happens.
    if (terms.method == Method::Post) answer_json(call.parameters, "{}");
    if (terms.async == Async::No || call.job) return std::nullopt;
    return submitted_job(call, job_name(terms, path));
}

http::Response answer_layer(const Call& call, const Path& path) {
    const auto number = parse_integer(path[0]);
    if (!number) not_supported(path[0]);
    const Layer& layer = layer_numbered(call, *number);
    if (path.size() == 1) return answer_json(call.parameters, layer_json(call, layer));
    if (path.size() == 2) {
        if (const auto* operation = find_operation(kLayerOperations, path[1])) {
            if (auto job = enter(call, operation->terms, path)) return std::move(*job);
            return operation->run(call, layer);
        }
    }
    const auto oid = parse_integer(path[1]);
    if (path.size() == 2 && oid) {
        require_capability(call, "Query");
        return single_feature(call, layer, {*oid});
    }
    if (path.size() > 2 && oid) {
        auto found = attachment_resource(call, layer, {*oid}, {path.begin() + 2, path.end()});
        if (found) return std::move(*found);
    }
    not_supported(path.back());
}

}  // namespace

Path path_segments(std::string_view text) {
    Path segments;
    for (const std::string& piece : split(text, '/')) {
        if (!piece.empty()) segments.push_back(http::percent_decode(piece));
    }
    return segments;
}

bool offers_pbf(const Path& path) {
    return path.size() >= 2 && equal_ignoring_case(path.back(), "query") &&
           parse_integer(path[path.size() - 2]);
}

std::string_view operation_of(const Path& path) {
    if (path.empty()) return "service";
    if (const auto* operation = find_operation(kServiceOperations, path[0])) {
        return operation->terms.name;
    }
    if (!parse_integer(path[0])) return kUnknown;
    if (path.size() == 1) return "layer";
    const auto* operation = find_operation(kLayerOperations, path[1]);
    if (path.size() == 2 && operation) return operation->terms.name;
    if (!parse_integer(path[1])) return kUnknown;
    if (path.size() == 2) return "feature";
    for (const std::string_view name : kAttachmentOperations) {
        if (equal_ignoring_case(name, path[2])) return name;
    }
    return kUnknown;
}

http::Response answer_operation(const Call& call, const Path& path) {
    if (path.empty()) return answer_json(call.parameters, service_json(call));
    const auto* operation = find_operation(kServiceOperations, path[0]);
    if (!operation) return answer_layer(call, path);
    if (path.size() - 1 > operation->most_below) not_supported(path.back());
    if (auto job = enter(call, operation->terms, path)) return std::move(*job);
    return operation->run(call, {path.begin() + 1, path.end()});
}

http::Response run_as_job(const Call& call, const std::string& name) {
    const Path path = path_segments(name);
    const bool layer = path.size() == 2;
    const auto* of_service = path.empty() ? nullptr : find_operation(kServiceOperations, path[0]);
    const auto* of_layer = layer ? find_operation(kLayerOperations, path[1]) : nullptr;
    const bool known = (of_service && of_service->terms.async == Async::Offered) ||
                       (of_layer && of_layer->terms.async == Async::Offered);
    if (!known) {
        throw Error(Status::Unsupported, "This version runs no job '" + excerpt(name, 60) + "'");
    }
    return answer_operation(call, path);
}

}  // namespace rhumb::service
