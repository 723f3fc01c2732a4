// SPDX-License-Identifier: Apache-2.0
//
// Four years of real edits to a city's trees, played on a device with a synchronization after each
// dated batch; at the end the service must hold what the history says.
#include "geodb/features/feature_writer.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

const std::filesystem::path kData = std::filesystem::path(RHUMB_SOURCE_DIR) / "tests/data/medium";

void run(const std::string& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

Value value_of(const Json& json) {
    if (json.text() != nullptr) return *json.text();
    if (json.integer() != nullptr) return *json.integer();
    if (json.real() != nullptr) return *json.real();
    return Null{};
}

/// Plays batches of the history on a device's geodatabase.
class HistoryPlayer {
public:
    explicit HistoryPlayer(Geodatabase& file)
        : file_(file), trees_(file.layer("trees")), to_layer_(4326, trees_.geometry->srs_id) {}

    void play(const Json& batch) {
        sqlite::Transaction transaction(file_.database());
        FeatureWriter writer(file_, trees_, FeatureWriter::Tracking::Logged);
        for (const Json& add : batch.require("adds", "batch").as_array("adds")) {
            std::vector<Value> row(trees_.column_count());
            for (const ColumnValue& value : columns_of(add)) row[value.column] = value.value;
            row[trees_.global_id_index()] =
                stored_value(trees_, trees_.global_id_index(), value_of(*add.find("global_id")));
            const std::size_t tree_id = trees_.find_field("tree_id").value();
            row[tree_id] = value_of(*add.find("tree_id"));
            if (is_null(row[trees_.geometry_index()])) {
                ++adds_without_shape_;
                without_shape_.insert(add.find("global_id")->as_string("global_id"));
            }
            writer.insert(row);
        }
        for (const Json& update : batch.require("updates", "batch").as_array("updates")) {
            const auto id = Uuid::parse(update.find("global_id")->as_string("global_id"));
            const auto tree = writer.find(GlobalId{id.value()});
            REQUIRE(tree);
            REQUIRE(writer.update(*tree, columns_of(update)));
            if (const Json* lon_lat = update.find("lon_lat")) {
                const std::string& id_text = update.find("global_id")->as_string("global_id");
                without_shape_.erase(id_text);
                if (lon_lat->is_null()) without_shape_.insert(id_text);
            }
        }
        transaction.commit();
    }

    std::int64_t adds_without_shape() const { return adds_without_shape_; }
    /// Trees that have no position at this point of the history.
    std::int64_t without_shape() const { return static_cast<std::int64_t>(without_shape_.size()); }

private:
    std::vector<ColumnValue> columns_of(const Json& edit) const {
        std::vector<ColumnValue> columns;
        if (const Json* attributes = edit.find("attributes")) {
            for (const Json::Member& member : attributes->as_object("attributes")) {
                const std::size_t column = trees_.find_field(member.name).value();
                columns.push_back({column, stored_value(trees_, column, value_of(member.value))});
            }
        }
        if (const Json* lon_lat = edit.find("lon_lat")) {
            columns.push_back({trees_.geometry_index(), shape_of(*lon_lat)});
        }
        return columns;
    }

    Value shape_of(const Json& lon_lat) const {
        if (lon_lat.is_null()) return Null{};
        Geometry point;
        for (const Json& ordinate : lon_lat.as_array("lon_lat")) {
            point.coordinates.push_back(ordinate.as_double("lon_lat"));
        }
        to_layer_.apply(point);
        return write_gpb(point, trees_.geometry->srs_id);
    }

    Geodatabase& file_;
    const Layer& trees_;
    CoordinateTransform to_layer_;
    std::int64_t adds_without_shape_ = 0;
    std::set<std::string> without_shape_;
};

/// The office with the city's trees as they were at the start of 2022.
struct City {
    TempFolder folder;
    Office office;

    City() {
        run("unzip -q -o '" + (kData / "sf_medium.gpkg.zip").string() + "' -d '" +
            folder.path().string() + "'");
        run("zcat '" + (kData / "tree_edits.jsonl.gz").string() + "' > '" +
            (folder / "edits.jsonl").string() + "'");
        std::filesystem::rename(folder / "sf_medium.gpkg", office.file());
        office.restart();
    }
};

}  // namespace

TEST_CASE("the real edit history of a city reaches the service batch by batch, whole and once",
          "[sync][slow]") {
    City city;
    Device crew(city.office, "crew");
    sync::CreateOptions options;
    options.layers = std::vector<LayerId>{{0}};
    options.model = wire::SyncModel::PerLayer;
    crew.join(options);
    const Json expected =
        wire::parse_json(read_file(kData / "expected_after_edits.json"), "expected");
    const auto count = [&](sqlite::Database& database, const std::string& what) {
        return database.int64_of("SELECT " + what + " FROM trees").value_or(0);
    };
    REQUIRE(Json(count(crew.file().database(), "count(*)")) == *expected.find("trees_before"));

    HistoryPlayer player(crew.file());
    std::ifstream history(city.folder / "edits.jsonl");
    std::string line;
    std::int64_t batches = 0;
    std::int64_t sent = 0;
    while (std::getline(history, line)) {
        player.play(wire::parse_json(line, "batch"));
        const auto report = crew.sync();
        CHECK(report.rejected.empty());
        CHECK(report.conflicts.empty());
        for (const auto& layer : report.layers) sent += layer.sent_inserts + layer.sent_updates;
        ++batches;
    }
    CHECK(Json(batches) == *expected.find("batches"));
    CHECK(crew.pending() == 0);

    Geodatabase served = city.office.open_file();
    sqlite::Database& database = served.database();
    CHECK(Json(count(database, "count(*)")) == *expected.find("trees_after"));
    // Some trees came without a position, some were given one or lost it later.
    CHECK(Json(player.adds_without_shape()) == *expected.find("adds_without_geometry"));
    CHECK(count(database, "sum(geom IS NULL)") == player.without_shape());
    CHECK(Json(count(database, "sum(tree_id)")) == *expected.find("sum_tree_id_after"));
    CHECK(Json(count(database, "count(DISTINCT species)")) ==
          *expected.find("distinct_species_after"));
    for (const Json::Member& column : expected.find("non_null_after")->as_object("columns")) {
        INFO(column.name);
        CHECK(Json(count(database, "count(" + sqlite::quoted_name(column.name) + ")")) ==
              column.value);
    }
    CHECK(database.text_of("SELECT sum(dbh_in) FROM trees") ==
          std::to_string(expected.find("sum_dbh_in_after")->as_int64("sum")) + ".0");
    CHECK(content(served, "trees") == content(crew.file(), "trees"));
    CHECK(database.text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
    std::cout << "history: " << batches << " batches, " << sent << " edits sent, "
              << crew.link().requests() << " requests\n";
}
