// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/brought_content.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"

#include <utility>

namespace rhumb::service {
namespace {

/// Shorter content costs a writer less than a transaction of its own.
constexpr std::int64_t kLongBytes = 1024 * 1024;
/// What one transaction takes of long content: some ten milliseconds of others' waiting.
constexpr std::int64_t kAheadBytes = 8 * 1024 * 1024;

bool has_whole(AttachmentReader& reader, const Sha256& hash) {
    const auto there = reader.content(hash);
    return there && there->whole();
}

}  // namespace

BroughtContent::BroughtContent(std::function<void(const OnPiece&)> each_piece)
    : each_piece_(std::move(each_piece)) {
    Sha256Stream stream;
    each_piece_([&](std::string_view piece) {
        stream.add(piece);
        size_ += static_cast<std::int64_t>(piece.size());
        return true;
    });
    hash_ = stream.finish();
}

BroughtContent::BroughtContent(const http::Body& body)
    : BroughtContent(std::function<void(const OnPiece&)>(
          [body](const OnPiece& on_piece) { body.each_piece(on_piece); })) {}

BroughtContent::BroughtContent(const std::filesystem::path& file)
    : BroughtContent(std::function<void(const OnPiece&)>(
          [file](const OnPiece& on_piece) { read_pieces(file, on_piece); })) {}

void BroughtContent::take_ahead(Store& store) const {
    if (size_ < kLongBytes || has_whole(store.snapshot()->attachments(), hash_)) return;
    std::unique_ptr<StoreTransaction> transaction;
    std::int64_t offset = 0;
    std::int64_t taken = 0;
    each_piece_([&](std::string_view piece) {
        if (!transaction) transaction = store.write();
        const auto length = static_cast<std::int64_t>(piece.size());
        const std::int64_t have = transaction->attachments().append(hash_, size_, offset, piece);
        offset += length;
        taken += length;
        const bool goes_on =
            have >= offset && have < size_;  // else somebody interferes: see keep()
        if (!goes_on || taken >= kAheadBytes) {
            transaction->commit({});
            transaction.reset();
            taken = 0;
        }
        return goes_on;
    });
    if (transaction) transaction->commit({});
}

void BroughtContent::keep(AttachmentWriter& writer) const {
    const auto there = writer.content(hash_);
    if (there && there->whole()) return;
    std::int64_t offset = 0;
    std::int64_t have = size_ == 0 ? writer.append(hash_, 0, 0, {}) : 0;
    each_piece_([&](std::string_view piece) {
        have = writer.append(hash_, size_, offset, piece);
        offset += static_cast<std::int64_t>(piece.size());
        return true;
    });
    if (have == size_) return;
    throw Error(Status::Io, "content " + hash_.hex() + " changed while it was taken in");
}

}  // namespace rhumb::service
