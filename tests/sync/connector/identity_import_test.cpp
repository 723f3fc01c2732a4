// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/identity.hpp"
#include "tests/sync/connector/importing.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using connector::derived_id;
using connector::ImportOptions;

namespace {

using Texts = std::vector<std::string>;

ImportOptions keyed_by(const std::string& name, const std::string& layer = "t") {
    ImportOptions options;
    options.id_field = name;
    options.layer = layer;
    return options;
}

}  // namespace

TEST_CASE("a derived GlobalID is a UUID of version 8 that never changes", "[connector][identity]") {
    const Uuid id = derived_id("trees", "584");
    CHECK((id.bytes[6] >> 4) == 8);
    CHECK((id.bytes[8] >> 6) == 2);
    CHECK(id.plain() == "c7fceb04-5c00-8267-bdda-b239b6630a0f");
    CHECK(id != derived_id("visits", "584"));
    CHECK(id != derived_id("trees5", "84"));
}

TEST_CASE("the same key gives the same GlobalID at each import and from each format",
          "[connector][identity]") {
    Importing field;
    field.import_text("a.csv", "key,name\n584,oak\n7,elm\n", keyed_by("KEY", "t"));
    const Texts from_csv = field.column("t", "global_id");
    CHECK(from_csv == Texts{derived_id("t", "584").braced(), derived_id("t", "7").braced()});
    CHECK(field.type("t", "key") == FieldType::Integer);

    Importing again;
    again.import_text("b.geojson",
                      R"({"type":"FeatureCollection","features":[
                          {"type":"Feature","properties":{"key":7.0},"geometry":null},
                          {"type":"Feature","properties":{"key":"584"},"geometry":null}]})",
                      keyed_by("key", "t"));
    CHECK(again.column("t", "global_id") == Texts{from_csv[1], from_csv[0]});
}

TEST_CASE("a key field of UUIDs becomes the GlobalID field", "[connector][identity]") {
    Importing field;
    field.import_text("t.csv", "ref\n9ccc5175-df19-5e14-85ab-64c3e72cfc95\n", keyed_by("ref"));
    CHECK(field.type("t", "ref") == FieldType::GlobalId);
    CHECK(field.file.layer("t").fields.size() == 1);
    CHECK(field.column("t", "ref") == Texts{"{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}"});
}

TEST_CASE("among other keys a UUID stays what it is", "[connector][identity]") {
    Importing field;
    field.import_text("t.csv", "ref\n9ccc5175-df19-5e14-85ab-64c3e72cfc95\ntree 7\n",
                      keyed_by("ref"));
    CHECK(field.column("t", "global_id") ==
          Texts{"{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}", derived_id("t", "tree 7").braced()});
    CHECK(field.column("t", "ref")[0] == "9ccc5175-df19-5e14-85ab-64c3e72cfc95");
}

TEST_CASE("a feature without a key gets a new GlobalID", "[connector][identity]") {
    Importing field;
    const auto made = field.import_text("t.csv", "a,ref\n1,x\n2,\n", keyed_by("ref"));
    REQUIRE(made.notes.size() == 1);
    CHECK_THAT(made.notes[0], StartsWith("1 features have nothing in field 'ref'"));
    const auto id = Uuid::parse(field.column("t", "global_id")[1]);
    REQUIRE(id);
    CHECK((id->bytes[6] >> 4) == 4);
}

TEST_CASE("a promising name without UUIDs stays an ordinary field", "[connector][identity]") {
    Importing field;
    const auto made = field.import_text("t.csv",
                                        "global_id,Uuid\nx1,9ccc5175-df19-5e14-85ab-64c3e72cfc95\n"
                                        "x2,{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}\n");
    REQUIRE(made.notes.size() == 2);
    CHECK_THAT(made.notes[0], Contains("'global_id' is not taken") && Contains("line 2 has 'x1'"));
    CHECK_THAT(made.notes[1], Contains("'Uuid' is not taken") && Contains("line 2 and line 3"));
    const Layer& layer = field.file.layer("t");
    CHECK(layer.global_id_column == "global_id_");
    CHECK(field.column("t", "global_id") == Texts{"x1", "x2"});
    CHECK(field.type("t", "Uuid") == FieldType::Guid);
}

TEST_CASE("of several promising names the likeliest one is taken", "[connector][identity]") {
    Importing field;
    field.import_text("t.csv",
                      "uuid,GlobalID\n9ccc5175-df19-5e14-85ab-64c3e72cfc95,"
                      "1e651406-d69d-525a-b450-ed296714ab88\n");
    CHECK(field.type("t", "GlobalID") == FieldType::GlobalId);
    CHECK(field.type("t", "uuid") == FieldType::Guid);
}
