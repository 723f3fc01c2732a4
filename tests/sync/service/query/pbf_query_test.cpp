// SPDX-License-Identifier: Apache-2.0
//
// f=pbf says what f=json says, and says no more than it can.
#include "geodb/sqlite/database.hpp"
#include "tests/sync/service/query/pbf_reader.hpp"
#include "tests/sync/service/query/survey.hpp"

#include <filesystem>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

const Json kFinest = wire::parse_json(
    R"({"originPosition":"upperLeft","scale":[1e-9,1e-9],"translate":[0,0]})", "transform");

/// Where the features of both answers differ, shapes by more than `tolerance`.
std::string difference_of_features(const Json& json, const Pbf::FeatureResult& result,
                                   double tolerance) {
    const Json::Array& features = at(json, "features").as_array("features");
    if (features.size() != static_cast<std::size_t>(result.features_size())) return "counts";
    for (int i = 0; i < result.features_size(); ++i) {
        const Json& one = features[static_cast<std::size_t>(i)];
        const Json other = json_of(result.features(i), result);
        std::string found = difference(at(one, "attributes"), at(other, "attributes"), 0);
        const Json* shape = one.find("geometry");
        const Json* read = other.find("geometry");
        if ((shape == nullptr) != (read == nullptr)) return "a shape is in one only";
        if (found.empty() && shape != nullptr) {
            found = difference(zero_for_null(*shape), located(*read, kFinest), tolerance);
        }
        if (!found.empty()) return "feature " + std::to_string(i) + ": " + found;
    }
    return {};
}

std::string difference_of_fields(const Json& json, const Pbf::FeatureResult& result) {
    const Json::Array& fields = at(json, "fields").as_array("fields");
    if (fields.size() != static_cast<std::size_t>(result.fields_size())) return "counts";
    for (int i = 0; i < result.fields_size(); ++i) {
        const Json& field = fields[static_cast<std::size_t>(i)];
        const Pbf::Field& read = result.fields(i);
        const bool same = at(field, "name") == Json(read.name()) &&
                          at(field, "alias") == Json(read.alias()) &&
                          at(field, "type") == Json(Pbf::FieldType_Name(read.fieldtype()));
        if (!same) return read.name();
    }
    return {};
}

}  // namespace

TEST_CASE("f=pbf and f=json tell the same features", "[service][query][pbf]") {
    Survey survey;
    for (std::size_t i = 0; i <= Survey::kinds().size(); ++i) {
        const std::string layer = Survey::layer(i);
        INFO("layer " << layer);
        http::NameValues asked{{"where", "1=1"}, {"outFields", "*"}};
        const Json json = survey.json(layer, asked);
        asked.emplace_back("f", "pbf");
        const Pbf answer = read_pbf(survey.ask(layer, asked));
        REQUIRE(answer.queryresult().has_featureresult());
        const auto& result = answer.queryresult().featureresult();
        REQUIRE(result.features_size() == 40);
        CHECK(difference_of_features(json, result, 0.51e-9) == "");
        CHECK(difference_of_fields(json, result) == "");
        CHECK(at(json, "objectIdFieldName") == Json(result.objectidfieldname()));
        CHECK(at(json, "globalIdFieldName") == Json(result.globalidfieldname()));
        CHECK_FALSE(result.exceededtransferlimit());
        if (json.find("geometryType") == nullptr) {
            CHECK(result.geometrytype() == Pbf::esriGeometryTypeNone);
            CHECK_FALSE(result.has_spatialreference());
            CHECK_FALSE(result.has_transform());
            continue;
        }
        CHECK(result.spatialreference().wkid() == 4326);
        CHECK(result.spatialreference().lastestwkid() == 4326);
        CHECK(result.transform().scale().xscale() == 1e-9);
        CHECK(result.transform().has_translate());
    }
}

