// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/statement.hpp"

#include "geodb/sqlite/row_source.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"

#include <utility>

using namespace rhumb;
using namespace rhumb::geodb::sqlite;

namespace {

/// 3, 6, 9 ... with their squares; breaks down behind `broken` of them.
class Triples : public RowSource {
public:
    Triples(int count, int broken) : count_(count), broken_(broken) {}
    bool next() override {
        if (++at_ > broken_) throw Error(Status::Io, "the third is gone");
        rowid = 3 * at_;
        value = rowid * rowid;
        return at_ <= count_;
    }

private:
    int count_, broken_, at_ = 0;
};

}  // namespace

TEST_CASE("a kept statement tells of its failure after its connection has moved", "[sqlite]") {
    Database first = Database::open_memory();
    first.execute("CREATE TABLE tree (id INTEGER PRIMARY KEY)");
    first.cached("INSERT INTO tree VALUES (1)").run();
    Database second = std::move(first);
    CHECK_THROWS_WITH(second.cached("INSERT INTO tree VALUES (1)").run(),
                      Catch::Contains("UNIQUE constraint failed: tree.id"));
}

TEST_CASE("rows of the program are a table that a statement joins", "[sqlite]") {
    Database database = Database::open_memory();
    database.execute(
        "CREATE TABLE tree (id INTEGER PRIMARY KEY, rhumb_value TEXT);"
        "INSERT INTO tree VALUES (3, 'oak'), (4, 'elm'), (9, 'yew')");
    Triples rows(4, 99);
    Statement joined(database,
                     "SELECT group_concat(tree.id || tree.rhumb_value || listed.rhumb_value) FROM "
                     "rhumb_rows(?1) AS listed CROSS JOIN tree ON id = listed.rowid");
    REQUIRE(joined.bind_rows(1, rows).step());
    CHECK(joined.column_text(0) == "3oak9,9yew81");

    Triples more(1000, 9999);
    Statement put(database,
                  "INSERT INTO tree (rhumb_value) SELECT rhumb_value FROM rhumb_rows(?1)");
    put.bind_rows(1, more).run();
    CHECK(database.changes() == 1000);
    CHECK(database.text_of("SELECT rhumb_value FROM tree WHERE id = 1009") == "9000000");
}

TEST_CASE("rows of the program that break off fail the statement, and none are made up",
          "[sqlite]") {
    Database database = Database::open_memory();
    database.execute("CREATE TABLE tree (id INTEGER PRIMARY KEY)");
    Triples rows(4, 2);
    Statement put(database, "INSERT INTO tree SELECT rowid FROM rhumb_rows(?1)");
    CHECK_THROWS_WITH(put.bind_rows(1, rows).run(), Catch::Contains("the third is gone"));
    CHECK(database.int64_of("SELECT count(*) FROM tree") == 0);
    CHECK(database.int64_of("SELECT count(*) FROM rhumb_rows(17)") == 0);
    CHECK_THROWS_AS(database.int64_of("SELECT count(*) FROM rhumb_rows"), Error);
    CHECK_THROWS_AS(database.execute("CREATE VIRTUAL TABLE mine USING rhumb_rows"), Error);
    database.execute("CREATE VIEW theirs AS SELECT * FROM rhumb_rows(1)");
    CHECK_THROWS_AS(database.int64_of("SELECT count(*) FROM theirs"), Error);
}
