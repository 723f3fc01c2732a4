// SPDX-License-Identifier: Apache-2.0
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Crew {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "field.gpkg", world.world());

    Crew() {
        make_layer(file, trees_plan());
        make_layer(file, visits_plan());
    }
    Relationship relate(bool composite, std::string origin_key = "global_id",
                        std::string destination_key = "tree") {
        sqlite::Transaction transaction(file.database());
        RelationshipPlan plan{file.layer("trees").id, file.layer("visits").id,
                              std::move(origin_key), std::move(destination_key), ""};
        plan.composite = composite;
        const auto made = add_relationship(file, plan);
        transaction.commit();
        return made;
    }
    int edits(const char* layer, NetEdit::Kind kind, Generation base) {
        int count = 0;
        NetEdits(file.database(), file.layer(layer)).each({base, {}}, [&](NetEdit&& edit) {
            if (edit.kind == kind) ++count;
        });
        return count;
    }
};

}  // namespace

TEST_CASE("a relationship is read back as it was defined", "[geodb][relationship]") {
    Crew field;
    field.relate(true);
    const auto all = read_relationships(field.file.database(), field.file.layers());
    REQUIRE(all.size() == 1);
    CHECK(all[0].name == "trees_visits");
    CHECK(all[0].composite);
    CHECK(field.file.database().text_of("SELECT mapping_table_name FROM gpkgext_relations") ==
          "rhumb_related_0");
}

TEST_CASE("children are found by an index on their key", "[geodb][relationship]") {
    Crew field;
    field.relate(false);
    sqlite::Statement plan(
        field.file.database(),
        "EXPLAIN QUERY PLAN SELECT fid FROM visits WHERE tree = ?1 ORDER BY fid");
    REQUIRE(plan.step());
    CHECK_THAT(std::string(plan.column_text(3)), Catch::Contains("rhumb_key_0_destination"));
}

TEST_CASE("children of a composite go with their parent, whoever deletes it, as edits",
          "[geodb][relationship]") {
    Crew field;
    field.relate(true);
    const GlobalId oak = add_feature(field.file, "trees", {{"species", "oak"}}, point(1, 1));
    const GlobalId elm = add_feature(field.file, "trees", {{"species", "elm"}}, point(2, 2));
    for (const GlobalId& tree : {oak, oak, elm}) {
        add_feature(field.file, "visits", {{"tree", tree.value.braced()}});
    }
    const Generation base = [&] {
        sqlite::Transaction transaction(field.file.database());
        const auto closed = field.file.timeline().close({}, 5, 1);
        transaction.commit();
        return closed;
    }();
    SECTION("the library") {
        erase_feature(field.file, "trees", oak);
    }
    SECTION("another program") {
        field.file.database().execute("DELETE FROM trees WHERE species = 'oak'");
    }
    CHECK(field.edits("visits", NetEdit::Kind::Delete, base) == 2);
    CHECK(field.edits("trees", NetEdit::Kind::Delete, base) == 1);
    CHECK(field.file.database().int64_of("SELECT count(*) FROM visits") == 1);
}

TEST_CASE("what came from a service takes no children along", "[geodb][relationship]") {
    Crew field;
    field.relate(true);
    const GlobalId oak = add_feature(field.file, "trees", {{"species", "oak"}}, point(1, 1));
    add_feature(field.file, "visits", {{"tree", oak.value.braced()}});
    sqlite::Transaction transaction(field.file.database());
    FeatureWriter writer(field.file, field.file.layer("trees"), FeatureWriter::Tracking::Unlogged);
    REQUIRE(writer.erase(writer.find(oak).value()));
    transaction.commit();
    CHECK(field.file.database().int64_of("SELECT count(*) FROM visits") == 1);
}

TEST_CASE("our trigger for children is no trigger of the users", "[geodb][relationship]") {
    Crew field;
    field.relate(true);
    field.file.reload();
    for (const Layer& layer : field.file.layers()) {
        CHECK_FALSE(layer.has_foreign_triggers);
        CHECK_FALSE(layer.edits_may_spread);
    }
}

TEST_CASE("a relationship that cannot be is refused", "[geodb][relationship]") {
    Crew field;
    CHECK_THROWS_WITH(field.relate(false, "colour"), Catch::Contains("colour"));
    CHECK_THROWS_WITH(field.relate(false, "dbh"), Catch::Contains("dbh"));
    CHECK_THROWS_WITH(field.relate(false, "species", "tree"), Catch::Contains("cannot be equal"));
    CHECK_THROWS_WITH(field.relate(false, "global_id", "global_id"), Catch::Contains("GlobalID"));
    field.relate(false);
    RelationshipPlan self{field.file.layer("visits").id, field.file.layer("visits").id, "global_id",
                          "tree", "self"};
    self.composite = true;
    CHECK_THROWS_WITH(add_relationship(field.file, self), Catch::Contains("its own"));
}

TEST_CASE("a foreign key on a GlobalID is a relationship, one on an object id is none",
          "[geodb][relationship]") {
    Crew field;
    field.file.database().execute(
        "CREATE TABLE photos (fid INTEGER PRIMARY KEY, tree TEXT REFERENCES trees(global_id) ON "
        "DELETE CASCADE, row INTEGER REFERENCES trees(fid));"
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES "
        "('photos', 'attributes', 'photos')");
    Geodatabase file = Geodatabase::adopt(field.file.path(), field.world.world());
    sqlite::Transaction transaction(file.database());
    adopt_foreign_keys(file);
    adopt_foreign_keys(file);
    transaction.commit();
    const auto all = read_relationships(file.database(), file.layers());
    REQUIRE(all.size() == 1);
    CHECK(all[0].destination_key == "tree");
    CHECK(all[0].composite);
}
