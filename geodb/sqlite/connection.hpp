// SPDX-License-Identifier: Apache-2.0
//
// What all statements of one connection share. It stays where it is while the Database moves.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace rhumb::geodb::sqlite {

struct Connection {
    sqlite3* handle = nullptr;
    /// Whether the statements that run have run long enough. Empty: never.
    std::function<bool()> over;
    /// Whether the triggers in the file fire.
    bool triggers_fire = true;
    /// Set when a statement is compiled that writes to a table which may have triggers.
    bool writes_tables = false;
    /// Triggers whose INSERTs are compiled to nothing, or nullptr.
    const std::vector<std::string>* silenced = nullptr;
    /// What rhumb_keep(...) was last called with.
    std::vector<Value> kept;
    /// Told the box of each geometry that rhumb_boxed(geometry, ?) lets pass, none for NULL and
    /// for an empty one. A geometry without a readable box ends the telling.
    std::function<void(const std::optional<Envelope>&)> on_box;

    /// SQLite decides about triggers when it compiles a statement, so a change of mind makes it
    /// compile all statements again, each when it is next run. Callers change it seldom.
    void let_triggers_fire(bool fire);
};

}  // namespace rhumb::geodb::sqlite
