// SPDX-License-Identifier: Apache-2.0
#include "tests/sync/connector/importing.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using connector::ImportOptions;

namespace {

struct BadSource {
    std::string file;
    std::string content;
    Status status;
    std::string message;  ///< a part of it
    std::optional<std::string> id_field = std::nullopt;
};

std::string around(const std::string& features) {
    return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}
const std::string kPoint =
    R"({"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}})";

const std::vector<BadSource>& bad_sources() {
    static const std::vector<BadSource> kBad{
        // GeoJSON
        {"a.geojson", "", Status::CorruptData,
         "a.geojson', line 1, column 1: the document is empty"},
        {"a.geojson", around(kPoint).substr(0, 90), Status::CorruptData,
         "the document ends too early"},
        {"a.geojson", "{\n \"type\": nil}", Status::CorruptData,
         "line 2, column 11: no JSON value"},
        {"a.geojson", around(kPoint + "," + kPoint + "}"), Status::CorruptData, "line 1, column"},
        {"a.geojson", "[1,2]", Status::Unsupported, "no GeoJSON"},
        {"a.json", R"({"type":"Topology","objects":{}})", Status::Unsupported, "not a 'Topology'"},
        {"a.json", R"({"type":"FeatureCollection"})", Status::CorruptData, "no array 'features'"},
        {"a.json", R"({"type":"FeatureCollection","features":{}})", Status::CorruptData,
         "no array 'features'"},
        {"a.json", R"({"features":[{"attributes":{"a":1}}]})", Status::Unsupported,
         "feature 1: this is Esri JSON"},
        {"a.json", around("7"), Status::CorruptData,
         "feature 1: a feature is an object, not a number"},
        {"a.json", around(kPoint + R"(,{"type":"Point"})"), Status::Unsupported,
         "feature 2: its type is 'Point', not Feature"},
        {"a.json", around(R"({"type":"Feature","properties":[]})"), Status::CorruptData,
         "feature 1: properties must be an object"},
        {"a.json",
         around(kPoint +
                R"(,{"type":"Feature","geometry":{"type":"Point","coordinates":[1,"2"]}})"),
         Status::InvalidArgument,
         "feature 2: geometry: coordinates: a position is made of numbers"},
        {"a.json",
         around(R"({"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2]]}})"),
         Status::InvalidArgument, "feature 1: geometry: coordinates: a line has 2 positions"},
        {"a.json", around(R"({"type":"Feature","geometry":{"type":"GeometryCollection"}})"),
         Status::Unsupported, "feature 1: geometry: a GeometryCollection cannot be stored"},
        {"a.json",
         around(
             kPoint + "," + kPoint +
             R"(,{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}})"),
         Status::Unsupported, "feature 3: a LineString, but feature 1 is a Point"},
        {"a.json", R"({"crs":{"type":"link"},)" + around(kPoint).substr(1), Status::Unsupported,
         "names no EPSG code"},
        {"a.json", R"({"crs":{"properties":{"name":"EPSG:999999"}},)" + around(kPoint).substr(1),
         Status::InvalidArgument, "999999"},
        {"a.geojsonl", kPoint + "\n" + kPoint + "\n {\"type\": ?}\n", Status::CorruptData,
         "a.geojsonl', line 3, column 11"},
        {"a.geojsonl", kPoint + "\n" + kPoint + "\n{\"type\":\"Feature\"", Status::CorruptData,
         "line 3, column 18: the document ends too early"},
        {"a.json",
         around(R"({"type":"Feature","properties":{"k":1}},)"
                R"({"type":"Feature","properties":{"k":"1"}})"),
         Status::ConstraintViolated, "feature 1 and feature 2 have the same value", "k"},
        {"a.json", around(R"({"type":"Feature","properties":{"k":1,"m":2}})"), Status::NotFound,
         "no field 'key' (there are: k, m)", "key"},
        // CSV
        {"a.csv", "", Status::CorruptData, "a.csv': there is no header row"},
        {"a.csv", "a,b\n1,\"2\n3,4\n", Status::CorruptData,
         "line 2: the quote that opens here is never closed"},
        {"a.csv", "a,b\n1,\"2\"3\n", Status::CorruptData, "line 2: text follows a closing quote"},
        {"a.csv", "a,b\n1,2\n1,2,3\n", Status::CorruptData,
         "line 3: 3 values, but the header has 2 columns"},
        {"a.csv", "a,b\n1,\xC3(\n", Status::CorruptData, "line 2: the text is not UTF-8"},
        {"a.csv", std::string("a,b\n1,\0\n", 8), Status::CorruptData, "line 2: a zero byte"},
        {"a.csv",
         std::string("\xFF\xFE"
                     "a\0",
                     4),
         Status::CorruptData, "UTF-16"},
        {"a.csv", "lon,lat\n1,2\n1,north\n", Status::CorruptData,
         "line 3: 'north' in column 'lat' is no number"},
        {"a.csv", "lon,lat\n1,2\n,2\n", Status::CorruptData,
         "line 3: column 'lon' is empty, but 'lat' is not"},
        {"a.csv", "k\nx\n\"y\n\"\nx\n", Status::ConstraintViolated, "line 2 and line 5", "k"},
        // Others
        {"a.gpkg", "no database at all, but long enough", Status::CorruptData, "a.gpkg"},
        {"a.gpkg", "", Status::CorruptData, "no GeoPackage"},
        {"a.shp", "\x27\x0A", Status::Unsupported, "GeoJSON: .geojson"},
        {"gpkg_a.csv", "a\n1\n", Status::InvalidArgument, "names that begin with 'gpkg_'"},
    };
    return kBad;
}

}  // namespace

