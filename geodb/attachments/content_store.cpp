// SPDX-License-Identifier: Apache-2.0
#include "geodb/attachments/content_store.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace rhumb::geodb {
namespace {

using sqlite::Statement;

constexpr std::int64_t kChunksOfContent = std::int64_t{1} << 24;

std::int64_t first_chunk(std::int64_t content) {
    return content * kChunksOfContent;
}

std::span<const std::uint8_t> bytes_of(const Sha256& hash) {
    return hash.bytes;
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::optional<ContentStore::Content> ContentStore::find(const Sha256& hash) {
    Statement& look =
        database_.cached("SELECT id, size, have FROM rhumb_content WHERE sha256 = ?1");
    std::optional<Content> found;
    if (look.bind(1, bytes_of(hash)).step()) {
        found = Content{look.column_int64(0), look.column_int64(1), look.column_int64(2)};
    }
    look.reset();
    return found;
}

bool ContentStore::has_whole(const Sha256& hash) {
    const auto content = find(hash);
    return content && content->whole();
}

void ContentStore::put_chunk(std::int64_t content, std::int64_t number, const Blob& data) {
    Statement& put = database_.cached("INSERT OR REPLACE INTO rhumb_content_chunk VALUES (?1, ?2)");
    put.bind(1, first_chunk(content) + number).bind(2, std::span<const std::uint8_t>(data)).run();
}

ContentStore::Writer::Writer(ContentStore& store, std::int64_t now_ms) : store_(store) {
    Statement& make = store.database_.cached(
        "INSERT INTO rhumb_content (size, have, touched_ms) VALUES (0, 0, ?1)");
    make.bind(1, now_ms).run();
    id_ = store.database_.last_insert_rowid();
    buffer_.reserve(kChunkBytes);
}

void ContentStore::Writer::add(std::string_view bytes) {
    if (static_cast<std::int64_t>(bytes.size()) > kMaxBytes - size_) {
        throw Error(Status::InvalidArgument, "an attachment of more than 4 TiB");
    }
    hash_.add(bytes);
    size_ += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
        const std::size_t room = static_cast<std::size_t>(kChunkBytes) - buffer_.size();
        const std::string_view piece = bytes.substr(0, room);
        buffer_.insert(buffer_.end(), piece.begin(), piece.end());
        bytes.remove_prefix(piece.size());
        if (buffer_.size() < static_cast<std::size_t>(kChunkBytes)) break;
        store_.put_chunk(id_, chunks_++, buffer_);
        buffer_.clear();
    }
}

std::pair<Sha256, std::int64_t> ContentStore::Writer::finish() {
    if (!buffer_.empty()) store_.put_chunk(id_, chunks_, buffer_);
    const Sha256 hash = hash_.finish();
    if (const auto there = store_.find(hash)) {
        if (there->whole()) {
            store_.drop_id(id_);
            return {hash, size_};
        }
        store_.drop_id(there->id);  // a part that is on its way in is not needed any more
    }
    Statement& name = store_.database_.cached(
        "UPDATE rhumb_content SET sha256 = ?1, size = ?2, have = ?2 WHERE id = ?3");
    name.bind(1, bytes_of(hash)).bind(2, size_).bind(3, id_).run();
    return {hash, size_};
}

std::int64_t ContentStore::append(const Sha256& hash, std::int64_t size, std::int64_t offset,
                                  std::string_view bytes, std::int64_t now_ms) {
    const auto length = static_cast<std::int64_t>(bytes.size());
    if (size < 0 || size > kMaxBytes || offset < 0 || offset > size || length > size - offset) {
        throw Error(Status::InvalidArgument, "a piece of content " + hash.hex() + " at " +
                                                 std::to_string(offset) + " lies outside its " +
                                                 std::to_string(size) + " bytes");
    }
    auto content = find(hash);
    if (!content) {
        Statement& make = database_.cached(
            "INSERT INTO rhumb_content (sha256, size, have, touched_ms) VALUES (?1, ?2, 0, ?3)");
        make.bind(1, bytes_of(hash)).bind(2, size).bind(3, now_ms).run();
        content = Content{database_.last_insert_rowid(), size, 0};
    } else if (!content->whole() && content->size != size) {
        drop(hash);  // somebody was wrong about its size: begin again
        return append(hash, size, offset, bytes, now_ms);
    } else if (content->whole() && (size > 0 || content->size > 0)) {
        return content->have;
    }
    if (offset > content->have) return content->have;
    bytes.remove_prefix(std::min(bytes.size(), static_cast<std::size_t>(content->have - offset)));
    Blob chunk;
    std::int64_t number = content->have / kChunkBytes;
    if (content->have % kChunkBytes != 0) {
        read_chunks(content->id, number * kChunkBytes, content->have % kChunkBytes,
                    [&](std::string_view piece) {
                        chunk.insert(chunk.end(), piece.begin(), piece.end());
                        return true;
                    });
    }
    content->have += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, static_cast<std::size_t>(kChunkBytes) - chunk.size());
        chunk.insert(chunk.end(), piece.begin(), piece.end());
        bytes.remove_prefix(piece.size());
        put_chunk(content->id, number++, chunk);
        chunk.clear();
    }
    Statement& note =
        database_.cached("UPDATE rhumb_content SET have = ?1, touched_ms = ?2 WHERE id = ?3");
    note.bind(1, content->have).bind(2, now_ms).bind(3, content->id).run();
    if (content->whole()) check_whole(hash, *content);
    return content->have;
}

