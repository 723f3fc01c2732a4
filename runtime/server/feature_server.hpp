// SPDX-License-Identifier: Apache-2.0
//
// The life of a server: takes a port, opens geodatabases as feature services, answers until it is
// stopped.

#pragma once

#include "geodb/world.hpp"
#include "platform/http/listener.hpp"
#include "runtime/server/front_desk.hpp"
#include "runtime/server/job_thread.hpp"
#include "runtime/server/server_settings.hpp"
#include "sync/service/feature_service.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rhumb::runtime {
struct ServiceFile;

/// One thread. What `world` refers to outlives it and may be used from any thread.
class FeatureServer {
public:
    struct Options : ServerSettings {
        std::filesystem::path path;  ///< a GeoPackage, or a folder whose *.gpkg are all served
    };
    struct Service {
        std::string name;
        std::string url;  ///< …/FeatureServer
        std::filesystem::path file;
        std::vector<std::string> layers;  ///< by number: "0 trees"
        /// What was prepared for serving, and tables that are left out.
        std::vector<std::string> notes;
    };

    /// Everything that can be refused is asked first: settings, users, the files, then the port. Only then are
    /// files prepared for serving that are not yet (see Geodatabase::adopt). Results of replica
    /// operations go to .rhumb/results in the folder of the files, upload items to .rhumb/uploads.
    FeatureServer(const Options& options, geodb::World world);
    FeatureServer(const FeatureServer&) = delete;
    FeatureServer& operator=(const FeatureServer&) = delete;
    /// Stops, and leaves plain files behind with no -wal beside them.
    ~FeatureServer();

    std::uint16_t port() const { return listener_->port(); }
    /// `http://host:port<context>/rest/services`, or https.
    std::string root_url() const;
    const std::vector<Service>& services() const { return facts_; }

    void start();
    /// Lets running requests finish, as Listener::stop does. Jobs go on with the next start.
    void stop();
    /// Goes on with the log in a new file; any thread.
    void reopen_log();

private:
    http::Listener::Options rim_of(const ServerSettings& settings);
    std::string origin() const;
    void add(const ServiceFile& file, geodb::World world);

    Options options_;
    std::unique_ptr<service::Security> security_;  // before services_, which asks it
    std::unique_ptr<service::FeatureServices> services_;
    std::unique_ptr<RequestLog> log_;
    std::unique_ptr<FrontDesk> desk_;           // after what it stands before
    std::unique_ptr<http::Listener> listener_;  // after the desk, which its handler calls
    std::unique_ptr<JobThread> jobs_;           // likewise
    std::vector<Service> facts_;
};

}  // namespace rhumb::runtime
