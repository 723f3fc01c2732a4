// SPDX-License-Identifier: Apache-2.0
//
// A geodatabase as a crew has it: trees, paths, zones and visits, in a folder that goes away.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"
#include "platform/clock.hpp"
#include "platform/random.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::test {

/// A folder of its own, removed with all that is in it.
class TempFolder {
public:
    TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder();
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Time that moves only when told.
class FakeClock final : public Clock {
public:
    std::int64_t now_ms() override { return now; }
    std::int64_t steady_ms() override { return now; }
    std::int64_t now = 1'793'010'600'000;
};

/// World of a test: a fake clock and a seeded generator.
struct TestWorld {
    FakeClock clock;
    SeededRandom random{7};
    geodb::World world() { return {clock, random}; }
};

/// Field of a layer that is to be made.
geodb::Field field(std::string name, geodb::FieldType type, std::int32_t length = 0);

/// Makes and finishes a layer in a transaction of its own.
const geodb::Layer& make_layer(geodb::Geodatabase& geodatabase, const geodb::LayerPlan& plan);

/// "trees": points with species, dbh (double), planted (date), site_order (integer).
geodb::LayerPlan trees_plan();
/// "visits": a table with tree (GUID), note (text) and day (date).
geodb::LayerPlan visits_plan();

/// A point as the layer stores it.
geodb::Value point(double x, double y, std::int32_t srs = 4326);

/// Attributes by name.
using Attributes = std::vector<std::pair<std::string, geodb::Value>>;

/// Edits in a transaction each, as an app makes them.
geodb::GlobalId add_feature(geodb::Geodatabase& geodatabase, std::string_view layer,
                            const Attributes& attributes, geodb::Value shape = geodb::Null{});
void update_feature(geodb::Geodatabase& geodatabase, std::string_view layer,
                    const geodb::GlobalId& feature, const Attributes& attributes);
void erase_feature(geodb::Geodatabase& geodatabase, std::string_view layer,
                   const geodb::GlobalId& feature);

}  // namespace rhumb::test
