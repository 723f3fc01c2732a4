// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_store.hpp"

#include "geodb/attachments/attachment_files.hpp"
#include "geodb/catalog/layer_definition.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/changeset/changeset_store.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/service/store/gpkg_attachments.hpp"
#include "sync/service/store/gpkg_history.hpp"
#include "sync/service/store/gpkg_replicas.hpp"
#include "sync/service/store/gpkg_snapshot.hpp"
#include "sync/service/store/gpkg_transaction.hpp"

#include <utility>

namespace rhumb::service {

using geodb::Geodatabase;

namespace {
/// Content that somebody began to bring and nobody referred to goes after a week.
constexpr std::int64_t kAbandonedMs = 7LL * 24 * 3600 * 1000;

std::int64_t number_of(Geodatabase& file, const char* pragma) {
    geodb::sqlite::Statement& ask = file.database().cached(pragma);
    ask.step();
    const std::int64_t number = ask.column_int64(0);
    ask.reset();
    return number;
}

/// SQLite counts every change of the schema, whoever makes it.
std::int64_t schema_version(Geodatabase& file) {
    return number_of(file, "PRAGMA schema_version");
}

/// A text that changes when tables, domains or relationships do.
std::string definitions_of(Geodatabase& file) {
    std::string text = std::to_string(schema_version(file));
    for (const char* sql :
         {"SELECT group_concat(quote(table_name) || quote(column_name) || quote(title) || "
          "quote(constraint_name)) FROM gpkg_data_columns",
          "SELECT group_concat(quote(constraint_name) || quote(value) || quote(description) || "
          "quote(min) || quote(max)) FROM gpkg_data_column_constraints"}) {
        text += "|" + file.database().text_of(sql).value_or("");
    }
    return text + "|" + geodb::definitions_text(file.database());
}
}  // namespace

GpkgStore::GpkgStore(const std::filesystem::path& path, geodb::World world)
    : path_(path),
      world_(world),
      writer_(Geodatabase::adopt(path, world, Geodatabase::Journal::Wal)),
      layers_(writer_.layers()),
      left_out_(writer_.left_out()) {
    geodb::sqlite::Transaction transaction(writer_.database());
    create_service_tables(writer_.database());
    geodb::ChangesetStore::create_tables(writer_.database());
    geodb::adopt_foreign_keys(writer_);
    relationships_ = geodb::read_relationships(writer_.database(), layers_);
    gpkg_reclaim_content(writer_, world_.clock.now_ms() - kAbandonedMs);
    transaction.commit();
    schema_version_ = schema_version(writer_);
    watcher_ = take_reader();
    definitions_ = definitions_of(*watcher_);
}

GpkgStore::~GpkgStore() {
    watcher_.reset();
    idle_readers_.clear();
    try {
        writer_.hand_over();
    } catch (const Error&) {  // the -wal stays beside the file; SQLite reads it when next opened
    }
}

Uuid GpkgStore::new_id() {
    const std::lock_guard lock(writer_mutex_);
    return Uuid::random(world_.random);
}

void GpkgStore::absorb_foreign_edits() {
    const std::lock_guard lock(writer_mutex_);
    geodb::sqlite::Transaction transaction(writer_.database());
    absorb_into_timeline(writer_);
    transaction.commit();
}

std::unique_ptr<Geodatabase> GpkgStore::take_reader() {
    {
        const std::lock_guard lock(readers_mutex_);
        if (!idle_readers_.empty()) {
            auto reader = std::move(idle_readers_.back());
            idle_readers_.pop_back();
            return reader;
        }
    }
    return std::make_unique<Geodatabase>(
        Geodatabase::open(path_, world_, Geodatabase::Access::Read));
}

void GpkgStore::give_back(std::unique_ptr<Geodatabase> reader) {
    const std::lock_guard lock(readers_mutex_);
    idle_readers_.push_back(std::move(reader));
}

bool GpkgStore::definitions_changed() {
    const std::lock_guard lock(watch_mutex_);
    // As long as nobody has committed anything there is nothing to compare.
    const std::int64_t commits = number_of(*watcher_, "PRAGMA data_version");
    if (commits == seen_commits_) return false;
    if (definitions_of(*watcher_) != definitions_) return true;
    seen_commits_ = commits;
    return false;
}

void GpkgStore::read_definitions() {
    const std::lock_guard lock(writer_mutex_);
    {
        const std::lock_guard readers_lock(readers_mutex_);
        idle_readers_.clear();  // they know the columns of before
    }
    writer_.reload();
    layers_ = writer_.layers();
    left_out_ = writer_.left_out();
    relationships_ = geodb::read_relationships(writer_.database(), layers_);
    schema_version_ = schema_version(writer_);
    const std::lock_guard watch_lock(watch_mutex_);
    definitions_ = definitions_of(*watcher_);
}

std::unique_ptr<Geodatabase> GpkgStore::idle_reader() {
    auto reader = take_reader();
    if (schema_version(*reader) == schema_version_) return reader;
    // Columns are counted, so that reader and service must mean the same ones.
    for (const Layer& layer : layers_) {
        if (geodb::is_as_read(reader->database(), layer)) continue;
        throw Error(Status::Busy,
                    "layer '" + layer.name + "': its columns were changed while it was asked for");
    }
    return reader;
}

std::unique_ptr<StoreSnapshot> GpkgStore::snapshot() {
    auto reader = idle_reader();
    // Only when another program has edited must a reader wait for the writer.
    if (reader->timeline().has_open_edits(layers_)) absorb_foreign_edits();
    return open_gpkg_snapshot(std::move(reader), [this](std::unique_ptr<Geodatabase> idle) {
        give_back(std::move(idle));
    });
}

Generation GpkgStore::give_up_history(const HistoryCut& cut) {
    Generation oldest;
    {
        const std::lock_guard lock(writer_mutex_);
        geodb::sqlite::Transaction transaction(writer_.database());
        oldest = cut_history(writer_, cut);
        transaction.commit();
    }
    forget_given_up();
    return oldest;
}

/// In parts: others may write between two of them.
void GpkgStore::forget_given_up() {
    for (bool more = true; more;) {
        const std::lock_guard lock(writer_mutex_);
        more = forget_a_part(writer_);
    }
}

void GpkgStore::housekeep(const HistoryPolicy& policy) {
    {
        const std::lock_guard lock(writer_mutex_);
        geodb::sqlite::Transaction transaction(writer_.database());
        apply_history_policy(writer_, policy);
        if (geodb::remove_orphans(writer_) > 0) {
            absorb_into_timeline(writer_);
            gpkg_reclaim_content(writer_);
        }
        transaction.commit();
    }
    forget_given_up();
}

std::unique_ptr<StoreTransaction> GpkgStore::write() {
    return open_gpkg_transaction(writer_, std::unique_lock(writer_mutex_));
}

}  // namespace rhumb::service
