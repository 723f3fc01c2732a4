// SPDX-License-Identifier: Apache-2.0
//
// The points that the benches work on: real places, multiplied with jitter until there are enough.
//
// The same seed gives the same points on every machine.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/random.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rhumb::bench {

inline constexpr const char* kPointsTable = "points";

struct Place {
    double x, y;
    std::string name, country, feature_class, admin;
    std::int64_t population;
};

/// The layer "world_cities" of the GeoPackage that tests/data/medium holds.
std::vector<Place> read_places(const std::filesystem::path& gpkg);

/// Columns of the points beside the object id, as counted in their Layer.
enum PointColumn : std::size_t {
    kGlobalId,
    kName,
    kCountry,
    kFeatureClass,
    kAdmin,
    kPopulation,
    kStatus,
    kDepth,
    kNote,
    kCreated,
    kLastEdited,
    kShape,
    kPointColumns
};

/// The layer as our library makes it.
geodb::LayerPlan points_plan();

/// "CREATE TABLE name (...)" and "INSERT INTO name VALUES (...)" as a program without us would say
/// them; the parameters are the columns above, without the GlobalID where there is none.
std::string plain_table(const std::string& name, bool with_global_id);
std::string plain_insert(const std::string& name, bool with_global_id);

/// A point geometry as a GeoPackage keeps it.
geodb::Blob point_blob(double x, double y);

/// Makes one point after the other.
class PointSource {
public:
    PointSource(const std::vector<Place>& places, std::uint64_t seed)
        : places_(places), random_(seed) {}

    /// Fills `values` with the next point, all columns above.
    void next(std::vector<geodb::Value>& values);
    SeededRandom& random() { return random_; }

private:
    const std::vector<Place>& places_;
    SeededRandom random_;
    std::size_t at_ = 0;
};

/// Uniform in [low, high).
double between(SeededRandom& random, double low, double high);

}  // namespace rhumb::bench
