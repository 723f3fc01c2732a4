// SPDX-License-Identifier: Apache-2.0
//
// Layers of every name, field and geometry: made, written, tracked and read again.
#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"
#include "tests/support/geometry_generator.hpp"

#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Device {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());

    std::vector<NetEdit> pending(const Layer& layer, std::int64_t base = 0) {
        std::vector<NetEdit> edits;
        NetEdits(file.database(), layer).each({{base}, {}}, [&](NetEdit&& edit) {
            edits.push_back(std::move(edit));
        });
        return edits;
    }
    void seal() {
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
    }
};

/// One field of each type, all of which take NULL.
LayerPlan all_types_plan() {
    LayerPlan plan;
    plan.name = "all types";
    using enum FieldType;
    plan.fields = {
        field("guid", Guid),           field("text", String),   field("short", String, 3),
        field("small", SmallInteger),  field("int", Integer),   field("big", BigInteger),
        field("single", Single),       field("double", Double), field("date", Date),
        field("day", DateOnly),        field("time", TimeOnly), field("stamp", TimestampOffset),
        field("blob", FieldType::Blob)};
    return plan;
}

EditFault fault_of(const Layer& layer, std::string_view name, const Value& value) {
    try {
        stored_value(layer, layer.find_field(name).value(), value);
    } catch (const Error& error) {
        CHECK(error.status() == Status::ConstraintViolated);
        CHECK(error.message().find(layer.name) != std::string::npos);
        return static_cast<EditFault>(error.detail_code());
    }
    return {};
}

Value stored(const Layer& layer, std::string_view name, const Value& value) {
    return stored_value(layer, layer.find_field(name).value(), value);
}

}  // namespace

TEST_CASE("names of layers and fields may be any words in any script", "[layers]") {
    Device device;
    for (const std::string name :
         {"order", "select", "street \"A\"", "o'brien", "деревья", "木 🌳", "a.b;--", "[x]", "100%",
          "trigger", "%T %C %I %R", "fid", "a?1"}) {
        INFO(name);
        LayerPlan plan;
        plan.name = name;
        plan.geometry = GeometryColumn{};
        for (const std::string word : {"group", "from \"B\"", "d'or", "высота", "fid", "geom",
                                       "global_id", "NEW", "old.x", "%P", "where"}) {
            plan.fields.push_back(field(word, FieldType::String));
        }
        const LayerId id = make_layer(device.file, plan).id;
        const Layer& layer = device.file.layer(id);
        CHECK(device.file.layer(name).id == id);
        REQUIRE(layer.fields.size() == plan.fields.size() + 1);
        CHECK(layer.fid_column == "fid_");
        CHECK(layer.geometry->name == "geom_");
        CHECK(layer.global_id_column == "global_id_");

        const GlobalId made =
            add_feature(device.file, name, {{"group", "g"}, {"d'or", "d"}}, point(1, 2));
        update_feature(device.file, name, made, {{"from \"B\"", "b"}, {"geom_", point(3, 4)}});
        const auto edits = device.pending(layer);
        REQUIRE(edits.size() == 1);
        CHECK(edits[0].after[layer.find_field("from \"B\"").value()] == Value{"b"});
        const SpatialFilter here(Envelope{2, 3, 4, 5});
        FeatureQuery query;
        query.area = &here;
        CHECK(count_features(device.file.database(), layer, query) == 1);
        erase_feature(device.file, name, made);
        CHECK(device.pending(layer).empty());
    }
    CHECK(device.file.database().text_of("PRAGMA integrity_check") == "ok");
}

TEST_CASE("names that cannot be a layer's are refused", "[layers]") {
    Device device;
    make_layer(device.file, trees_plan());
    const std::string with_nul("a\0b", 3);
    for (const std::string& name :
         {std::string(), std::string("gpkg_contents"), std::string("RHUMB_x"),
          std::string("sqlite_x"), std::string("rtree_trees_geom"), with_nul, std::string("\xff"),
          std::string("TREES")}) {
        LayerPlan plan;
        plan.name = name;
        CHECK_THROWS_AS(make_layer(device.file, plan), Error);
    }
    LayerPlan plan;
    plan.name = "zones";
    plan.fields = {field(with_nul, FieldType::String)};
    CHECK_THROWS_AS(make_layer(device.file, plan), Error);
    plan.fields = {field("zone", FieldType::String), field("ZONE", FieldType::String)};
    CHECK_THROWS_AS(make_layer(device.file, plan), Error);
    device.file.reload();
    CHECK(device.file.layers().size() == 1);
}

