// SPDX-License-Identifier: Apache-2.0
//
// Whatever is wrong with a query is refused with code 400 and the parameter named, and nothing
// else suffers.
#include "tests/sync/service/query/park.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Refused {
    http::NameValues parameters;
    const char* names;  ///< what the detail must say
};

void check_refused(Park& park, const std::string& resource, const std::vector<Refused>& cases,
                   const http::NameValues& sound) {
    for (const Refused& refused : cases) {
        // What is wrong stands beside what is right, and goes before it.
        http::NameValues parameters = refused.parameters;
        for (const auto& [name, value] : sound) {
            const bool given =
                std::any_of(parameters.begin(), parameters.end(),
                            [&name = name](const auto& p) { return p.first == name; });
            if (!given) parameters.emplace_back(name, value);
        }
        const bool own_form = parameters[0].first == "f";
        if (!own_form) parameters.emplace_back("f", "json");
        const auto response =
            park.office.send("POST", std::string(Office::kService) + resource, parameters);
        const Json answer = wire::parse_json(response.text(), "answer");
        INFO(resource << " " << parameters[0].first << "=" << parameters[0].second.substr(0, 200)
                      << " must name " << refused.names << ": "
                      << wire::to_text(answer).substr(0, 400));
        const Json* error = answer.find("error");
        CHECK(error != nullptr);
        if (error == nullptr) continue;
        CHECK(at(*error, "code") == Json(400));
        CHECK_THAT(at(*error, "details", 0).as_string("detail"), Catch::Contains(refused.names));
    }
    if (sound.empty()) return;
    const Json after = park.office.post(resource, sound);
    CHECK(after.find("error") == nullptr);
}

std::string statistic(const char* members) {
    return std::string("[{") + members + "}]";
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string many_points(std::size_t count) {
    std::string text = R"({"paths":[[)";
    for (std::size_t i = 0; i < count; ++i) {
        text += (i > 0 ? ",[" : "[") + std::to_string(i % 360) + ",0]";
    }
    return text + "]]}";
}

}  // namespace

TEST_CASE("what is wrong with a selection is named", "[service][query][refused]") {
    Park park;
    park.plant(5);
    check_refused(park, "/2/query",
                  {{{{"where", ""}}, "'where'"},
                   {{{"where", "   "}}, "'where'"},
                   {{{"where", "colour = 1"}}, "where"},
                   {{{"where", "colour = 1"}}, "colour"},
                   {{{"where", "kind ="}}, "where"},
                   {{{"where", "kind = 'rose"}}, "where"},
                   {{{"where", "kind = 'rose'; DROP TABLE beds"}}, "where"},
                   {{{"where", "1=1 -- all"}}, "where"},
                   {{{"where", "1=1 /* all */"}}, "where"},
                   {{{"where", "(1=1"}}, "where"},
                   {{{"where", "1=1)"}}, "where"},
                   {{{"where", "kind"}}, "where"},
                   {{{"where", "SELECT 1"}}, "where"},
                   {{{"where", "kind IN ()"}}, "where"},
                   {{{"where", "kind IN (SELECT kind FROM beds)"}}, "where"},
                   {{{"where", "load_extension('x') = 1"}}, "where"},
                   {{{"where", "COUNT(kind) > 1"}}, "where"},
                   {{{"where", "plants = 'many'"}}, "plants"},
                   {{{"where", "opened = 'yesterday'"}}, "opened"},
                   {{{"where", "opened = DATE '2026-13-01'"}}, "where"},
                   {{{"where", "opened > TIMESTAMP '2026-01-01 25:00:00'"}}, "where"},
                   {{{"where", "opened > CURRENT_DATE - INTERVAL '1' YEAR"}}, "where"},
                   {{{"where", "opened > CURRENT_DATE - INTERVAL 'x' DAY"}}, "where"},
                   {{{"where", "EXTRACT(WEEK FROM opened) = 1"}}, "where"},
                   {{{"where", "CAST(kind AS BLOB) = 1"}}, "where"},
                   {{{"where", "kind LIKE 'a' ESCAPE 'xy'"}}, "where"},
                   {{{"where", "geom = 1"}}, "geom"},
                   {{{"where", std::string(200, '(') + "1=1" + std::string(200, ')')}}, "where"},
                   {{{"where", "kind = '" + std::string(2 << 20, 'x') + "'"}}, "where"},
                   {{{"where", "kind = '\xff'"}}, "where"},
                   {{{"objectIds", "1,x"}}, "objectIds"},
                   {{{"objectIds", "1.5"}}, "objectIds"},
                   {{{"objectIds", "99999999999999999999"}}, "objectIds"},
                   {{{"objectIds", "[1,2"}}, "objectIds"},
                   {{{"objectIds", "[{}]"}}, "objectIds"},
                   {{{"objectIds", "1,,2"}}, "objectIds"},
                   {{{"objectIds", "{\"a\":1}"}}, "objectIds"},
                   {{{"time", "1,2"}}, "time"},
                   {{{"historicMoment", "1"}}, "historicMoment"},
                   {{{"fullText", "[]"}}, "fullText"},
                   {{{"uniqueIds", "1"}}, "uniqueIds"},
                   {{{"sqlFormat", "oracle"}}, "sqlFormat"},
                   {{{"f", "pbfx"}}, "'f'"},
                   {{{"f", "kmz"}}, "'f'"}},
                  {{"where", "1=1"}});
}

