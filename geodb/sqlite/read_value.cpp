// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/read_value.hpp"

#include <sqlite3.h>
#include <cstdint>
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

}  // namespace rhumb::geodb::sqlite