TEST_CASE("z and m come with f=pbf when they are asked for", "[service][query][pbf]") {
    Survey survey;
    for (std::size_t i = 0; i < Survey::kinds().size(); ++i) {
        INFO(Survey::kinds()[i].name);
        const http::NameValues asked{{"where", "1=1"}, {"returnZ", "true"}, {"returnM", "true"}};
        const Json json = survey.json(Survey::layer(i), asked);
        http::NameValues in_pbf = asked;
        in_pbf.emplace_back("f", "pbf");
        const Pbf answer = read_pbf(survey.ask(Survey::layer(i), in_pbf));
        const auto& result = answer.queryresult().featureresult();
        CHECK(result.hasz() == Survey::kinds()[i].z);
        CHECK(result.hasm() == Survey::kinds()[i].m);
        // Half a step of m, which is the coarsest; the other test measures x and y.
        CHECK(difference_of_features(json, result, 0.51e-3) == "");
    }
}

TEST_CASE("f=pbf in Web Mercator counts tenths of millimetres", "[service][query][pbf]") {
    Survey survey;
    const http::NameValues asked{{"where", "1=1"}, {"outSR", "102100"}};
    const Json json = survey.json(Survey::layer(5), asked);
    http::NameValues in_pbf = asked;
    in_pbf.emplace_back("f", "pbf");
    const Pbf answer = read_pbf(survey.ask(Survey::layer(5), in_pbf));
    const auto& result = answer.queryresult().featureresult();
    CHECK(result.spatialreference().wkid() == 102100);
    CHECK(result.spatialreference().lastestwkid() == 3857);
    CHECK(result.transform().scale().xscale() == 1e-4);
    std::size_t shapes = 0;
    const Json transform = wire::parse_json(
        R"({"originPosition":"upperLeft","scale":[1e-4,1e-4],"translate":[0,0]})", "transform");
    for (int i = 0; i < result.features_size(); ++i) {
        const Json* shape = at(json, "features", i).find("geometry");
        if (shape == nullptr) continue;
        ++shapes;
        const Json read = json_of(result.features(i), result);
        CHECK(difference(*shape, located(at(read, "geometry"), transform), 0.51e-4) == "");
    }
    CHECK(shapes > 20);
}

