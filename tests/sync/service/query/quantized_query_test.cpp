// SPDX-License-Identifier: Apache-2.0
//
// quantizationParameters: shapes on a grid, measured against the shapes themselves.
#include "tests/sync/service/query/pbf_reader.hpp"
#include "tests/sync/service/query/survey.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr double kCell = 0.75;

std::string grid(const std::string& members) {
    return R"({"extent":{"xmin":-90,"ymin":-80,"xmax":70,"ymax":85},"tolerance":0.75)" +
           (members.empty() ? "" : "," + members) + "}";
}

/// A path, ring or heap of points by plain rounding: {} when too little is left.
Json rounded(const Json& part, bool down, bool every, std::size_t fewest) {
    Json out(Json::Array{});
    std::int64_t before[2] = {0, 0};
    for (const Json& vertex : part.as_array("part")) {
        const double x = at(vertex, 0).as_double("x");
        const double y = at(vertex, 1).as_double("y");
        const double up = down ? 85 - y : y + 80;
        const std::int64_t now[2] = {static_cast<std::int64_t>(std::floor((x + 90) / kCell + 0.5)),
                                     static_cast<std::int64_t>(std::floor(up / kCell + 0.5))};
        const bool first = out.array()->empty();
        if (!every && !first && now[0] == before[0] && now[1] == before[1]) continue;
        Json made(Json::Array{});
        for (const int axis : {0, 1}) made.push(Json(now[axis] - (first ? 0 : before[axis])));
        for (std::size_t i = 2; i < vertex.array()->size(); ++i) made.push(at(vertex, i));
        out.push(std::move(made));
        before[0] = now[0];
        before[1] = now[1];
    }
    if (out.array()->size() < fewest) out = Json(Json::Array{});
    return out;
}

/// Null when nothing is left. Polygons here have one outer ring each, which comes first.
Json rounded_shape(const Json& shape, bool down, bool every) {
    Json out;
    for (const Json::Member& member : *shape.object()) {
        if (member.name == "x") {
            Json vertex(Json::Array{});
            vertex.push(member.value);
            vertex.push(at(shape, "y"));
            Json heap(Json::Array{});
            heap.push(std::move(vertex));
            const Json made = rounded(heap, down, every, 1);
            out.set("x", at(made, 0, 0));
            out.set("y", at(made, 0, 1));
        } else if (member.name == "z" || member.name == "m") {
            out.set(member.name, member.value);
        } else if (member.name == "points") {
            out.set("points", rounded(member.value, down, every, 1));
        } else if (member.name == "paths" || member.name == "rings") {
            const std::size_t fewest = every ? 1 : member.name == "paths" ? 2 : 3;
            Json parts(Json::Array{});
            for (const Json& part : member.value.as_array("parts")) {
                Json made = rounded(part, down, every, fewest);
                if (!made.array()->empty()) parts.push(std::move(made));
            }
            if (parts.array()->empty()) return Json(nullptr);
            out.set(member.name, std::move(parts));
        }
    }
    return out;
}

const Json* shape_of(const Json& answer, std::size_t i) {
    return at(answer, "features", i).find("geometry");
}

}  // namespace

TEST_CASE("quantized shapes are the shapes by plain rounding", "[service][query][quantized]") {
    Survey survey;
    for (std::size_t kind = 0; kind < Survey::kinds().size(); ++kind) {
        for (const bool down : {true, false}) {
            for (const bool every : {false, true}) {
                INFO(Survey::kinds()[kind].name << (down ? " down" : " up")
                                                << (every ? " every vertex" : ""));
                http::NameValues asked{{"where", "1=1"}, {"returnZ", "true"}, {"returnM", "true"}};
                const Json plain = survey.json(Survey::layer(kind), asked);
                std::string members = every ? R"("mode":"edit")" : R"("mode":"view")";
                if (!down) members += R"(,"originPosition":"lowerLeft")";
                asked.emplace_back("quantizationParameters", grid(members));
                const Json snapped = survey.json(Survey::layer(kind), asked);
                CHECK(wire::to_text(at(snapped, "transform")) ==
                      (down ? R"({"originPosition":"upperLeft","scale":[0.75,0.75],)"
                              R"("translate":[-90,85]})"
                            : R"({"originPosition":"lowerLeft","scale":[0.75,0.75],)"
                              R"("translate":[-90,-80]})"));
                std::size_t shapes = 0;
                for (std::size_t i = 0; i < 40; ++i) {
                    const Json* from = shape_of(plain, i);
                    const Json* to = shape_of(snapped, i);
                    const Json wanted =
                        from != nullptr ? rounded_shape(*from, down, every) : Json();
                    CHECK((to != nullptr) == !wanted.is_null());
                    if (to == nullptr || wanted.is_null()) continue;
                    ++shapes;
                    CHECK(difference(wanted, *to, 1e-9) == "");
                }
                CHECK(shapes > 5);
            }
        }
    }
}

