// SPDX-License-Identifier: Apache-2.0
//
// What is written into a delta is read out of it, to the last bit.
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/sync/delta/delta_fixture.hpp"

#include <array>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr std::array kForms{delta::Form::Sqlite, delta::Form::Packed};

using Rows = std::map<GlobalId, delta::Row>;

Rows rows_of(delta::DeltaReader& reader, delta::Kind kind, const Layer& layer) {
    Rows rows;
    reader.each(kind, layer, [&](delta::Row& row) { rows[row.feature] = row; });
    return rows;
}

const Value* value_in(const std::vector<ColumnValue>& values, std::size_t column) {
    for (const ColumnValue& value : values) {
        if (value.column == column) return &value.value;
    }
    return nullptr;
}

Layer layer_of(GeometryType type) {
    Layer layer;
    layer.id = {3};
    layer.table = layer.name = "things";
    Field id = field("gid", FieldType::GlobalId);
    layer.fields = {id,
                    field("text", FieldType::String),
                    field("whole", FieldType::BigInteger),
                    field("real", FieldType::Double),
                    field("day", FieldType::Date),
                    field("ref", FieldType::Guid),
                    field("photo", FieldType::Blob)};
    layer.geometry = GeometryColumn{};
    layer.geometry->name = "geom";
    layer.geometry->type = type;
    return layer;
}

/// One row written as an add and read again; columns that are not there are NULL.
std::vector<Value> there_and_back(const Layer& layer, const std::vector<Value>& row,
                                  delta::Form form) {
    TempFolder folder;
    delta::Header header;
    delta::DeltaWriter writer(folder / "one.delta", header, form);
    writer.begin_layer(layer, {layer.id, "", false, {}, {}});
    writer.add({}, row);
    writer.finish();
    delta::DeltaReader reader(folder / "one.delta");
    std::vector<Value> back(row.size());
    reader.each(delta::Kind::Add, layer, [&](delta::Row& read) {
        for (ColumnValue& value : read.values) back[value.column] = std::move(value.value);
    });
    return back;
}

}  // namespace

TEST_CASE("a delta tells every edit as it was made", "[delta]") {
    const delta::Form form = GENERATE(from_range(kForms));
    DeltaField field(form);
    field.edit();
    field.write();
    delta::DeltaReader reader(field.path);
    for (const Layer& layer : field.file.layers()) {
        const Rows adds = rows_of(reader, delta::Kind::Add, layer);
        const Rows updates = rows_of(reader, delta::Kind::Update, layer);
        const Rows deletes = rows_of(reader, delta::Kind::Delete, layer);
        std::size_t edits = 0;
        NetEdits(field.file.database(), layer).each({field.base, {}}, [&](NetEdit&& edit) {
            ++edits;
            if (edit.kind == NetEdit::Kind::Delete) {
                CHECK(deletes.count(edit.feature) == 1);
                return;
            }
            const bool added = edit.kind == NetEdit::Kind::Insert;
            const delta::Row& row = (added ? adds : updates).at(edit.feature);
            const std::size_t told = added ? layer.column_count() - 1 : edit.changed.size();
            CHECK(row.values.size() == told);
            for (const ColumnValue& value : row.values) {
                CHECK(value.value == edit.after[value.column]);
                const Value* old = value_in(row.old, value.column);
                const bool tells_old = !added && form == delta::Form::Sqlite;
                CHECK((!tells_old ? old == nullptr : *old == edit.before[value.column]));
            }
        });
        CHECK(edits == adds.size() + updates.size() + deletes.size());
    }
    CHECK(reader.layer(field.trees().id)->counts == delta::Counts{6, 8, 4});
    CHECK(reader.layer(field.visits().id)->counts == delta::Counts{6, 0, 0});
}

TEST_CASE("a delta says whose it is, which batch, and between which generations", "[delta]") {
    const delta::Form form = GENERATE(from_range(kForms));
    DeltaField field(form);
    delta::Header header = field.header();
    header.result = 1'793'010'600'000'000;
    {
        delta::DeltaWriter writer(field.path, header, form);
        writer.begin_layer(field.trees(), {field.trees().id, "print", true, 5, std::nullopt});
        writer.finish();
    }
    const delta::DeltaReader reader(field.path);
    const delta::Header& read = reader.header();
    CHECK(read.direction == delta::Direction::Upload);
    CHECK(read.replica == header.replica);
    CHECK(read.batch == header.batch);
    CHECK(read.base == 117);
    CHECK(read.result == header.result);
    CHECK(read.created_ms == header.created_ms);
    REQUIRE(read.layers.size() == 1);
    CHECK(read.layers[0].terms.fingerprint == "print");
    CHECK(read.layers[0].terms.whole);
    CHECK(read.layers[0].terms.base == 5);
    CHECK_FALSE(read.layers[0].terms.result);
}

