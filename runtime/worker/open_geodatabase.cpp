// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/open_geodatabase.hpp"

#include "platform/error.hpp"

#include <utility>

namespace rhumb::runtime {

using geodb::Geodatabase;

OpenGeodatabase::OpenGeodatabase(const std::filesystem::path& path, Mode mode)
    : path_(path),
      read_only_(mode == Mode::OpenReadOnly),
      gate_(path.string()),
      writer_(open(mode)) {
    idle_readers_.reserve(kIdleReaders);  // giving a reader back must not fail
}

OpenGeodatabase::~OpenGeodatabase() {
    idle_readers_.clear();
    try {
        writer_.hand_over();
    } catch (const Error&) {  // the -wal stays beside the file; SQLite reads it when next opened
    }
}

Geodatabase OpenGeodatabase::open(Mode mode) {
    constexpr auto kWal = Geodatabase::Journal::Wal;
    switch (mode) {
        case Mode::OpenReadOnly:
            return Geodatabase::open(path_, world(), Geodatabase::Access::Read);
        case Mode::Adopt:
            return Geodatabase::adopt(path_, world(), kWal);
        case Mode::Create:
            Geodatabase::create(path_, world());
            break;
        case Mode::Open:
            break;
    }
    return Geodatabase::open(path_, world(), Geodatabase::Access::Write, kWal);
}

Geodatabase& OpenGeodatabase::writer() {
    if (read_only_) {
        throw Error(Status::ReadOnly, "'" + path_.string() + "' was opened to be read only");
    }
    return writer_;
}

OpenGeodatabase::Reader::Reader(std::shared_ptr<OpenGeodatabase> owner) : owner_(std::move(owner)) {
    {
        const std::lock_guard lock(owner_->readers_mutex_);
        edition_ = owner_->edition_;
        if (!owner_->idle_readers_.empty()) {
            connection_ = std::move(owner_->idle_readers_.back());
            owner_->idle_readers_.pop_back();
        }
    }
    if (connection_) return;
    connection_ = std::make_unique<Geodatabase>(
        Geodatabase::open(owner_->path_, owner_->world(), Geodatabase::Access::Read));
}

OpenGeodatabase::Reader::~Reader() {
    const std::lock_guard lock(owner_->readers_mutex_);
    const bool current = edition_ == owner_->edition_;
    if (current && owner_->idle_readers_.size() < kIdleReaders) {
        owner_->idle_readers_.push_back(std::move(connection_));
    }
    connection_.reset();  // before the owner, which makes the file a plain one
}

void OpenGeodatabase::layers_changed() {
    const std::lock_guard lock(readers_mutex_);
    ++edition_;
    idle_readers_.clear();
}

OpenGeodatabase::SyncClaim::SyncClaim(std::shared_ptr<OpenGeodatabase> owner)
    : owner_(std::move(owner)) {
    if (owner_->syncing_.exchange(true)) {
        throw Error(Status::Busy,
                    "'" + owner_->path().string() + "' is being synchronized already");
    }
}

}  // namespace rhumb::runtime
