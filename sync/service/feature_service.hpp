// SPDX-License-Identifier: Apache-2.0
//
// The feature services of a server as one function from request to response. No socket inside: a
// listener, a test or another device may call it.

#pragma once

#include "platform/clock.hpp"
#include "platform/http/message.hpp"
#include "sync/service/call.hpp"
#include "sync/service/store.hpp"
#include "sync/service/synchronize_replica.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

struct ServerOptions {
    std::string context = "/arcgis";  ///< path before /rest; may be empty
    std::filesystem::path result_folder;
    /// For what services keep in files beside their geodatabases: upload items. Must stay the same
    /// from one start to the next.
    std::filesystem::path work_folder;
    ServiceLimits limits;
    double current_version = 11.2;
};

/// Services are added before the first request. handle() may then be called from any thread.
class FeatureServices {
public:
    FeatureServices(ServerOptions options, Clock& clock);

    /// `name` as it stands in the URL: …/rest/services/<name>/FeatureServer.
    void add(std::string name, std::unique_ptr<Store> store);
    std::vector<std::string> names() const;
    /// Path of a service's root, percent-encoded.
    std::string path_of(std::string_view name) const;

    /// Never throws: every failure is an answer in the protocol's shape.
    http::Response handle(const http::Request& request);

private:
    struct Service {
        std::string name;
        std::unique_ptr<Store> store;
        std::unique_ptr<UploadItems> uploads;  // after the store, which it uses
    };
    http::Response route(const http::Request& request, const http::Parameters& parameters);
    http::Response route_service(const http::Request& request, const http::Parameters& parameters,
                                 std::vector<std::string> segments);
    http::Response route_layer(const Call& call, const std::vector<std::string>& segments);
    Service& service(std::string_view name);

    ServerOptions options_;
    ResultFiles results_;
    BusyReplicas busy_;
    std::vector<Service> services_;
};

}  // namespace rhumb::service
