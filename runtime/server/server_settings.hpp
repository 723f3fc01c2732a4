// SPDX-License-Identifier: Apache-2.0
//
// What whoever runs a server decides about it: server.json, or the options of rhumb serve
// (docs/serving.md).

#pragma once

#include "sync/service/security/security.hpp"
#include "sync/service/settings/service_settings.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace rhumb::runtime {

struct ServerSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;           ///< 0 takes a free one
    std::string context = "/arcgis";  ///< path before /rest; may be empty
    std::filesystem::path certificate_file;  ///< PEM; "" for plain HTTP
    std::filesystem::path private_key_file;
    service::SecurityOptions security;  ///< without a users_file: everybody may everything
    service::ServiceSettings services;  ///< what a service.json is read over
};

/// Reads server.json over what is given; relative paths are below the folder of the file. Throws
/// InvalidArgument naming file and key.
ServerSettings read_server_settings(const std::filesystem::path& file, ServerSettings over);

}  // namespace rhumb::runtime
