// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/service_file.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/geodatabase.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/data_set.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>

namespace rhumb::runtime {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> geopackages_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        if (lowered(entry.path().extension().string()) == ".gpkg") found.push_back(entry.path());
    }
    if (failure) {
        throw Error(Status::ReadOnly,
                    "cannot read folder '" + folder.string() + "': " + failure.message());
    }
    if (found.empty()) {
        throw Error(Status::NotFound,
                    "there is no GeoPackage (*.gpkg) in '" + folder.string() + "'");
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Edits of a replica are meant for its service; to serve them would mix the two up.
void refuse_replica(geodb::Geodatabase& file) {
    const sync::ReplicaStore store(file);
    if (!store.exists()) return;
    const sync::Replica replica = store.load();
    if (replica.state == sync::Replica::State::Closed) return;
    if (replica.state == sync::Replica::State::Ready && sync::data_set_of(replica)) return;
    throw Error(Status::Unsupported, "'" + file.path().string() + "' is a replica of " +
                                         replica.service_url +
                                         " and cannot be served (unregister it first)");
}

constexpr std::string_view kSettingsEnd = ".service.json";

void read_settings(ServiceFile& file, const service::ServiceSettings& defaults) {
    const fs::path beside =
        file.path.parent_path() / (file.path.stem().string() + std::string(kSettingsEnd));
    file.settings = defaults;
    if (fs::exists(beside)) {
        file.settings = service::read_service_file(beside, defaults);
        file.settings_file = beside;
    }
    if (!file.settings.name.empty()) file.name = file.settings.name;
}

/// Settings that nobody reads are a name that somebody mistyped.
void refuse_lost_settings(const fs::path& folder) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(kSettingsEnd)) continue;
        const std::string stem = name.substr(0, name.size() - kSettingsEnd.size());
        if (fs::exists(folder / (stem + ".gpkg")) || fs::exists(folder / (stem + ".GPKG"))) {
            continue;
        }
        throw Error(Status::NotFound, "'" + entry.path().string() + "' is of no GeoPackage there");
    }
}

ServiceFile looked_at(const fs::path& path, const service::ServiceSettings& defaults,
                      geodb::World world) {
    ServiceFile file;
    file.path = path;
    file.name = path.stem().string();
    read_settings(file, defaults);
    auto database = geodb::sqlite::Database::open(path, geodb::sqlite::Database::Mode::ReadOnly);
    geodb::check_gpkg(database);
    if (!geodb::has_rhumb_tables(database)) return file;
    auto opened = geodb::Geodatabase::open(path, world, geodb::Geodatabase::Access::Read);
    refuse_replica(opened);
    for (const geodb::Layer& layer : opened.layers()) file.tracked_tables.push_back(layer.table);
    return file;
}

}  // namespace

std::vector<ServiceFile> service_files(const fs::path& path,
                                       const service::ServiceSettings& defaults,
                                       geodb::World world) {
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        throw Error(Status::NotFound, "there is no file or folder '" + path.string() + "'");
    }
    const bool folder = fs::is_directory(path, failure);
    if (folder) refuse_lost_settings(path);
    std::vector<ServiceFile> files;
    for (const fs::path& found : folder ? geopackages_in(path) : std::vector{path}) {
        files.push_back(looked_at(found, defaults, world));
        const std::string& name = files.back().name;
        for (std::size_t i = 0; i + 1 < files.size(); ++i) {
            if (!equal_ignoring_case(files[i].name, name)) continue;
            throw Error(Status::InvalidArgument, "'" + files[i].path.string() + "' and '" +
                                                     found.string() +
                                                     "' would both be the service '" + name + "'");
        }
    }
    return files;
}

}  // namespace rhumb::runtime
