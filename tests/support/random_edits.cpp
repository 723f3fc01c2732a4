// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "tests/support/field_layers.hpp"

#include <sqlite3.h>

namespace rhumb::test {

using namespace geodb;

namespace {

std::string as_literal(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
    if (const auto* text = std::get_if<std::string>(&value)) return sqlite::literal(*text);
    const auto* blob = std::get_if<Blob>(&value);
    if (blob == nullptr) return "NULL";
    std::string hex = "x'";
    for (const std::uint8_t byte : *blob) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex + "'";
}

std::string text_or_null(const std::string& text) {
    return text.empty() ? "NULL" : sqlite::literal(text);
}

}  // namespace

RandomEdits::RandomEdits(Geodatabase& geodatabase, LayerId layer, std::uint64_t seed)
    : geodatabase_(geodatabase),
      layer_(layer),
      other_program_(sqlite::Database::open(geodatabase.path(), sqlite::Database::Mode::ReadWrite)),
      random_(seed) {
    // GlobalIDs that the triggers give come from SQLite's own generator.
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed), nullptr);
    sqlite3_randomness(0, nullptr);
    other_program_.execute("PRAGMA synchronous = OFF");
}

void RandomEdits::edit() {
    if (one_in(2)) {
        write();
    } else {
        run_sql();
    }
}

std::vector<RandomEdits::Known> RandomEdits::rows() {
    std::vector<Known> rows;
    sqlite::Statement look(geodatabase_.database(),
                           "SELECT fid, global_id FROM " + sqlite::quoted_name(layer().table));
    while (look.step()) {
        rows.push_back({look.column_int64(0), std::string(look.column_text(1))});
        seen_ids_.push_back(rows.back().global_id);
    }
    return rows;
}

Value RandomEdits::value_for(std::size_t column) {
    if (one_in(5)) return Null{};
    const auto small = static_cast<std::int64_t>(below(4));
    if (layer().geometry && column == layer().geometry_index()) {
        return point(static_cast<double>(small), static_cast<double>(below(4)));
    }
    switch (layer().fields[column].type) {
        case FieldType::Double:
            return static_cast<double>(small) / 2;
        case FieldType::Integer:
            return small;
        case FieldType::Guid:
            return Uuid::random(random_).braced();
        default:
            return "word " + std::to_string(small);
    }
}

std::vector<ColumnValue> RandomEdits::some_changes() {
    std::vector<ColumnValue> changes;
    const std::uint64_t share = 1 + below(4);
    for (std::size_t column = 0; column < layer().column_count(); ++column) {
        if (column != layer().global_id_index() && one_in(share)) {
            changes.push_back({column, value_for(column)});
        }
    }
    return changes;
}

/// An identity that no row has: one of a feature that was deleted, if there is any.
std::string RandomEdits::new_or_deleted_id() {
    for (int i = 0; i < 8 && !seen_ids_.empty(); ++i) {
        const std::string id = seen_ids_[below(seen_ids_.size())];
        sqlite::Statement look(
            geodatabase_.database(),
            "SELECT 1 FROM " + sqlite::quoted_name(layer().table) + " WHERE global_id = ?1");
        if (!look.bind(1, id).step()) return id;
    }
    return Uuid::random(random_).braced();
}

void RandomEdits::write() {
    const std::vector<Known> known = rows();
    sqlite::Transaction transaction(geodatabase_.database());
    FeatureWriter writer(geodatabase_, layer(), FeatureWriter::Tracking::Logged);
    for (std::uint64_t i = 0; i <= below(3); ++i) {
        if (one_in(6)) {
            history_ += "  (taken back)";
            const sqlite::Savepoint taken_back(geodatabase_.database());
            write_one(writer, known);
        } else {
            write_one(writer, known);
        }
    }
    transaction.commit();
}

void RandomEdits::write_one(FeatureWriter& writer, const std::vector<Known>& rows) {
    const std::uint64_t choice = rows.empty() ? 0 : below(9);
    if (choice < 2) return insert_row(writer, one_in(2) ? "" : new_or_deleted_id());
    const Known& row = rows[below(rows.size())];
    const std::string fid = " fid " + std::to_string(row.fid) + "\n";
    if (choice == 2) {
        history_ += "  writer erases" + fid;
        writer.erase({row.fid});
    } else if (choice == 3) {
        history_ += "  writer erases and inserts again" + fid;
        if (writer.erase({row.fid})) insert_row(writer, row.global_id);
    } else if (choice == 4) {
        insert_row(writer, row.global_id);  // refused unless the feature is gone by now
    } else {
        history_ += "  writer updates" + fid;
        writer.update({row.fid}, some_changes());
    }
}

