// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/csv_reader.hpp"
#include "sync/connector/csv_source.hpp"
#include "tests/sync/connector/importing.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using connector::CsvReader;
using connector::ImportOptions;

namespace {

using Texts = std::vector<std::string>;

/// All records of a text that arrives a byte at a time.
std::vector<Texts> records(std::string_view text, char separator = 0) {
    CsvReader reader(
        [&](char* into, std::size_t) -> std::size_t {
            if (text.empty()) return 0;
            *into = text.front();
            text.remove_prefix(1);
            return 1;
        },
        separator);
    std::vector<Texts> out;
    Texts fields;
    while (reader.next(fields)) out.push_back(fields);
    return out;
}

}  // namespace

TEST_CASE("CSV fields may be quoted and hold separators, line ends and quotes",
          "[connector][csv]") {
    CHECK(records("a,b\n1,2\n") == std::vector<Texts>{{"a", "b"}, {"1", "2"}});
    CHECK(records("a,\"b\n,\"\"c\"\"\",\r\n\"\",x") ==
          std::vector<Texts>{{"a", "b\n,\"c\"", ""}, {"", "x"}});
    CHECK(records("\xEF\xBB\xBF"
                  "a;b,c;d\r\r1;2;3") == std::vector<Texts>{{"a", "b,c", "d"}, {"1", "2", "3"}});
    CHECK(records("a\tb\n\n1\t2") == std::vector<Texts>{{"a", "b"}, {"1", "2"}});
    CHECK(records("size\n5\" pipe\n") == std::vector<Texts>{{"size"}, {"5\" pipe"}});
    CHECK(records("").empty());
    CHECK(records("\n\r\n").empty());
}

TEST_CASE("lines are counted through quoted line ends of any kind", "[connector][csv]") {
    std::string_view text = "a\r\n\"x\ry\r\nz\"\rlast\n";
    bool done = false;
    CsvReader reader([&](char* into, std::size_t) -> std::size_t {
        if (std::exchange(done, true)) return 0;
        std::copy(text.begin(), text.end(), into);
        return text.size();
    });
    Texts fields;
    std::vector<std::uint64_t> lines;
    while (reader.next(fields)) lines.push_back(reader.line());
    CHECK(lines == std::vector<std::uint64_t>{1, 2, 5});
}

TEST_CASE("a cell is a number only when nothing of its spelling would be lost",
          "[connector][csv]") {
    using Kind = connector::SourceValue::Kind;
    for (const char* text : {"0", "-7", " 12 ", "9223372036854775807"}) {
        CHECK(connector::kind_of_cell(text) == Kind::Integer);
    }
    for (const char* text : {"1.5", "-0.5", ".5", "1e3", "0.0"}) {
        CHECK(connector::kind_of_cell(text) == Kind::Real);
    }
    for (const char* text :
         {"007", "+49", "12345678901234567890", "1,5", "nan", "0x1F", "-", "1e999"}) {
        CHECK(connector::kind_of_cell(text) == Kind::Text);
    }
    CHECK(connector::kind_of_cell("  ") == Kind::Null);
    CHECK(connector::kind_of_cell("TRUE") == Kind::Bool);
}

TEST_CASE("the tree visits come in as a table with dates, numbers and GUIDs", "[connector][csv]") {
    Importing field;
    const auto made = field.import(example("tree_visits.csv")).at(0);
    CHECK(made.name == "tree_visits");
    CHECK(made.features == 1607);
    CHECK(made.notes.empty());
    CHECK_FALSE(field.file.layer("tree_visits").geometry);
    CHECK(field.type("tree_visits", "global_id") == FieldType::GlobalId);
    CHECK(field.type("tree_visits", "tree_global_id") == FieldType::Guid);
    CHECK(field.type("tree_visits", "visit_date") == FieldType::Date);
    CHECK(field.type("tree_visits", "notes") == FieldType::String);
    CHECK(field.column("tree_visits", "global_id")[0] == "{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}");
    CHECK(field.column("tree_visits", "visit_date")[0] == "2019-09-15T00:00:40.000Z");
    CHECK(field.column("tree_visits", "dbh_before")[0] == "NULL");
}

TEST_CASE("columns of longitudes and latitudes make points and stay fields", "[connector][csv]") {
    Importing field;
    field.import_text("a.csv", "name,Latitude,LON\noak,37.5,-122.25\nelm,,\n");
    CHECK(field.file.layer("a").geometry->type == GeometryType::Point);
    CHECK(field.geometries("a")[0].coordinates == std::vector<double>{-122.25, 37.5});
    CHECK(field.geometries("a")[1].empty());
    CHECK(field.column("a", "LON") == Texts{"-122.25", "NULL"});
    ImportOptions options;
    options.crs = 25833;
    field.import_text("b.tsv", "x\ty\n390000.5\t5820000\n", options);
    CHECK(field.file.layer("b").geometry->srs_id == 25833);
    CHECK(field.geometries("b")[0].coordinates == std::vector<double>{390000.5, 5820000});
}

TEST_CASE("cells of one column decide its type together", "[connector][csv]") {
    Importing field;
    field.import_text("t.csv",
                      "i;d;code;day;flag;mix;none\n"
                      "1;1;007;2024/05/01;true;1;\n"
                      "-5;2.50;8;2024-05-02;FALSE;1.50;\n"
                      "; ;\"\";;;true;\n");
    CHECK(field.type("t", "i") == FieldType::Integer);
    CHECK(field.type("t", "d") == FieldType::Double);
    CHECK(field.type("t", "code") == FieldType::String);
    CHECK(field.type("t", "day") == FieldType::DateOnly);
    CHECK(field.type("t", "flag") == FieldType::SmallInteger);
    CHECK(field.column("t", "code") == Texts{"007", "8", "NULL"});
    CHECK(field.column("t", "day") == Texts{"2024-05-01", "2024-05-02", "NULL"});
    CHECK(field.column("t", "flag") == Texts{"1", "0", "NULL"});
    CHECK(field.column("t", "mix") == Texts{"1", "1.50", "true"});
    CHECK(field.column("t", "none") == Texts{"NULL", "NULL", "NULL"});
}

TEST_CASE("short lines and odd headers are taken with a note", "[connector][csv]") {
    Importing field;
    const auto made = field.import_text("t.csv", "a,,A\n1\n1,2,3\n");
    REQUIRE(made.notes.size() == 3);
    CHECK_THAT(made.notes[0], StartsWith("1 lines have fewer values"));
    CHECK(field.column("t", "field_2") == Texts{"NULL", "2"});
    CHECK(field.column("t", "A_2") == Texts{"NULL", "3"});
    CHECK(field.import_text("only_header.csv", "a,b\n").features == 0);
    CHECK(field.type("only_header", "b") == FieldType::String);
}
