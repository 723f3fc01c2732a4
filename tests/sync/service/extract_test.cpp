// SPDX-License-Identifier: Apache-2.0
//
// Extracts: createReplica with syncModel none.
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <cstdlib>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak, \"old\""}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(5, 5));

    Json extract(http::NameValues parameters) {
        parameters.emplace_back("syncModel", "none");
        Json answer = office.post("/createReplica", parameters);
        INFO(wire::to_text(answer));
        CHECK(answer.find("error") == nullptr);
        CHECK(answer.find("replicaID") == nullptr);
        CHECK(answer.find("replicaServerGen") == nullptr);
        CHECK(office.get("/replicas").array()->empty());
        return answer;
    }
    /// The result, as a file with the suffix that its link has.
    std::filesystem::path fetch(const Json& answer) {
        const std::string url = at(answer, "resultUrl").as_string("url");
        http::Request request;
        request.target = url.substr(std::string("http://office.test").size());
        const auto response = office.services().handle(request);
        REQUIRE(response.file() != nullptr);
        return response.file()->path;
    }
    std::string unzipped(const std::filesystem::path& zip, const std::string& name) {
        const auto out = office.folder() / "unzipped";
        const std::string command =
            "python3 -c \"import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() "
            "is "
            "None; open(sys.argv[3],'wb').write(z.read(sys.argv[2]))\" '" +
            zip.string() + "' '" + name + "' '" + out.string() + "'";
        REQUIRE(std::system(command.c_str()) == 0);  // NOLINT: a test's own names
        return read_file(out);
    }
};

}  // namespace

TEST_CASE("an extract as JSON is data without a replica", "[service][extract]") {
    Crew crew;
    const Json answer = crew.extract(
        {{"transportType", "esriTransportTypeEmbedded"}, {"layers", "0"}, {"geometry", "0,0,2,2"}});
    CHECK(at(answer, "syncModel") == Json("none"));
    CHECK(at(answer, "layers", 0, "features").array()->size() == 1);
    CHECK(crew.fetch(crew.extract({})).extension() == ".json");
}

TEST_CASE("an extract as GeoJSON is a FeatureCollection of its own", "[service][extract]") {
    Crew crew;
    const auto file = crew.fetch(crew.extract({{"dataFormat", "geojson"}, {"layers", "0"}}));
    CHECK(file.extension() == ".geojson");
    const Json collection = wire::parse_json(read_file(file), "geojson");
    CHECK(at(collection, "type") == Json("FeatureCollection"));
    CHECK(at(collection, "features", 0, "properties", "species") == Json("oak, \"old\""));
    CHECK(at(collection, "features", 0, "geometry", "type") == Json("Point"));
    const auto both = crew.fetch(crew.extract({{"dataFormat", "geojson"}}));
    CHECK(both.extension() == ".zip");
    CHECK_THAT(crew.unzipped(both, "visits.geojson"), Catch::Contains("FeatureCollection"));
}

TEST_CASE("an extract as CSV is a zip with a file for each layer", "[service][extract]") {
    Crew crew;
    const auto zip = crew.fetch(crew.extract({{"dataFormat", "CSV"}}));
    CHECK(zip.extension() == ".zip");
    const std::string trees = crew.unzipped(zip, "trees.csv");
    CHECK_THAT(trees, Catch::StartsWith("OBJECTID,global_id,species,dbh,planted,site_order,x,y"));
    CHECK_THAT(trees, Catch::Contains("\"oak, \"\"old\"\"\"") && Catch::Contains(",1,1\r\n"));
    CHECK_THAT(crew.unzipped(zip, "visits.csv"), Catch::Contains("note"));
}

TEST_CASE("an extract as GeoPackage opens with layers, relationships and references",
          "[service][extract]") {
    Crew crew;
    {
        Geodatabase file = crew.office.open_file();
        sqlite::Transaction transaction(file.database());
        add_relationship(file, {file.layer("trees").id, file.layer("visits").id, "global_id",
                                "tree", "inspections"});
        transaction.commit();
    }
    crew.office.restart();
    crew.office.add("visits", {{"tree", crew.oak.value.braced()}});
    const char* format = GENERATE("gpkg", "geopackage");
    const auto path = crew.fetch(
        crew.extract({{"dataFormat", format}, {"geometry", "0,0,2,2"}, {"replicaSR", "3857"}}));
    Geodatabase file =
        Geodatabase::open(path, crew.office.world().world(), Geodatabase::Access::Read);
    CHECK(file.layer("trees").geometry->srs_id == 3857);
    CHECK(file.database().int64_of("SELECT count(*) FROM trees") == 1);
    CHECK(file.database().int64_of("SELECT count(*) FROM visits") == 1);
    CHECK(read_relationships(file.database(), file.layers()).at(0).name == "inspections");
}

TEST_CASE("an extract as JSON holds attachments when they are asked for", "[service][extract]") {
    Crew crew;
    crew.office.post("/0/applyEdits",
                     {{"useGlobalIds", "true"},
                      {"attachments", R"({"adds":[{"globalId":)"
                                      R"("{11111111-1111-4111-8111-111111111111}",)"
                                      R"("parentGlobalId":")" +
                                          crew.oak.value.braced() +
                                          R"(","name":"a.txt","contentType":"text/plain",)"
                                          R"("data":"b2Fr"}]})"}});
    const http::NameValues embedded{{"transportType", "esriTransportTypeEmbedded"},
                                    {"returnAttachments", "true"},
                                    {"attachmentsSyncDirection", "none"},
                                    {"layers", "0"}};
    const Json linked = crew.extract(embedded);
    CHECK_THAT(at(linked, "layers", 0, "attachments", 0, "url").as_string("url"),
               Catch::EndsWith("/FeatureServer/0/1/attachments/1"));
    http::NameValues whole = embedded;
    whole.emplace_back("returnAttachmentsDataByUrl", "false");
    CHECK(at(crew.extract(whole), "layers", 0, "attachments", 0, "data") == Json("b2Fr"));
    CHECK(at(crew.extract({{"layers", "0"}, {"transportType", "esriTransportTypeEmbedded"}}),
             "layers", 0, "attachments")
              .array()
              ->empty());
    http::NameValues csv = embedded;
    csv.emplace_back("syncModel", "none");
    csv.emplace_back("dataFormat", "csv");
    CHECK_THAT(wire::to_text(crew.office.post("/createReplica", csv)),
               Catch::Contains("returnAttachments"));
}
