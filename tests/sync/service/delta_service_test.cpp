// SPDX-License-Identifier: Apache-2.0
//
// Deltas at the service: given to clients that know them, and taken as uploads under the same
// rules as JSON.
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/http/form.hpp"
#include "platform/http/multipart.hpp"
#include "platform/zip/coding.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/delta/delta_writer.hpp"
#include "sync/wire/layer_json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

using Rows = std::map<GlobalId, delta::Row>;

/// A replica that speaks deltas.
struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 5.0}}, point(2, 2));
    Json created = ask("/createReplica", {{"layers", "0,1"}});
    Uuid replica = *Uuid::parse(created.require("replicaID", "answer").as_string("id"));
    std::int64_t generation = created.require("replicaServerGen", "").as_int64("generation");
    Geodatabase served = office.open_file();

    Json ask(const std::string& operation, http::NameValues parameters) {
        parameters.emplace_back("dataFormat", "sqlite");
        parameters.emplace_back("rhumbFormat", "1");
        return office.post(operation, parameters);
    }
    Json synchronize(http::NameValues parameters) {
        parameters.emplace_back("replicaID", replica.braced());
        parameters.emplace_back("replicaServerGen", std::to_string(generation));
        return ask("/synchronizeReplica", parameters);
    }
    /// Fetches the file that an answer links to.
    std::filesystem::path fetch(const Json& answer) {
        const std::string url{answer.require("resultUrl", "answer").as_string("url")};
        const auto response = office.send("GET", url.substr(url.find("/arcgis")), {});
        REQUIRE(response.file() != nullptr);
        CHECK(response.headers.get("Content-Type") == "application/vnd.sqlite3");
        CHECK(response.headers.get("Accept-Ranges") == "bytes");
        const Json& said = answer.require("rhumbDelta", "answer");
        const std::string bytes = read_file(response.file()->path);
        CHECK(said.require("bytes", "").as_int64("") == static_cast<std::int64_t>(bytes.size()));
        CHECK(said.require("sha256", "").as_string("") == sha256(bytes).hex());
        return response.file()->path;
    }
    Rows rows(const std::filesystem::path& path, delta::Kind kind, std::string_view layer) {
        delta::DeltaReader reader(path);
        Rows rows;
        reader.each(kind, served.layer(layer), [&](delta::Row& row) { rows[row.feature] = row; });
        return rows;
    }

    delta::Header header(const Uuid& batch) const {
        delta::Header header;
        header.direction = delta::Direction::Upload;
        header.replica = replica;
        header.batch = batch;
        return header;
    }
    std::vector<Value> tree(const std::string& species) {
        std::vector<Value> row(served.layer("trees").column_count());
        row[*served.layer("trees").find_field("species")] = species;
        row.back() = point(3, 3);
        return row;
    }
    delta::LayerTerms terms() {
        const Layer& trees = served.layer("trees");
        return {trees.id, wire::schema_fingerprint(trees), false, {}, {}};
    }
    std::size_t species() { return *served.layer("trees").find_field("species"); }

    /// Puts a file up as an item.
    std::string put_up(const std::filesystem::path& path) {
        const auto body = http::encode_multipart(
            {{"file", true, "edits.sqlite", "application/octet-stream", read_file(path)}});
        http::Request request;
        request.method = "POST";
        request.target = std::string(Office::kService) + "/uploads/upload?f=json";
        request.headers.set("Host", "office.test");
        request.headers.set("Content-Type", body.content_type);
        request.body = body.body;
        const auto answer = office.services().handle(request);
        return std::string(
            at(wire::parse_json(answer.text(), "answer"), "item", "itemID").as_string("id"));
    }
    Json upload(const std::filesystem::path& path, const Uuid& batch, bool rollback = false) {
        return synchronize({{"editsUploadId", put_up(path)},
                            {"editsUploadFormat", "sqlite"},
                            {"rhumbBatchId", batch.braced()},
                            {"rollbackOnFailure", rollback ? "true" : "false"}});
    }
    std::string all_trees() {
        std::string text;
        sqlite::Statement rows(served.database(), "SELECT species FROM trees ORDER BY species");
        while (rows.step()) text += std::string(rows.column_text(0)) + " ";
        return text;
    }
};