TEST_CASE("a field of each type keeps its values and its type", "[layers]") {
    Device device;
    const LayerId id = make_layer(device.file, all_types_plan()).id;
    Geodatabase again = Geodatabase::open(device.file.path(), device.world.world());
    const Layer& layer = again.layer(id);
    for (const Field& wanted : all_types_plan().fields) {
        INFO(wanted.name);
        CHECK(layer.fields[layer.find_field(wanted.name).value()].type == wanted.type);
    }
    const Attributes values{{"guid", "{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}"},
                            {"text", "täxt\n'\""},
                            {"short", "äöü"},
                            {"small", std::int64_t{-32768}},
                            {"int", std::int64_t{2147483647}},
                            {"big", std::numeric_limits<std::int64_t>::min()},
                            {"single", 0.5},
                            {"double", 1.0 / 3},
                            {"date", "2026-02-28T10:20:30.456Z"},
                            {"day", "2026-02-28"},
                            {"time", "10:20:30"},
                            {"stamp", "2026-02-28T10:20:30+02:00"},
                            {"blob", geodb::Blob{0, 1, 255}}};
    const GlobalId made = add_feature(again, layer.name, values);
    add_feature(again, layer.name, {});
    const auto edits = device.pending(layer);
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].feature == made);
    for (const auto& [name, value] : values) {
        INFO(name);
        CHECK(edits[0].after[layer.find_field(name).value()] == value);
        CHECK(is_null(edits[1].after[layer.find_field(name).value()]));
    }
}

TEST_CASE("values of other kinds are taken where they mean the same, and refused where not",
          "[layers]") {
    Device device;
    const Layer& layer = make_layer(device.file, all_types_plan());
    using enum EditFault;
    CHECK(stored(layer, "int", 3.0) == Value{std::int64_t{3}});
    CHECK(stored(layer, "int", "3") == Value{std::int64_t{3}});
    CHECK(stored(layer, "double", std::int64_t{3}) == Value{3.0});
    CHECK(stored(layer, "double", std::numeric_limits<double>::quiet_NaN()) == Value{Null{}});
    CHECK(stored(layer, "single", 0.1) == Value{static_cast<double>(0.1F)});
    CHECK(stored(layer, "text", std::int64_t{3}) == Value{"3"});
    CHECK(stored(layer, "text", "") == Value{""});
    CHECK(stored(layer, "date", std::int64_t{0}) == Value{"1970-01-01T00:00:00.000Z"});
    CHECK(stored(layer, "guid", "9ccc5175-df19-5e14-85ab-64c3e72cfc95") ==
          Value{"{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}"});

    CHECK(fault_of(layer, "short", "äöüä") == ValueRefused);
    CHECK(fault_of(layer, "text", "\xff") == ValueRefused);
    CHECK(fault_of(layer, "text", geodb::Blob{1}) == ValueRefused);
    CHECK(fault_of(layer, "small", std::int64_t{32768}) == ValueRefused);
    CHECK(fault_of(layer, "int", std::int64_t{2147483648}) == ValueRefused);
    CHECK(fault_of(layer, "int", 3.5) == ValueRefused);
    CHECK(fault_of(layer, "big", 9223372036854775808.0) == ValueRefused);
    CHECK(fault_of(layer, "single", 1e300) == ValueRefused);
    CHECK(fault_of(layer, "double", "one") == ValueRefused);
    CHECK(fault_of(layer, "date", "yesterday") == ValueRefused);
    CHECK(fault_of(layer, "date", std::numeric_limits<std::int64_t>::max()) == ValueRefused);
    CHECK(fault_of(layer, "time", "25:00") == ValueRefused);
    CHECK(fault_of(layer, "stamp", "soon") == ValueRefused);
    CHECK(fault_of(layer, "guid", "tree 7") == ValueRefused);
    CHECK(fault_of(layer, "blob", "text") == ValueRefused);
}

TEST_CASE("NULL is refused where the field takes none, and asks for the default where it has one",
          "[layers]") {
    Device device;
    LayerPlan plan;
    plan.name = "visits";
    plan.fields = {field("note", FieldType::String), field("state", FieldType::String),
                   field("count", FieldType::Integer)};
    for (Field& each : plan.fields) each.nullable = false;
    plan.fields[1].default_sql = "'it''s new'";
    plan.fields[2].default_sql = "(1 + 1)";
    const LayerId id = make_layer(device.file, plan).id;
    Geodatabase again = Geodatabase::open(device.file.path(), device.world.world());
    const Layer& layer = again.layer(id);
    CHECK_FALSE(layer.fields[1].nullable);
    CHECK(fault_of(layer, "note", Null{}) == EditFault::NullNotAllowed);
    CHECK(fault_of(layer, "state", Null{}) == EditFault{});

    const GlobalId plain = add_feature(again, "visits", {{"note", "a"}});
    const GlobalId given = add_feature(again, "visits", {{"note", "b"}, {"state", "seen"}});
    const auto edits = device.pending(layer);
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].feature == plain);
    CHECK(edits[0].after[2] == Value{"it's new"});
    CHECK(edits[0].after[3] == Value{std::int64_t{2}});
    CHECK(edits[1].feature == given);
    CHECK(edits[1].after[2] == Value{"seen"});

    sqlite::Transaction transaction(again.database());
    FeatureWriter writer(again, layer, FeatureWriter::Tracking::Logged);
    const ObjectId row = writer.find(plain).value();
    try {
        writer.update(row, {{2, Null{}}});
        FAIL("NULL was stored");
    } catch (const Error& error) {
        CHECK(error.detail_code() == static_cast<std::int64_t>(EditFault::NullNotAllowed));
    }
}

