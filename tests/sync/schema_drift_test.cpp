// SPDX-License-Identifier: Apache-2.0
//
// Layers change in the office while crews are out: what can be followed is, what cannot stops its
// layer alone, and no edit is lost over it.
#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/service/store/gpkg_schema_change.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

using namespace rhumb;
using namespace rhumb::test;
using geodb::FieldType;

namespace {

/// The office changes a layer with `sqlite3` or its own tool, while the service runs.
void change_schema(Office& office, const std::string& sql) {
    auto file = office.open_file();
    file.database().execute(sql);
}

void add_field(Office& office, const std::string& layer, const geodb::Field& field) {
    auto file = office.open_file();
    service::add_field(file, file.layer(layer).id, field);
}

std::string text_of(geodb::Geodatabase& file, const std::string& sql) {
    return file.database().text_of(sql).value_or("(none)");
}

sync::CreateOptions with_model(wire::SyncModel model) {
    sync::CreateOptions options;
    options.model = model;
    return options;
}

bool mentions(const std::vector<std::string>& notes, const std::string& words) {
    for (const std::string& note : notes) {
        if (note.find(words) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a field added in the office reaches the crew with its edits of the day intact",
          "[sync][schema]") {
    Office office;
    Device crew(office, "crew");
    crew.join();
    const auto oak = office.add("trees", {{"species", std::string("oak")}});
    crew.sync();
    const auto elm = add_feature(crew.file(), "trees", {{"species", std::string("elm")}});
    update_feature(crew.file(), "trees", oak, {{"dbh", 40.0}});

    geodb::Field health = field("health", FieldType::String, 20);
    health.default_sql = "'unseen'";
    health.domain = geodb::Domain{"health", {{"unseen", "Not seen"}, {"good", "Good"}}, {}, {}};
    add_field(office, "trees", health);
    office.update("trees", oak, {{"health", std::string("good")}});
    const auto report = crew.sync();

    CHECK(mentions(report.notes, "layer 'trees' has a new field 'health'"));
    const auto& trees = crew.file().layer("trees");
    REQUIRE(trees.find_field("health"));
    CHECK(trees.fields[*trees.find_field("health")].domain->choices.size() == 2);
    CHECK(text_of(crew.file(), "SELECT health FROM trees WHERE species = 'oak'") == "good");
    CHECK(text_of(crew.file(), "SELECT health FROM trees WHERE species = 'elm'") == "unseen");
    auto served = office.open_file();
    CHECK(text_of(served, "SELECT dbh FROM trees WHERE species = 'oak'") == "40.0");
    CHECK(text_of(served, "SELECT count(*) FROM trees WHERE species = 'elm'") == "1");
    CHECK(crew.pending() == 0);

    update_feature(crew.file(), "trees", elm, {{"health", std::string("good")}});
    crew.sync();
    CHECK(text_of(served, "SELECT health FROM trees WHERE species = 'elm'") == "good");
}

TEST_CASE("new values of a domain follow", "[sync][schema]") {
    Office office;
    Device crew(office, "crew");
    geodb::Field kind = field("kind", FieldType::String, 20);
    kind.domain = geodb::Domain{"kinds", {{"a", "A"}}, {}, {}};
    add_field(office, "trees", kind);
    crew.join();
    change_schema(office,
                  "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, "
                  "value, description) VALUES ('kinds', 'enum', 'b', 'B')");
    crew.sync();
    const auto& trees = crew.file().layer("trees");
    CHECK(trees.fields[*trees.find_field("kind")].domain->choices.size() == 2);
}

TEST_CASE("a removed field stops its layer alone; its edits wait and go up when it is back",
          "[sync][schema]") {
    const auto model = GENERATE(wire::SyncModel::PerReplica, wire::SyncModel::PerLayer);
    Office office;
    Device crew(office, "crew");
    crew.join(with_model(model));
    const auto oak = office.add("trees", {{"species", std::string("oak")}});
    crew.sync();
    update_feature(crew.file(), "trees", oak, {{"dbh", 40.0}});
    add_feature(crew.file(), "visits", {{"note", std::string("pruned")}});

    change_schema(office, "ALTER TABLE trees RENAME COLUMN dbh TO girth");
    office.add("trees", {{"species", std::string("ash")}});
    office.add("visits", {{"note", std::string("watered")}});
    const auto report = crew.sync();
    CHECK(mentions(report.notes, "layer 'trees' is not synchronized"));
    CHECK(mentions(report.notes, "field 'dbh' is gone"));
    CHECK(text_of(crew.file(), "SELECT count(*) FROM visits") == "2");
    CHECK(text_of(crew.file(), "SELECT count(*) FROM trees") == "1");
    CHECK(crew.pending() == 1);
    auto served = office.open_file();
    CHECK(text_of(served, "SELECT count(*) FROM visits") == "2");
    crew.sync();
    CHECK(crew.pending() == 1);

    change_schema(office, "ALTER TABLE trees RENAME COLUMN girth TO dbh");
    const auto after = crew.sync();
    CHECK(mentions(after.notes, "layer 'trees' is synchronized again"));
    CHECK(crew.pending() == 0);
    CHECK(text_of(crew.file(), "SELECT count(*) FROM trees") == "2");
    auto healed = office.open_file();
    CHECK(text_of(healed, "SELECT dbh FROM trees WHERE species = 'oak'") == "40.0");
    CHECK(text_of(healed, "SELECT count(*) FROM visits") == "2");
}

TEST_CASE("when no layer is left the synchronization stops and says why of each",
          "[sync][schema]") {
    Office office;
    Device crew(office, "crew");
    sync::CreateOptions options;
    options.layers = {{geodb::LayerId{0}}};
    crew.join(options);
    add_feature(crew.file(), "trees", {{"species", std::string("elm")}});
    change_schema(office, "ALTER TABLE trees RENAME COLUMN dbh TO girth");
    try {
        crew.sync();
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.status() == Status::SchemaChanged);
        CHECK(error.message().find("layer 'trees': field 'dbh' is gone") != std::string::npos);
    }
    CHECK(crew.pending() == 1);
}
