// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/transaction.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

namespace rhumb::geodb::sqlite {
namespace {

/// A destructor never throws: what cannot be rolled back is rolled back when the file is opened.
void run_quietly(Database& database, std::string_view sql) noexcept {
    try {
        database.cached(sql).run();
    } catch (const Error&) {
    }
}

}  // namespace

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
    database_.cached(kind == Immediate ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
    // SQLite itself may have rolled back already, e.g. after a full disk.
    if (open_ && database_.in_transaction()) run_quietly(database_, "ROLLBACK");
}

void Transaction::commit() {
    database_.cached("COMMIT").run();
    open_ = false;
}

Savepoint::Savepoint(Database& database) : database_(database) {
    database_.cached("SAVEPOINT rhumb_part").run();
}

Savepoint::~Savepoint() {
    if (!open_ || !database_.in_transaction()) return;
    run_quietly(database_, "ROLLBACK TO rhumb_part");
    run_quietly(database_, "RELEASE rhumb_part");
}

void Savepoint::keep() {
    database_.cached("RELEASE rhumb_part").run();
    open_ = false;
}

}  // namespace rhumb::geodb::sqlite
