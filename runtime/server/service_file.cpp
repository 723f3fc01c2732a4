// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/service_file.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/geodatabase.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
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
        throw Error(Status::NotFound, "there is no GeoPackage (*.gpkg) in '" + folder.string() + "'");
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Edits of a replica are meant for its service; to serve them would mix the two up.
void refuse_replica(const fs::path& path, geodb::World world) {
    auto file = geodb::Geodatabase::open(path, world, geodb::Geodatabase::Access::Read);
    const sync::ReplicaStore store(file);
    if (!store.exists()) return;
    const sync::Replica replica = store.load();
    if (replica.state == sync::Replica::State::Closed) return;
    throw Error(Status::Unsupported, "'" + path.string() + "' is a replica of " +
                                         replica.service_url +
                                         " and cannot be served (unregister it first)");
}

/// Tables that become layers when the file is first served.
std::string note_of_preparation(const std::vector<std::string>& tables) {
    std::string names;
    for (const std::string& table : tables) names += (names.empty() ? "" : ", ") + table;
    return "prepared for serving: " + names + " (GlobalIDs, edit log)";
}

std::vector<std::string> feature_tables(geodb::sqlite::Database& database) {
    if (geodb::has_rhumb_tables(database)) return geodb::untracked_tables(database);
    return geodb::all_feature_tables(database);
}

ServiceFile looked_at(const fs::path& path, geodb::World world) {
    ServiceFile file{path, path.stem().string(), {}};
    auto database = geodb::sqlite::Database::open(path, geodb::sqlite::Database::Mode::ReadOnly);
    geodb::check_gpkg(database);
    if (geodb::has_rhumb_tables(database)) {
        geodb::check_rhumb_format(database);
        refuse_replica(path, world);
    }
    const auto untracked = feature_tables(database);
    if (!untracked.empty()) file.notes.push_back(note_of_preparation(untracked));
    return file;
}

}  // namespace

std::vector<ServiceFile> service_files(const fs::path& path, geodb::World world) {
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        throw Error(Status::NotFound, "there is no file or folder '" + path.string() + "'");
    }
    const bool folder = fs::is_directory(path, failure);
    std::vector<ServiceFile> files;
    for (const fs::path& found : folder ? geopackages_in(path) : std::vector{path}) {
        files.push_back(looked_at(found, world));
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