const Uuid kBatch{{1, 2, 3}};
const GlobalId kAsh{Uuid{{9}}};

}  // namespace

TEST_CASE("a new replica comes as a file of rows to a client that knows deltas",
          "[service][delta]") {
    Crew crew;
    const auto path = crew.fetch(crew.created);
    const Rows trees = crew.rows(path, delta::Kind::Add, "trees");
    CHECK(trees.size() == 2);
    CHECK(trees.at(crew.oak).values[0].value == Value{"oak"});
    const delta::DeltaReader reader(path);
    CHECK(reader.header().replica == crew.replica);
    CHECK(reader.header().result == crew.generation);
    CHECK(reader.layer({0})->terms.whole);
    CHECK(reader.layer({1})->counts.total() == 0);
}

TEST_CASE("a delta comes packed to a client that says it can read it so", "[service][delta]") {
    Crew crew;
    crew.office.update("trees", crew.oak, {{"dbh", 4.0}});
    const Json answer =
        crew.synchronize({{"syncDirection", "download"}, {"rhumbPackedDelta", "1"}});
    const std::string url{answer.require("resultUrl", "answer").as_string("url")};
    CHECK(url.ends_with(".delta"));
    const auto file = crew.office.send("GET", url.substr(url.find("/arcgis")), {});
    REQUIRE(file.file() != nullptr);
    CHECK(at(answer, "rhumbDelta", "sha256") == Json(sha256_of_file(file.file()->path).hex()));
    const Rows updates = crew.rows(file.file()->path, delta::Kind::Update, "trees");
    REQUIRE(updates.size() == 1);
    CHECK(updates.at(crew.oak).values[0].value == Value{4.0});

    // And one goes up so.
    const auto path = crew.office.folder() / "up.delta";
    {
        delta::DeltaWriter writer(path, crew.header(kBatch), delta::Form::Packed);
        writer.begin_layer(crew.served.layer("trees"), crew.terms());
        writer.add(kAsh, crew.tree("ash"));
        writer.erase(crew.elm);
        writer.finish();
    }
    CHECK(crew.upload(path, kBatch).find("error") == nullptr);
    CHECK(crew.all_trees() == "ash oak ");
    std::string cut = read_file(path);
    cut.resize(cut.size() - 1);
    FileWriter(path, FileWriter::Mode::Replace).write(cut);
    const Json refused = crew.upload(path, Uuid{{7}});
    CHECK_THAT(wire::to_text(refused), Catch::Contains("upload item 'edits.sqlite'"));
    CHECK(crew.all_trees() == "ash oak ");
}

TEST_CASE("a result file that is asked for whole comes packed to who can unpack it",
          "[service][delta]") {
    Crew crew;
    const std::string url{crew.created.require("resultUrl", "answer").as_string("url")};
    http::Request request;
    request.target = url.substr(url.find("/arcgis"));
    const auto plain = crew.office.services().handle(request);
    REQUIRE(plain.file() != nullptr);
    for (const Coding coding : {Coding::Zstd, Coding::Gzip}) {
        request.headers.set("Accept-Encoding", std::string(name_of(coding)));
        const auto packed = crew.office.services().handle(request);
        REQUIRE(packed.file() != nullptr);
        CHECK(packed.headers.get("Content-Encoding") == name_of(coding));
        CHECK(packed.headers.get("ETag") != plain.headers.get("ETag"));
        CHECK_FALSE(packed.headers.has("Accept-Ranges"));
        CHECK(packed.file()->delete_after);
        CHECK(packed.file()->length < plain.file()->length);
        CHECK(unpacked(coding, read_file(packed.file()->path)) == read_file(plain.file()->path));
    }
    request.headers.set("Range", "bytes=0-9");
    const auto part = crew.office.services().handle(request);
    CHECK(part.status == 206);
    CHECK_FALSE(part.headers.has("Content-Encoding"));
}

