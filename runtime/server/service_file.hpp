// SPDX-License-Identifier: Apache-2.0
//
// Which files a server serves, and whether it can: asked before the first of them is touched.

#pragma once

#include "geodb/world.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rhumb::runtime {

struct ServiceFile {
    std::filesystem::path path;
    std::string name;  ///< of the service: the file's name without its extension
    std::vector<std::string> tracked_tables;  ///< those that are prepared for serving already
};

/// The GeoPackages of a folder, or the one that `path` is, by name. Reads only.
///
/// Throws Error naming the file that is no GeoPackage, has a newer format or is the replica of
/// another service; naming the folder when there is none in it.
std::vector<ServiceFile> service_files(const std::filesystem::path& path, geodb::World world);

}  // namespace rhumb::runtime
