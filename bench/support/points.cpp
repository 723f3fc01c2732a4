// SPDX-License-Identifier: Apache-2.0
#include "bench/support/points.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/date_time.hpp"

#include <algorithm>
#include <cstdio>

namespace rhumb::bench {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::Value;

constexpr double kJitterDegrees = 0.175;
constexpr std::int32_t kWgs84 = 4326;
constexpr std::uint64_t kFirstSecond = 1'640'995'200;    // 2022-01-01
constexpr std::uint64_t kSecondsOfHistory = 94'608'000;  // three years

Field field(const char* name, FieldType type, std::int32_t length = 0) {
    Field made;
    made.name = name;
    made.alias = name;
    made.type = type;
    made.length = length;
    return made;
}

/// A random moment as a GeoPackage writes it, kept in the string's own memory.
void put_moment(Value& value, SeededRandom& random) {
    const std::uint64_t seconds = kFirstSecond + random.below(kSecondsOfHistory);
    value = format_date_time(static_cast<std::int64_t>(seconds) * 1000);
}

}  // namespace

std::vector<Place> read_places(const std::filesystem::path& gpkg) {
    using geodb::sqlite::Database;
    Database database = Database::open(gpkg, Database::Mode::ReadOnly);
    geodb::sqlite::Statement rows(
        database,
        "SELECT geom, name, country, feature_code, admin_code, population FROM world_cities "
        "ORDER BY fid");
    std::vector<Place> places;
    while (rows.step()) {
        Place place{};
        if (!geodb::gpb_point(rows.column_blob(0), place.x, place.y)) continue;
        place.name = rows.column_text(1);
        place.country = rows.column_text(2);
        place.feature_class = rows.column_text(3);
        place.admin = rows.column_text(4);
        place.population = rows.column_int64(5);
        places.push_back(std::move(place));
    }
    return places;
}

geodb::LayerPlan points_plan() {
    geodb::LayerPlan plan;
    plan.name = kPointsTable;
    plan.geometry = geodb::GeometryColumn{};
    plan.fields = {
        field("globalid", FieldType::GlobalId, 38), field("name", FieldType::String, 200),
        field("country", FieldType::String, 2),     field("fclass", FieldType::String, 10),
        field("admin", FieldType::String, 20),      field("population", FieldType::BigInteger),
        field("status", FieldType::Integer),        field("depth", FieldType::Double),
        field("note", FieldType::String, 100),      field("created_date", FieldType::Date),
        field("last_edited_date", FieldType::Date)};
    return plan;
}

std::string plain_table(const std::string& name, bool with_global_id) {
    return "CREATE TABLE " + name + " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT" +
           (with_global_id ? ", globalid TEXT(38)" : "") +
           ", name TEXT(200), country TEXT(2), fclass TEXT(10), admin TEXT(20), population "
           "INTEGER, "
           "status MEDIUMINT, depth DOUBLE, note TEXT(100), created_date DATETIME, "
           "last_edited_date DATETIME)";
}

std::string plain_insert(const std::string& name, bool with_global_id) {
    return "INSERT INTO " + name + " (" + (with_global_id ? "globalid, " : "") +
           "name, country, fclass, admin, population, status, depth, note, created_date, "
           "last_edited_date, geom) VALUES (" +
           (with_global_id ? "?, " : "") + "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

geodb::Blob point_blob(double x, double y) {
    geodb::Geometry point;
    point.coordinates = {x, y};
    return geodb::write_gpb(point, kWgs84);
}

double between(SeededRandom& random, double low, double high) {
    constexpr std::uint64_t kSteps = 1ULL << 53;
    return low +
           (high - low) * static_cast<double>(random.below(kSteps)) / static_cast<double>(kSteps);
}

void PointSource::next(std::vector<Value>& values) {
    const Place& place = places_[at_++ % places_.size()];
    const double x = place.x + between(random_, -kJitterDegrees, kJitterDegrees);
    const double y = place.y + between(random_, -kJitterDegrees, kJitterDegrees);
    values.resize(kPointColumns);
    values[kGlobalId] = Uuid::random(random_).braced();
    values[kName] = place.name;
    values[kCountry] = place.country;
    values[kFeatureClass] = place.feature_class;
    values[kAdmin] = place.admin;
    values[kPopulation] = place.population;
    values[kStatus] = static_cast<std::int64_t>(random_.below(5));
    values[kDepth] = between(random_, 0, 30);
    values[kNote] = "visited by crew " + std::to_string(random_.below(40));
    put_moment(values[kCreated], random_);
    put_moment(values[kLastEdited], random_);
    values[kShape] = point_blob(std::clamp(x, -180.0, 180.0), std::clamp(y, -90.0, 90.0));
}

}  // namespace rhumb::bench
