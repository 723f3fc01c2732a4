// SPDX-License-Identifier: Apache-2.0
//
// Devices and service exchanging deltas: when they do, that both ends agree afterwards, and what
// happens when a delta does not fit.
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <algorithm>
#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

constexpr int kTrees = 80;  // more changes than are embedded as JSON

std::string identity(int n) {
    const std::string digits = std::to_string(n);
    return "{00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits + "}";
}
GlobalId tree(int n) {
    return {*Uuid::parse(identity(n))};
}

/// Many trees in one transaction.
void plant(Geodatabase& file, int from, int to) {
    const Layer& layer = file.layer("trees");
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, layer, FeatureWriter::Tracking::Logged);
    for (int i = from; i < to; ++i) {
        std::vector<Value> row(layer.column_count());
        row[layer.global_id_index()] = identity(i);
        row[*layer.find_field("species")] = "tree " + std::to_string(i);
        row[*layer.find_field("planted")] = "2026-10-26T07:30:00.000Z";
        row[layer.geometry_index()] = i % 7 == 0 ? Value{Null{}} : point(i * 0.001, i * 0.002);
        writer.insert(row);
    }
    transaction.commit();
}

struct FieldDay {
    Office office;
    Device ana{office, "ana"};

    FieldDay() {
        Geodatabase file = office.open_file();
        plant(file, 0, kTrees);
    }
    void join(SyncModel model) {
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
    }
    void much_happens() {
        Geodatabase file = office.open_file();
        plant(file, 200, 200 + kTrees);
        for (int i = 0; i < 10; ++i) update_feature(file, "trees", tree(i), {{"species", "elm"}});
        for (int i = 10; i < 15; ++i) erase_feature(file, "trees", tree(i));
        ana.update("trees", tree(0), {{"dbh", 7.5}});
        ana.update("trees", tree(10), {{"dbh", 7.5}});
        ana.erase("trees", tree(20));
    }
    int deltas_fetched() {
        const auto& log = ana.link().log();
        return static_cast<int>(std::count_if(log.begin(), log.end(), [](const std::string& line) {
            return line.find(".delta") != std::string::npos;
        }));
    }
    void check_agreement() {
        Geodatabase served = office.open_file();
        for (const char* layer : {"trees", "visits"}) {
            CHECK(content(ana.file(), layer) == content(served, layer));
        }
        CHECK(ana.pending() == 0);
    }
};

}  // namespace

TEST_CASE("a device joins with a delta and follows with deltas", "[sync][delta]") {
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        FieldDay day;
        day.join(model);
        CHECK(day.deltas_fetched() >= 1);
        const int before = day.deltas_fetched();
        day.check_agreement();
        day.much_happens();
        const auto report = day.ana.sync();
        CHECK(day.deltas_fetched() > before);
        CHECK(report.notes.empty());
        REQUIRE(!report.layers.empty());
        CHECK(report.layers[0].received_inserts == kTrees);
        day.check_agreement();
        const int requests = day.ana.link().requests();
        day.ana.sync();
        CHECK(day.ana.link().requests() == requests + 1);  // the pull: nothing came
    }
}

TEST_CASE("UNIQUE values that the office swapped come over in a delta too", "[sync][delta]") {
    FieldDay day;
    constexpr const char* kOneOfEach = "CREATE UNIQUE INDEX one_of_each ON trees (species)";
    {
        Geodatabase file = day.office.open_file();
        file.database().execute(kOneOfEach);
    }
    day.join(SyncModel::PerReplica);
    day.ana.file().database().execute(kOneOfEach);
    const int before = day.deltas_fetched();
    {
        Geodatabase file = day.office.open_file();
        plant(file, 200, 200 + kTrees);
        for (int i = 0; i < 40; ++i) {  // all move on by one
            update_feature(file, "trees", tree(i),
                           {{"species", "on its way " + std::to_string(i)}});
        }
        for (int i = 0; i < 40; ++i) {
            update_feature(file, "trees", tree(i),
                           {{"species", "tree " + std::to_string((i + 1) % 40)}});
        }
    }
    day.ana.sync();
    CHECK(day.deltas_fetched() > before);
    day.check_agreement();
}

TEST_CASE("a few changes come within the answer", "[sync][delta]") {
    FieldDay day;
    day.join(SyncModel::PerReplica);
    const int before = day.deltas_fetched();
    day.office.update("trees", tree(1), {{"species", "yew"}});
    const int requests = day.ana.link().requests();
    day.ana.sync();
    CHECK(day.deltas_fetched() == before);
    CHECK(day.ana.link().requests() == requests + 1);
    day.check_agreement();
}

