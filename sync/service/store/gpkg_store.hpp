// SPDX-License-Identifier: Apache-2.0
//
// The store of a service over one GeoPackage: one writer connection and a pool of readers, WAL.
//
// Debian's SQLite may corrupt a WAL that two connections checkpoint at once, so the writer alone
// commits and checkpoints, under one mutex.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/service/store/store.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace rhumb::service {

/// Prepares the file for serving when it is not yet (see Geodatabase::adopt).
class GpkgStore final : public Store {
public:
    GpkgStore(const std::filesystem::path& path, geodb::World world);
    ~GpkgStore() override;

    const std::vector<Layer>& layers() const override { return layers_; }
    const std::vector<Relationship>& relationships() const override { return relationships_; }
    std::int64_t now_ms() const override { return world_.clock.now_ms(); }
    Uuid new_id() override;
    std::unique_ptr<StoreSnapshot> snapshot() override;
    std::unique_ptr<StoreTransaction> write() override;

    Generation give_up_history(const HistoryCut& cut) override;
    void housekeep(const HistoryPolicy& policy) override;
    bool definitions_changed() override;
    void read_definitions() override;

    /// Tables that cannot be served, each with the reason.
    const std::vector<std::string>& left_out() const { return left_out_; }

private:
    void absorb_foreign_edits();
    std::unique_ptr<geodb::Geodatabase> take_reader();
    void forget_given_up();
    std::unique_ptr<geodb::Geodatabase> idle_reader();
    void give_back(std::unique_ptr<geodb::Geodatabase> reader);

    std::filesystem::path path_;
    geodb::World world_;
    std::mutex writer_mutex_;  // guards writer_ and world_.random
    geodb::Geodatabase writer_;
    std::vector<Layer> layers_;
    std::vector<Relationship> relationships_;
    std::vector<std::string> left_out_;
    std::int64_t schema_version_ = 0;              ///< SQLite's, when the definitions were read
    std::mutex watch_mutex_;                       // guards the following
    std::unique_ptr<geodb::Geodatabase> watcher_;  ///< reads nothing but what tells of changes
    std::int64_t seen_commits_ = -1;               ///< by the watcher, when it last looked closer
    std::string definitions_;                      ///< a text that changes when they do
    std::mutex readers_mutex_;                     // guards idle_readers_
    std::vector<std::unique_ptr<geodb::Geodatabase>> idle_readers_;
};

}  // namespace rhumb::service