TEST_CASE("what is no number is stored as NULL, or refused where there must be one", "[layers]") {
    Device device;
    LayerPlan plan;
    plan.name = "poles";
    plan.fields = {field("height", FieldType::Double), field("width", FieldType::Single),
                   field("must", FieldType::Double)};
    plan.fields[2].nullable = false;
    const Layer& layer = make_layer(device.file, plan);
    using Limits = std::numeric_limits<double>;
    for (const double none : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
        CHECK(is_null(stored_value(layer, layer.find_field("height").value(), none)));
        CHECK(is_null(stored_value(layer, layer.find_field("width").value(), none)));
        CHECK(fault_of(layer, "must", none) == EditFault::NullNotAllowed);
    }
}

TEST_CASE("only what is not named is left to its default", "[layers]") {
    Device device;
    LayerPlan plan;
    plan.name = "poles";
    plan.fields = {field("state", FieldType::String), field("kind", FieldType::String)};
    for (Field& each : plan.fields) each.default_sql = "'new'";
    const Layer& layer = make_layer(device.file, plan);
    const std::size_t state = layer.find_field("state").value();
    const std::size_t kind = layer.find_field("kind").value();
    CHECK(left_to_default(layer, {}) == std::vector{state, kind});
    CHECK(left_to_default(layer, {{state, Null{}}}) == std::vector{kind});

    sqlite::Transaction transaction(device.file.database());
    FeatureWriter writer(device.file, layer, FeatureWriter::Tracking::Logged);
    std::vector<Value> values(layer.column_count());
    const ObjectId made = writer.insert(values, {kind});
    CHECK(writer.read(made)->values[kind] == Value{"new"});
    CHECK(is_null(writer.read(made)->values[state]));
    // What is there is not left out, whatever the list says.
    values.assign(layer.column_count(), Null{});
    values[kind] = "old";
    CHECK(writer.read(writer.insert(values, {kind}))->values[kind] == Value{"old"});
}

TEST_CASE("layers of every geometry type and dimension keep their vertices", "[layers]") {
    Device device;
    GeometryGenerator shapes(5);
    for (int type = 1; type <= 6; ++type) {
        for (int dimensions = 0; dimensions < 4; ++dimensions) {
            LayerPlan plan;
            plan.geometry = GeometryColumn{};
            plan.geometry->type = static_cast<GeometryType>(type);
            plan.geometry->has_z = (dimensions & 1) != 0;
            plan.geometry->has_m = (dimensions & 2) != 0;
            plan.name = "layer " + std::to_string(type) + " " + std::to_string(dimensions);
            INFO(plan.name);
            const LayerId id = make_layer(device.file, plan).id;
            const Layer& layer = device.file.layer(id);
            CHECK(layer.geometry->type == plan.geometry->type);
            CHECK(layer.geometry->has_z == plan.geometry->has_z);
            CHECK(layer.geometry->has_m == plan.geometry->has_m);
            const Value shape = stored_value(
                layer, layer.geometry_index(),
                write_gpb(
                    shapes.of(plan.geometry->type, plan.geometry->has_z, plan.geometry->has_m),
                    4326));
            add_feature(device.file, plan.name, {}, shape);
            add_feature(device.file, plan.name, {});
            add_feature(device.file, plan.name, {},
                        write_gpb(shapes.empty(plan.geometry->type, false, false), 4326));
            const auto edits = device.pending(layer);
            REQUIRE(edits.size() == 3);
            CHECK(edits[0].after[layer.geometry_index()] == shape);
            CHECK(is_null(edits[1].after[layer.geometry_index()]));
        }
    }
}

