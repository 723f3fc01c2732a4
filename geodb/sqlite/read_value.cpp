// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/read_value.hpp"

#include <sqlite3.h>
#include <cstdint>
#include <cstring>
#include <string>

namespace rhumb::geodb::sqlite {

void read_value(sqlite3_value* stored, Value& value) {
    switch (sqlite3_value_type(stored)) {
        case SQLITE_INTEGER:
            value = std::int64_t{sqlite3_value_int64(stored)};
            return;
        case SQLITE_FLOAT:
            value = sqlite3_value_double(stored);
            return;
        case SQLITE_TEXT: {
            auto* text = std::get_if<std::string>(&value);
            if (text == nullptr) text = &value.emplace<std::string>();
            const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(stored));
            text->assign(bytes, static_cast<std::size_t>(sqlite3_value_bytes(stored)));
            return;
        }
        case SQLITE_BLOB: {
            auto* blob = std::get_if<Blob>(&value);
            if (blob == nullptr) blob = &value.emplace<Blob>();
            const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_value_blob(stored));
            blob->assign(bytes, bytes + sqlite3_value_bytes(stored));
            return;
        }
        default:
            value = Null{};
            return;
    }
}

bool same_value(sqlite3_value* a, sqlite3_value* b) {
    const int type = sqlite3_value_type(a);
    if (type != sqlite3_value_type(b)) return false;
    switch (type) {
        case SQLITE_INTEGER:
            return sqlite3_value_int64(a) == sqlite3_value_int64(b);
        case SQLITE_FLOAT:
            return sqlite3_value_double(a) == sqlite3_value_double(b);
        case SQLITE_TEXT:
        case SQLITE_BLOB: {
            const void* bytes = sqlite3_value_blob(a);
            const void* others = sqlite3_value_blob(b);
            const int size = sqlite3_value_bytes(a);
            if (size != sqlite3_value_bytes(b)) return false;
            return size == 0 || std::memcmp(bytes, others, static_cast<std::size_t>(size)) == 0;
        }
        default:
            return true;
    }
}

}  // namespace rhumb::geodb::sqlite
