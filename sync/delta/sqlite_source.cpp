// SPDX-License-Identifier: Apache-2.0
//
// Reads a delta that is a SQLite file.
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/delta/delta_file.hpp"
#include "sync/delta/delta_rows.hpp"
#include "sync/delta/delta_schema.hpp"
#include "sync/delta/delta_source.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace rhumb::delta {
namespace {

using geodb::Layer;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;

constexpr std::size_t kShownBytes = 60;

using Tables = std::map<std::string, std::string>;  // name -> statement

/// What is in the file; of each thing the kind, too.
Tables tables_of(Database& database) {
    Tables tables;
    Statement rows(database, "SELECT type, name, tbl_name, sql FROM sqlite_schema");
    while (rows.step()) {
        const std::string name{rows.column_text(1)};
        if (rows.column_text(0) != "table") {
            throw Error(Status::CorruptData, "it holds a " + excerpt(rows.column_text(0), 20) +
                                                 ", '" + excerpt(name, kShownBytes) + "'");
        }
        tables.emplace(name, std::string(rows.column_text(3)));
    }
    return tables;
}

void expect(Tables& tables, const Table& expected) {
    const auto found = tables.find(expected.name);
    if (found == tables.end()) {
        throw Error(Status::CorruptData, "the table '" + expected.name + "' is missing");
    }
    if (found->second != expected.sql) {
        throw Error(Status::CorruptData, "the table '" + expected.name + "' is not as it must be");
    }
    tables.erase(found);
}

/// There when there are such rows; may be there in one of two forms.
void expect_deletes(Tables& tables, LayerId layer, const Columns& columns) {
    const Table with_old = deletes_table(layer, columns, true);
    const auto found = tables.find(with_old.name);
    const bool tells_old = found != tables.end() && found->second == with_old.sql;
    expect(tables, tells_old ? with_old : deletes_table(layer, columns, false));
}

void expect_no_more(const Tables& tables) {
    if (tables.empty()) return;
    throw Error(Status::CorruptData, "it holds a table that no delta has, '" +
                                         excerpt(tables.begin()->first, kShownBytes) + "'");
}

class SqliteSource final : public DeltaSource {
public:
    SqliteSource(const std::filesystem::path& path, std::string name)
        : name_(std::move(name)), database_(open_checked(path, name_)) {
        try {
            check_schema();
        } catch (const Error& error) {
            throw error.within(name_ + " is no delta as it must be");
        }
    }

    const Header& header() const override { return header_; }

    void each(Kind kind, const Layer& layer, std::int64_t count, const OnRow& on_row) override {
        try {
            RowReader rows(database_, layer, columns_.at(layer.id), kind);
            rows.each(count, on_row);
        } catch (const NoRow& fault) {
            throw Error(fault.status, name_ + " is no sound delta: " + fault.reason);
        }
    }

private:
    void check_schema() {
        Tables tables = tables_of(database_);
        for (const Table& table : common_tables()) expect(tables, table);
        header_ = read_header(database_);
        for (const LayerHead& head : header_.layers) {
            const LayerId id = head.terms.layer;
            const Columns& columns =
                columns_.emplace(id, Columns::declared(database_, id)).first->second;
            if (head.counts.adds > 0) expect(tables, adds_table(id, columns));
            if (head.counts.updates > 0) expect(tables, updates_table(id, columns));
            if (head.counts.deletes > 0) expect_deletes(tables, id, columns);
        }
        for (const Table& table : {attachment_adds_table(), attachment_updates_table(),
                                   attachment_deletes_table(), content_table()}) {
            if (tables.count(table.name) > 0) expect(tables, table);
        }
        expect_no_more(tables);
    }

    std::string name_;
    Database database_;
    Header header_;
    std::map<LayerId, Columns> columns_;
};

}  // namespace

std::unique_ptr<DeltaSource> open_sqlite_source(const std::filesystem::path& path,
                                                const std::string& name) {
    return std::make_unique<SqliteSource>(path, name);
}

}  // namespace rhumb::delta