TEST_CASE("edits whose body comes packed are taken, damaged ones are not", "[service][delta]") {
    Crew crew;
    const std::string edits = R"([{"id":0,"deletes":[")" + crew.elm.value.braced() + R"("]}])";
    const std::string form = http::encode_form({{"f", "json"},
                                                {"replicaID", crew.replica.braced()},
                                                {"syncDirection", "upload"},
                                                {"edits", edits}});
    http::Request request;
    request.method = "POST";
    request.target = std::string(Office::kService) + "/synchronizeReplica";
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("Content-Encoding", "zstd");
    request.body = packed(Coding::Zstd, form);
    std::string damaged = request.body;
    damaged.resize(damaged.size() - 3);
    std::swap(request.body, damaged);
    const Json refused = wire::parse_json(crew.office.services().handle(request).text(), "answer");
    CHECK(at(refused, "error", "code").as_int64("") == 400);
    CHECK(crew.all_trees() == "elm oak ");
    std::swap(request.body, damaged);
    crew.office.services().handle(request);
    CHECK(crew.all_trees() == "oak ");
}

TEST_CASE("changes come as a delta with just the columns that changed", "[service][delta]") {
    Crew crew;
    crew.office.update("trees", crew.oak, {{"dbh", 4.0}});
    crew.office.erase("trees", crew.elm);
    const GlobalId ash = crew.office.add("trees", {{"species", "ash"}}, point(4, 4));
    const Json answer = crew.synchronize({{"syncDirection", "download"}});
    const auto path = crew.fetch(answer);
    const Rows updates = crew.rows(path, delta::Kind::Update, "trees");
    REQUIRE(updates.size() == 1);
    REQUIRE(updates.at(crew.oak).values.size() == 1);
    CHECK(updates.at(crew.oak).values[0].value == Value{4.0});
    CHECK(updates.at(crew.oak).old[0].value == Value{3.0});
    CHECK(crew.rows(path, delta::Kind::Delete, "trees").count(crew.elm) == 1);
    CHECK(crew.rows(path, delta::Kind::Add, "trees").count(ash) == 1);
}

TEST_CASE("a delta without changes is none: an answer without a link", "[service][delta]") {
    Crew crew;
    const Json answer = crew.synchronize({{"syncDirection", "download"}});
    CHECK(answer.require("responseType", "").as_string("") == "esriReplicaResponseTypeNoEdits");
    CHECK(answer.find("resultUrl") == nullptr);
}

TEST_CASE("clients that do not say they know deltas are told to take json", "[service][delta]") {
    Office office;
    const Json answer = office.post("/createReplica", {{"layers", "0"}, {"dataFormat", "sqlite"}});
    CHECK(at(answer, "error", "code").as_int64("code") == 400);
    CHECK_THAT(wire::to_text(answer), Catch::Contains("json"));
}

TEST_CASE("a delta that goes up has its effect once, and the same answer again",
          "[service][delta]") {
    Crew crew;
    const auto path = crew.office.folder() / "up.delta";
    {
        delta::DeltaWriter writer(path, crew.header(kBatch));
        writer.begin_layer(crew.served.layer("trees"), crew.terms());
        writer.add(kAsh, crew.tree("ash"));
        writer.update(crew.oak, {crew.species()}, crew.tree("red oak"), nullptr);
        writer.erase(crew.elm);
        writer.finish();
    }
    for (int i = 0; i < 2; ++i) {
        const Json answer = crew.upload(path, kBatch);
        CHECK(answer.find("error") == nullptr);
        CHECK(crew.all_trees() == "ash red oak ");
    }
    CHECK(crew.served.timeline().head().value == crew.generation + 1);
}