void ContentStore::check_whole(const Sha256& hash, const Content& content) {
    Sha256Stream stream;
    read_chunks(content.id, 0, content.size, [&](std::string_view piece) {
        stream.add(piece);
        return true;
    });
    if (stream.finish() == hash) return;
    drop_id(content.id);
    throw Error(Status::CorruptData,
                "what came as content " + hash.hex() + " has another hash; it was dropped");
}

void ContentStore::read(const Sha256& hash, std::int64_t from, std::int64_t length,
                        const std::function<bool(std::string_view)>& on_piece) {
    const auto content = find(hash);
    if (!content || from < 0 || length < 0 || from > content->have ||
        length > content->have - from) {
        throw Error(Status::NotFound, "content " + hash.hex() + " is not here");
    }
    read_chunks(content->id, from, length, on_piece);
}

void ContentStore::read_chunks(std::int64_t content, std::int64_t from, std::int64_t length,
                               const std::function<bool(std::string_view)>& on_piece) {
    if (length == 0) return;
    Statement rows(database_,
                   "SELECT id, data FROM rhumb_content_chunk WHERE id BETWEEN ?1 AND ?2 "
                   "ORDER BY id");
    const std::int64_t first = first_chunk(content);
    std::int64_t number = from / kChunkBytes;
    rows.bind(1, first + number).bind(2, first + (from + length - 1) / kChunkBytes);
    while (length > 0) {
        const bool there = rows.step() && rows.column_int64(0) == first + number;
        auto piece = there ? text_of(rows.column_blob(1)) : std::string_view();
        const auto skipped = static_cast<std::size_t>(from - number * kChunkBytes);
        const auto wanted = static_cast<std::size_t>(std::min(length, kChunkBytes));
        if (piece.size() > skipped) {
            piece = piece.substr(skipped, wanted);
        } else {
            throw Error(Status::CorruptData, "piece " + std::to_string(number) + " of content " +
                                                 std::to_string(content) + " is missing");
        }
        from += static_cast<std::int64_t>(piece.size());
        length -= static_cast<std::int64_t>(piece.size());
        if (!on_piece(piece)) return;
        ++number;
    }
}

void ContentStore::drop_id(std::int64_t content) {
    Statement& chunks =
        database_.cached("DELETE FROM rhumb_content_chunk WHERE id BETWEEN ?1 AND ?2");
    chunks.bind(1, first_chunk(content)).bind(2, first_chunk(content + 1) - 1).run();
    database_.cached("DELETE FROM rhumb_content WHERE id = ?1").bind(1, content).run();
}

void ContentStore::drop(const Sha256& hash) {
    if (const auto content = find(hash)) drop_id(content->id);
}

void ContentStore::reclaim(bool keep_logged) {
    const auto released = database_.int64_of("SELECT 1 FROM rhumb_content_released LIMIT 1");
    if (!released) return;
    const std::string logged =
        keep_logged ? " AND NOT EXISTS (SELECT 1 FROM rhumb_attachment_edit e WHERE e.old_sha256 = "
                      "r.sha256)"
                    : "";
    std::vector<std::int64_t> unused;
    {
        Statement rows(database_,
                       "SELECT c.id FROM rhumb_content_released r JOIN rhumb_content c ON "
                       "c.sha256 = r.sha256 WHERE NOT EXISTS (SELECT 1 FROM rhumb_attachment a "
                       "WHERE a.sha256 = r.sha256)" +
                           logged);
        while (rows.step()) unused.push_back(rows.column_int64(0));
    }
    for (const std::int64_t content : unused) drop_id(content);
    // What the log keeps stays on the list.
    database_.execute(
        "DELETE FROM rhumb_content_released WHERE sha256 NOT IN (SELECT sha256 FROM rhumb_content "
        "WHERE sha256 IS NOT NULL) OR EXISTS (SELECT 1 FROM rhumb_attachment a WHERE a.sha256 = "
        "rhumb_content_released.sha256)");
}

void ContentStore::reclaim_abandoned(std::int64_t before_ms) {
    std::vector<std::int64_t> abandoned;
    {
        Statement rows(database_,
                       "SELECT id FROM rhumb_content c WHERE touched_ms < ?1 AND NOT EXISTS "
                       "(SELECT 1 FROM rhumb_attachment a WHERE a.sha256 = c.sha256)");
        rows.bind(1, before_ms);
        while (rows.step()) abandoned.push_back(rows.column_int64(0));
    }
    for (const std::int64_t content : abandoned) drop_id(content);
}

}  // namespace rhumb::geodb