TEST_CASE("quantized shapes are the same in f=pbf", "[service][query][quantized][pbf]") {
    Survey survey;
    for (std::size_t kind = 0; kind < Survey::kinds().size(); ++kind) {
        for (const char* origin : {"upperLeft", "lowerLeft"}) {
            INFO(Survey::kinds()[kind].name << " " << origin);
            const http::NameValues asked{
                {"where", "1=1"},
                {"returnCentroid", "true"},
                {"quantizationParameters",
                 grid(R"("mode":"view","originPosition":")" + std::string(origin) + "\"")}};
            const Json json = survey.json(Survey::layer(kind), asked);
            http::NameValues in_pbf = asked;
            in_pbf.emplace_back("f", "pbf");
            const Pbf answer = read_pbf(survey.ask(Survey::layer(kind), in_pbf));
            const auto& result = answer.queryresult().featureresult();
            const bool down = std::string(origin) == "upperLeft";
            CHECK(result.transform().quantizeoriginpostion() ==
                  (down ? Pbf::upperLeft : Pbf::lowerLeft));
            CHECK(result.transform().scale().yscale() == kCell);
            CHECK(result.transform().translate().xtranslate() == -90);
            CHECK(result.transform().translate().ytranslate() == (down ? 85 : -80));
            REQUIRE(result.features_size() == 40);
            for (int i = 0; i < 40; ++i) {
                const Json& one = at(json, "features", i);
                CHECK(difference(one, json_of(result.features(i), result), 0) == "");
            }
        }
    }
}

TEST_CASE("what is smaller than a cell keeps its centroid", "[service][query][quantized]") {
    Survey survey(0);
    const auto polygon = [&](const char* rings) {
        const Json added = survey.office.post(
            Survey::layer(6) + "/addFeatures",
            {{"features", std::string(R"([{"geometry":{"rings":)") + rings + "}}]"}});
        REQUIRE(at(added, "addResults", 0, "success") == Json(true));
    };
    polygon("[[[10,10],[10,10.01],[10.01,10.01],[10.01,10],[10,10]]]");
    // Ten cells long, a hundredth high: it went there and came back.
    polygon("[[[10,20],[10,20.01],[20,20.01],[20,20],[10,20]]]");
    // A square with a hole in its right half.
    polygon("[[[0,0],[0,30],[30,30],[30,0],[0,0]],[[20,10],[25,10],[25,20],[20,20],[20,10]]]");
    const Json answer =
        survey.json(Survey::layer(6),
                    {{"where", "1=1"},
                     {"returnCentroid", "true"},
                     {"quantizationParameters",
                      R"({"extent":{"xmin":0,"ymin":0,"xmax":100,"ymax":100},"tolerance":1})"}});
    CHECK(shape_of(answer, 0) == nullptr);
    CHECK(wire::to_text(at(answer, "features", 0, "centroid")) == R"({"x":10,"y":90})");
    CHECK(wire::to_text(at(answer, "features", 1, "geometry")) ==
          R"({"rings":[[[10,80],[10,0],[-10,0]]]})");
    CHECK(wire::to_text(at(answer, "features", 1, "centroid")) == R"({"x":15,"y":80})");
    // Clockwise where rows go down is what it was where y goes up.
    CHECK(wire::to_text(at(answer, "features", 2, "geometry")) ==
          R"({"rings":[[[0,100],[0,-30],[30,0],[0,30],[-30,0]],)"
          R"([[20,90],[5,0],[0,-10],[-5,0],[0,10]]]})");
    // (900 * 15 - 50 * 22.5) / 850 = 14.56
    CHECK(wire::to_text(at(answer, "features", 2, "centroid")) == R"({"x":15,"y":85})");
    const Json plain = survey.json(Survey::layer(6), {{"where", "OBJECTID=3"},
                                                      {"returnGeometry", "false"},
                                                      {"geometryPrecision", "3"},
                                                      {"returnCentroid", "true"}});
    CHECK(at(plain, "features", 0).find("geometry") == nullptr);
    CHECK(wire::to_text(at(plain, "features", 0, "centroid")) == R"({"x":14.559,"y":15})");
}

