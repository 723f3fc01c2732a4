// SPDX-License-Identifier: Apache-2.0
//
// rhumb replicate: takes a service, or a part of it, offline into a new file.

#include "geodb/geodatabase.hpp"
#include "platform/error.hpp"
#include "platform/file_lock.hpp"
#include "platform/http/url.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/ladder_run.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "runtime/tools/target_file.hpp"
#include "sync/replica/replica_store.hpp"

#include <optional>

namespace rhumb::tool {
namespace {

std::string service_url(const ReplicateArguments& arguments) {
    std::string url = http::format_url(http::parse_url(arguments.url));
    while (url.ends_with('/')) url.pop_back();
    return url;
}

sync::CreateOptions create_options(const ReplicateArguments& arguments) {
    sync::CreateOptions options;
    options.service_url = service_url(arguments);
    options.layers = arguments.layers;
    options.where = arguments.where;
    options.extent = arguments.extent;
    options.extent_epsg = arguments.extent_crs;
    options.area = arguments.area;
    options.replica_epsg = arguments.replica_crs;
    for (const auto& [layer, option] : arguments.query_options) {
        options.layer_wishes[layer].option = option;
    }
    for (const geodb::LayerId layer : arguments.related) {
        options.layer_wishes[layer].option = wire::QueryOption::None;
        options.layer_wishes[layer].include_related = true;
    }
    for (const geodb::LayerId layer : arguments.everywhere) {
        options.layer_wishes[layer].use_geometry = false;
    }
    options.model = arguments.model;
    options.policies = arguments.policies;
    options.attachments = arguments.attachments;
    options.target = arguments.target;
    options.direction = arguments.direction;
    return options;
}

/// What a creation leaves that is killed before it has noted what it is for.
bool is_bare(geodb::Geodatabase& file) {
    return replica_state(file) == ReplicaState::None && file.layers().empty();
}

/// The same, but killed before there was anything in the file.
void remove_empty(const std::filesystem::path& path) {
    std::error_code failure;
    const bool empty = std::filesystem::is_regular_file(path, failure) &&
                       std::filesystem::file_size(path, failure) == 0 && !failure &&
                       !std::filesystem::exists(path.string() + "-journal", failure);
    if (empty) std::filesystem::remove(path, failure);
}

/// A creation that was cut off goes on; any other file is somebody's work.
geodb::Geodatabase open_half_made(const std::filesystem::path& path, const std::string& url,
                                  Session& session) {
    const std::string name = "'" + path.string() + "'";
    std::optional<geodb::Geodatabase> file;
    try {
        file.emplace(geodb::Geodatabase::open(path, session.world()));
    } catch (const Error& error) {
        throw Error(Status::AlreadyExists, "there is a file " + name +
                                               " already: a replica needs a new one (" +
                                               error.message() + ")");
    }
    if (is_bare(*file)) return std::move(*file);
    if (replica_state(*file) != ReplicaState::HalfMade) {
        throw Error(Status::AlreadyExists,
                    "there is a file " + name + " already: a replica needs a new one");
    }
    const std::string other = half_made_url(*file);
    if (other == url) return std::move(*file);
    throw Error(Status::AlreadyExists,
                name + " is a half-made replica of " + other + ", not of " + url);
}

/// Nothing is worth keeping before the service has said which layers it has.
bool is_worth_keeping(geodb::Geodatabase& file, const Error& error) {
    const bool may_pass = can_go_on(error) || error.status() == Status::Protocol;
    const sync::ReplicaStore store(file);
    return may_pass && store.exists() && !store.load().layers.empty();
}

LadderRun replicate(const ReplicateArguments& arguments, TargetFile& target,
                    geodb::Geodatabase& file, Session& session) {
    try {
        return run_ladder(arguments.file, session, [&](sync::OnProgress on_progress) {
            return target.is_new() || is_bare(file)
                       ? sync::create_replica_ladder(file, create_options(arguments),
                                                     std::move(on_progress))
                       : sync::resume_create_ladder(file, std::move(on_progress));
        });
    } catch (const Error& error) {
        if (!is_worth_keeping(file, error)) throw;
        target.keep();
        throw Error(error.status(), error.message() + "; what came so far is kept, `rhumb sync " +
                                        arguments.file.string() + "` goes on");
    }
}

void report(const ReplicateArguments& arguments, const sync::Replica& replica,
            const LadderRun& run) {
    print("replica " + replica.id.value_or("?") + " of " + replica.service_url + " (" +
          std::string(wire::name_of(replica.model)) + ") in " + arguments.file.string());
    Table table;
    for (const sync::LayerCounts& layer : run.report.layers) {
        table.add({std::to_string(layer.layer.value) + " " + layer.name,
                   counted(layer.received_inserts, "feature")});
    }
    table.print();
    print_notes(run.report);
    print_attachments(run.report.attachments);
    print(effort_text(run));
}

void report_json(const ReplicateArguments& arguments, const sync::Replica& replica,
                 const LadderRun& run) {
    wire::Json facts =
        wire::Json::Object{{"file", arguments.file.string()},
                           {"service", replica.service_url},
                           {"replicaId", replica.id ? wire::Json(*replica.id) : wire::Json()},
                           {"model", wire::name_of(replica.model)}};
    add_report(facts, run, nullptr);
    print_json(facts);
}

/// Held while the replica is made: who comes second must neither clear away nor take up what the
/// first has begun. None where there is no folder, which is told later.
std::optional<FileLock> making_lock(const std::filesystem::path& path) {
    std::error_code failure;
    const auto folder = path.has_parent_path() ? path.parent_path() : ".";
    if (!std::filesystem::is_directory(folder, failure)) return std::nullopt;
    auto lock = FileLock::try_take(path.string() + ".making-lock");
    if (lock) return lock;
    throw Error(Status::Busy, "'" + path.string() + "' is being made by another 'rhumb replicate'");
}

geodb::Geodatabase create_file(TargetFile& target, Session& session) {
    try {
        return geodb::Geodatabase::create(target.path(), session.world());
    } catch (const Error& error) {
        if (error.status() == Status::AlreadyExists) target.keep();  // somebody else's
        throw;
    }
}

}  // namespace

int run(const ReplicateArguments& arguments, Session& session) {
    const std::string url = service_url(arguments);  // a bad one, before a file is made
    const auto making = making_lock(arguments.file);
    remove_empty(arguments.file);
    TargetFile target(arguments.file);
    auto file = target.is_new() ? create_file(target, session)
                                : open_half_made(arguments.file, url, session);
    const LadderRun run = replicate(arguments, target, file, session);
    target.keep();
    file.hand_over();
    const sync::Replica replica = sync::ReplicaStore(file).load();
    if (session.json()) {
        report_json(arguments, replica, run);
    } else {
        report(arguments, replica, run);
    }
    return kDone;
}

}  // namespace rhumb::tool
