// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_header.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace rhumb::delta {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;
using ColumnType = Statement::ColumnType;

constexpr std::size_t kMaxFingerprintBytes = 1000;
constexpr std::size_t kMaxLayers = 10'000;

void bind_optional(Statement& statement, int parameter, std::optional<std::int64_t> value) {
    if (value) {
        statement.bind(parameter, *value);
    } else {
        statement.bind_null(parameter);
    }
}

/// Columns of a row, each of the kind it must be.
class Checked {
public:
    Checked(const Statement& row, const char* table) : row_(row), table_(table) {}

    std::int64_t integer(int column, const char* name, std::int64_t low, std::int64_t high) const {
        const bool fits = row_.column_type(column) == ColumnType::Integer &&
                          row_.column_int64(column) >= low && row_.column_int64(column) <= high;
        if (!fits) refuse(name, "is no number that can stand there");
        return row_.column_int64(column);
    }
    std::optional<std::int64_t> generation(int column, const char* name) const {
        if (row_.is_null(column)) return std::nullopt;
        return integer(column, name, std::numeric_limits<std::int64_t>::min(),
                       std::numeric_limits<std::int64_t>::max());
    }
    std::int64_t count(int column, const char* name) const {
        return integer(column, name, 0, std::numeric_limits<std::int64_t>::max() / 4);
    }
    Uuid uuid(int column, const char* name) const {
        const bool fits =
            row_.column_type(column) == ColumnType::Blob && row_.column_blob(column).size() == 16;
        if (!fits) refuse(name, "is no GUID of 16 bytes");
        Uuid id;
        const auto bytes = row_.column_blob(column);
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
    }
    std::string text(int column, const char* name) const {
        if (row_.column_type(column) != ColumnType::Text) refuse(name, "is no text");
        const std::string_view text = row_.column_text(column);
        if (text.size() > kMaxFingerprintBytes || !is_utf8(text)) refuse(name, "is no such text");
        return std::string(text);
    }

private:
    [[noreturn]] void refuse(const char* name, const char* why) const {
        throw Error(Status::CorruptData,
                    "table '" + std::string(table_) + "': '" + name + "' " + why);
    }
    const Statement& row_;
    const char* table_;
};

std::vector<LayerHead> read_layers(Database& database) {
    std::vector<LayerHead> layers;
    Statement rows(database,
                   "SELECT layer, fingerprint, whole, base, result, adds, updates, deletes FROM "
                   "delta_layer ORDER BY layer");
    while (rows.step()) {
        const Checked row(rows, "delta_layer");
        LayerHead head;
        head.terms.layer = {static_cast<std::int32_t>(
            row.integer(0, "layer", 0, std::numeric_limits<std::int32_t>::max()))};
        head.terms.fingerprint = row.text(1, "fingerprint");
        head.terms.whole = row.integer(2, "whole", 0, 1) == 1;
        head.terms.base = row.generation(3, "base");
        head.terms.result = row.generation(4, "result");
        head.counts = {row.count(5, "adds"), row.count(6, "updates"), row.count(7, "deletes")};
        if (head.terms.whole && head.counts.total() != head.counts.adds) {
            throw Error(Status::CorruptData, "table 'delta_layer': a whole layer has but adds");
        }
        layers.push_back(std::move(head));
        if (layers.size() > kMaxLayers) {
            throw Error(Status::CorruptData, "table 'delta_layer': too many layers");
        }
    }
    return layers;
}

}  // namespace

void write_header(Database& database, const Header& header) {
    Statement put(database, "INSERT INTO delta VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    put.bind(1, static_cast<int>(header.direction));
    put.bind(2, std::span<const std::uint8_t>(header.replica.bytes));
    if (header.batch) put.bind(3, std::span<const std::uint8_t>(header.batch->bytes));
    bind_optional(put, 4, header.base);
    bind_optional(put, 5, header.result);
    put.bind(6, header.created_ms).run();
}

void write_layer_head(Database& database, const LayerHead& head) {
    Statement put(database,
                  "INSERT OR REPLACE INTO delta_layer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    put.bind(1, head.terms.layer.value).bind(2, head.terms.fingerprint);
    put.bind(3, head.terms.whole ? 1 : 0);
    bind_optional(put, 4, head.terms.base);
    bind_optional(put, 5, head.terms.result);
    put.bind(6, head.counts.adds).bind(7, head.counts.updates).bind(8, head.counts.deletes).run();
}

Header read_header(Database& database) {
    Header header;
    {
        Statement rows(database,
                       "SELECT direction, replica, batch, base, result, created_ms FROM delta");
        if (!rows.step()) throw Error(Status::CorruptData, "table 'delta' is empty");
        const Checked row(rows, "delta");
        header.direction = static_cast<Direction>(row.integer(0, "direction", 1, 2));
        header.replica = row.uuid(1, "replica");
        if (!rows.is_null(2)) header.batch = row.uuid(2, "batch");
        header.base = row.generation(3, "base");
        header.result = row.generation(4, "result");
        header.created_ms = row.count(5, "created_ms");
        if (rows.step()) throw Error(Status::CorruptData, "table 'delta' has more than one row");
    }
    header.layers = read_layers(database);
    return header;
}

}  // namespace rhumb::delta
