// SPDX-License-Identifier: Apache-2.0
//
// What the owner of a service decides about it, as service.json says it (docs/serving.md).

#pragma once

#include "sync/service/edits/ownership.hpp"
#include "sync/service/security/access.hpp"
#include "sync/service/settings/service_limits.hpp"
#include "sync/service/settings/settings_reader.hpp"
#include "sync/service/store/history.hpp"

#include <filesystem>
#include <string>

namespace rhumb::service {

struct ServiceSettings {
    std::string name;   ///< in the URL; "" for the file's name
    std::string title;  ///< "" for the service's name
    std::string description;
    std::string copyright;
    std::string owner;  ///< a user who is an owner here, whatever his role; "" for none
    Access access;
    OwnershipRules ownership;
    ServiceLimits limits;
    HistoryPolicy history;
};

/// Reads the settings of one service over those given. Throws InvalidArgument naming file and key.
ServiceSettings read_service_settings(SettingsReader reader, ServiceSettings over);
/// The same from a file.
ServiceSettings read_service_file(const std::filesystem::path& path, const ServiceSettings& over);

/// A name that may stand in the path of a URL and in a folder's name.
bool is_service_name(std::string_view name);

}  // namespace rhumb::service
