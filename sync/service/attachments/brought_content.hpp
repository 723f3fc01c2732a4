// SPDX-License-Identifier: Apache-2.0
//
// Content that a call brings, on its way into the store.
//
// Long content goes in ahead of the transaction that refers to it, piece by piece, so that other
// writers wait for a piece and never for a whole file. What is then not referred to, because the
// call fails or the service is killed, is reclaimed like any abandoned content.

#pragma once

#include "platform/hash.hpp"
#include "platform/http/body.hpp"
#include "sync/service/store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace rhumb::service {

class BroughtContent {
public:
    using OnPiece = std::function<bool(std::string_view)>;

    /// Reads it once, for its hash and size. It must stay as it is until it is kept.
    explicit BroughtContent(const http::Body& body);
    explicit BroughtContent(const std::filesystem::path& file);

    const Sha256& hash() const { return hash_; }
    std::int64_t size() const { return size_; }

    /// Not inside a write transaction. Short content, and what the store has, is left alone.
    void take_ahead(Store& store) const;
    /// Inside the transaction that is to refer to it: what is not there yet is taken.
    void keep(AttachmentWriter& writer) const;

private:
    explicit BroughtContent(std::function<void(const OnPiece&)> each_piece);

    std::function<void(const OnPiece&)> each_piece_;
    Sha256 hash_;
    std::int64_t size_ = 0;
};

}  // namespace rhumb::service