TEST_CASE("what is wrong with a geometry or a reference is named", "[service][query][refused]") {
    Park park;
    park.plant(5);
    check_refused(
        park, "/2/query",
        {{{{"geometry", "1,2,3"}}, "geometry"},
         {{{"geometry", "a,b"}}, "geometry"},
         {{{"geometry", "1,2,3,4,5"}}, "geometry"},
         {{{"geometry", "9,9,1,1"}}, "geometry"},
         {{{"geometry", "{"}}, "geometry"},
         {{{"geometry", "{\"x\":1}"}}, "geometry"},
         {{{"geometry", "{\"x\":null}"}}, "geometry"},
         {{{"geometry", "{\"x\":\"a\",\"y\":2}"}}, "geometry"},
         {{{"geometry", "{\"rings\":[]}"}}, "geometry"},
         {{{"geometry", "{\"rings\":5}"}}, "geometry"},
         {{{"geometry", "{\"rings\":[[[0,0],[1,1]]]}"}}, "geometry"},
         {{{"geometry", "{\"rings\":[[[0,0],[1],[1,1],[0,0]]]}"}}, "geometry"},
         {{{"geometry", "{\"paths\":[[[0,0]]]}"}}, "geometry"},
         {{{"geometry", "{\"paths\":" + nested(500) + "}"}}, "geometry"},
         {{{"geometry", "{\"curvePaths\":[[[0,0],{\"c\":[[1,1],[2,2]]}]]}"}}, "geometry"},
         {{{"geometry", "{}"}}, "geometry"},
         {{{"geometry", "{\"xmin\":0,\"ymin\":0,\"xmax\":\"NaN\",\"ymax\":2}"}}, "geometry"},
         {{{"geometry", "nonsense"}}, "geometry"},
         {{{"geometry", R"({"x":1,"y":2,"spatialReference":{"wkid":999999}})"}}, "999999"},
         {{{"geometry", R"({"x":1,"y":2,"spatialReference":{"wkid":"abc"}})"}}, "geometry"},
         {{{"geometry", "0,0,9,9"}, {"geometryType", "esriGeometryBlob"}}, "geometryType"},
         {{{"geometry", "0,0,9,9"}, {"geometryType", "esriGeometryMultiPatch"}}, "geometryType"},
         {{{"geometry", "0,0,9,9"}, {"spatialRel", "esriSpatialRelNear"}}, "spatialRel"},
         {{{"geometry", "0,0,9,9"}, {"spatialRel", "esriSpatialRelRelation"}}, "relationParam"},
         {{{"geometry", "0,0,9,9"},
           {"spatialRel", "esriSpatialRelRelation"},
           {"relationParam", "T"}},
          "relationParam"},
         {{{"geometry", "0,0,9,9"},
           {"spatialRel", "esriSpatialRelRelation"},
           {"relationParam", "TTTTTTTTX"}},
          "relationParam"},
         {{{"distance", "5"}}, "distance"},
         {{{"geometry", "0,0"}, {"distance", "-5"}}, "distance"},
         {{{"geometry", "0,0"}, {"distance", "near"}}, "distance"},
         {{{"geometry", "0,0"}, {"distance", "nan"}}, "distance"},
         {{{"geometry", "0,0"}, {"distance", "1e999"}}, "distance"},
         {{{"geometry", "0,0"}, {"distance", "5"}, {"units", "esriSRUnit_Parsec"}}, "units"},
         {{{"geometry", many_points(300)}, {"distance", "0.001"}}, "distance"},
         {{{"geometry", "0,0"}, {"inSR", "999999"}}, "inSR"},
         {{{"geometry", "0,0"}, {"inSR", "999999"}}, "999999"},
         {{{"geometry", "0,0"}, {"inSR", "wgs84"}}, "inSR"},
         {{{"geometry", "0,0"}, {"inSR", "{\"wkid\":"}}, "inSR"},
         {{{"geometry", "0,0"}, {"inSR", "{\"wkid\":4326.5}"}}, "inSR"},
         {{{"geometry", "0,0"}, {"inSR", "{\"wkt\":\"PROJCS[nothing]\"}"}}, "inSR"},
         {{{"outSR", "999999"}}, "outSR"},
         {{{"outSR", "abc"}}, "outSR"},
         {{{"outSR", "{\"wkid\":1}"}}, "outSR"},
         {{{"outSR", "99999999999"}}, "outSR"},
         {{{"outSR", "{\"wkt\":\"GEOGCS[]\"}"}}, "outSR"},
         {{{"outSR", "[4326]"}}, "outSR"},
         {{{"defaultSR", "999999"}}, "defaultSR"},
         {{{"defaultSR", "x"}}, "defaultSR"}},
        {{"where", "1=1"}});
    check_refused(park, "/1/query", {{{{"geometry", "0,0,1,1"}}, "geometry"}}, {{"where", "1=1"}});
}

