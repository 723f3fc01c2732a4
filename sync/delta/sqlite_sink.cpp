// SPDX-License-Identifier: Apache-2.0
//
// Writes a delta as a SQLite file.
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "sync/delta/delta_columns.hpp"
#include "sync/delta/delta_schema.hpp"
#include "sync/delta/delta_sink.hpp"
#include "sync/delta/delta_values.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace rhumb::delta {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::Value;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;
using geodb::sqlite::Transaction;

Database new_file(const std::filesystem::path& path) {
    remove_quietly(path);
    Database database = Database::open(path, Database::Mode::Create);
    // Nobody else sees the file before it is whole, so there is nothing to roll back to.
    database.execute(
        "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = NONE; "
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; "
        "PRAGMA cache_size = -1024; PRAGMA application_id = " +
        std::to_string(kApplicationId) + "; PRAGMA user_version = " + std::to_string(kFormat));
    return database;
}

std::string insert_sql(const std::string& table, std::size_t columns) {
    std::string sql = "INSERT INTO " + table + " VALUES (?1";
    for (std::size_t i = 2; i <= columns; ++i) sql += ", ?" + std::to_string(i);
    return sql + ")";
}

/// The three tables of a layer, each made when its first row comes.
struct LayerRows {
    /// Updates come in few kinds: of the same columns again and again.
    struct UpdateOf {
        std::vector<std::size_t> changed;
        bool with_old;
        std::vector<std::size_t> numbers;  ///< those that travel
        Statement put;
    };
    static constexpr std::size_t kMostUpdates = 16;

    LayerRows(Database& to, const Layer& of, LayerTerms under)
        : database(to),
          layer(of),
          columns(of),
          codec(of, columns),
          head{std::move(under), {}},
          number_of(of.column_count(), kNone),
          mask(columns.size()) {
        head.terms.layer = layer.id;
        for (std::size_t i = 0; i < columns.size(); ++i) number_of[columns[i].index] = i;
        columns.write(database, layer.id);
    }

    Statement& table(std::optional<Statement>& slot, const Table& made, std::size_t width) {
        if (!slot) {
            database.execute(made.sql);
            slot.emplace(database, insert_sql(made.name, width), Statement::Kept);
        }
        return *slot;
    }

    void add(const GlobalId& feature, const std::vector<Value>& row) {
        if (!adds) table(adds, adds_table(layer.id, columns), 1 + columns.size());
        Statement& put = *adds;
        put.bind_borrowed(1, std::span<const std::uint8_t>(feature.value.bytes));
        check_size(feature, row);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            codec.bind(put, kFirstAdded + static_cast<int>(i), i, row[columns[i].index]);
        }
        put.run();
        ++head.counts.adds;
    }

    void update(const GlobalId& feature, const std::vector<std::size_t>& changed,
                const std::vector<Value>& after, const std::vector<Value>* before) {
        check_size(feature, after);
        if (before != nullptr) check_size(feature, *before);
        UpdateOf& kind = update_of(changed, before != nullptr);
        Statement& put = kind.put;
        put.bind_borrowed(1, std::span<const std::uint8_t>(feature.value.bytes));
        mask.clear();
        int parameter = kFirstUpdated;
        for (const std::size_t number : kind.numbers) {
            const std::size_t column = columns[number].index;
            const bool travels = codec.bind(put, parameter, number, after[column]);
            if (travels) mask.add(number);
            if (travels && before != nullptr) {
                codec.bind(put, parameter + static_cast<int>(kind.numbers.size()), number,
                           (*before)[column]);
            }
            ++parameter;
        }
        mask.bind(put, 2);
        put.run();
        ++head.counts.updates;
    }

    UpdateOf& update_of(const std::vector<std::size_t>& changed, bool with_old) {
        const auto same = [&](const UpdateOf& update) {
            return update.changed == changed && update.with_old == with_old;
        };
        auto update = std::find_if(updates.begin(), updates.end(), same);
        if (update == updates.end()) {
            if (updates.empty()) database.execute(updates_table(layer.id, columns).sql);
            if (updates.size() == kMostUpdates) updates.pop_front();
            updates.push_back(made_update(changed, with_old));
            update = std::prev(updates.end());
        }
        return *update;
    }

    UpdateOf made_update(const std::vector<std::size_t>& changed, bool with_old) {
        std::vector<std::size_t> numbers;
        for (const std::size_t column : changed) {
            if (number_of[column] != kNone) numbers.push_back(number_of[column]);
        }
        const std::string sql = update_sql(layer.id, columns, numbers, with_old);
        return {changed, with_old, numbers, Statement(database, sql, Statement::Kept)};
    }

    void erase(const GlobalId& feature) {
        if (!deletes) table(deletes, deletes_table(layer.id, columns, false), 1);
        deletes->bind_borrowed(1, std::span<const std::uint8_t>(feature.value.bytes)).run();
        ++head.counts.deletes;
    }

    void check_size(const GlobalId& feature, const std::vector<Value>& row) const {
        check_row_size(layer, feature, row);
    }

    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    static constexpr int kFirstAdded = 2;    // parameters: after the feature
    static constexpr int kFirstUpdated = 3;  // after feature and mask

    Database& database;
    const Layer& layer;
    Columns columns;
    ValueCodec codec;
    LayerHead head;
    std::vector<std::size_t> number_of;  ///< by column of the layer
    ColumnMask mask;
    std::optional<Statement> adds, deletes;
    std::list<UpdateOf> updates;
};

class SqliteSink final : public DeltaSink {
public:
    SqliteSink(const std::filesystem::path& path, const Header& header)
        : path_(path), database_(new_file(path)) {
        transaction_.emplace(*database_);
        for (const Table& table : common_tables()) database_->execute(table.sql);
        write_header(*database_, header);
    }
    ~SqliteSink() override {
        rows_.reset();
        transaction_.reset();
    }

    void begin_layer(const Layer& layer, const LayerTerms& terms) override {
        end_layer();
        rows_ = std::make_unique<LayerRows>(*database_, layer, terms);
    }
    void add(const GlobalId& feature, const std::vector<Value>& row) override {
        rows_->add(feature, row);
    }
    void update(const GlobalId& feature, const std::vector<std::size_t>& changed,
                const std::vector<Value>& after, const std::vector<Value>* before) override {
        rows_->update(feature, changed, after, before);
    }
    void erase(const GlobalId& feature) override { rows_->erase(feature); }
    void finish() override {
        end_layer();
        transaction_->commit();
        transaction_.reset();
        database_.reset();
        make_durable(path_);
    }

private:
    void end_layer() {
        if (!rows_) return;
        write_layer_head(*database_, rows_->head);
        rows_.reset();
    }

    std::filesystem::path path_;
    std::optional<Database> database_;
    std::optional<Transaction> transaction_;
    std::unique_ptr<LayerRows> rows_;
};

}  // namespace

std::unique_ptr<DeltaSink> make_sqlite_sink(const std::filesystem::path& path,
                                            const Header& header) {
    return std::make_unique<SqliteSink>(path, header);
}

}  // namespace rhumb::delta
