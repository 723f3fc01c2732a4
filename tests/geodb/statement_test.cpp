// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/statement.hpp"

#include "platform/error.hpp"
#include "tests/support/catch.hpp"

#include <utility>

using namespace rhumb::geodb::sqlite;

TEST_CASE("a kept statement tells of its failure after its connection has moved", "[sqlite]") {
    Database first = Database::open_memory();
    first.execute("CREATE TABLE tree (id INTEGER PRIMARY KEY)");
    first.cached("INSERT INTO tree VALUES (1)").run();
    Database second = std::move(first);
    CHECK_THROWS_WITH(second.cached("INSERT INTO tree VALUES (1)").run(),
                      Catch::Contains("UNIQUE constraint failed: tree.id"));
}
