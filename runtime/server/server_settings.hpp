// SPDX-License-Identifier: Apache-2.0
//
// What whoever runs a server decides about it: server.json, or the options of rhumb serve
// (docs/serving.md).

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/listener.hpp"
#include "sync/service/security/security.hpp"
#include "sync/service/settings/service_settings.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace rhumb::runtime {

/// What is done around every answer.
struct FrontSettings {
    /// Addresses that may see /healthz and /metrics beside the machine itself.
    std::set<std::string> monitors;
    /// Addresses of proxies whose X-Forwarded-For, -Proto and -Host are believed.
    std::set<std::string> trusted_proxies;
};

struct ServerSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                  ///< 0 takes a free one
    std::string context = "/arcgis";         ///< path before /rest; may be empty
    std::filesystem::path certificate_file;  ///< PEM; "" for plain HTTP
    std::filesystem::path private_key_file;
    service::SecurityOptions security;  ///< without a users_file: everybody may everything
    FrontSettings front;
    std::filesystem::path log_file;  ///< "" for stderr
    bool logs = true;
    std::int64_t requests_per_minute = 0;  ///< of one user, or of one address without; 0: no limit
    std::int64_t request_burst = 100;      ///< how many of them may come at once
    http::FormLimits form;                 ///< of one request; its bytes are those of `limits`
    http::Listener::Options limits;        ///< of connections and requests; host and so on unused
    service::ServiceSettings services;     ///< what a service.json is read over
};

/// In place of the name of a log: none is written.
inline constexpr const char* kNoLog = "none";

/// Reads server.json over what is given; relative paths are below the folder of the file. Throws
/// InvalidArgument naming file and key.
ServerSettings read_server_settings(const std::filesystem::path& file, ServerSettings over);

}  // namespace rhumb::runtime