TEST_CASE("a bad source is refused with its place, and nothing of it stays", "[connector]") {
    for (const BadSource& bad : bad_sources()) {
        Importing field;
        INFO(bad.file << ": " << bad.content);
        ImportOptions options;
        options.id_field = bad.id_field;
        const Error error = field.refusal(field.write(bad.file, bad.content), options);
        CHECK_THAT(error.message(), Contains(bad.message));
        CHECK(status_name(error.status()) == status_name(bad.status));
    }
}

TEST_CASE("a source that is not there, is a folder or is the geodatabase itself is refused",
          "[connector]") {
    Importing field;
    CHECK(field.refusal(field.folder / "none.csv").status() == Status::NotFound);
    CHECK(field.refusal(field.folder.path()).status() == Status::InvalidArgument);
    CHECK(field.refusal(field.file.path()).status() == Status::InvalidArgument);
}

TEST_CASE("an import outside a transaction is refused", "[connector]") {
    Importing field;
    CHECK_THROWS_AS(connector::import_source(field.file, field.write("a.csv", "a\n1\n"), {}),
                    Error);
    CHECK(field.file.layers().empty());
}

TEST_CASE("a layer that is there is neither replaced nor touched", "[connector]") {
    Importing field;
    field.import_text("a.csv", "a\n1\n");
    geodb::sqlite::Transaction transaction(field.file.database());
    const auto path = field.write("A.csv", "a\n2\n3\n");
    try {
        connector::import_source(field.file, path, {});
        FAIL("imported twice");
    } catch (const Error& error) {
        CHECK(error.status() == Status::AlreadyExists);
    }
    transaction.commit();
    CHECK(field.column("a", "a") == std::vector<std::string>{"1"});
}

TEST_CASE("a layer with another name than a file has is not there", "[connector]") {
    Importing field;
    ImportOptions options;
    options.source_layers = {"b"};
    CHECK_THAT(field.refusal(field.write("a.csv", "a\n1\n"), options).message(),
               Contains("has no layer 'b' (it has: a)"));
}

TEST_CASE("a source with any bytes changed is imported or refused, never more",
          "[connector][mutation]") {
    SeededRandom random(11);
    const std::string features =
        around(kPoint +
               R"(,{"type":"Feature","id":7,"properties":{"uuid":null,"a":"2024-05-01","b":[1.5]},)"
               R"("geometry":{"type":"MultiPoint","coordinates":[[1,2,3],[4,5]]}})");
    const std::string cells = "k,lon,lat,when\n\"x,\"\"1\",1.5,2,2024-05-01\n2,,,\n";
    Importing field;
    std::string tables =
        read_file(field.write_gpkg("g",
                                   "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL);"
                                   "INSERT INTO t VALUES (1, 'x', 1.5), (2, NULL, 2);"
                                   "INSERT INTO gpkg_contents (table_name, data_type) "
                                   "VALUES ('t', 'attributes');"));
    const std::vector<std::pair<std::string, std::string>> sources{
        {"m.geojson", features}, {"m.csv", cells}, {"m.gpkg", tables}};
    for (int round = 0; round < 300; ++round) {
        auto [name, bytes] = sources[static_cast<std::size_t>(round) % sources.size()];
        for (std::uint64_t changes = random.below(8) + 1; changes > 0; --changes) {
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        }
        if (random.below(4) == 0) bytes.resize(random.below(bytes.size()));
        {
            geodb::sqlite::Transaction taken_back(field.file.database());
            try {
                connector::import_source(field.file, field.write(name, bytes), {});
            } catch (const Error& error) {
                CHECK_FALSE(error.message().empty());
                CHECK(error.status() != Status::Internal);
            }
        }
        field.file.reload();
        CHECK(field.file.layers().empty());
    }
}