TEST_CASE("what is wrong with a grid is named", "[service][query][refused][quantized]") {
    Park park;
    park.plant(5);
    const auto grid = [](const char* members) {
        return http::NameValues{{"quantizationParameters", std::string("{") + members + "}"}};
    };
    const char* all = "quantizationParameters";
    check_refused(
        park, "/2/query",
        {{{{all, "{"}}, all},
         {{{all, "5"}}, all},
         {{{all, "[]"}}, all},
         {{{all, "view"}}, all},
         {{{all, R"("view")"}}, all},
         {{{all, nested(500)}}, all},
         {grid(R"("mode":"draw")"), "quantizationParameters.mode"},
         {grid(R"("mode":7)"), "quantizationParameters.mode"},
         {grid(R"("mode":["view"])"), "quantizationParameters.mode"},
         {grid(R"("originPosition":"upper-left")"), "quantizationParameters.originPosition"},
         {grid(R"("originPosition":{})"), "quantizationParameters.originPosition"},
         {grid(R"("tolerance":0)"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":-1)"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":"fine")"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":1e999)"), all},
         {grid(R"("tolerance":"1e999")"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":"nan")"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":1e-300)"), "quantizationParameters.tolerance"},
         {grid(R"("tolerance":true)"), "quantizationParameters.tolerance"},
         {grid(R"("extent":5)"), "quantizationParameters.extent"},
         {grid(R"("extent":"0,0,1,1")"), "quantizationParameters.extent"},
         {grid(R"("extent":{})"), "quantizationParameters.extent"},
         {grid(R"("extent":{"x":1,"y":2})"), "quantizationParameters.extent"},
         {grid(R"("extent":{"xmin":0,"ymin":0,"xmax":1})"), "quantizationParameters.extent"},
         {grid(R"("extent":{"xmin":1,"ymin":0,"xmax":0,"ymax":1})"),
          "quantizationParameters.extent"},
         {grid(R"("extent":{"xmin":"a","ymin":0,"xmax":0,"ymax":1})"),
          "quantizationParameters.extent"},
         {grid(R"("tolerance":1e-9,"extent":{"xmin":-1e30,"ymin":0,"xmax":0,"ymax":1})"),
          "quantizationParameters.extent"},
         {grid(R"("extent":{"xmin":0,"ymin":0,"xmax":1,"ymax":1,)"
               R"("spatialReference":{"wkid":999999}})"),
          "quantizationParameters.extent"},
         {grid(R"("extent":{"xmin":0,"ymin":0,"xmax":1,"ymax":1,)"
               R"("spatialReference":{"wkid":999999}})"),
          "999999"},
         {{{"returnCentroid", "perhaps"}}, "returnCentroid"}},
        {{"where", "1=1"}});
    // Whatever form the answer has, and though nothing would be drawn.
    check_refused(park, "/2/query",
                  {{{{all, R"({"tolerance":0})"}, {"returnCountOnly", "true"}}, "tolerance"},
                   {{{all, R"({"tolerance":0})"}, {"returnGeometry", "false"}}, "tolerance"}},
                  {{"where", "1=1"}});
    check_refused(park, "/1/query", {{{{all, R"({"mode":"x"})"}}, "mode"}}, {{"where", "1=1"}});
}

