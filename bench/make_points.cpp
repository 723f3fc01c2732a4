// SPDX-License-Identifier: Apache-2.0
//
// Makes the files of the benches: tracked GeoPackages of 100,000 and of 1,000,000 points.

#include "bench/support/bench_files.hpp"
#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <cstdio>

namespace rhumb::bench {
namespace {

constexpr std::uint64_t kSeed = 20261122;

void make(const std::vector<Place>& places, const std::filesystem::path& path, int count) {
    if (std::filesystem::exists(path)) return;
    std::fprintf(stderr, "making %s\n", path.c_str());
    const std::filesystem::path part = path.string() + ".part";
    remove_database(part);
    {
        BenchWorld world;
        geodb::Geodatabase file = geodb::Geodatabase::create(part, world.world());
        file.database().execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536");
        geodb::sqlite::Transaction transaction(file.database());
        const geodb::Layer& layer = file.add_layer(points_plan());
        {
            using geodb::FeatureWriter;
            FeatureWriter writer(file, layer, FeatureWriter::Tracking::Unlogged);
            PointSource source(places, kSeed);
            std::vector<geodb::Value> values;
            for (int i = 0; i < count; ++i) {
                source.next(values);
                writer.insert(values);
            }
        }
        file.finish_layer(layer.id);
        transaction.commit();
        file.database().execute("ANALYZE");
    }
    replace_file(part, path);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER (with sf_medium.gpkg in it)\n", argv[0]);
        return 2;
    }
    try {
        const Desk desk{argv[1], Report({})};
        const std::vector<Place> places = read_places(desk.places());
        make(places, desk.base_100k(), 100'000);
        make(places, desk.base_1m(), 1'000'000);
    } catch (const rhumb::Error& error) {
        std::fprintf(stderr, "make_points: %s\n", error.message().c_str());
        return 1;
    }
    return 0;
}
