// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/number_list.hpp"

#include "geodb/sqlite/connection.hpp"

#include <sqlite3.h>
#include <cstddef>
#include <new>

namespace rhumb::geodb::sqlite {
namespace {

/// The only column is the argument, hidden: SQLite hands it to filter() as the one constraint.
constexpr const char* kDeclaration = "CREATE TABLE x(rhumb_the_list HIDDEN)";
constexpr int kWithList = 1;

struct Cursor : sqlite3_vtab_cursor {
    const NumberList* list = nullptr;
    std::size_t at = 0;
};

Cursor& of(sqlite3_vtab_cursor* cursor) {
    return *static_cast<Cursor*>(cursor);
}

int connect(sqlite3* handle, void*, int, const char* const*, sqlite3_vtab** made, char**) {
    const int code = sqlite3_declare_vtab(handle, kDeclaration);
    if (code != SQLITE_OK) return code;
    sqlite3_vtab_config(handle, SQLITE_VTAB_DIRECTONLY);
    *made = new (std::nothrow) sqlite3_vtab{};
    return *made != nullptr ? SQLITE_OK : SQLITE_NOMEM;
}

int disconnect(sqlite3_vtab* table) {
    delete table;
    return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** made) {
    *made = new (std::nothrow) Cursor;
    return *made != nullptr ? SQLITE_OK : SQLITE_NOMEM;
}

int close(sqlite3_vtab_cursor* cursor) {
    delete &of(cursor);
    return SQLITE_OK;
}

/// Without its list it would have no rows; SQLite must not plan it that way.
int best_index(sqlite3_vtab*, sqlite3_index_info* plan) {
    for (int i = 0; i < plan->nConstraint; ++i) {
        const auto& constraint = plan->aConstraint[i];
        if (constraint.iColumn != 0 || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
        if (constraint.usable == 0) return SQLITE_CONSTRAINT;
        plan->aConstraintUsage[i].argvIndex = 1;
        plan->aConstraintUsage[i].omit = 1;
        plan->idxNum = kWithList;
    }
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int how, const char*, int, sqlite3_value** arguments) {
    of(cursor).at = 0;
    of(cursor).list = how == kWithList ? static_cast<const NumberList*>(sqlite3_value_pointer(
                                             arguments[0], kListPointerType))
                                       : nullptr;
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
    ++of(cursor).at;
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
    const Cursor& here = of(cursor);
    return here.list == nullptr || here.at >= here.list->size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor*, sqlite3_context* context, int) {
    sqlite3_result_null(context);
    return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = (*of(cursor).list)[of(cursor).at];
    return SQLITE_OK;
}

/// Without xCreate it is there under its own name and nobody can make another.
sqlite3_module list_module() {
    sqlite3_module module{};
    module.xConnect = connect;
    module.xDisconnect = disconnect;
    module.xBestIndex = best_index;
    module.xOpen = open;
    module.xClose = close;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = at_end;
    module.xColumn = column;
    module.xRowid = rowid;
    return module;
}

}  // namespace

void register_number_list(Connection& connection) {
    static const sqlite3_module module = list_module();
    sqlite3_create_module_v2(connection.handle, "rhumb_list", &module, nullptr, nullptr);
}

}  // namespace rhumb::geodb::sqlite