TEST_CASE("what is wrong with the form of an answer is named", "[service][query][refused]") {
    Park park;
    park.plant(5);
    check_refused(park, "/2/query",
                  {{{{"outFields", "colour"}}, "outFields"},
                   {{{"outFields", "kind,colour"}}, "colour"},
                   {{{"outFields", "[\"kind\""}}, "outFields"},
                   {{{"outFields", "[1]"}}, "outFields"},
                   {{{"outFields", "kind,"}}, "outFields"},
                   {{{"outFields", "kind; DROP"}}, "outFields"},
                   {{{"orderByFields", "colour"}}, "orderByFields"},
                   {{{"orderByFields", "kind UP"}}, "orderByFields"},
                   {{{"orderByFields", "kind,"}}, "orderByFields"},
                   {{{"orderByFields", "kind DESC DESC"}}, "orderByFields"},
                   {{{"orderByFields", "1; DROP TABLE beds"}}, "orderByFields"},
                   {{{"orderByFields", "random()"}}, "orderByFields"},
                   {{{"resultOffset", "-1"}}, "resultOffset"},
                   {{{"resultOffset", "x"}}, "resultOffset"},
                   {{{"resultOffset", "1.5"}}, "resultOffset"},
                   {{{"resultOffset", "99999999999999999999"}}, "resultOffset"},
                   {{{"resultRecordCount", "-3"}}, "resultRecordCount"},
                   {{{"resultRecordCount", "all"}}, "resultRecordCount"},
                   {{{"resultType", "giant"}}, "resultType"},
                   {{{"maxRecordCountFactor", "0"}}, "maxRecordCountFactor"},
                   {{{"maxRecordCountFactor", "6"}}, "maxRecordCountFactor"},
                   {{{"maxRecordCountFactor", "x"}}, "maxRecordCountFactor"},
                   {{{"returnExceededLimitFeatures", "perhaps"}}, "returnExceededLimitFeatures"},
                   {{{"returnGeometry", "2"}}, "returnGeometry"},
                   {{{"returnZ", "yes"}}, "returnZ"},
                   {{{"returnM", "m"}}, "returnM"},
                   {{{"returnIdsOnly", "-"}}, "returnIdsOnly"},
                   {{{"returnCountOnly", "10"}}, "returnCountOnly"},
                   {{{"returnExtentOnly", "no"}}, "returnExtentOnly"},
                   {{{"returnDistinctValues", "sure"}}, "returnDistinctValues"},
                   {{{"geometryPrecision", "-1"}}, "geometryPrecision"},
                   {{{"geometryPrecision", "two"}}, "geometryPrecision"},
                   {{{"maxAllowableOffset", "-1"}}, "maxAllowableOffset"},
                   {{{"maxAllowableOffset", "x"}}, "maxAllowableOffset"},
                   {{{"maxAllowableOffset", "inf"}}, "maxAllowableOffset"},
                   {{{"callback", "alert(1)"}}, "callback"},
                   {{{"callback", "<script>"}}, "callback"}},
                  {{"where", "1=1"}});
    const Json m =
        wire::parse_json(park.office
                             .send("GET", std::string(Office::kService) + "/2/query",
                                   {{"where", "1=1"}, {"returnM", "true"}, {"f", "geojson"}})
                             .text(),
                         "answer");
    CHECK_THAT(at(m, "error", "details", 0).as_string("detail"), Catch::Contains("returnM"));
}