TEST_CASE("a plane that nobody has defined is counted like metres", "[service][query][pbf]") {
    Office office;
    {
        Geodatabase file = office.open_file();
        LayerPlan plan = trees_plan();
        plan.name = "floor plan";
        plan.geometry->srs_id = -1;
        make_layer(file, plan);
        add_feature(file, "floor plan", {}, point(12.5, -7.25, -1));
    }
    office.restart();
    const auto ask = [&](http::NameValues parameters) {
        parameters.emplace_back("where", "1=1");
        return office.send("GET", std::string(Office::kService) + "/2/query", parameters);
    };
    const Pbf answer = read_pbf(ask({{"f", "pbf"}}));
    const auto& result = answer.queryresult().featureresult();
    CHECK(result.transform().scale().xscale() == 1e-4);
    REQUIRE(result.features_size() == 1);
    CHECK(result.features(0).geometry().coords(0) == 125'000);
    CHECK(result.features(0).geometry().coords(1) == 72'500);
    const Json json = wire::parse_json(
        ask({{"f", "json"}, {"quantizationParameters", "{\"tolerance\":0.5}"}}).text(), "answer");
    CHECK(at(json, "features", 0, "geometry", "x") == Json(25));
}

TEST_CASE("without shapes f=pbf has attributes only", "[service][query][pbf]") {
    Survey survey;
    const Pbf answer = read_pbf(survey.ask(
        Survey::layer(0),
        {{"where", "1=1"}, {"outFields", "word"}, {"returnGeometry", "false"}, {"f", "PBF"}}));
    const auto& result = answer.queryresult().featureresult();
    REQUIRE(result.features_size() == 40);
    CHECK(result.fields_size() == 2);
    for (const auto& feature : result.features()) CHECK_FALSE(feature.has_geometry());
}

TEST_CASE("counts and object ids have forms of their own in f=pbf", "[service][query][pbf]") {
    Survey survey(60);
    const auto ask = [&](http::NameValues parameters) {
        parameters.emplace_back("f", "pbf");
        return survey.ask(Survey::layer(2), std::move(parameters));
    };
    const Pbf counted = read_pbf(ask({{"where", "OBJECTID > 10"}, {"returnCountOnly", "true"}}));
    REQUIRE(counted.queryresult().has_countresult());
    CHECK(counted.queryresult().countresult().count() == 50);
    const Pbf none = read_pbf(ask({{"where", "1=0"}, {"returnCountOnly", "true"}}));
    REQUIRE(none.queryresult().has_countresult());
    CHECK(none.queryresult().countresult().count() == 0);
    const Pbf listed = read_pbf(ask({{"where", "OBJECTID > 10"}, {"returnIdsOnly", "true"}}));
    REQUIRE(listed.queryresult().has_idsresult());
    const auto& ids = listed.queryresult().idsresult();
    CHECK(ids.objectidfieldname() == "OBJECTID");
    REQUIRE(ids.objectids_size() == 50);
    for (int i = 0; i < 50; ++i) CHECK(ids.objectids(i) == static_cast<std::uint64_t>(11 + i));
    const Pbf distinct = read_pbf(ask({{"where", "1=1"},
                                       {"outFields", "day"},
                                       {"returnDistinctValues", "true"},
                                       {"returnCountOnly", "true"}}));
    CHECK(distinct.queryresult().countresult().count() == 2);
    // There is no form for an extent: it comes in JSON, and says so.
    const auto extent = ask({{"where", "1=1"}, {"returnExtentOnly", "true"}});
    CHECK_THAT(std::string(extent.headers.get("Content-Type")),
               Catch::StartsWith("application/json"));
    CHECK(at(wire::parse_json(body_of(extent), "answer"), "count") == Json(60));
}

TEST_CASE("statistics and distinct values are rows of f=pbf", "[service][query][pbf]") {
    Survey survey(60);
    survey.office.limits.max_record_count = 20;
    survey.office.restart();
    const http::NameValues cases[] = {
        {{"outStatistics",
          R"([{"statisticType":"count","onStatisticField":"whole"},)"
          R"({"statisticType":"avg","onStatisticField":"twofold","outStatisticFieldName":"mean"},)"
          R"({"statisticType":"max","onStatisticField":"moment","outStatisticFieldName":"last"},)"
          R"({"statisticType":"min","onStatisticField":"word","outStatisticFieldName":"least"}])"},
         {"groupByFieldsForStatistics", "day,small"}},
        {{"outFields", "word,day"}, {"returnDistinctValues", "true"}},
        {{"outFields", "word"},
         {"returnDistinctValues", "true"},
         {"returnExceededLimitFeatures", "false"}},
        {{"where", "1=0"}, {"outFields", "word,day"}, {"returnDistinctValues", "true"}}};
    for (http::NameValues asked : cases) {
        INFO(asked[0].second);
        if (asked[0].first != "where") asked.emplace_back("where", "1=1");
        const Json json = survey.json(Survey::table(), asked);
        asked.emplace_back("f", "pbf");
        const Pbf answer = read_pbf(survey.ask(Survey::table(), asked));
        const auto& result = answer.queryresult().featureresult();
        CHECK(difference_of_features(json, result, 0) == "");
        CHECK(difference_of_fields(json, result) == "");
        CHECK(result.geometrytype() == Pbf::esriGeometryTypeNone);
        CHECK(result.exceededtransferlimit() == (json.find("exceededTransferLimit") != nullptr));
    }
}

TEST_CASE("a page of f=pbf says when there is more", "[service][query][pbf]") {
    Survey survey;
    survey.office.limits.max_record_count = 15;
    survey.office.limits.tile_max_record_count = 30;
    survey.office.restart();
    const auto page = [&](http::NameValues parameters) {
        parameters.emplace_back("where", "1=1");
        parameters.emplace_back("f", "pbf");
        return read_pbf(survey.ask(Survey::layer(0), std::move(parameters)))
            .queryresult()
            .featureresult();
    };
    CHECK(page({}).features_size() == 15);
    CHECK(page({}).exceededtransferlimit());
    CHECK(page({{"resultOffset", "30"}}).features_size() == 10);
    CHECK_FALSE(page({{"resultOffset", "30"}}).exceededtransferlimit());
    CHECK(page({{"maxRecordCountFactor", "4"}}).features_size() == 40);
    CHECK_FALSE(page({{"maxRecordCountFactor", "4"}}).exceededtransferlimit());
    const auto full = page({{"resultType", "tile"}, {"returnExceededLimitFeatures", "false"}});
    CHECK(full.features_size() == 0);
    CHECK(full.exceededtransferlimit());
    CHECK(full.fields_size() == 1);
    CHECK(page({{"resultType", "tile"}}).features_size() == 30);
    const auto none = page({{"where", "1=0"}, {"outFields", "*"}});
    CHECK(none.features_size() == 0);
    CHECK(none.fields_size() == 13);
}

TEST_CASE("f=pbf of any size comes whole, from a file", "[service][query][pbf]") {
    Survey survey(9000);
    survey.office.limits.max_record_count = 100'000;
    survey.office.restart();
    const auto response =
        survey.ask(Survey::layer(5), {{"where", "1=1"}, {"outFields", "*"}, {"f", "pbf"}});
    REQUIRE(response.file() != nullptr);
    const std::filesystem::path path = response.file()->path;
    CHECK(response.file()->length == std::filesystem::file_size(path));
    const Pbf answer = read_pbf(response);
    CHECK(answer.queryresult().featureresult().features_size() == 9000);
    CHECK_FALSE(std::filesystem::exists(path));
    const Pbf ids = read_pbf(
        survey.ask(Survey::layer(5), {{"where", "1=1"}, {"returnIdsOnly", "true"}, {"f", "pbf"}}));
    const auto& listed = ids.queryresult().idsresult().objectids();
    REQUIRE(listed.size() == 9000);
    for (int i = 0; i < 9000; ++i) {
        if (listed[i] != static_cast<std::uint64_t>(i + 1)) FAIL("at " << i);
    }
    CHECK(std::filesystem::is_empty(path.parent_path()));
}

TEST_CASE("what is no value of its field is told in f=pbf as in JSON", "[service][query][pbf]") {
    Survey survey(2);
    {
        Geodatabase file = survey.office.open_file();
        file.database().execute(
            "UPDATE notes SET small = 70000, whole = 'seven', big = 1.5, single = 1e300, "
            "twofold = 3, moment = 'yesterday', day = 5, word = CAST(x'41ff42' AS TEXT), "
            "hour = x'0102' WHERE fid = 1");
        file.database().execute("UPDATE notes SET single = 7, twofold = 9e999 WHERE fid = 2");
    }
    const http::NameValues asked{{"where", "1=1"}, {"outFields", "*"}};
    const Json json = survey.json(Survey::table(), asked);
    http::NameValues in_pbf = asked;
    in_pbf.emplace_back("f", "pbf");
    const Pbf answer = read_pbf(survey.ask(Survey::table(), in_pbf));
    const auto& result = answer.queryresult().featureresult();
    CHECK(difference_of_features(json, result, 0) == "");
    const Json first = at(json_of(result.features(0), result), "attributes");
    CHECK(at(first, "small") == Json(70000));
    CHECK(at(first, "whole") == Json("seven"));
    CHECK(at(first, "moment").is_null());
    CHECK(at(first, "hour").is_null());
    CHECK(at(first, "word") == Json("A\xEF\xBF\xBD"
                                    "B"));
    // Readers take the member that belongs to the field's type.
    CHECK(result.features(1).attributes(6).has_float_value());
    CHECK(at(json_of(result.features(1), result), "attributes", "twofold").is_null());
}

TEST_CASE("values come in the member that belongs to their field", "[service][query][pbf]") {
    Survey survey(30);
    const Pbf answer =
        read_pbf(survey.ask(Survey::table(), {{"where", "1=1"}, {"outFields", "*"}, {"f", "pbf"}}));
    using Case = Pbf::Value::ValueTypeCase;
    const std::map<int, Case> members{{Pbf::esriFieldTypeOID, Case::kUintValue},
                                      {Pbf::esriFieldTypeGlobalID, Case::kStringValue},
                                      {Pbf::esriFieldTypeGUID, Case::kStringValue},
                                      {Pbf::esriFieldTypeString, Case::kStringValue},
                                      {Pbf::esriFieldTypeSmallInteger, Case::kSintValue},
                                      {Pbf::esriFieldTypeInteger, Case::kSintValue},
                                      {Pbf::esriFieldTypeBigInteger, Case::kSint64Value},
                                      {Pbf::esriFieldTypeSingle, Case::kFloatValue},
                                      {Pbf::esriFieldTypeDouble, Case::kDoubleValue},
                                      {Pbf::esriFieldTypeDate, Case::kSint64Value},
                                      {Pbf::esriFieldTypeDateOnly, Case::kStringValue},
                                      {Pbf::esriFieldTypeTimeOnly, Case::kStringValue},
                                      {Pbf::esriFieldTypeTimestampOffset, Case::kStringValue}};
    const auto& result = answer.queryresult().featureresult();
    for (int i = 0; i < result.fields_size(); ++i) {
        INFO(result.fields(i).name());
        int values = 0;
        int nulls = 0;
        for (const auto& feature : result.features()) {
            const Case found = feature.attributes(i).value_type_case();
            if (found == Case::VALUE_TYPE_NOT_SET) {
                ++nulls;
            } else {
                ++values;
                CHECK(found == members.at(result.fields(i).fieldtype()));
            }
        }
        CHECK(values > 10);
        const bool never_null = result.fields(i).fieldtype() == Pbf::esriFieldTypeOID ||
                                result.fields(i).fieldtype() == Pbf::esriFieldTypeGlobalID;
        CHECK((nulls > 0) == !never_null);
    }
}

TEST_CASE("what is refused under f=pbf is refused in JSON", "[service][query][pbf][refused]") {
    Survey survey(1);
    const auto refused = [&](const std::string& resource, http::NameValues parameters,
                             const char* names) {
        INFO(resource);
        parameters.emplace_back("f", "pbf");
        const auto response =
            survey.office.send("POST", Office::kService + resource, std::move(parameters));
        CHECK_THAT(std::string(response.headers.get("Content-Type")),
                   Catch::StartsWith("application/json"));
        const Json answer = wire::parse_json(response.text(), "answer");
        REQUIRE(answer.find("error") != nullptr);
        CHECK(at(answer, "error", "code") == Json(400));
        CHECK_THAT(at(answer, "error", "details", 0).as_string("detail"), Catch::Contains(names));
    };
    refused("/2/query", {{"where", "colour = 1"}}, "colour");
    refused("/2/query", {{"where", "1=1"}, {"outSR", "999999"}}, "outSR");
    refused("/2", {}, "'f'");
    refused("", {}, "'f'");
    refused("/query", {{"layerDefs", "0:1=1"}}, "'f'");
    refused("/2/queryRelatedRecords", {{"objectIds", "1"}, {"relationshipId", "0"}}, "'f'");
    const char* added = R"([{"attributes":{"word":"never"}}])";
    refused("/2/addFeatures", {{"features", added}}, "'f'");
    refused("/2/applyEdits", {{"adds", added}}, "'f'");
    refused("/uploads/upload", {}, "'f'");
    const Json count = survey.json("/2", {{"where", "1=1"}, {"returnCountOnly", "true"}});
    CHECK(at(count, "count") == Json(1));
}
