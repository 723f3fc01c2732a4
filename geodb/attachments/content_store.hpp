// SPDX-License-Identifier: Apache-2.0
//
// Content of attachments: kept once for each SHA-256, in chunks, so that memory stays bounded
// whatever the size. Content that is on its way in may be here in part, from its start.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "geodb/value.hpp"
#include "platform/hash.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace rhumb::geodb {

/// Writes happen inside the caller's transaction. Lives on the thread of `database`, which
/// outlives it. The attachment tables must be there.
class ContentStore {
public:
    static constexpr std::int64_t kChunkBytes = 256 * 1024;
    /// 2^24 chunks: more would run into the next content's ids.
    static constexpr std::int64_t kMaxBytes = kChunkBytes << 24;

    explicit ContentStore(sqlite::Database& database) : database_(database) {}

    struct Content {
        std::int64_t id = 0;
        std::int64_t size = 0;
        std::int64_t have = 0;
        bool whole() const { return have == size; }
    };
    std::optional<Content> find(const Sha256& hash);
    bool has_whole(const Sha256& hash);

    /// Takes content whose hash is not known before its end.
    class Writer {
    public:
        Writer(ContentStore& store, std::int64_t now_ms);
        void add(std::string_view bytes);
        /// The hash and the size; content that was here already is kept once.
        std::pair<Sha256, std::int64_t> finish();

    private:
        ContentStore& store_;
        std::int64_t id_;
        std::int64_t size_ = 0;
        std::int64_t chunks_ = 0;
        Blob buffer_;
        Sha256Stream hash_;
    };

    /// Takes a piece of content whose hash is known. A piece that begins behind what is here is
    /// not taken; what is here already is skipped. Returns how much is here now. The piece that
    /// makes it whole is checked: when the hash differs all of it is dropped, and this throws
    /// CorruptData.
    std::int64_t append(const Sha256& hash, std::int64_t size, std::int64_t offset,
                        std::string_view bytes, std::int64_t now_ms);

    /// Reads `length` bytes from `from` in pieces of at most a chunk. `on_piece` returns false to
    /// stop. Throws NotFound when not all of it is here.
    void read(const Sha256& hash, std::int64_t from, std::int64_t length,
              const std::function<bool(std::string_view)>& on_piece);

    void drop(const Sha256& hash);
    /// Drops released content that no attachment refers to. `keep_logged`: nor any old value in
    /// the edit log, which may still have to be sent.
    void reclaim(bool keep_logged);
    /// Drops content in part that nobody refers to and no piece of which came since.
    void reclaim_abandoned(std::int64_t before_ms);

private:
    void put_chunk(std::int64_t content, std::int64_t number, const Blob& data);
    void drop_id(std::int64_t content);
    void check_whole(const Sha256& hash, const Content& content);
    void read_chunks(std::int64_t content, std::int64_t from, std::int64_t length,
                     const std::function<bool(std::string_view)>& on_piece);

    sqlite::Database& database_;
};

}  // namespace rhumb::geodb