TEST_CASE("a grid without a tolerance is as fine as asked", "[service][query][quantized]") {
    Survey survey(3);
    const auto scale = [&](const std::string& parameters, http::NameValues more = {}) {
        more.emplace_back("where", "1=1");
        more.emplace_back("quantizationParameters", parameters);
        const Json answer = survey.json(Survey::layer(3), more);
        return at(answer, "transform", "scale", 0).as_double("scale");
    };
    const std::string extent = R"("extent":{"xmin":-90,"ymin":-80,"xmax":70,"ymax":85})";
    CHECK(scale("{" + extent + "}") == 165.0 / 10000);
    CHECK(scale("{" + extent + "}", {{"maxAllowableOffset", "0.5"}}) == 0.5);
    CHECK(scale("{" + extent + R"(,"mode":"edit"})") == 1e-9);
    CHECK(scale("{}") == 1e-9);
    CHECK(scale(R"({"mode":"edit"})", {{"outSR", "3857"}}) == 1e-4);
    CHECK(scale(R"({tolerance: '2.5', mode: 'VIEW', extent: null})") == 2.5);
    CHECK(
        scale(
            R"({"tolerance":2,"extent":{"xmin":"NaN","ymin":"NaN","xmax":"NaN","ymax":"NaN"}})") ==
        2);
}

TEST_CASE("the grid's extent may have a reference of its own", "[service][query][quantized]") {
    Survey survey(3);
    const Json answer = survey.json(
        Survey::layer(0), {{"where", "1=1"},
                           {"outSR", "102100"},
                           {"quantizationParameters",
                            R"({"tolerance":1,"extent":{"xmin":0,"ymin":0,"xmax":90,"ymax":0.5,)"
                            R"("spatialReference":{"wkid":4326}}})"}});
    CHECK(at(answer, "transform", "translate", 0).as_double("x") == Approx(0).margin(1e-6));
    CHECK(at(answer, "transform", "translate", 1).as_double("y") == Approx(55660.5).margin(1));
}

TEST_CASE("GeoJSON, extents and tables know no grid", "[service][query][quantized]") {
    Survey survey(3);
    const http::NameValues asked{
        {"where", "1=1"}, {"returnCentroid", "true"}, {"quantizationParameters", grid("")}};
    http::NameValues geojson = asked;
    geojson.emplace_back("f", "geojson");
    const std::string text = body_of(survey.ask(Survey::layer(5), geojson));
    CHECK_THAT(text, !Catch::Contains("transform") && !Catch::Contains("centroid"));
    CHECK_THAT(text, Catch::Contains("\"Polygon\""));
    http::NameValues extent = asked;
    extent.emplace_back("returnExtentOnly", "true");
    const Json box = survey.json(Survey::layer(5), extent);
    CHECK(box.find("transform") == nullptr);
    CHECK(box == survey.json(Survey::layer(5), {{"where", "1=1"}, {"returnExtentOnly", "true"}}));
    CHECK(survey.json(Survey::table(), asked).find("transform") == nullptr);
}

TEST_CASE("a query of several layers has each on the grid", "[service][query][quantized]") {
    Survey survey(3);
    const Json answer = survey.office.get("/query", {{"layerDefs", R"({"2":"1=1","5":"1=1"})"},
                                                     {"quantizationParameters", grid("")}});
    for (const int i : {0, 1}) {
        const Json& layer = at(answer, "layers", i);
        const auto number = static_cast<std::size_t>(at(layer, "id").as_int64("id"));
        const Json alone = survey.json(Survey::layer(number - 2),
                                       {{"where", "1=1"}, {"quantizationParameters", grid("")}});
        CHECK(at(layer, "transform") == at(alone, "transform"));
        CHECK(at(layer, "features") == at(alone, "features"));
    }
}

TEST_CASE("layers tell of quantization and of f=pbf", "[service][query][quantized]") {
    Survey survey(0);
    const Json layer = survey.office.get("/2");
    CHECK(at(layer, "supportedQueryFormats") == Json("JSON, geoJSON, PBF"));
    CHECK(at(layer, "supportsCoordinatesQuantization") == Json(true));
    CHECK(at(layer, "supportsQuantizationEditMode") == Json(true));
    CHECK(at(layer, "advancedQueryCapabilities", "supportsReturningGeometryCentroid") ==
          Json(true));
    CHECK(at(layer, "advancedQueryCapabilities", "supportsQueryWithCacheHint") == Json(false));
}
