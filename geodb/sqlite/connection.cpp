// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/connection.hpp"

#include <sqlite3.h>

namespace rhumb::geodb::sqlite {

void Connection::let_triggers_fire(bool fire) {
    if (fire == triggers_fire) return;
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, fire ? 1 : 0, nullptr);
    triggers_fire = fire;
}

}  // namespace rhumb::geodb::sqlite
