// SPDX-License-Identifier: Apache-2.0
#include "geodb/changeset/changeset_store.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/changeset/changeset_schema.sql.hpp"
#include "geodb/changeset/logged_changes.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <span>

namespace rhumb::geodb {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Sha1 column_id(const Statement& row, int column) {
    Sha1 id;
    const auto blob = row.column_blob(column);
    std::copy_n(blob.begin(), std::min(blob.size(), id.bytes.size()), id.bytes.begin());
    return id;
}

ChangesetFacts facts_of(const Statement& row) {
    ChangesetFacts facts;
    facts.generation = {row.column_int64(0)};
    facts.id = column_id(row, 1);
    facts.parent = column_id(row, 2);
    facts.prefix = text_of(row.column_blob(3));
    facts.size = row.column_int64(4);
    facts.inserts = row.column_int64(5);
    facts.updates = row.column_int64(6);
    facts.deletes = row.column_int64(7);
    return facts;
}

constexpr const char* kSelect =
    "SELECT generation, id, parent, prefix, size, inserts, updates, deletes "
    "FROM rhumb_changeset_content ";

void count(ChangesetFacts& facts, Change::Kind kind) {
    (kind == Change::Kind::Insert   ? facts.inserts
     : kind == Change::Kind::Update ? facts.updates
                                    : facts.deletes) += 1;
}

/// Keeps pieces of the stream as they come, and adds them to the id.
class PieceKeeper {
public:
    PieceKeeper(Database& database, Generation generation, Sha1Stream& id)
        : database_(database), generation_(generation), id_(id) {}

    void keep(std::string_view bytes) {
        Statement& put = database_.cached(
            "INSERT INTO rhumb_changeset_piece (generation, piece, bytes) VALUES (?1, ?2, ?3)");
        put.bind(1, generation_.value).bind(2, piece_++).bind(3, bytes_of(bytes)).run();
        id_.add(bytes);
        size_ += static_cast<std::int64_t>(bytes.size());
    }
    std::int64_t size() const { return size_; }

private:
    Database& database_;
    Generation generation_;
    Sha1Stream& id_;
    std::int64_t piece_ = 0;
    std::int64_t size_ = 0;
};

/// Writes the changes of one layer; its table's header only when there are any.
void write_layer(Database& database, const Layer& layer, ChangesetFacts& facts,
                 ChangeWriter& writer) {
    bool begun = false;
    each_logged_change(database, layer, facts.generation, [&](const Change& change) {
        if (!begun) writer.begin_table(changed_table(database, layer));
        begun = true;
        writer.write(change);
        count(facts, change.kind);
    });
}

void append_json_text(std::string& json, const std::string& text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (byte < 0x20) {
            json += "\\u00";
            json += kDigits[byte >> 4];
            json += kDigits[byte & 15];
        } else {
            json += c;
        }
    }
}

}  // namespace

std::string changeset_prefix(const std::string& ddl) {
    if (ddl.empty()) return {};
    std::string prefix = R"({"ContainsSchemaChanges":true,"DDL":")";
    append_json_text(prefix, ddl);
    prefix += "\"}";
    prefix += '\0';
    return prefix;
}

void ChangesetStore::create_tables(Database& database) {
    database.execute(kChangesetSchema);
    for (const char* table : {"rhumb_changeset_content", "rhumb_changeset_piece"}) {
        register_extension(database, table);
    }
}

ChangesetFacts ChangesetStore::record(const std::vector<Layer>& layers, Generation closed,
                                      const std::string& ddl) {
    ChangesetFacts facts;
    facts.generation = closed;
    facts.parent = last_id();
    facts.prefix = changeset_prefix(ddl);
    // The facts come before the pieces that refer to them; id and counts are known at the end.
    Statement& begin = database_.cached(
        "INSERT INTO rhumb_changeset_content VALUES (?1, randomblob(20), ?2, ?3, 0, 0, 0, 0)");
    begin.bind(1, closed.value).bind(2, std::span<const std::uint8_t>(facts.parent.bytes));
    begin.bind(3, bytes_of(facts.prefix)).run();

    Sha1Stream id;
    id.add(text_of(facts.parent.bytes));
    id.add(facts.prefix);
    PieceKeeper pieces(database_, closed, id);
    ChangeWriter writer([&](std::string_view bytes) { pieces.keep(bytes); });
    for (const Layer& layer : layers) write_layer(database_, layer, facts, writer);
    writer.finish();
    facts.id = id.finish();
    facts.size = pieces.size();

    Statement& end = database_.cached(
        "UPDATE rhumb_changeset_content SET id = ?2, size = ?3, inserts = ?4, updates = ?5, "
        "deletes = ?6 WHERE generation = ?1");
    end.bind(1, closed.value).bind(2, std::span<const std::uint8_t>(facts.id.bytes));
    end.bind(3, facts.size).bind(4, facts.inserts).bind(5, facts.updates);
    end.bind(6, facts.deletes).run();
    return facts;
}

Sha1 ChangesetStore::last_id() {
    Statement& row =
        database_.cached("SELECT id FROM rhumb_changeset_content ORDER BY generation DESC LIMIT 1");
    const Sha1 id = row.step() ? column_id(row, 0) : Sha1{};
    row.reset();
    return id;
}

std::optional<ChangesetFacts> ChangesetStore::facts(Generation generation) {
    Statement row(database_, std::string(kSelect) + "WHERE generation = ?1");
    row.bind(1, generation.value);
    if (!row.step()) return std::nullopt;
    return facts_of(row);
}

std::vector<ChangesetFacts> ChangesetStore::after(Generation base, std::int64_t limit) {
    std::vector<ChangesetFacts> found;
    Statement rows(database_,
                   std::string(kSelect) + "WHERE generation > ?1 ORDER BY generation LIMIT ?2");
    rows.bind(1, base.value).bind(2, limit);
    while (rows.step()) found.push_back(facts_of(rows));
    return found;
}

void ChangesetStore::read(Generation generation, const ChangeWriter::Sink& sink) {
    if (!facts(generation)) {
        throw Error(Status::NotFound,
                    "there is no changeset of generation " + std::to_string(generation.value));
    }
    Statement pieces(
        database_, "SELECT bytes FROM rhumb_changeset_piece WHERE generation = ?1 ORDER BY piece");
    pieces.bind(1, generation.value);
    while (pieces.step()) sink(text_of(pieces.column_blob(0)));
}

}  // namespace rhumb::geodb
