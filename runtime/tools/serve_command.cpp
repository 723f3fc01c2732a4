// SPDX-License-Identifier: Apache-2.0
//
// rhumb serve: GeoPackages as feature services, until somebody says stop.

#include "platform/error.hpp"
#include "runtime/server/feature_server.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/interrupts.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"

#include <mutex>

namespace rhumb::tool {
namespace {

void report(const runtime::FeatureServer& server) {
    for (const auto& service : server.services()) {
        print(service.url);
        std::string layers;
        for (const std::string& layer : service.layers) {
            layers += (layers.empty() ? "" : ", ") + layer;
        }
        print("  layers: " + (layers.empty() ? "none" : layers));
        for (const std::string& note : service.notes) print("  " + note);
    }
    print("serving; stop with Ctrl-C");
}

wire::Json texts(const std::vector<std::string>& values) {
    wire::Json list = wire::Json::Array{};
    for (const std::string& value : values) list.push(value);
    return list;
}

void report_json(const runtime::FeatureServer& server) {
    wire::Json services = wire::Json::Array{};
    for (const auto& service : server.services()) {
        services.push(wire::Json::Object{{"name", service.name},
                                         {"url", service.url},
                                         {"file", service.file.string()},
                                         {"layers", texts(service.layers)},
                                         {"notes", texts(service.notes)}});
    }
    print_json(wire::Json::Object{
        {"url", server.root_url()}, {"port", server.port()}, {"services", std::move(services)}});
}

/// A hangup may come before there is a server, and when there is none any more.
class LogReopener {
public:
    void watch(runtime::FeatureServer* server) {
        const std::lock_guard lock(mutex_);
        server_ = server;
    }
    void reopen() {
        const std::lock_guard lock(mutex_);
        if (server_ == nullptr) return;
        try {
            server_->reopen_log();
        } catch (const Error& error) {
            complain(error.message());  // it goes on in the old file
        }
    }

private:
    std::mutex mutex_;
    runtime::FeatureServer* server_ = nullptr;
};

}  // namespace

int run(const ServeArguments& arguments, Session& session) {
    LogReopener reopener;
    Interrupts interrupts([&] { reopener.reopen(); });
    runtime::FeatureServer::Options options;
    static_cast<runtime::ServerSettings&>(options) = arguments.settings;
    options.path = arguments.path;
    runtime::FeatureServer server(options, session.world());
    reopener.watch(&server);
    server.start();
    if (session.json()) {
        report_json(server);
    } else {
        report(server);
    }
    flush_output();  // whoever reads the URL from a pipe is waiting for it
    interrupts.wait();
    server.stop();
    reopener.watch(nullptr);
    return kDone;
}

}  // namespace rhumb::tool