void RandomEdits::insert_row(FeatureWriter& writer, std::string global_id) {
    std::vector<Value> values;
    for (std::size_t i = 0; i < layer().column_count(); ++i) values.push_back(value_for(i));
    values[layer().global_id_index()] = global_id.empty() ? Value{Null{}} : Value{global_id};
    history_ += "  writer inserts " + global_id + "\n";
    try {
        writer.insert(values);
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
        history_ += "    refused\n";
    }
}

void RandomEdits::run_sql() {
    sqlite::Transaction transaction(other_program_);
    try {
        for (const std::string& sql : foreign_statements()) {
            history_ += "  " + excerpt(sql, 300) + "\n";
            other_program_.execute(sql);
        }
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
        history_ += "    refused: " + error.message() + "\n";
        return;
    }
    transaction.commit();
}

std::string RandomEdits::insert_statement(const std::string& verb, const std::string& fid,
                                          const std::string& global_id) {
    std::string names = "fid, global_id";
    std::string values = (fid.empty() ? "NULL" : fid) + ", " + text_or_null(global_id);
    // Under OR IGNORE the standard's triggers let a stale box of the R-tree stay.
    const bool without_shape = verb.ends_with("IGNORE");
    for (const ColumnValue& change : some_changes()) {
        if (without_shape && change.column >= layer().fields.size()) continue;
        names += ", " + sqlite::quoted_name(layer().column_name(change.column));
        values += ", " + as_literal(change.value);
    }
    return verb + " INTO " + sqlite::quoted_name(layer().table) + " (" + names + ") VALUES (" +
           values + ")";
}

std::string RandomEdits::assignments() {
    std::string sql;
    for (const ColumnValue& change : some_changes()) {
        sql += (sql.empty() ? "" : ", ") + sqlite::quoted_name(layer().column_name(change.column)) +
               " = " + as_literal(change.value);
    }
    return sql.empty() ? "global_id = global_id" : sql;
}

std::vector<std::string> RandomEdits::foreign_statements() {
    const std::string table = sqlite::quoted_name(layer().table);
    const std::vector<Known> known = rows();
    const Known nobody{7, ""};
    const Known& one = known.empty() ? nobody : known[below(known.size())];
    const Known& other = known.empty() ? nobody : known[below(known.size())];
    const std::string fid = std::to_string(one.fid);
    const std::string other_fid = std::to_string(other.fid);
    const std::string free_fid = std::to_string(1 + below(40));
    const std::string where = " WHERE fid = " + fid;
    const std::string replace = "INSERT OR REPLACE";
    switch (below(20)) {
        case 0:
            return {insert_statement("INSERT", "", "")};
        case 1:
            return {insert_statement("INSERT", "", lowered(new_or_deleted_id()))};
        case 2:
            return {"INSERT INTO " + table + " (global_id) SELECT NULL UNION ALL SELECT NULL"};
        case 3:
            return {"UPDATE " + table + " SET " + assignments() +
                    " WHERE fid % 3 = " + std::to_string(below(3))};
        case 4:
            return {"DELETE FROM " + table + " WHERE fid % 5 = " + std::to_string(below(5))};
        case 5:
            return {insert_statement(replace, fid, one.global_id)};
        case 6:
            return {insert_statement(replace, "", one.global_id)};
        case 7:
            return {insert_statement(replace, fid, other.global_id)};
        case 8:
            return {insert_statement(replace, fid, "")};
        case 9:
            return {"UPDATE " + table + " SET fid = " + free_fid + where};
        case 10:
            return {"UPDATE OR REPLACE " + table + " SET fid = " + other_fid + where};
        case 11:
            return {insert_statement(replace, "", lowered(one.global_id))};
        case 12:
            return {insert_statement("INSERT OR IGNORE", "", one.global_id)};
        case 13:
            return {insert_statement("INSERT OR IGNORE", free_fid, "")};
        case 14:
            return {insert_statement("INSERT", fid, one.global_id) +
                    " ON CONFLICT (fid) DO UPDATE SET global_id = excluded.global_id"};
        case 15:
            return {"DELETE FROM " + table + where,
                    insert_statement("INSERT", one_in(2) ? fid : "", one.global_id)};
        case 16:
            return {
                "UPDATE " + table + " SET fid = -7" + where,
                "UPDATE OR REPLACE " + table + " SET fid = " + fid + " WHERE fid = " + other_fid,
                "UPDATE OR REPLACE " + table + " SET rowid = " + other_fid + " WHERE fid = -7"};
        case 17:
            return {"SAVEPOINT part", "UPDATE " + table + " SET " + assignments(),
                    "ROLLBACK TO part", "RELEASE part"};
        case 18:
            return {insert_statement("INSERT OR IGNORE", "", lowered(one.global_id))};
        default:
            return {"UPDATE OR IGNORE " + table + " SET fid = " + other_fid + ", " +
                    sqlite::quoted_name(layer().fields.back().name) + " = 5" + where};
    }
}

}  // namespace rhumb::test