TEST_CASE("a geometry of another type or without the layer's Z is refused, one part becomes multi",
          "[layers]") {
    Device device;
    GeometryGenerator shapes(6);
    LayerPlan plan = trees_plan();
    plan.geometry->type = GeometryType::MultiPolygon;
    plan.geometry->has_z = true;
    const LayerId id = make_layer(device.file, plan).id;
    const Layer& layer = device.file.layer(id);
    const auto fault = [&](const Value& shape) {
        try {
            stored_value(layer, layer.geometry_index(), shape);
        } catch (const Error& error) {
            return static_cast<EditFault>(error.detail_code());
        }
        return EditFault{};
    };
    CHECK(fault(write_gpb(shapes.of(GeometryType::LineString, true, false), 4326)) ==
          EditFault::GeometryRefused);
    CHECK(fault(write_gpb(shapes.of(GeometryType::MultiPolygon, false, false), 4326)) ==
          EditFault::GeometryLacksZ);
    CHECK(fault(geodb::Blob{'G', 'P', 0}) == EditFault::GeometryRefused);
    CHECK(fault("POINT (1 2)") == EditFault::GeometryRefused);
    const Value multi = stored_value(layer, layer.geometry_index(),
                                     write_gpb(shapes.of(GeometryType::Polygon, true, true), 4326));
    const Geometry read = read_gpb(std::get<geodb::Blob>(multi));
    CHECK(read.type == GeometryType::MultiPolygon);
    CHECK(read.has_z);
    CHECK_FALSE(read.has_m);
}

TEST_CASE("a domain, an alias and a range are read as they were planned", "[layers]") {
    Device device;
    LayerPlan plan = visits_plan();
    plan.fields[1].alias = "Note \"by hand\"";
    plan.fields[1].domain = Domain{"notes", {{"a", "Alive"}, {"d", "o'Dead"}}, {}, {}};
    plan.fields.push_back(field("count", FieldType::Integer));
    plan.fields.back().domain = Domain{"counts", {}, -2.5, 7.0};
    make_layer(device.file, plan);
    Geodatabase again = Geodatabase::open(device.file.path(), device.world.world());
    const Layer& layer = again.layer("visits");
    const Field& note = layer.fields[layer.find_field("note").value()];
    CHECK(note.alias == "Note \"by hand\"");
    REQUIRE(note.domain);
    REQUIRE(note.domain->choices.size() == 2);
    CHECK(note.domain->choices[1].label == "o'Dead");
    const Field& count = layer.fields[layer.find_field("count").value()];
    REQUIRE(count.domain);
    CHECK(count.domain->min == -2.5);
    CHECK(count.domain->max == 7.0);
}

TEST_CASE("a GlobalID that is there is refused and nothing is done", "[layers]") {
    Device device;
    make_layer(device.file, trees_plan());
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}}, point(1, 2));
    device.seal();
    const Layer& layer = device.file.layer("trees");
    sqlite::Transaction transaction(device.file.database());
    FeatureWriter writer(device.file, layer, FeatureWriter::Tracking::Logged);
    std::vector<Value> values(layer.column_count());
    values[layer.global_id_index()] = oak.value.braced();
    values[layer.geometry_index()] = point(5, 6);
    try {
        writer.insert(values);
        FAIL("was inserted");
    } catch (const Error& error) {
        CHECK(error.detail_code() == static_cast<std::int64_t>(EditFault::GlobalIdExists));
    }
    CHECK(writer.edits() == 0);
    transaction.commit();
    CHECK(device.pending(layer, 1).empty());
    CHECK(device.file.database().int64_of("SELECT count(*) FROM rtree_trees_geom") == 1);
}

TEST_CASE("a row that a users' trigger ignores is refused", "[layers]") {
    Device device;
    make_layer(device.file, visits_plan());
    device.file.database().execute(
        "CREATE TRIGGER no_drafts BEFORE INSERT ON visits WHEN NEW.note = 'draft' "
        "BEGIN SELECT RAISE(IGNORE); END");
    device.file.reload();
    add_feature(device.file, "visits", {{"note", "kept"}});
    CHECK_THROWS_WITH(add_feature(device.file, "visits", {{"note", "draft"}}),
                      Catch::Contains("visits"));
    CHECK(device.pending(device.file.layer("visits")).size() == 1);
}

TEST_CASE("a row from the service is no edit, even under an object id another program tried for",
          "[layers][tracking]") {
    Device device;
    make_layer(device.file, visits_plan());
    const GlobalId first = add_feature(device.file, "visits", {{"note", "mine"}});
    device.seal();
    device.file.database().execute("INSERT OR IGNORE INTO visits (global_id) VALUES ('" +
                                   first.value.braced() + "')");
    const Layer& layer = device.file.layer("visits");
    sqlite::Transaction transaction(device.file.database());
    FeatureWriter writer(device.file, layer, FeatureWriter::Tracking::Unlogged);
    std::vector<Value> values(layer.column_count());
    writer.insert(values);
    transaction.commit();
    CHECK(device.pending(layer, 1).empty());
}
