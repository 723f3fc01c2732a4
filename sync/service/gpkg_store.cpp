// SPDX-License-Identifier: Apache-2.0
#include "sync/service/gpkg_store.hpp"

#include "geodb/catalog/layer_reader.hpp"
#include "geodb/changeset/changeset_store.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/service/gpkg_attachments.hpp"
#include "sync/service/gpkg_history.hpp"
#include "sync/service/gpkg_replicas.hpp"
#include "sync/service/gpkg_snapshot.hpp"
#include "sync/service/gpkg_transaction.hpp"

#include <utility>

namespace rhumb::service {

using geodb::Geodatabase;

namespace {
/// Content that somebody began to bring and nobody referred to goes after a week.
constexpr std::int64_t kAbandonedMs = 7LL * 24 * 3600 * 1000;
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
}

GpkgStore::~GpkgStore() {
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

std::unique_ptr<Geodatabase> GpkgStore::idle_reader() {
    {
        const std::lock_guard lock(readers_mutex_);
        if (!idle_readers_.empty()) {
            auto reader = std::move(idle_readers_.back());
            idle_readers_.pop_back();
            return reader;
        }
    }
    auto reader =
        std::make_unique<Geodatabase>(Geodatabase::open(path_, world_, Geodatabase::Access::Read));
    // Columns are counted, so that reader and service must mean the same ones.
    for (const Layer& layer : layers_) {
        if (geodb::is_as_read(reader->database(), layer)) continue;
        throw Error(Status::SchemaChanged, "layer '" + layer.name +
                                               "': another program changed its columns while the "
                                               "service was running; start the service again");
    }
    return reader;
}

std::unique_ptr<StoreSnapshot> GpkgStore::snapshot() {
    auto reader = idle_reader();
    // Only when another program has edited must a reader wait for the writer.
    if (reader->timeline().has_open_edits(layers_)) absorb_foreign_edits();
    return open_gpkg_snapshot(std::move(reader), [this](std::unique_ptr<Geodatabase> idle) {
        const std::lock_guard lock(readers_mutex_);
        idle_readers_.push_back(std::move(idle));
    });
}

void GpkgStore::housekeep(const HistoryPolicy& policy) {
    {
        const std::lock_guard lock(writer_mutex_);
        geodb::sqlite::Transaction transaction(writer_.database());
        apply_history_policy(writer_, policy);
        transaction.commit();
    }
    for (bool more = true; more;) {  // others may write between two parts
        const std::lock_guard lock(writer_mutex_);
        more = forget_a_part(writer_);
    }
}

std::unique_ptr<StoreTransaction> GpkgStore::write() {
    return open_gpkg_transaction(writer_, std::unique_lock(writer_mutex_));
}

}  // namespace rhumb::service