TEST_CASE("a value comes out of a delta as it went in, packed or not", "[delta]") {
    const Layer layer = layer_of(GeometryType::Point);
    const Geometry measured{GeometryType::Point, true, false, {1, 2, 3}, {}, {}};
    const std::vector<std::vector<Value>> rows{
        {"{00000000-0000-0000-0000-000000000000}", "a", std::int64_t{1} << 62, 0.1,
         "2026-10-26T07:30:00.000Z", "{0B0B0B0B-0000-0000-0000-0000000000AA}", Null{},
         point(-122.4194, 37.7749)},
        {Null{}, "", std::int64_t{-1}, 1.0, "2026-10-26T07:30:00Z", "{0b0b}", Null{},
         write_gpb(measured, 4326)},
        {Null{}, std::string("\0x", 2), 1.5, std::int64_t{7}, "someday", "no guid", Null{},
         write_gpb(Geometry{}, 4326)},
        {Null{}, "\xFF", "seven", "1.0", std::int64_t{1} << 60, std::int64_t{5}, Null{},
         point(1, 2, 3857)},
        {Null{}, Null{}, Null{}, -0.0, Null{}, Null{}, Null{}, Null{}},
    };
    const delta::Form form = GENERATE(from_range(kForms));
    for (std::vector<Value> row : rows) {
        row[0] = Null{};  // the identity is the key
        CHECK(there_and_back(layer, row, form) == row);
    }
}

TEST_CASE("a date that another program kept as milliseconds arrives as the date it is", "[delta]") {
    std::vector<Value> row(8);
    row[4] = std::int64_t{1'793'010'600'000};
    const delta::Form form = GENERATE(from_range(kForms));
    CHECK(there_and_back(layer_of(GeometryType::Point), row, form)[4] ==
          Value{"2026-10-26T10:30:00.000Z"});
}

TEST_CASE("a text that looks like a date arrives as that text", "[delta]") {
    const delta::Form form = GENERATE(from_range(kForms));
    for (const char* text :
         {"2026-10-26T07:30:00.000Z", "2026-02-30T07:30:00.000Z", "2026-10-26T24:00:00.000Z",
          "2026-10-26T07:60:00.000Z", "2026-10-26T07:30:60.000Z", "2026-10-26t07:30:00.000Z",
          "2026-10-26 07:30:00.000Z", "0000-01-01T00:00:00.000Z", "2026-10-26T07:30:00.000+"}) {
        std::vector<Value> row(8);
        row[4] = text;
        CHECK(there_and_back(layer_of(GeometryType::Point), row, form)[4] == row[4]);
    }
}

TEST_CASE("a geometry that nobody can read is left out, the rest of the row is not", "[delta]") {
    std::vector<Value> row(8);
    row[1] = "kept";
    row[6] = Blob{1, 2, 3};
    row[7] = Blob(16, 'x');
    const delta::Form form = GENERATE(from_range(kForms));
    const auto back = there_and_back(layer_of(GeometryType::Polygon), row, form);
    CHECK(back[1] == Value{"kept"});
    CHECK(back[6] == Value{Null{}});
    CHECK(back[7] == Value{Null{}});
}

TEST_CASE("a layer of a hundred columns has a mask of its own", "[delta]") {
    Layer layer = layer_of(GeometryType::Point);
    for (int i = 0; i < 100; ++i) {
        layer.fields.push_back(field("c" + std::to_string(i), FieldType::Integer));
    }
    const std::size_t column = layer.fields.size() - 1;
    std::vector<Value> before(layer.column_count()), after = before;
    after[column] = std::int64_t{5};
    after[layer.geometry_index()] = point(1, 2);
    TempFolder folder;
    delta::DeltaWriter writer(folder / "wide.delta", {}, GENERATE(from_range(kForms)));
    writer.begin_layer(layer, {layer.id, "", false, {}, {}});
    writer.update({}, {column, layer.geometry_index()}, after, &before);
    writer.finish();
    delta::DeltaReader reader(folder / "wide.delta");
    const auto rows = rows_of(reader, delta::Kind::Update, layer);
    REQUIRE(rows.size() == 1);
    const auto& values = rows.begin()->second.values;
    REQUIRE(values.size() == 2);
    CHECK(*value_in(values, column) == after[column]);
    CHECK(*value_in(values, layer.geometry_index()) == after[layer.geometry_index()]);
}

TEST_CASE("columns are matched by name, so their order may differ", "[delta]") {
    DeltaField field(GENERATE(from_range(kForms)));
    field.edit();
    field.write();
    Layer turned = field.trees();
    std::reverse(turned.fields.begin(), turned.fields.end());
    delta::DeltaReader reader(field.path);
    const std::size_t species = *turned.find_field("species");
    reader.each(delta::Kind::Add, turned,
                [&](delta::Row& row) { CHECK(*value_in(row.values, species) == Value{"ash"}); });
}

TEST_CASE("a layer without one of the delta's columns refuses it", "[delta]") {
    DeltaField field(GENERATE(from_range(kForms)));
    field.edit();
    field.write();
    delta::DeltaReader reader(field.path);
    Layer layer = field.trees();
    layer.fields[*layer.find_field("dbh")].name = "girth";
    CHECK_THROWS_WITH(reader.each(delta::Kind::Add, layer, [](delta::Row&) {}),
                      Catch::Contains("dbh"));
    layer.fields[*layer.find_field("girth")] = test::field("dbh", FieldType::String);
    CHECK_THROWS_WITH(reader.each(delta::Kind::Update, layer, [](delta::Row&) {}),
                      Catch::Contains("another type"));
}

TEST_CASE("a delta that is not finished leaves no file", "[delta]") {
    DeltaField field(GENERATE(from_range(kForms)));
    {
        delta::DeltaWriter writer(field.path, field.header(), field.form);
        writer.begin_layer(field.trees(), {field.trees().id, "", false, {}, {}});
        writer.erase({});
    }
    CHECK_FALSE(std::filesystem::exists(field.path));
    CHECK_FALSE(std::filesystem::exists(field.path.string() + ".part"));
}