TEST_CASE("what is wrong with statistics is named", "[service][query][refused]") {
    Park park;
    park.plant(5);
    const std::string count = statistic(R"("statisticType":"count","onStatisticField":"kind")");
    const std::string many = [&] {
        std::string all = "[";
        for (int i = 0; i < 61; ++i) {
            all += std::string(i > 0 ? "," : "") +
                   R"({"statisticType":"count","onStatisticField":"kind",)" +
                   R"("outStatisticFieldName":"n)" + std::to_string(i) + "\"}";
        }
        return all + "]";
    }();
    const std::string percentile =
        R"("statisticType":"percentile_cont","onStatisticField":"weight")";
    check_refused(
        park, "/2/query",
        {{{{"outStatistics", "["}}, "outStatistics"},
         {{{"outStatistics", "[]"}}, "outStatistics"},
         {{{"outStatistics", "{}"}}, "outStatistics"},
         {{{"outStatistics", "count"}}, "outStatistics"},
         {{{"outStatistics", "[5]"}}, "outStatistics[0]"},
         {{{"outStatistics", nested(300)}}, "outStatistics"},
         {{{"outStatistics", many}}, "outStatistics"},
         {{{"outStatistics", statistic("")}}, "statisticType"},
         {{{"outStatistics", statistic(R"("statisticType":"count")")}}, "onStatisticField"},
         {{{"outStatistics", statistic(R"("statisticType":"mode","onStatisticField":"kind")")}},
          "statisticType"},
         {{{"outStatistics", statistic(R"("statisticType":5,"onStatisticField":"kind")")}},
          "statisticType"},
         {{{"outStatistics", statistic(R"("statisticType":"count","onStatisticField":"colour")")}},
          "colour"},
         {{{"outStatistics", statistic(R"("statisticType":"count","onStatisticField":7)")}},
          "onStatisticField"},
         {{{"outStatistics", statistic(R"("statisticType":"sum","onStatisticField":"kind")")}},
          "outStatistics[0]"},
         {{{"outStatistics", statistic(R"("statisticType":"avg","onStatisticField":"opened")")}},
          "outStatistics[0]"},
         {{{"outStatistics", statistic(R"("statisticType":"var","onStatisticField":"code")")}},
          "outStatistics[0]"},
         {{{"outStatistics",
            statistic(R"("statisticType":"stddev","onStatisticField":"global_id")")}},
          "outStatistics[0]"},
         {{{"outStatistics", statistic((R"("statisticType":"count","onStatisticField":"kind",)"
                                        R"("outStatisticFieldName":")" +
                                        std::string(200, 'n') + "\"")
                                           .c_str())}},
          "outStatisticFieldName"},
         {{{"outStatistics", statistic(percentile.c_str())}}, "statisticParameters"},
         {{{"outStatistics",
            statistic((percentile + R"(,"statisticParameters":{"value":1.5})").c_str())}},
          "value"},
         {{{"outStatistics",
            statistic((percentile + R"(,"statisticParameters":{"value":"half"})").c_str())}},
          "value"},
         {{{"outStatistics",
            statistic(
                (percentile + R"(,"statisticParameters":{"value":0.5,"orderBy":"UP"})").c_str())}},
          "orderBy"},
         {{{"outStatistics",
            R"([{"statisticType":"count","onStatisticField":"kind","outStatisticFieldName":"n"},)"
            R"({"statisticType":"max","onStatisticField":"kind","outStatisticFieldName":"N"}])"}},
          "outStatistics"},
         {{{"groupByFieldsForStatistics", "colour"}}, "groupByFieldsForStatistics"},
         {{{"groupByFieldsForStatistics", "kind,"}}, "groupByFieldsForStatistics"},
         {{{"groupByFieldsForStatistics", "[\"kind\""}}, "groupByFieldsForStatistics"},
         {{{"groupByFieldsForStatistics", "UPPER(kind)"}}, "groupByFieldsForStatistics"},
         {{{"havingClause", "COUNT(colour) > 1"}}, "havingClause"},
         {{{"havingClause", "weight > 1"}}, "havingClause"},
         {{{"havingClause", "COUNT(kind) >"}}, "havingClause"},
         {{{"havingClause", "COUNT(kind"}}, "havingClause"},
         {{{"havingClause", "COUNT() > 1"}}, "havingClause"},
         {{{"havingClause", "SUM(*) > 1"}}, "havingClause"},
         {{{"havingClause", "COUNT(kind) > 1; DROP TABLE beds"}}, "havingClause"},
         {{{"orderByFields", "weight"}}, "orderByFields"},
         {{{"orderByFields", "count_kind UP"}}, "orderByFields"},
         {{{"returnIdsOnly", "true"}}, "outStatistics"},
         {{{"returnExtentOnly", "true"}}, "outStatistics"}},
        {{"where", "1=1"}, {"outStatistics", count}});
    check_refused(
        park, "/2/query",
        {{{{"groupByFieldsForStatistics", "kind"}}, "groupByFieldsForStatistics"},
         {{{"havingClause", "COUNT(kind) > 1"}}, "havingClause"},
         {{{"returnDistinctValues", "true"}, {"outFields", "colour"}}, "outFields"},
         {{{"returnDistinctValues", "true"}, {"outFields", "kind"}, {"orderByFields", "plants"}},
          "orderByFields"}},
        {{"where", "1=1"}});
}

