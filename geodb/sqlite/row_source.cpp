// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/row_source.hpp"

#include "geodb/sqlite/connection.hpp"
#include "platform/error.hpp"

#include <sqlite3.h>
#include <new>

namespace rhumb::geodb::sqlite {
namespace {

/// The argument is a hidden column too; SQLite hands it to filter() as the only constraint.
constexpr const char* kDeclaration = "CREATE TABLE x(rhumb_value, rhumb_source HIDDEN)";
constexpr int kSourceColumn = 1;

struct Cursor : sqlite3_vtab_cursor {
    RowSource* source = nullptr;
    bool at_row = false;
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

/// There are no rows without a source, so SQLite must not plan it that way.
int best_index(sqlite3_vtab*, sqlite3_index_info* plan) {
    for (int i = 0; i < plan->nConstraint; ++i) {
        const auto& constraint = plan->aConstraint[i];
        if (constraint.iColumn != kSourceColumn || constraint.usable == 0) continue;
        if (constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
        plan->aConstraintUsage[i].argvIndex = 1;
        plan->aConstraintUsage[i].omit = 1;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

int next(sqlite3_vtab_cursor* cursor) {
    try {
        of(cursor).at_row = of(cursor).source != nullptr && of(cursor).source->next();
        return SQLITE_OK;
    } catch (const Error& error) {
        sqlite3_free(cursor->pVtab->zErrMsg);
        cursor->pVtab->zErrMsg = sqlite3_mprintf("%s", error.what());
        return SQLITE_ERROR;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value** arguments) {
    of(cursor).source =
        static_cast<RowSource*>(sqlite3_value_pointer(arguments[0], kRowSourcePointerType));
    return next(cursor);
}

int at_end(sqlite3_vtab_cursor* cursor) {
    return of(cursor).at_row ? 0 : 1;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int which) {
    if (which != kSourceColumn) sqlite3_result_int64(context, of(cursor).source->value);
    return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = of(cursor).source->rowid;
    return SQLITE_OK;
}

/// Without xCreate it is there under its own name and nobody can make another.
sqlite3_module table_of_rows() {
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

void register_row_source(Connection& connection) {
    static const sqlite3_module module = table_of_rows();
    sqlite3_create_module_v2(connection.handle, "rhumb_rows", &module, nullptr, nullptr);
}

}  // namespace rhumb::geodb::sqlite
