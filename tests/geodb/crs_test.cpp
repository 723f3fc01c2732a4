// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/crs.hpp"

#include "geodb/geometry/envelope.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <proj.h>

#include <cmath>
#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Geometry points(std::vector<double> xy) {
    return {GeometryType::MultiPoint, false, false, std::move(xy), {}, {}};
}

std::vector<double> moved(std::int32_t from, std::int32_t to, std::vector<double> xy) {
    Geometry geometry = points(std::move(xy));
    CoordinateTransform{from, to}.apply(geometry);
    return geometry.coordinates;
}

std::string message_of(std::int32_t from, std::int32_t to, std::vector<double> xy) {
    try {
        moved(from, to, std::move(xy));
    } catch (const Error& error) {
        CHECK(error.status() == Status::InvalidArgument);
        return error.message();
    }
    return {};
}

/// PROJ itself, asked for one point at a time.
class Proj {
public:
    Proj(const char* from, const char* to) {
        PJ* defined = proj_create_crs_to_crs(context_, from, to, nullptr);
        operation_ = proj_normalize_for_visualization(context_, defined);
        proj_destroy(defined);
    }
    Proj(const Proj&) = delete;
    Proj& operator=(const Proj&) = delete;
    ~Proj() {
        proj_destroy(operation_);
        proj_context_destroy(context_);
    }
    PJ_COORD forward(double x, double y) const {
        return proj_trans(operation_, PJ_FWD, proj_coord(x, y, 0, 0));
    }

private:
    PJ_CONTEXT* context_ = proj_context_create();
    PJ* operation_ = nullptr;
};

}  // namespace

TEST_CASE("the closed form of Web Mercator agrees with PROJ to a micrometre", "[crs]") {
    const Proj proj{"EPSG:4326", "EPSG:3857"};
    test::GeometryGenerator random{3};
    for (int i = 0; i < 2000; ++i) {
        const double longitude = (random.fraction() - 0.5) * 360;
        const double latitude = (random.fraction() - 0.5) * 178;
        const std::vector<double> metres = moved(4326, 3857, {longitude, latitude});
        const PJ_COORD expected = proj.forward(longitude, latitude);
        REQUIRE(std::abs(metres[0] - expected.xy.x) < 1e-6);
        REQUIRE(std::abs(metres[1] - expected.xy.y) < 1e-6);
        const std::vector<double> degrees = moved(3857, 4326, metres);
        REQUIRE(std::abs(degrees[0] - longitude) < 1e-11);
        REQUIRE(std::abs(degrees[1] - latitude) < 1e-11);
    }
}

TEST_CASE("x is longitude whatever the authority says", "[crs]") {
    // The middle of Berlin in UTM zone 33.
    const std::vector<double> utm = moved(4326, 25833, {13.4, 52.5});
    CHECK(utm[0] == Approx(391366).margin(50));
    CHECK(utm[1] == Approx(5817850).margin(200));
    const std::vector<double> back = moved(25833, 4326, utm);
    CHECK(back[0] == Approx(13.4).margin(1e-8));
    CHECK(back[1] == Approx(52.5).margin(1e-8));
}

TEST_CASE("all names of Web Mercator mean the same", "[crs]") {
    for (const std::int32_t wkid : {102100, 102113, 900913, 3857}) {
        CHECK(normalized_wkid(wkid) == 3857);
        CHECK(esri_wkid(wkid) == 102100);
        CHECK(CoordinateTransform(wkid, 3857).is_identity());
        CHECK(moved(4326, wkid, {1, 1}) == moved(4326, 3857, {1, 1}));
    }
    CHECK(normalized_wkid(4326) == 4326);
    CHECK(esri_wkid(25833) == 25833);
}

TEST_CASE("between a reference and itself nothing moves", "[crs]") {
    CHECK(moved(4326, 4326, {200, 95}) == std::vector<double>{200, 95});
    const CoordinateTransform same{25833, 25833};
    CHECK(same.apply(Envelope{1, 2, 3, 4}) == Envelope{1, 2, 3, 4});
}

TEST_CASE("z and m stay, and so do vertices that are nowhere", "[crs]") {
    for (const std::int32_t target : {3857, 25833}) {
        Geometry geometry{
            GeometryType::MultiPoint, true, true, {13, 52, 7, kNan, kNan, kNan, 8, 9}, {}, {}};
        CoordinateTransform{4326, target}.apply(geometry);
        CHECK(geometry.coordinates[2] == 7);
        CHECK(std::isnan(geometry.coordinates[3]));
        CHECK(std::isnan(geometry.coordinates[4]));
        CHECK(std::isnan(geometry.coordinates[5]));
        CHECK(geometry.coordinates[6] == 8);
        CHECK(geometry.coordinates[7] == 9);
        CHECK(geometry.coordinates[0] != 13);
    }
}