TEST_CASE("what is wrong with a query of related records is named", "[service][related][refused]") {
    Park park;
    park.office.add("trees", {{"species", "oak"}}, point(8, 47));
    check_refused(park, "/0/queryRelatedRecords",
                  {{{{"objectIds", ""}}, "objectIds"},
                   {{{"objectIds", "x"}}, "objectIds"},
                   {{{"objectIds", "[1"}}, "objectIds"},
                   {{{"objectIds", "1.5"}}, "objectIds"},
                   {{{"relationshipId", ""}}, "relationshipId"},
                   {{{"relationshipId", "7"}}, "relationshipId"},
                   {{{"relationshipId", "-1"}}, "relationshipId"},
                   {{{"relationshipId", "visits"}}, "relationshipId"},
                   {{{"outFields", "species"}}, "outFields"},
                   {{{"definitionExpression", "species = 'oak'"}}, "definitionExpression"},
                   {{{"definitionExpression", "note ="}}, "definitionExpression"},
                   {{{"definitionExpression", "1=1; DROP TABLE visits"}}, "definitionExpression"},
                   {{{"orderByFields", "species"}}, "orderByFields"},
                   {{{"orderByFields", "note UP"}}, "orderByFields"},
                   {{{"resultOffset", "-1"}}, "resultOffset"},
                   {{{"resultRecordCount", "-1"}}, "resultRecordCount"},
                   {{{"resultRecordCount", "x"}}, "resultRecordCount"},
                   {{{"returnGeometry", "maybe"}}, "returnGeometry"},
                   {{{"returnCountOnly", "maybe"}}, "returnCountOnly"},
                   {{{"returnZ", "z"}}, "returnZ"},
                   {{{"returnM", "z"}}, "returnM"},
                   {{{"outSR", "999999"}}, "outSR"},
                   {{{"outSR", "x"}}, "outSR"},
                   {{{"geometryPrecision", "-1"}}, "geometryPrecision"},
                   {{{"maxAllowableOffset", "-1"}}, "maxAllowableOffset"},
                   {{{"historicMoment", "5"}}, "historicMoment"},
                   {{{"f", "geojson"}}, "'f'"}},
                  {{"objectIds", "1"}, {"relationshipId", "0"}});
    check_refused(park, "/2/queryRelatedRecords",
                  {{{{"objectIds", "1"}, {"relationshipId", "0"}}, "relationshipId"}}, {});
}

TEST_CASE("what is wrong with a query of several layers is named", "[service][query][refused]") {
    Park park;
    check_refused(park, "/query",
                  {{{{"layerDefs", ""}}, "layerDefs"},
                   {{{"layerDefs", "{"}}, "layerDefs"},
                   {{{"layerDefs", "{}"}}, "layerDefs"},
                   {{{"layerDefs", "[]"}}, "layerDefs"},
                   {{{"layerDefs", "[{}]"}}, "layerDefs"},
                   {{{"layerDefs", "[5]"}}, "layerDefs"},
                   {{{"layerDefs", "nonsense"}}, "layerDefs"},
                   {{{"layerDefs", "x:1=1"}}, "layerDefs"},
                   {{{"layerDefs", "-1:1=1"}}, "layerDefs"},
                   {{{"layerDefs", "0:1=1;0:1=0"}}, "layerDefs"},
                   {{{"layerDefs", "0:colour=1"}}, "colour"},
                   {{{"layerDefs", "0:colour=1"}}, "layer 0"},
                   {{{"layerDefs", "{\"0\":5}"}}, "layerDefs"},
                   {{{"layerDefs", R"([{"layerId":0,"outFields":"colour"}])"}}, "colour"},
                   {{{"layerDefs", "1:1=1"}, {"geometry", "0,0,1,1"}}, "geometry"},
                   {{{"returnCountOnly", "maybe"}}, "returnCountOnly"},
                   {{{"outSR", "999999"}}, "outSR"},
                   {{{"f", "geojson"}}, "'f'"}},
                  {{"layerDefs", "0:1=1"}});
}