TEST_CASE("a large batch goes up as a delta and is answered edit by edit", "[sync][delta]") {
    FieldDay day;
    day.join(SyncModel::PerReplica);
    plant(day.ana.file(), 1000, 3500);
    day.ana.update("trees", tree(3), {{"species", "yew"}});
    day.office.erase("trees", tree(3));
    sync::SyncOptions options;
    options.direction = wire::SyncDirection::Upload;
    const auto report = day.ana.sync(options);
    CHECK(report.rejected.empty());
    CHECK(day.ana.pending() == 1);  // until a download has told that the tree is gone
    const auto& log = day.ana.link().log();
    CHECK(std::any_of(log.begin(), log.end(), [](const std::string& line) {
        return line.find("/uploads/register") != std::string::npos;
    }));
    CHECK(report.layers[0].sent_inserts == 2500);
    Geodatabase served = day.office.open_file();
    CHECK(served.database().int64_of("SELECT count(*) FROM trees") == kTrees - 1 + 2500);
}

TEST_CASE("edits that go up within the call are packed", "[sync][delta]") {
    FieldDay day;
    day.join(SyncModel::PerReplica);
    for (int i = 0; i < kTrees; ++i) day.ana.update("trees", tree(i), {{"species", "yew"}});
    const auto report = day.ana.sync();
    CHECK(report.layers[0].sent_updates == kTrees);
    CHECK(report.bytes_up < 40 * kTrees);  // a GlobalID alone has 38 digits and braces
    day.check_agreement();
}

TEST_CASE("a change of a feature that is not here is asked for as JSON", "[sync][delta]") {
    FieldDay day;
    day.join(SyncModel::PerReplica);
    {
        // Something took a row away that nobody logged.
        const Layer& layer = day.ana.file().layer("trees");
        sqlite::Transaction transaction(day.ana.file().database());
        FeatureWriter writer(day.ana.file(), layer, FeatureWriter::Tracking::Unlogged);
        writer.erase(*writer.find(tree(2)));
        transaction.commit();
    }
    day.much_happens();
    const auto report = day.ana.sync();
    REQUIRE(report.notes.size() == 1);
    CHECK_THAT(report.notes[0], Catch::Contains("as JSON"));
    day.check_agreement();
}

TEST_CASE("a geometry in a delta has as many vertices as the service says, and no more",
          "[sync][delta][limits]") {
    constexpr std::size_t kMost = 5;
    const auto line = [](std::size_t vertices) {
        Geometry geometry;
        geometry.type = GeometryType::LineString;
        for (std::size_t i = 0; i < vertices; ++i) {
            geometry.coordinates.push_back(static_cast<double>(i));
            geometry.coordinates.push_back(1);
        }
        geometry.part_ends = {static_cast<std::uint32_t>(vertices)};
        return Value{write_gpb(geometry, 4326)};
    };
    FieldDay day;
    {
        Geodatabase file = day.office.open_file();
        LayerPlan paths;
        paths.name = "paths";
        paths.geometry = GeometryColumn{};
        paths.geometry->type = GeometryType::LineString;
        make_layer(file, paths);
    }
    day.office.limits.input.vertices = kMost;
    day.office.restart();
    day.join(SyncModel::PerReplica);
    plant(day.ana.file(), 300, 300 + kTrees);
    day.ana.add("paths", {}, line(kMost));
    const GlobalId too_long = day.ana.add("paths", {}, line(kMost + 1));
    const auto report = day.ana.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature == too_long);
    CHECK_THAT(report.rejected[0].reason, Catch::Contains("more than 5 vertices"));
    CHECK(at(day.office.get("/2/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}),
             "count") == wire::Json(1));
}

TEST_CASE("a delta that is cut off anywhere is fetched to its end, and taken once",
          "[sync][delta][cut]") {
    FieldDay undisturbed;
    undisturbed.join(SyncModel::PerReplica);
    undisturbed.much_happens();
    const int before = undisturbed.ana.link().requests();
    undisturbed.ana.sync();
    const int requests = undisturbed.ana.link().requests() - before;
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault :
             {LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::AnswerCut,
              LinkFault::Garbage, LinkFault::Html, LinkFault::BadGateway, LinkFault::Killed}) {
            INFO("request " << n << ", " << name_of(fault));
            FieldDay day;
            day.join(SyncModel::PerReplica);
            day.much_happens();
            day.ana.link().fail_at(n, fault);
            day.ana.sync_stubbornly();
            day.check_agreement();
            ++cuts;
        }
    }
    std::cout << cuts << " cuts of a synchronization by delta\n";
}
