// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/feature_server.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/server/publish_data_set.hpp"
#include "runtime/server/service_file.hpp"
#include "sync/service/store/gpkg_store.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::runtime {
namespace {

namespace fs = std::filesystem;

/// "/arcgis", "/a/b" or nothing at all, however it was typed.
std::string normalized_context(const std::string& typed) {
    std::string context;
    for (const std::string& piece : split(typed, '/')) {
        if (!piece.empty()) context += "/" + piece;
    }
    return context;
}

fs::path work_folder(const fs::path& served) {
    const fs::path folder = fs::is_directory(served) ? served : fs::absolute(served).parent_path();
    return folder / ".rhumb";
}

std::vector<std::string> notes_of(const ServiceFile& file, const service::GpkgStore& store) {
    std::string prepared;
    for (const geodb::Layer& layer : store.layers()) {
        const auto& tracked = file.tracked_tables;
        if (std::find(tracked.begin(), tracked.end(), layer.table) != tracked.end()) continue;
        prepared += (prepared.empty() ? "" : ", ") + layer.table;
    }
    std::vector<std::string> notes;
    if (!prepared.empty()) {
        notes.push_back("prepared for serving (GlobalIDs, edit log): " + prepared);
    }
    for (const std::string& reason : store.left_out()) notes.push_back("left out: " + reason);
    return notes;
}

/// Who may come in is for a server that knows who comes.
void refuse_unguarded(const ServiceFile& file, const ServerSettings& server) {
    using Who = service::Access::Who;
    const Who who = file.settings.access.who;
    if (!server.security.users_file.empty() || who == Who::Unsaid || who == Who::Everyone) return;
    const std::string where =
        file.settings_file.empty() ? "the settings of services" : file.settings_file.string();
    throw Error(Status::InvalidArgument,
                "'" + where +
                    "': 'access' is for those who sign in, but the server has no users "
                    "(--users FILE)");
}

}  // namespace

http::Listener::Options FeatureServer::rim_of(const ServerSettings& settings) {
    http::Listener::Options rim = settings.limits;
    rim.refusal_headers = {{"Access-Control-Allow-Origin", "*"}};
    rim.on_refusal = [this](const http::Request& request, const http::Response& response) {
        desk_->refused(request, response);
    };
    rim.spool_folder = work_folder(options_.path) / "bodies";
    rim.host = settings.host;
    rim.port = settings.port;
    if (!settings.certificate_file.empty()) rim.certificate_file = settings.certificate_file;
    if (!settings.private_key_file.empty()) rim.private_key_file = settings.private_key_file;
    return rim;
}

FeatureServer::FeatureServer(const Options& options, geodb::World world) : options_(options) {
    options_.context = normalized_context(options.context);
    const std::vector<ServiceFile> files = service_files(options.path, options.services, world);
    for (const ServiceFile& file : files) refuse_unguarded(file, options);
    if (!options.security.users_file.empty()) {
        security_ =
            std::make_unique<service::Security>(options.security, world.clock, world.random);
    }
    if (options.logs) log_ = std::make_unique<RequestLog>(options.log_file, world.clock);
    // Bound before the services are there; asked only after start().
    listener_ = std::make_unique<http::Listener>(
        rim_of(options_), [this](const http::Request& request) { return desk_->answer(request); },
        [this](const http::Request& request) { return desk_->answer_at_once(request); });

    service::ServerOptions served;
    served.context = options_.context;
    served.security = security_.get();
    served.work_folder = work_folder(options.path);
    served.result_folder = served.work_folder / "results";
    served.requests_per_minute = options.requests_per_minute;
    served.request_burst = options.request_burst;
    served.form = options.form;
    served.form.bytes = options.limits.form_limit;
    services_ = std::make_unique<service::FeatureServices>(served, world.clock);
    desk_ = std::make_unique<FrontDesk>(*services_, options_.front, log_.get(), world.clock,
                                        world.random, [this] { return listener_->connections(); });
    for (const ServiceFile& file : files) add(file, world);
    services_->housekeep();
    jobs_ = std::make_unique<JobThread>(*services_, world.clock);
}

FeatureServer::~FeatureServer() {
    stop();
}

void FeatureServer::start() {
    listener_->start();
    jobs_->start();
}

void FeatureServer::stop() {
    listener_->stop();
    jobs_->stop();
}

void FeatureServer::reopen_log() {
    if (log_) log_->reopen();
}

void FeatureServer::add(const ServiceFile& file, geodb::World world) {
    try {
        publish_data_set(file.path, world);
        auto store = std::make_unique<service::GpkgStore>(file.path, world);
        Service facts;
        facts.name = file.name;
        facts.url = origin() + services_->path_of(file.name);
        facts.file = file.path;
        facts.notes = notes_of(file, *store);
        for (const geodb::Layer& layer : store->layers()) {
            facts.layers.push_back(std::to_string(layer.id.value) + " " + layer.name);
        }
        services_->add(file.name, std::move(store), file.settings);
        facts_.push_back(std::move(facts));
    } catch (const Error& error) {
        if (error.message().find(file.path.string()) != std::string::npos) throw;
        throw error.within("cannot serve '" + file.path.string() + "'");
    }
}

std::string FeatureServer::origin() const {
    const bool ipv6 = options_.host.find(':') != std::string::npos;
    const std::string host = ipv6 ? "[" + options_.host + "]" : options_.host;
    const bool secure = !options_.certificate_file.empty();
    return (secure ? "https://" : "http://") + host + ":" + std::to_string(listener_->port());
}

std::string FeatureServer::root_url() const {
    return origin() + options_.context + "/rest/services";
}

}  // namespace rhumb::runtime