TEST_CASE("edits of a delta that break a rule are named, the others stay", "[service][delta]") {
    Crew crew;
    const auto path = crew.office.folder() / "up.delta";
    {
        delta::DeltaWriter writer(path, crew.header(kBatch));
        writer.begin_layer(crew.served.layer("trees"), crew.terms());
        writer.add(kAsh, crew.tree(std::string(500, 'x')));
        writer.add(crew.elm, crew.tree("another elm"));
        writer.update(crew.oak, {crew.species()}, crew.tree("red oak"), nullptr);
        writer.update({Uuid{{5}}}, {crew.species()}, crew.tree("nobody"), nullptr);
        writer.finish();
    }
    const Json refused = crew.upload(path, kBatch, true);
    CHECK_THAT(wire::to_text(refused), Catch::Contains(kAsh.value.braced()));
    CHECK(crew.all_trees() == "elm oak ");

    const Json answer = crew.upload(path, kBatch);
    const Json& features = at(answer, "edits", 0, "features");
    CHECK(at(features, "addResults").as_array("").size() == 2);
    CHECK(at(features, "addResults", 1, "error", "code").as_int64("") == 1022);
    CHECK(at(features, "updateResults", 0, "error", "code").as_int64("") == 1011);
    CHECK(crew.all_trees() == "elm red oak ");
}

TEST_CASE("a delta of another replica, batch, schema or direction is refused whole",
          "[service][delta]") {
    Crew crew;
    const auto path = crew.office.folder() / "up.delta";
    Layer layer = crew.served.layer("trees");
    const auto refused = [&](const delta::Header& header, const delta::LayerTerms& terms,
                             const std::string& why) {
        delta::DeltaWriter writer(path, header);
        writer.begin_layer(layer, terms);
        writer.erase(crew.elm);
        writer.finish();
        const Json answer = crew.upload(path, kBatch);
        INFO(wire::to_text(answer));
        CHECK(at(answer, "error", "code").as_int64("") == 400);
        CHECK_THAT(wire::to_text(answer), Catch::Contains(why) && Catch::Contains("edits.sqlite"));
        CHECK(crew.all_trees() == "elm oak ");
    };
    delta::Header header = crew.header(kBatch);
    delta::LayerTerms terms = crew.terms();
    header.replica.bytes[0] ^= 1;
    refused(header, terms, "not of");
    refused(crew.header(Uuid{{8}}), terms, "another batch");
    header = crew.header(kBatch);
    header.direction = delta::Direction::Download;
    refused(header, terms, "not edits");
    terms.fingerprint = "other";
    refused(crew.header(kBatch), terms, "schema of layer 'trees'");
    layer.id = {7};
    refused(crew.header(kBatch), terms, "layer 7");
}

TEST_CASE("a spoilt delta is refused at its first bad row, and nothing of it stays",
          "[service][delta]") {
    Crew crew;
    const auto path = crew.office.folder() / "up.delta";
    {
        delta::DeltaWriter writer(path, crew.header(kBatch));
        writer.begin_layer(crew.served.layer("trees"), crew.terms());
        for (std::uint8_t i = 20; i < 60; ++i) writer.add({Uuid{{i}}}, crew.tree("ash"));
        writer.finish();
    }
    sqlite::Database::open(path, sqlite::Database::Mode::ReadWrite)
        .execute("UPDATE adds_0 SET new_geom = x'4750' WHERE rowid = 30");
    const Json answer = crew.upload(path, kBatch);
    CHECK_THAT(wire::to_text(answer), Catch::Contains("adds_0") && Catch::Contains("row 30"));
    CHECK_THAT(wire::to_text(answer), !Catch::Contains(crew.office.folder().path().string()));
    CHECK(crew.all_trees() == "elm oak ");
    CHECK(crew.served.timeline().head().value == crew.generation);
}
