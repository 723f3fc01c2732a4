// SPDX-License-Identifier: Apache-2.0
//
// Which files a server serves, under which settings, and whether it can: asked before the first of
// them is touched.

#pragma once

#include "geodb/world.hpp"
#include "sync/service/settings/service_settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rhumb::runtime {

struct ServiceFile {
    std::filesystem::path path;
    std::string name;  ///< of the service: what the settings say, else the file's name without end
    service::ServiceSettings settings;
    std::filesystem::path settings_file;      ///< "" when there is none
    std::vector<std::string> tracked_tables;  ///< those that are prepared for serving already
};

/// The GeoPackages of a folder, or the one that `path` is, by name. Reads only. The settings of
/// city.gpkg are those of city.service.json beside it, over `defaults`.
///
/// Throws Error naming the file that is no GeoPackage, has a newer format or is the replica of
/// another service; naming the folder when there is none in it; naming the file of settings that
/// cannot be used, or that is of no GeoPackage there.
std::vector<ServiceFile> service_files(const std::filesystem::path& path,
                                       const service::ServiceSettings& defaults,
                                       geodb::World world);

}  // namespace rhumb::runtime
