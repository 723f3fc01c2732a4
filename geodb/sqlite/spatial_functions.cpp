// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/spatial_functions.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/predicates.hpp"
#include "geodb/sqlite/connection.hpp"
#include "platform/error.hpp"

#include <sqlite3.h>
#include <cstdint>
#include <optional>
#include <span>

namespace rhumb::geodb::sqlite {
namespace {

std::span<const std::uint8_t> blob_of(sqlite3_value* value) {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_value_blob(value));
    return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// Runs `answer` on the blob; NULL in gives NULL out, a broken blob fails the statement.
template <class Answer>
void on_blob(sqlite3_context* context, sqlite3_value* value, const Answer& answer) {
    if (sqlite3_value_type(value) != SQLITE_BLOB) return sqlite3_result_null(context);
    try {
        answer(blob_of(value));
    } catch (const Error& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

template <double Envelope::*Side>
void side_of(sqlite3_context* context, int, sqlite3_value** arguments) {
    on_blob(context, arguments[0], [&](std::span<const std::uint8_t> blob) {
        const auto envelope = gpb_envelope(blob);
        if (!envelope) return sqlite3_result_null(context);
        sqlite3_result_double(context, (*envelope).*Side);
    });
}

void is_empty(sqlite3_context* context, int, sqlite3_value** arguments) {
    on_blob(context, arguments[0], [&](std::span<const std::uint8_t> blob) {
        sqlite3_result_int(context, gpb_envelope(blob) ? 0 : 1);
    });
}

const SpatialFilter* filter_of(sqlite3_value* value) {
    return static_cast<const SpatialFilter*>(sqlite3_value_pointer(value, kFilterPointerType));
}

void matches(sqlite3_context* context, int, sqlite3_value** arguments) {
    const SpatialFilter* const filter = filter_of(arguments[1]);
    if (filter == nullptr) return sqlite3_result_error(context, "no spatial filter bound", -1);
    if (sqlite3_value_type(arguments[0]) != SQLITE_BLOB) return sqlite3_result_int(context, 0);
    on_blob(context, arguments[0], [&](std::span<const std::uint8_t> blob) {
        sqlite3_result_int(context, filter->matches(blob) ? 1 : 0);
    });
}

/// Tells whoever collects boxes. What has no readable box ends the telling: whoever counts boxes
/// sees that some are missing.
void tell_box(Connection& connection, sqlite3_value* shape) {
    if (!connection.on_box) return;
    const bool is_shape = sqlite3_value_type(shape) == SQLITE_BLOB;
    try {
        connection.on_box(is_shape ? gpb_envelope(blob_of(shape)) : std::nullopt);
    } catch (const Error&) {
        connection.on_box = nullptr;
    }
}

void boxed(sqlite3_context* context, int, sqlite3_value** arguments) {
    const SpatialFilter* const filter = filter_of(arguments[1]);
    bool taken = filter == nullptr;
    try {
        if (!taken && sqlite3_value_type(arguments[0]) == SQLITE_BLOB) {
            taken = filter->matches(blob_of(arguments[0]));
        }
    } catch (const Error& error) {
        return sqlite3_result_error(context, error.what(), -1);
    }
    if (taken) tell_box(*static_cast<Connection*>(sqlite3_user_data(context)), arguments[0]);
    sqlite3_result_int(context, taken ? 1 : 0);
}

using Function = void (*)(sqlite3_context*, int, sqlite3_value**);

void add(Connection& connection, const char* name, int arguments, int flags, Function function) {
    sqlite3_create_function_v2(connection.handle, name, arguments, SQLITE_UTF8 | flags, &connection,
                               function, nullptr, nullptr, nullptr);
}

}  // namespace

void register_spatial_functions(Connection& connection) {
    constexpr int kForTriggers = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    add(connection, "ST_IsEmpty", 1, kForTriggers, is_empty);
    add(connection, "ST_MinX", 1, kForTriggers, side_of<&Envelope::min_x>);
    add(connection, "ST_MaxX", 1, kForTriggers, side_of<&Envelope::max_x>);
    add(connection, "ST_MinY", 1, kForTriggers, side_of<&Envelope::min_y>);
    add(connection, "ST_MaxY", 1, kForTriggers, side_of<&Envelope::max_y>);
    add(connection, "rhumb_matches", 2, SQLITE_DIRECTONLY, matches);
    add(connection, "rhumb_boxed", 2, SQLITE_DIRECTONLY, boxed);
}

}  // namespace rhumb::geodb::sqlite