TEST_CASE("a code that nobody has defined is named", "[crs]") {
    CHECK(message_of(4326, 999999, {}).find("999999") != std::string::npos);
    CHECK(message_of(-1, 4326, {}).find("-1") != std::string::npos);
    CHECK(message_of(7030, 4326, {}).find("7030") != std::string::npos);  // an ellipsoid
    CHECK_THROWS_AS(crs_wkt(999999), Error);
    CHECK_THROWS_AS(crs_name(0), Error);
}

TEST_CASE("a vertex without a place in the target is named, and nothing is moved", "[crs]") {
    CHECK(message_of(4326, 3857, {1, 1, 2, 91}).find("vertex 1 (2, 91)") == 0);
    CHECK(message_of(4326, 25833, {13, 52, 15, 95}).find("vertex 1 (15, 95)") == 0);
    Geometry geometry = points({1, 1, 2, 91});
    CHECK_THROWS_AS(CoordinateTransform(4326, 3857).apply(geometry), Error);
    CHECK(geometry.coordinates == std::vector<double>{1, 1, 2, 91});
}

TEST_CASE("the box of a transformed box holds every point of it", "[crs][law]") {
    test::GeometryGenerator random{5};
    for (const auto& [from, to] :
         {std::pair{4326, 3857}, {4326, 25833}, {3857, 4326}, {25833, 3035}}) {
        const Envelope box = from == 4326   ? Envelope{8, 48, 16, 55}
                             : from == 3857 ? Envelope{8e5, 6e6, 9e5, 7e6}
                                            : Envelope{2e5, 5.2e6, 8e5, 6e6};
        const CoordinateTransform transform{from, to};
        const Envelope result = transform.apply(box);
        const double slack = (result.max_x - result.min_x) * 1e-3;  // the edges are sampled
        for (int i = 0; i < 200; ++i) {
            Geometry point = points({box.min_x + random.fraction() * (box.max_x - box.min_x),
                                     box.min_y + random.fraction() * (box.max_y - box.min_y)});
            transform.apply(point);
            REQUIRE(contains(Envelope{result.min_x - slack, result.min_y - slack,
                                      result.max_x + slack, result.max_y + slack},
                             point.coordinates[0], point.coordinates[1]));
        }
    }
}

TEST_CASE("the whole world is a box in any reference", "[crs]") {
    const Envelope world{-180, -90, 180, 90};
    const Envelope mercator = CoordinateTransform{4326, 3857}.apply(world);
    CHECK(contains(mercator, Envelope{-20037508, -20037508, 20037508, 20037508}));
    const Envelope utm = CoordinateTransform{4326, 25833}.apply(world);
    CHECK(contains(utm, Envelope{166000, 0, 834000, 9000000}));
}

TEST_CASE("a box around a pole or across the antimeridian takes all longitudes", "[crs]") {
    const Envelope pole = CoordinateTransform{3031, 4326}.apply(Envelope{-1e6, -1e6, 1e6, 1e6});
    CHECK(pole.min_x == -180);
    CHECK(pole.max_x == 180);
    CHECK(pole.min_y == -90);
    const Envelope fiji = CoordinateTransform{32660, 4326}.apply(Envelope{4e5, 1e6, 9e5, 1.1e6});
    CHECK(fiji.min_x == -180);
    CHECK(fiji.max_x == 180);
}

TEST_CASE("references have a name, a definition and a kind", "[crs]") {
    CHECK(crs_name(4326) == "WGS 84");
    CHECK(crs_name(102100) == "WGS 84 / Pseudo-Mercator");
    CHECK(crs_wkt(4326).find("GEOGCS[\"WGS 84\"") == 0);
    CHECK(crs_wkt(3857).find("PROJCS[\"WGS 84 / Pseudo-Mercator\"") == 0);
    CHECK(crs_wkt(25833).find('\n') == std::string::npos);
    CHECK(crs_is_geographic(4326));
    CHECK(crs_is_geographic(4258));
    CHECK_FALSE(crs_is_geographic(102100));
    CHECK_FALSE(crs_is_geographic(25833));
    CHECK_FALSE(crs_is_geographic(54030));  // Robinson, by its Esri code
}
